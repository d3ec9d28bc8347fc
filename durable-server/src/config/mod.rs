//! The functions of a server, and the files that configure them.
//!
//! [`Functions::read_json`] reads `functions.json`, [`Functions::read_template`] a SAM template. Both
//! check the functions against the limits of AWS Lambda; an error names the file, the function and the member.

mod bootstrap;
mod error;
mod functions_json;
mod intrinsics;
mod members;
mod template;

use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_service::model::Seconds;
use durable_service::{DurableSettings, FunctionSettings, ServiceSettings};
use indexmap::IndexMap;

pub use error::ConfigError;

/// A function and how its processes are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionConfig {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// The program and its arguments; never empty. A program with a path has an absolute one.
    pub command: Vec<String>,
    /// The folder in which it runs; by default, the server's own.
    pub working_directory: Option<PathBuf>,
    /// Time limit for an invocation, in whole seconds.
    pub timeout: Duration,
    /// The memory size that the function sees in its environment, in MB.
    pub memory: u32,
    /// Environment variables of its own.
    pub environment: IndexMap<String, String>,
    /// Value of `_HANDLER`.
    pub handler: Option<String>,
    /// The alias that the template publishes. Any other qualifier reaches the function, too.
    pub alias: Option<String>,
    /// Its durable configuration; none for a plain function.
    pub durable: Option<DurableConfig>,
    /// Maximal number of processes that run at the same time.
    pub concurrency: usize,
}

/// The durable configuration of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DurableConfig {
    /// Timeout of its executions in seconds; by default, the maximum.
    pub execution_timeout: Option<u64>,
    /// How long ended executions are kept, in days; by default, as long as the service does.
    pub retention_period_in_days: Option<u32>,
}

impl FunctionConfig {
    /// The function's settings for the service.
    #[must_use]
    pub fn settings(&self) -> FunctionSettings {
        FunctionSettings {
            durable: self.durable.map(|durable| DurableSettings {
                execution_timeout: durable.execution_timeout.map(Seconds),
                retention_days: durable.retention_period_in_days,
            }),
        }
    }
}

/// The functions that a file configures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Functions {
    /// The functions, in the order of the file: at least one, with unique names.
    pub functions: Vec<FunctionConfig>,
    /// What was left out of the file, with function, member and reason.
    pub warnings: Vec<String>,
}

impl Functions {
    /// Reads `functions.json`: an object of functions by name, each of the shape of a Lambda function's
    /// configuration, with a `Command` beside it.
    ///
    /// Paths are relative to the file. A program that does not exist there is searched for in the server's
    /// own folder, too.
    ///
    /// # Errors
    ///
    /// If the file is not valid, or a program does not exist.
    pub fn read_json(path: &Path) -> Result<Self, ConfigError> {
        functions_json::read(path)
    }

    /// Reads a SAM template, in YAML or JSON: its functions with the runtimes `provided.*`, `python3.*`
    /// and `nodejs*`. The settings hold the Region and account for the template's pseudo parameters.
    ///
    /// # Errors
    ///
    /// If the template is not valid, or a function is not built yet.
    pub fn read_template(path: &Path, settings: &ServiceSettings) -> Result<Self, ConfigError> {
        template::read(path, settings)
    }
}

/// Resolves a path relative to a folder.
fn beside(folder: &Path, path: &str) -> PathBuf {
    // Collecting the components removes `.`.
    folder.join(path).components().collect()
}

/// The folder of a file, to which the paths in it are relative.
fn folder(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.parent().map(Path::to_owned).unwrap_or(path)
}
