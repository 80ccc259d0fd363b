// SPDX-License-Identifier: MIT OR Apache-2.0
//! Listening on loopback, and nowhere else.

use std::future::pending;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::error::ServeError;
use crate::guard::Gate;
use crate::hooks::Hooks;
use crate::routes;

/// Connections at once; a browser opens six.
const CONNECTIONS: usize = 128;
/// Threads that answer; what takes long runs beside them.
const THREADS: usize = 2;

/// How long a client may take, and how much it may send.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the beginning of a request, or the end of the last one, to the end of its head.
    pub head: Duration,
    /// For the rest of a request.
    pub body: Duration,
    /// Bytes of a body: a hundred thousand faces have room.
    pub bytes: usize,
    /// For answers under way when the server is stopped.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(20),
            body: Duration::from_secs(10),
            bytes: 2 << 20,
            farewell: Duration::from_secs(2),
        }
    }
}

/// A server that is about to run: its address is known, and who connects now waits.
#[derive(Debug)]
pub struct Review {
    listener: TcpListener,
    gate: Gate,
    app: Arc<App>,
    limits: Limits,
    stop: (Stopper, watch::Receiver<bool>),
}

/// Stops a server, from any thread.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<bool>>);

impl Stopper {
    /// Answers what is under way, files what was said, and ends.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Review {
    /// Opens the datasets and listens on this port of 127.0.0.1; 0 takes any that is free.
    ///
    /// # Errors
    /// A dataset that cannot be read, a port that is taken.
    pub fn open(datasets: &[PathBuf], port: u16, hooks: Hooks) -> Result<Self, ServeError> {
        let app = Arc::new(App::open(datasets, hooks)?);
        let failed = |cause| ServeError::Listen { port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let gate = Gate::new(port).map_err(|error| ServeError::Start(error.to_string()))?;
        let (sender, receiver) = watch::channel(false);
        let stop = (Stopper(Arc::new(sender)), receiver);
        Ok(Self { listener, gate, app, limits: Limits::default(), stop })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The address to open; whoever knows it may say anything.
    pub fn address(&self) -> String {
        self.gate.address()
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        self.stop.0.clone()
    }

    /// Serves until it is stopped; then what was said is filed into folders.
    ///
    /// # Errors
    /// A machine without threads, a dataset that cannot be filed: what was said about it is kept.
    pub fn run(self) -> Result<(), ServeError> {
        let failed = |error: std::io::Error| ServeError::Start(error.to_string());
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(THREADS).enable_all().build().map_err(failed)?;
        let app = self.app.clone();
        runtime.block_on(self.serve()).map_err(failed)?;
        runtime.shutdown_timeout(Duration::from_secs(10));
        app.file_all()
    }

    async fn serve(self) -> std::io::Result<()> {
        let Self { listener, gate, app, limits, stop: (_stopper, mut stop) } = self;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let router = routes::router(app, gate, limits);
        let (open, room) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS)));
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &room) => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((stream, permit)) => converse(stream, permit, router.clone(), limits, &open),
                Err(error) => {
                    tracing::debug!("a connection failed: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        // A film that plays on holds nobody up.
        let _ = tokio::time::timeout(limits.farewell, open.shutdown()).await;
        Ok(())
    }
}

async fn accept(
    listener: &tokio::net::TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let Ok(permit) = room.clone().acquire_owned().await else { return pending().await };
    let (stream, _) = listener.accept().await?;
    // Small answers are not held back for larger ones.
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

fn converse(
    stream: TcpStream,
    permit: OwnedSemaphorePermit,
    router: Router,
    limits: Limits,
    open: &GracefulShutdown,
) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(64 << 10);
    let service = TowerToHyperService::new(router);
    let connection = open.watch(server.serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection ended: {error}");
        }
        drop(permit);
    });
}
