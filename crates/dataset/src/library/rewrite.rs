// SPDX-License-Identifier: MIT OR Apache-2.0
//! A store written anew, so that nothing of what was removed stays on disk.
//!
//! LMDB marks pages as free and leaves their bytes; a copy of pages takes what lies between records along. So records
//! are put into a new store one by one: what is in no record is not there.

use heed::types::Bytes;
use heed::{Database, PutFlags};

use super::info::LibraryInfo;
use super::open::{lock, opened, remove_store};
use super::tables::Tables;
use super::{Library, LibraryError};

/// Bytes put in one transaction.
const AT_ONCE: usize = 64 << 20;
/// A new store is as large as the old one twice, and this: records that lie side by side need less, not more.
const ROOM: usize = 16 << 20;

impl Library {
    /// Writes the store anew and opens it. Readers that are there keep the old one, with what was in it, until they
    /// end.
    ///
    /// # Errors
    /// Another process that writes, a disk without room for a second store: then the old one stays.
    pub fn rewrite(self) -> Result<Self, LibraryError> {
        let _lock = lock(&self.location)?;
        self.sweep()?;
        let number = self.info.store.strip_prefix("store-").and_then(|n| n.parse::<u32>().ok());
        let store = format!("store-{}", number.unwrap_or_default() + 1);
        let info = LibraryInfo { store, ..self.info.clone() };
        let room = (2 * self.size() as usize + ROOM).next_multiple_of(ROOM);
        let new = Self {
            env: opened(&self.location, &info.store, Some(room))?,
            location: self.location.clone(),
            info,
        };
        new.make_tables()?;
        let from = self.read()?;
        for table in 0..3 {
            from.copy_table(&new, table)?;
        }
        drop(from);
        let synced = new.env.force_sync();
        synced.map_err(|cause| LibraryError::store("write", &self.location, cause))?;
        new.info.write(&self.location)?;
        let old = self.location.join(&self.info.store);
        let location = self.location.clone();
        drop(self);
        remove_store(&old)?;
        // From now on as it is opened by others.
        new.env.prepare_for_closing().wait();
        Self::open(&location)
    }
}

impl super::Reading<'_> {
    /// Puts every record of one of the tables into the same table of another store.
    fn copy_table(&self, new: &Library, table: usize) -> Result<(), LibraryError> {
        let failed = |cause| LibraryError::store("write", &new.location, cause);
        let view = self.view();
        let from = choose(&view.tables, table);
        let tables = new.tables()?;
        let to = choose(&tables, table);
        let mut txn = new.env.write_txn().map_err(failed)?;
        let mut pending = 0;
        for entry in from.iter(view.txn).map_err(failed)? {
            let (key, value) = entry.map_err(failed)?;
            to.put_with_flags(&mut txn, PutFlags::APPEND, key, value).map_err(failed)?;
            pending += key.len() + value.len();
            if pending >= AT_ONCE {
                txn.commit().map_err(failed)?;
                txn = new.env.write_txn().map_err(failed)?;
                pending = 0;
            }
        }
        txn.commit().map_err(failed)
    }
}

fn choose<'l>(tables: &Tables<'l>, table: usize) -> Database<'l, Bytes, Bytes> {
    match table {
        0 => tables.records,
        1 => tables.blocks,
        _ => tables.graph.database.remap_types(),
    }
}
