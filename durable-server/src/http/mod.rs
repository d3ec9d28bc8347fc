//! HTTP as both of the server's interfaces need it: connections, bodies, answers.

mod access;
mod body;
mod listen;

pub(crate) use access::{AccessPolicy, Rejected};
pub(crate) use body::{BodyError, Reading, read};
pub(crate) use listen::{ConnectionLimits, serve, stopped};

use bytes::Bytes;
use http_body_util::Full;

/// A request as it comes from a connection.
pub(crate) type Request = http::Request<hyper::body::Incoming>;

/// An answer, whole.
pub(crate) type Response = http::Response<Full<Bytes>>;
