//! HTTP for both of the server's interfaces: connections, bodies, responses.

mod access;
mod body;
mod client;
mod listen;
mod writes;

pub(crate) use access::{AccessPolicy, Rejected};
pub(crate) use body::{BodyError, BodyLimits, read};
pub(crate) use client::Client;
pub(crate) use listen::{ConnectionLimits, serve, stopped};

use bytes::Bytes;
use http_body_util::Full;

/// A request as it arrives on a connection.
pub(crate) type Request = http::Request<hyper::body::Incoming>;

/// A complete response.
pub(crate) type Response = http::Response<Full<Bytes>>;
