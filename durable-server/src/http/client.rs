//! The client at the other end of a connection.

use std::net::TcpStream as Socket;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use tokio::net::TcpStream;

/// The client of a request, beside the connection that answers it.
#[derive(Debug, Clone)]
pub(crate) struct Client(Arc<OwnedFd>);

impl Client {
    /// The client of a connection; none if the process has no file descriptor left.
    pub(super) fn of(stream: &TcpStream) -> Option<Self> {
        let socket = stream.as_fd().try_clone_to_owned().ok()?;
        Some(Self(Arc::new(socket)))
    }

    /// Waits until the client has closed its side of the connection. It may still read, or it may be gone:
    /// a connection does not tell before it is written to.
    pub(crate) async fn closed(&self) {
        let socket = self.0.try_clone().map(Socket::from);
        let Ok(socket) = socket.and_then(TcpStream::from_std) else {
            return std::future::pending().await;
        };
        match socket.peek(&mut [0]).await {
            Ok(0) | Err(_) => {}
            // Its next request waits there.
            Ok(_) => std::future::pending().await,
        }
    }
}
