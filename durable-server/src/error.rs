//! Why a server does not start.

use std::io;
use std::net::SocketAddr;

use durable_service::storage::RestoreError;

use crate::store::StoreError;

/// Why a server does not start.
///
/// The error of [`Server::start`](crate::Server::start).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Other machines could reach the address.
    #[error(
        "{0} can be reached from other machines, and the server runs functions for any client without \
         credentials. Choose a loopback address such as 127.0.0.1:9014, or allow it with --allow-remote"
    )]
    RemoteAddress(SocketAddr),
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}; choose another address with --addr")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Opening the store was interrupted.
    #[error("opening the store was interrupted: {0}")]
    Interrupted(tokio::task::JoinError),
    /// The stored service cannot be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A thread of the server, for processes or their log, cannot be started.
    #[error("cannot start a thread of the server: {0}")]
    Thread(io::Error),
}
