//! The functions of a server, and the files that configure them.
//!
//! [`Functions::read_json`] reads `functions.json`, [`Functions::read_template`] a SAM or CloudFormation
//! template. Both check the functions against the limits of AWS Lambda. A function that cannot be served is
//! [left out](Functions::left_out) with all reasons; the others are served.

mod endpoint;
mod error;
mod executable;
mod functions_json;
mod logging;
mod members;
mod suggestion;
mod template;

use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_service::model::Seconds;
use durable_service::{DurableSettings, FunctionSettings, ServiceSettings};
use indexmap::IndexMap;

pub use durable_service::{Published, Tenancy};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{ConfigError, LeftOut, Problem};
pub(crate) use executable::fault as program_fault;
pub use logging::{LogFormat, LogLevel, LoggingConfig, NoLevel};
pub(crate) use members::{FUNCTION_NAME, is_function_name};
pub use template::TemplateOptions;

/// A function and how its processes are run.
///
/// [`Functions`] reads them from files, and [`FunctionConfig::at`] makes one:
///
/// ```
/// use durable_server::config::{Endpoint, FunctionConfig, LogFormat, LogLevel};
///
/// let url = "http://127.0.0.1:9000/2015-03-31/functions/orders/invocations";
/// let mut orders = FunctionConfig::at("orders", url.parse::<Endpoint>()?);
/// assert!(orders.durable.is_some());
/// assert_eq!(orders.log_format(), LogFormat::Json);
///
/// orders.logging.application_level = Some(LogLevel::Debug);
/// assert_eq!(orders.log_level(), Some(LogLevel::Debug));
/// # Ok::<(), durable_server::config::EndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionConfig {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// Other names that find it, such as its logical id in a template.
    pub other_names: Vec<String>,
    /// Its runtime, such as `provided.al2023`, if the file names one.
    pub runtime: Option<String>,
    /// The program and its arguments; empty only if the function runs elsewhere. A program with a path has an
    /// absolute one.
    pub command: Vec<String>,
    /// The URL of a function that another program runs: `cargo lambda watch`, a container, a debugger.
    pub endpoint: Option<Endpoint>,
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
    /// Its aliases, with the versions that they point to.
    pub aliases: IndexMap<String, String>,
    /// How many versions are published.
    pub versions: usize,
    /// Its durable configuration; none for a plain function.
    pub durable: Option<DurableConfig>,
    /// Whether each tenant has processes of its own, and every invoke must name one.
    pub tenancy: Tenancy,
    /// Maximal number of processes that run at the same time. With 0 the function is switched off: invokes
    /// of it are throttled.
    pub concurrency: usize,
    /// How it logs.
    pub logging: LoggingConfig,
}

/// The durable configuration of a function.
///
/// [`FunctionConfig::durable`] holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DurableConfig {
    /// Timeout of its executions in seconds; by default, the maximum.
    pub execution_timeout: Option<u64>,
    /// How long ended executions are kept, in days; by default, as long as the service does.
    pub retention_period_in_days: Option<u32>,
}

/// Time limit for an invocation of a function that runs elsewhere, if its file sets none: Lambda's longest.
const ENDPOINT_TIMEOUT: Duration = Duration::from_mins(15);

/// The name by which SAM CLI calls the function that it runs in a container.
pub(crate) const SAM_FUNCTION: &str = "function";

/// The runtime of a function whose file names none.
const DEFAULT_RUNTIME: &str = "provided.al2023";

impl FunctionConfig {
    /// A durable function that another program runs. It has the longest timeouts, because that program may
    /// build it first, or stand in a debugger.
    #[must_use]
    pub fn at(name: &str, endpoint: Endpoint) -> Self {
        Self {
            name: name.to_owned(),
            other_names: Vec::new(),
            runtime: None,
            command: Vec::new(),
            endpoint: Some(endpoint),
            working_directory: None,
            timeout: ENDPOINT_TIMEOUT,
            memory: 128,
            environment: IndexMap::new(),
            handler: None,
            aliases: IndexMap::new(),
            versions: 0,
            durable: Some(DurableConfig::default()),
            tenancy: Tenancy::Shared,
            concurrency: members::DEFAULT_CONCURRENCY,
            logging: LoggingConfig::default(),
        }
    }

    /// Its runtime, such as `provided.al2023`, which is also that of a function whose file names none.
    #[must_use]
    pub fn runtime(&self) -> &str {
        self.runtime.as_deref().unwrap_or(DEFAULT_RUNTIME)
    }

    /// Its versions and aliases: a qualifier that is none of them is not found.
    #[must_use]
    pub fn published(&self) -> Published {
        Published {
            versions: self.versions as u64,
            aliases: self.aliases.clone(),
        }
    }

    /// The format of its log: JSON for a durable function whose configuration does not choose, because the
    /// durable SDKs add their fields to JSON alone.
    #[must_use]
    pub fn log_format(&self) -> LogFormat {
        let default = match self.durable {
            Some(_) => LogFormat::Json,
            None => LogFormat::Text,
        };
        self.logging.format.unwrap_or(default)
    }

    /// The least level that the function is told to log; none unless its format is JSON.
    #[must_use]
    pub fn log_level(&self) -> Option<LogLevel> {
        let level = self.logging.application_level.unwrap_or(LogLevel::Info);
        (self.log_format() == LogFormat::Json).then_some(level)
    }

    /// The log group that the function sees.
    #[must_use]
    pub fn log_group(&self) -> String {
        let default = || format!("/aws/lambda/{}", self.name);
        self.logging.group.clone().unwrap_or_else(default)
    }

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
///
/// ```
/// use std::time::Duration;
///
/// use durable_server::config::Functions;
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("functions.json");
/// std::fs::write(&file, r#"{
///     "orders": {
///         "Endpoint": "http://127.0.0.1:9000/2015-03-31/functions/orders/invocations",
///         "Timeout": 30,
///         "DurableConfig": {"ExecutionTimeout": 3600}
///     },
///     "refunds": {"Command": ["target/debug/refunds"]}
/// }"#)?;
/// let read = Functions::read_json(&file)?;
///
/// let orders = &read.functions[0];
/// assert_eq!((orders.name.as_str(), orders.timeout), ("orders", Duration::from_secs(30)));
/// assert_eq!(orders.durable.and_then(|durable| durable.execution_timeout), Some(3600));
///
/// let refunds = &read.left_out[0];
/// assert!(refunds.to_string().contains("target/debug/refunds"), "{refunds}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Functions {
    /// The functions, in the order of the file, with unique names.
    pub functions: Vec<FunctionConfig>,
    /// The functions that are not served.
    pub left_out: Vec<LeftOut>,
    /// What is read otherwise than the file says, with function, member and reason.
    pub warnings: Vec<String>,
    /// What the file has and this server does not do.
    pub ignored: Vec<String>,
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
    /// If the file cannot be read, or is no such object.
    pub fn read_json(path: &Path) -> Result<Self, ConfigError> {
        functions_json::read(path)
    }

    /// Reads a SAM or CloudFormation template, in YAML or JSON: its functions with the runtimes
    /// `provided.*`, `python3.*` and `nodejs*`. The settings hold the Region and account for the template's
    /// pseudo parameters.
    ///
    /// Programs are looked for in `.aws-sam/build`, in the folder or zip file of the code, and in Cargo's
    /// target folders (those of `cargo lambda`, of `cargo build`, and of named targets): of several that can be
    /// started, the one that was built last runs. Zip files are unpacked to a cache. An
    /// `AWS_LAMBDA_EXEC_WRAPPER` below `/var/task/` runs instead of the runtime or before it. A variable that
    /// only an account knows is left out, with a warning; any other member that cannot be resolved keeps its
    /// function from being served. `AWS_ENDPOINT_URL_LAMBDA` of a template does not count: calls of Lambda go
    /// to the server.
    ///
    /// # Errors
    ///
    /// If the template cannot be read, or an option is wrong.
    pub fn read_template(
        path: &Path,
        settings: &ServiceSettings,
        options: &TemplateOptions,
    ) -> Result<Self, ConfigError> {
        template::read(path, settings, options)
    }

    /// Lets another program run a function: one of these, whose other settings stay, or else a new durable
    /// one.
    pub fn run_elsewhere(&mut self, name: &str, endpoint: Endpoint) {
        self.left_out.retain(|it| it.function != name);
        match self.functions.iter_mut().find(|it| it.name == name) {
            Some(function) => {
                function.command.clear();
                function.timeout = ENDPOINT_TIMEOUT;
                function.endpoint = Some(endpoint);
            }
            None => self.functions.push(FunctionConfig::at(name, endpoint)),
        }
    }

    /// The functions that are not served, then the warnings, one a line.
    pub fn said(&self) -> impl Iterator<Item = String> {
        let left_out = self.left_out.iter().map(ToString::to_string);
        left_out.chain(self.warnings.iter().cloned())
    }
}

/// Whether `PATH` has a program.
fn is_on_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
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
