//! Accepting connections, within bounds.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::{Request, Response};

/// How long connections may go on with what they do when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Pause after an accept that failed: the process is out of file descriptors, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bounds of connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// Most connections at a time; further ones wait.
    pub(crate) connections: usize,
    /// The longest that a client may take to send the head of a request, idle time included; none
    /// for clients that keep connections idle.
    pub(crate) head_timeout: Option<Duration>,
}

/// Most bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// Answers requests of all who connect, until told to stop; then ends in good order.
pub(crate) async fn serve<F, A>(
    listener: TcpListener,
    limits: ConnectionLimits,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        tokio::select! {
            (accepted, place) = next => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, limits, stop.clone(), answer.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
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
    let _ = tokio::time::timeout(LAST_ANSWERS, ends).await;
    connections.shutdown().await;
}

/// Waits until told to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Without a sender the server is gone, which says the same.
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
    // Answers are written whole, so waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A connection that breaks concerns its client alone.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
