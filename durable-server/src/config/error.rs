//! What is wrong with a file that configures functions, and with a function of it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is wrong with a file that configures functions.
///
/// The error of [`Functions::read_json`](crate::config::Functions::read_json) and
/// [`Functions::read_template`](crate::config::Functions::read_template).
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong.
///
/// [`ConfigError::problem`] holds it. [`Functions`](crate::config::Functions) has an example of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file does not have its format.
    #[error("is not {format}: {cause}")]
    Syntax {
        /// What it should be.
        format: &'static str,
        /// Why it is not.
        cause: String,
    },
    /// The file configures no function that this server can run.
    #[error("configures no function that this server can run: {0}")]
    NoFunctions(String),
}

/// A function that a file configures and that is not served.
///
/// [`Functions::left_out`](crate::config::Functions::left_out) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub function: String,
    /// Its logical id, if that is another one.
    pub logical_id: Option<String>,
    /// All reasons why it is not served.
    pub reasons: Vec<String>,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function \"{}\"", self.function)?;
        if let Some(id) = &self.logical_id {
            write!(f, " ({id})")?;
        }
        f.write_str(" is not served: ")?;
        f.write_str(&self.reasons.join("\n  and "))
    }
}

/// The program of a function does not exist, or does not run on this machine.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoProgram {
    /// It does not exist.
    #[error(
        "Runtime.InvalidEntrypoint: {fault}; looked for{}\n  {remedy}",
        Listed(looked_for)
    )]
    Missing {
        /// What is not there.
        fault: String,
        /// The files that were looked for.
        looked_for: Vec<PathBuf>,
        /// How to make one of them.
        remedy: String,
    },
    /// It cannot be started.
    #[error("Runtime.InvalidEntrypoint: {}: {fault}", path.display())]
    Unusable {
        /// The program.
        path: PathBuf,
        /// Why it cannot be started.
        fault: String,
    },
}

/// Paths, one a line.
struct Listed<'a>(&'a [PathBuf]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in self.0 {
            write!(f, "\n    {}", path.display())?;
        }
        Ok(())
    }
}
