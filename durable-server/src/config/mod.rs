//! The functions of a server, and the files that configure them.
//!
//! [`Functions::read_json`] reads `functions.json`, [`Functions::read_template`] a SAM template. Both
//! check what they read by the limits of AWS Lambda, and name file, function and member of what is wrong.

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
    /// The program and its arguments; never empty. A program that is given by a path is absolute.
    pub command: Vec<String>,
    /// The folder in which it runs; the server's own without one.
    pub working_directory: Option<PathBuf>,
    /// The longest that an invocation may take: whole seconds.
    pub timeout: Duration,
    /// The memory that the function is told to have, in MB.
    pub memory: u32,
    /// Environment variables of its own.
    pub environment: IndexMap<String, String>,
    /// What `_HANDLER` names.
    pub handler: Option<String>,
    /// The alias that is published for it. Any other qualifier reaches it too.
    pub alias: Option<String>,
    /// Its durable configuration; none for a plain function.
    pub durable: Option<DurableConfig>,
    /// Most processes that run at the same time.
    pub concurrency: usize,
}

/// The durable configuration of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DurableConfig {
    /// Timeout of its executions, in seconds; none stands for the longest.
    pub execution_timeout: Option<u64>,
    /// How long closed executions are kept, in days; none stands for the service's default.
    pub retention_period_in_days: Option<u32>,
}

impl FunctionConfig {
    /// What the service has to know of the function.
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
    /// The functions, in the order of the file. There is at least one, and no two have the same name.
    pub functions: Vec<FunctionConfig>,
    /// What of the file was left out, each with its place and the reason.
    pub warnings: Vec<String>,
}

impl Functions {
    /// Reads `functions.json`: an object of functions by name, each of the shape of a Lambda function's
    /// configuration, with a `Command` beside it.
    ///
    /// Paths are relative to the file. A program that is not there is looked for in the server's own
    /// folder too.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, or that a program is not there.
    pub fn read_json(path: &Path) -> Result<Self, ConfigError> {
        functions_json::read(path)
    }

    /// Reads a SAM template, in YAML or JSON: its functions with the runtimes `provided.*`, `python3.*`
    /// and `nodejs*`. Settings give the Region and account that the template's pseudo parameters stand
    /// for.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, or that a function is not built yet.
    pub fn read_template(path: &Path, settings: &ServiceSettings) -> Result<Self, ConfigError> {
        template::read(path, settings)
    }
}

/// A path as a file in a folder gives it.
fn beside(folder: &Path, path: &str) -> PathBuf {
    // Its components have no `.` any more.
    folder.join(path).components().collect()
}

/// Where a file is: paths in it are relative to that.
fn folder(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.parent().map(Path::to_owned).unwrap_or(path)
}
