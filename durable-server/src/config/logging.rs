//! How a function logs: `LoggingConfig`.

use std::str::FromStr;

/// How a function logs.
///
/// [`FunctionConfig::logging`](crate::config::FunctionConfig::logging) holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggingConfig {
    /// The format; by default, JSON for a durable function and text for a plain one.
    pub format: Option<LogFormat>,
    /// The least level of what the function logs, if its format is JSON; by default, all lines count, and
    /// the function is told INFO.
    pub application_level: Option<LogLevel>,
    /// The least level of what the server says about invocations; by default, all lines count.
    pub system_level: Option<LogLevel>,
    /// The log group that the function sees in its environment; by default, `/aws/lambda/NAME`.
    pub group: Option<String>,
}

/// The format of a function's log.
///
/// [`FunctionConfig::log_format`](crate::config::FunctionConfig::log_format) returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Plain text.
    Text,
}

impl LogFormat {
    /// Its name in Lambda's API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Text => "Text",
        }
    }
}

/// The level of a line, the least first.
///
/// ```
/// use durable_server::config::LogLevel;
///
/// assert_eq!("warning".parse::<LogLevel>(), Ok(LogLevel::Warn));
/// assert!("loud".parse::<LogLevel>().is_err());
/// assert!(LogLevel::Warn < LogLevel::Error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "their names say it all")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl LogLevel {
    /// Its name in Lambda's API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// The text is no level.
///
/// The error of parsing a [`LogLevel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level is TRACE, DEBUG, INFO, WARN, ERROR or FATAL")]
pub struct NoLevel;

impl FromStr for LogLevel {
    type Err = NoLevel;

    /// Reads a level as loggers write it: in any case, with the names of Python for two of them.
    fn from_str(text: &str) -> Result<Self, NoLevel> {
        match text.to_ascii_uppercase().as_str() {
            "TRACE" => Ok(Self::Trace),
            "DEBUG" => Ok(Self::Debug),
            "INFO" => Ok(Self::Info),
            "WARN" | "WARNING" => Ok(Self::Warn),
            "ERROR" => Ok(Self::Error),
            "FATAL" | "CRITICAL" => Ok(Self::Fatal),
            _ => Err(NoLevel),
        }
    }
}
