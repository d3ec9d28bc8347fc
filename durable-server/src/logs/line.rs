//! One record of a log.

use durable_service::model::Timestamp;

use crate::config::LogLevel;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The standard output of the process.
    Stdout,
    /// Its standard error.
    Stderr,
    /// The logger of the runtime interface client, which frames its records.
    Runtime,
    /// The server: start, failure and end of the invocation.
    Server,
}

impl Source {
    /// Its name in the answers of the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Runtime => "runtime",
            Self::Server => "server",
        }
    }
}

/// A line that an invocation wrote, or the server about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    /// When it was written, by the clock of this machine, whatever the time mode.
    pub(crate) at: Timestamp,
    pub(crate) source: Source,
    /// The text without its last newline; bytes that are not UTF-8 are replaced. A record of the runtime's
    /// logger may hold several lines.
    pub(crate) text: String,
}

/// What a pipe delivers, without its last newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) text: Vec<u8>,
    /// When it was written, if the process says so.
    pub(super) at: Option<Timestamp>,
    /// Its level, if the process says so.
    pub(super) level: Option<LogLevel>,
}

impl Record {
    /// A line of text.
    pub(super) fn of(text: Vec<u8>) -> Self {
        Self {
            text,
            at: None,
            level: None,
        }
    }
}
