//! Accepts connections, within limits.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::writes::BoundedWrites;
use super::{Client, Request, Response};

/// Time limit for open connections to finish when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Pause after an accept that failed, probably because the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Marks a response that gets lost: the connection closes instead.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the response is lost on purpose")]
pub(crate) struct Lost;

/// Limits on connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// Maximal number of connections at a time; further ones wait.
    pub(crate) connections: usize,
    /// Time limit for a client to send the head of a request, idle time included; none for clients that
    /// keep connections idle.
    pub(crate) head_timeout: Option<Duration>,
    /// Time limit for a client to take the next bytes of a response.
    pub(crate) write_timeout: Duration,
}

/// Maximal size of a request's head in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Answers the requests of all connections until the stop signal, then stops gracefully.
pub(crate) async fn serve<F, A>(
    listener: TcpListener,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok();
            (listener.accept().await, slot)
        };
        tokio::select! {
            (accepted, slot) = next => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, limits, stop.clone(), answer.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(slot);
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
            () = stopped(&mut stop) => break,
        }
    }
    drop(listener);
    let ends = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, ends).await;
    connections.shutdown().await;
}

/// Waits for the stop signal.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Without a sender the server is gone, which means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection<F, A>(
    stream: TcpStream,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> A,
    A: Future<Output = Response>,
{
    // A response is written at once, so waiting for more to send only delays it.
    let _ = stream.set_nodelay(true);
    let client = Client::of(&stream);
    let service = service_fn(|mut request: Request| {
        if let Some(client) = &client {
            request.extensions_mut().insert(client.clone());
        }
        let answer = answer(request);
        async move {
            let response = answer.await;
            match response.extensions().get::<Lost>() {
                Some(lost) => Err(*lost),
                None => Ok(response),
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(MAX_HEAD_BYTES)
        // A client that has sent all that it will send still gets its answer.
        .half_close(true)
        .serve_connection(
            TokioIo::new(BoundedWrites::new(stream, limits.write_timeout)),
            service,
        );
    let mut connection = std::pin::pin!(connection);
    // A broken connection concerns only its client.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
