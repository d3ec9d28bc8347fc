//! Reads bodies of requests, within limits of size and time.

use std::fmt::Display;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// Limit on what is read of a body that is too large: a client that sends the whole body before it
/// reads still gets its response.
const MAX_DRAINED_BYTES: usize = 64 * 1024 * 1024;

/// Limits on a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// Maximal size.
    pub(crate) max_bytes: usize,
    /// Time limit for the client to send it.
    pub(crate) timeout: Duration,
    /// Time limit for its next part: a client that stops sending holds a connection that others need.
    pub(crate) stall_timeout: Duration,
}

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The body exceeds the limit; holds its size, or the bytes read so far.
    TooLarge(usize),
    /// The client did not send it in time.
    TimedOut(Duration),
    /// The connection broke; holds the reason.
    Broken(String),
}

/// Reads a body.
pub(crate) async fn read<B>(body: B, limits: BodyLimits) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
    B::Error: Display,
{
    tokio::time::timeout(limits.timeout, collect(body, limits))
        .await
        .map_err(|_| BodyError::TimedOut(limits.timeout))?
}

async fn collect<B>(body: B, limits: BodyLimits) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
    B::Error: Display,
{
    let mut body = std::pin::pin!(body);
    let max_bytes = limits.max_bytes;
    let announced = body.size_hint().exact();
    let announced = announced.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
    let mut collected = BytesMut::with_capacity(announced.unwrap_or(0).min(max_bytes));
    let mut size = 0_usize;
    loop {
        let next = tokio::time::timeout(limits.stall_timeout, body.frame());
        let next = next.await;
        let next = next.map_err(|_| BodyError::TimedOut(limits.stall_timeout))?;
        let Some(frame) = next else { break };
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        size = size.saturating_add(data.len());
        if size <= max_bytes {
            collected.extend_from_slice(&data);
        } else if size > MAX_DRAINED_BYTES {
            break;
        }
    }
    if size > max_bytes {
        Err(BodyError::TooLarge(announced.unwrap_or(size)))
    } else {
        Ok(collected.freeze())
    }
}

fn broken(error: impl Display) -> BodyError {
    BodyError::Broken(error.to_string())
}
