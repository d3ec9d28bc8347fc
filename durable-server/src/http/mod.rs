//! HTTP for both of the server's interfaces: connections, bodies, responses.

mod access;
mod body;
mod client;
mod listen;
mod response_body;
mod send;
mod writes;

pub(crate) use access::{AccessPolicy, Rejected};
pub(crate) use body::{BodyError, BodyLimits, read};
pub(crate) use client::Client;
pub(crate) use listen::{ConnectionLimits, Lost, serve, stopped};
pub(crate) use response_body::ResponseBody;
pub(crate) use send::send;

/// A request as it arrives on a connection.
pub(crate) type Request = http::Request<hyper::body::Incoming>;

/// A response.
pub(crate) type Response = http::Response<ResponseBody>;
