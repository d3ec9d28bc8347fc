//! What the server says about an invocation, as Lambda does: START, END and REPORT in a log of text, events of
//! the platform in one of JSON.

use std::time::Duration;

use durable_service::model::{ExecutionArn, RequestId, Timestamp};
use serde_json::{Map, Value, json};

use crate::config::{LogFormat, LogLevel};

/// What happened in an invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Platform<'a> {
    /// It started.
    Start {
        version: &'a str,
        execution: Option<&'a ExecutionArn>,
    },
    /// The function has answered, or will not.
    Done { end: &'a End, usage: Usage },
    /// It is over.
    Report { end: &'a End, usage: Usage },
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The function returned.
    Returned,
    /// It did not.
    Failed(Failed),
    /// The server stopped before it ended.
    Interrupted,
}

/// A failure of an invocation, for its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    /// Lambda's word for the kind of failure.
    pub(crate) status: &'static str,
    /// The type of the error, if it has one.
    pub(crate) error_type: Option<String>,
    pub(crate) reason: String,
}

/// What an invocation took, by the clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// The time of the invocation without the start of a process.
    pub(crate) duration: Duration,
    /// How long the process took to start, if one did.
    pub(crate) init: Option<Duration>,
    /// The memory that the function may have, in MB.
    pub(crate) memory_mb: u32,
    /// The most that its process had, in MB, where the system says so.
    pub(crate) max_memory_mb: Option<u64>,
}

impl End {
    fn failed(&self) -> Option<&Failed> {
        match self {
            Self::Failed(failed) => Some(failed),
            Self::Returned | Self::Interrupted => None,
        }
    }

    fn status(&self) -> Option<&'static str> {
        match self {
            Self::Returned => Some("success"),
            Self::Failed(failed) => Some(failed.status),
            Self::Interrupted => None,
        }
    }
}

impl Usage {
    fn billed_ms(&self) -> u128 {
        let billed = self.duration + self.init.unwrap_or_default();
        billed.as_nanos().div_ceil(1_000_000)
    }
}

impl Platform<'_> {
    /// The level of what is said.
    pub(super) fn level(&self) -> LogLevel {
        match self {
            Self::Done { end, .. } | Self::Report { end, .. } if end.failed().is_some() => {
                LogLevel::Warn
            }
            Self::Done { .. } => LogLevel::Debug,
            Self::Start { .. } | Self::Report { .. } => LogLevel::Info,
        }
    }

    /// What is said, one line each.
    pub(super) fn lines(
        &self,
        format: LogFormat,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Vec<String> {
        match format {
            LogFormat::Text => self.texts(request_id),
            LogFormat::Json => vec![self.event(request_id, now)],
        }
    }

    fn texts(&self, request_id: &RequestId) -> Vec<String> {
        match self {
            Self::Start { version, execution } => {
                let arn = execution.map(|arn| format!(" DurableExecutionArn: {arn}"));
                let arn = arn.unwrap_or_default();
                vec![format!(
                    "START RequestId: {request_id} Version: {version}{arn}"
                )]
            }
            Self::Done { end, .. } => end
                .failed()
                .map(|failed| format!("FAILED RequestId: {request_id} {}", failed.reason))
                .into_iter()
                .collect(),
            Self::Report { end, usage } => vec![
                format!("END RequestId: {request_id}"),
                report(request_id, end, usage),
            ],
        }
    }

    fn event(&self, request_id: &RequestId, now: Timestamp) -> String {
        let (kind, mut record) = match self {
            Self::Start { version, execution } => {
                let mut record = members(json!({"version": version}));
                if let Some(arn) = execution {
                    record.insert("durableExecutionArn".to_owned(), arn.as_str().into());
                }
                ("platform.start", record)
            }
            Self::Done { end, usage } => {
                let mut record = ended(end);
                if let Some(failed) = end.failed() {
                    record.insert("errorMessage".to_owned(), failed.reason.as_str().into());
                }
                let metrics = json!({"durationMs": millis(usage.duration)});
                record.insert("metrics".to_owned(), metrics);
                ("platform.runtimeDone", record)
            }
            Self::Report { end, usage } => {
                let mut record = ended(end);
                record.insert("metrics".to_owned(), metrics(usage));
                ("platform.report", record)
            }
        };
        record.insert("requestId".to_owned(), request_id.as_str().into());
        // In the order in which a person reads them.
        let record = Value::Object(record);
        format!(r#"{{"time":"{now}","type":"{kind}","record":{record}}}"#)
    }
}

fn ended(end: &End) -> Map<String, Value> {
    let mut record = Map::new();
    if let Some(status) = end.status() {
        record.insert("status".to_owned(), status.into());
    }
    if let Some(error_type) = end.failed().and_then(|failed| failed.error_type.as_ref()) {
        record.insert("errorType".to_owned(), error_type.as_str().into());
    }
    record
}

fn metrics(usage: &Usage) -> Value {
    let mut metrics = members(json!({
        "durationMs": millis(usage.duration),
        "billedDurationMs": u64::try_from(usage.billed_ms()).unwrap_or(u64::MAX),
        "memorySizeMB": usage.memory_mb,
    }));
    if let Some(max) = usage.max_memory_mb {
        metrics.insert("maxMemoryUsedMB".to_owned(), max.into());
    }
    if let Some(init) = usage.init {
        metrics.insert("initDurationMs".to_owned(), millis(init).into());
    }
    Value::Object(metrics)
}

/// The REPORT line, whose fields stand between tabs.
fn report(request_id: &RequestId, end: &End, usage: &Usage) -> String {
    let mut fields = vec![
        format!("REPORT RequestId: {request_id}"),
        format!("Duration: {:.2} ms", millis(usage.duration)),
        format!("Billed Duration: {} ms", usage.billed_ms()),
        format!("Memory Size: {} MB", usage.memory_mb),
    ];
    if let Some(max) = usage.max_memory_mb {
        fields.push(format!("Max Memory Used: {max} MB"));
    }
    if let Some(init) = usage.init {
        fields.push(format!("Init Duration: {:.2} ms", millis(init)));
    }
    if let Some(failed) = end.failed() {
        fields.push(format!("Status: {}", failed.status));
        let error_type = failed.error_type.as_ref();
        fields.extend(error_type.map(|it| format!("Error Type: {it}")));
    }
    fields.join("\t")
}

/// Milliseconds, to the microsecond.
fn millis(duration: Duration) -> f64 {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)).as_secs_f64()
        * 1e3
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage() -> Usage {
        Usage {
            duration: Duration::from_micros(12_340),
            init: Some(Duration::from_millis(100)),
            memory_mb: 128,
            max_memory_mb: Some(37),
        }
    }

    fn timed_out() -> End {
        End::Failed(Failed {
            status: "timeout",
            error_type: Some("Sandbox.Timedout".to_owned()),
            reason: "Task timed out after 3.00 seconds".to_owned(),
        })
    }

    fn said(platform: &Platform<'_>, format: LogFormat) -> Vec<String> {
        platform.lines(format, &"id".into(), Timestamp::from_millis(5))
    }

    fn record(platform: &Platform<'_>) -> Value {
        let lines = said(platform, LogFormat::Json);
        let event: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(event["time"], "1970-01-01T00:00:00.005Z");
        json!([event["type"], event["record"]])
    }

    #[test]
    fn a_log_of_text_has_lambdas_lines() {
        let start = Platform::Start {
            version: "3",
            execution: None,
        };
        let start = said(&start, LogFormat::Text);
        assert_eq!(start, ["START RequestId: id Version: 3"]);

        let (end, usage) = (&End::Returned, usage());
        let done = said(&Platform::Done { end, usage }, LogFormat::Text);
        assert_eq!(done, [""; 0]);
        assert_eq!(
            said(&Platform::Report { end, usage }, LogFormat::Text),
            [
                "END RequestId: id",
                "REPORT RequestId: id\tDuration: 12.34 ms\tBilled Duration: 113 ms\tMemory Size: 128 MB\t\
                 Max Memory Used: 37 MB\tInit Duration: 100.00 ms"
            ]
        );

        let end = &timed_out();
        let usage = Usage {
            init: None,
            max_memory_mb: None,
            ..usage
        };
        assert_eq!(
            said(&Platform::Done { end, usage }, LogFormat::Text),
            ["FAILED RequestId: id Task timed out after 3.00 seconds"]
        );
        assert_eq!(
            said(&Platform::Report { end, usage }, LogFormat::Text)[1],
            "REPORT RequestId: id\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t\
             Status: timeout\tError Type: Sandbox.Timedout"
        );
    }

    #[test]
    fn a_log_of_json_has_events_of_the_platform() {
        let start = Platform::Start {
            version: "3",
            execution: None,
        };
        assert_eq!(
            record(&start),
            json!(["platform.start", {"requestId": "id", "version": "3"}])
        );

        let (end, usage) = (&End::Returned, usage());
        let done =
            json!({"requestId": "id", "status": "success", "metrics": {"durationMs": 12.34}});
        assert_eq!(
            record(&Platform::Done { end, usage }),
            json!(["platform.runtimeDone", done])
        );
        let metrics = json!({"durationMs": 12.34, "billedDurationMs": 113, "memorySizeMB": 128,
            "maxMemoryUsedMB": 37, "initDurationMs": 100.0});
        assert_eq!(
            record(&Platform::Report { end, usage }),
            json!(["platform.report", {"requestId": "id", "status": "success", "metrics": metrics}])
        );

        let end = &timed_out();
        let done = json!({"requestId": "id", "status": "timeout", "errorType": "Sandbox.Timedout",
            "errorMessage": "Task timed out after 3.00 seconds", "metrics": {"durationMs": 12.34}});
        assert_eq!(
            record(&Platform::Done { end, usage }),
            json!(["platform.runtimeDone", done])
        );
    }

    #[test]
    fn failures_are_warnings_and_the_end_of_work_is_a_detail() {
        let usage = usage();
        let end = &End::Returned;
        assert_eq!(Platform::Done { end, usage }.level(), LogLevel::Debug);
        assert_eq!(Platform::Report { end, usage }.level(), LogLevel::Info);
        let end = &timed_out();
        assert_eq!(Platform::Done { end, usage }.level(), LogLevel::Warn);
        assert_eq!(Platform::Report { end, usage }.level(), LogLevel::Warn);
    }
}
