//! The functions of a server, as `functions.json` configures them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use serde::Deserialize;

/// A function and how its processes are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionConfig {
    /// Its name.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder in which it runs; the server's own without one.
    pub working_directory: Option<PathBuf>,
    /// The longest that an invocation may take.
    pub timeout: Duration,
    /// The memory that the function is told to have, in MB.
    pub memory: u32,
    /// Environment variables of its own.
    pub environment: IndexMap<String, String>,
    /// What `_HANDLER` names.
    pub handler: Option<String>,
    /// Its durable configuration; none for a plain function.
    pub durable: Option<DurableConfig>,
    /// Most processes that run at the same time.
    pub concurrency: usize,
}

/// The durable configuration of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DurableConfig {
    /// Timeout of its executions, in seconds.
    pub execution_timeout: Option<u64>,
    /// How long closed executions are kept, in days.
    pub retention_period_in_days: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    command: Vec<String>,
    working_directory: Option<PathBuf>,
    timeout: Option<u64>,
    memory_size: Option<u32>,
    environment: Option<Environment>,
    handler: Option<String>,
    durable_config: Option<DurableConfig>,
    concurrency: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    variables: std::collections::BTreeMap<String, String>,
}

/// Reads `functions.json`.
///
/// # Errors
///
/// What is wrong with the file.
pub fn read_json(path: &Path) -> Result<Vec<FunctionConfig>, String> {
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
    let entries: std::collections::BTreeMap<String, Entry> =
        serde_json::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
    Ok(entries
        .into_iter()
        .map(|(name, entry)| FunctionConfig {
            name,
            command: entry.command,
            working_directory: entry.working_directory,
            timeout: Duration::from_secs(entry.timeout.unwrap_or(3)),
            memory: entry.memory_size.unwrap_or(128),
            environment: entry
                .environment
                .map(|it| it.variables.into_iter().collect())
                .unwrap_or_default(),
            handler: entry.handler,
            durable: entry.durable_config,
            concurrency: entry.concurrency.unwrap_or(10),
        })
        .collect())
}
