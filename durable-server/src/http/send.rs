//! One request to another program, over a connection of its own.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("nothing listens there: {0}")]
    Connect(std::io::Error),
    #[error("the connection failed: {0}")]
    Handshake(hyper::Error),
    #[error("the connection closed: {0}")]
    Closed(hyper::Error),
}

/// A connection, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Connection(JoinHandle<Result<(), hyper::Error>>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request. The body of the answer arrives as long as its connection is held.
pub(crate) async fn send(
    address: (&str, u16),
    request: http::Request<Full<Bytes>>,
) -> Result<(http::Response<Incoming>, Connection), SendError> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(SendError::Connect)?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(SendError::Handshake)?;
    let connection = Connection(tokio::spawn(connection));
    let response = sender.send_request(request).await;
    Ok((response.map_err(SendError::Closed)?, connection))
}
