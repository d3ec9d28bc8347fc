//! What functions write.
//!
//! A process writes to its standard output and error, and runtime interface clients to a pipe of frames
//! beside them. [`ProcessLog`] reads all three and hands each record to the [`Writer`] of the present
//! invocation, which copies it to the server's log, to the tail of a caller that asked for one, and to the
//! [`LogBook`], which keeps the latest invocations in memory.

mod book;
mod frames;
mod line;
mod lines;
mod platform;
mod process_log;
mod server_log;
mod tail;
mod writer;

pub(crate) use book::{InvocationLog, LogBook};
pub(crate) use line::LogLine;
pub(crate) use platform::{End, Failed, Platform, Usage};
pub(crate) use process_log::{FramePipe, ProcessLog};
pub(crate) use server_log::ServerLog;
pub(crate) use tail::LogTail;
pub(crate) use writer::Writer;
