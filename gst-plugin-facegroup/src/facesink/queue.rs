// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bounded queue whose sender can be called back while it waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// From the streaming thread to the writer.
#[derive(Debug)]
pub(super) struct Queue<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct Inner<T> {
    items: VecDeque<T>,
    flushing: bool,
    closed: bool,
}

/// Why an item was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused<T> {
    /// The sender is called back; the item is still to be sent.
    CalledBack(T),
    /// Nobody takes anything any more.
    Closed,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let inner = Inner { items: VecDeque::new(), flushing: false, closed: false };
        Self { inner: Mutex::new(inner), changed: Condvar::new(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place, unless flushing or closed.
    pub(super) fn push(&self, item: T) -> Result<(), Refused<T>> {
        let mut inner = self.lock();
        while inner.items.len() >= self.capacity && !inner.flushing && !inner.closed {
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        if inner.closed {
            return Err(Refused::Closed);
        }
        if inner.flushing {
            return Err(Refused::CalledBack(item));
        }
        inner.items.push_back(item);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes an item even when full; `false` when closed.
    pub(super) fn insert(&self, item: T) -> bool {
        let mut inner = self.lock();
        if inner.closed {
            return false;
        }
        inner.items.push_back(item);
        self.changed.notify_all();
        true
    }

    /// How many items wait.
    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Waits for an item; `None` when closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let mut inner = self.lock();
        loop {
            if let Some(item) = inner.items.pop_front() {
                self.changed.notify_all();
                return Some(item);
            }
            if inner.closed {
                return None;
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets a waiting sender go, or lets senders wait again.
    pub(super) fn set_flushing(&self, flushing: bool) {
        self.lock().flushing = flushing;
        self.changed.notify_all();
    }

    /// Nothing more comes; what is there is still handed out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Nobody takes anything out any more.
    pub(super) fn abandon(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.items.clear();
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn hands_over_in_order_and_ends() {
        let queue = Arc::new(Queue::new(2));
        let taker = thread::spawn({
            let queue = queue.clone();
            move || std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>()
        });
        for i in 0..100 {
            assert_eq!(queue.push(i), Ok(()));
        }
        queue.close();
        assert_eq!(queue.push(100), Err(Refused::Closed));
        assert_eq!(taker.join().ok(), Some((0..100).collect()));
    }

    #[test]
    fn a_waiting_sender_is_called_back() {
        let queue = Arc::new(Queue::new(1));
        assert_eq!(queue.push(0), Ok(()));
        let sender = thread::spawn({
            let queue = queue.clone();
            move || queue.push(1)
        });
        queue.set_flushing(true);
        assert_eq!(sender.join().ok(), Some(Err(Refused::CalledBack(1))));
        queue.set_flushing(false);
        assert_eq!(queue.pop(), Some(0));
        assert_eq!(queue.push(2), Ok(()));
        assert!(queue.insert(3), "beyond its capacity");
        assert_eq!(queue.len(), 2);
        queue.abandon();
        assert_eq!(queue.pop(), None);
        assert!(!queue.insert(4));
    }
}
