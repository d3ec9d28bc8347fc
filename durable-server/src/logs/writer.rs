//! Where the lines of an invocation go.

use std::time::{SystemTime, UNIX_EPOCH};

use durable_service::model::{RequestId, Timestamp};
use durable_view::visible;
use serde_json::Value;

use super::line::{LogLine, Record, Source};
use super::platform::Platform;
use super::{LogBook, LogTail, ServerLog};
use crate::config::{LogFormat, LogLevel, LoggingConfig};

/// Where the lines of an invocation go.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub(crate) function: String,
    /// None between invocations.
    pub(crate) request_id: Option<RequestId>,
    /// The format of what the server says about the invocation.
    pub(crate) format: LogFormat,
    /// How the function logs.
    pub(crate) logging: LoggingConfig,
    /// The server's log, unless it leaves them out.
    pub(crate) log: Option<ServerLog>,
    pub(crate) book: LogBook,
    pub(crate) tails: Vec<LogTail>,
}

impl Writer {
    /// Writes what the server says about the invocation, unless the function's configuration leaves out its
    /// level.
    pub(crate) fn platform(&self, platform: &Platform<'_>) {
        let least = self.logging.system_level.unwrap_or(LogLevel::Info);
        let is_left_out = platform.level() < least;
        let Some(request_id) = self.request_id.as_ref().filter(|_| !is_left_out) else {
            return;
        };
        for line in platform.lines(self.format, request_id, now()) {
            self.write(Source::Server, &Record::of(line.into()));
        }
    }

    /// Writes what the process wrote, unless the function's configuration leaves out its level.
    pub(super) fn record(&self, source: Source, record: &Record) {
        if let Some(least) = self.logging.application_level
            && level(record).is_some_and(|level| level < least)
        {
            return;
        }
        self.write(source, record);
    }

    fn write(&self, source: Source, record: &Record) {
        if let Some(log) = &self.log {
            log.write(self.labelled(log, &record.text));
        }
        for tail in &self.tails {
            tail.append(&record.text);
        }
        if let Some(request_id) = &self.request_id {
            let line = LogLine {
                at: record.at.unwrap_or_else(now),
                source,
                text: String::from_utf8_lossy(&record.text).into_owned(),
            };
            self.book.append(request_id, line);
        }
    }

    /// The lines of a record, each with function and request id before it.
    fn labelled(&self, log: &ServerLog, text: &[u8]) -> Vec<u8> {
        let request_id = self.request_id.as_ref().map_or("-", RequestId::as_str);
        let label = format!("{} {request_id} | ", self.function);
        let mut labelled = Vec::with_capacity(label.len() + text.len() + 1);
        for line in text.split(|byte| *byte == b'\n') {
            labelled.extend_from_slice(label.as_bytes());
            if log.is_read_by_people() {
                let line = String::from_utf8_lossy(line);
                labelled.extend_from_slice(visible(&line).as_bytes());
            } else {
                labelled.extend_from_slice(line);
            }
            labelled.push(b'\n');
        }
        labelled
    }

    /// A writer for lines between invocations.
    pub(super) fn outside(&self) -> Self {
        Self {
            request_id: None,
            tails: Vec::new(),
            ..self.clone()
        }
    }
}

/// The level of a record: that of its frame, or the member `level` of a JSON object.
fn level(record: &Record) -> Option<LogLevel> {
    record.level.or_else(|| {
        if !record.text.starts_with(b"{") {
            return None;
        }
        let object: Value = serde_json::from_slice(&record.text).ok()?;
        object.get("level")?.as_str()?.parse().ok()
    })
}

/// The time of this machine.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_millis(0).after(since_epoch.unwrap_or_default())
}
