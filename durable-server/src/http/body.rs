//! Bodies of requests, read whole within bounds of size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

/// Most that is read of a body which is too large, so that a client which sends all before it reads
/// still gets its answer.
const DRAIN: usize = 64 * 1024 * 1024;

/// Bounds of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Most bytes.
    pub(crate) most: usize,
    /// The longest that the client may take to send it.
    pub(crate) timeout: Duration,
}

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It has more bytes than it may have: so many, as far as they came.
    TooLarge(usize),
    /// The client did not send it in time.
    TimedOut(Duration),
    /// The connection broke.
    Broken(hyper::Error),
}

/// Reads a body.
pub(crate) async fn read(body: Incoming, bounds: Reading) -> Result<Bytes, BodyError> {
    tokio::time::timeout(bounds.timeout, collect(body, bounds.most))
        .await
        .map_err(|_| BodyError::TimedOut(bounds.timeout))?
}

async fn collect(mut body: Incoming, most: usize) -> Result<Bytes, BodyError> {
    let announced = body.size_hint().exact();
    let announced = announced.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
    let mut collected = BytesMut::with_capacity(announced.unwrap_or(0).min(most));
    let mut size = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() else {
            continue;
        };
        size = size.saturating_add(data.len());
        if size <= most {
            collected.extend_from_slice(&data);
        } else if size > DRAIN {
            break;
        }
    }
    if size > most {
        Err(BodyError::TooLarge(announced.unwrap_or(size)))
    } else {
        Ok(collected.freeze())
    }
}
