//! The environment of a function's process: Lambda's variables, and those of its configuration.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use durable_client::Location;
use tokio::process::Command;
use uuid::Uuid;

use crate::config::FunctionConfig;

/// Sets the environment of a process.
///
/// The process inherits the server's environment, so that programs find their libraries, but no AWS
/// variables: a function must not reach a real account by accident. The function's configuration may
/// override everything but the address of the Runtime API, so that it can reach one on purpose.
pub(super) fn set(
    command: &mut Command,
    function: &FunctionConfig,
    version: &str,
    location: &Location,
    runtime_api: SocketAddr,
) {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"AWS_") {
            command.env_remove(name);
        }
    }
    let region = location.region.as_str();
    let name = &function.name;
    let handler = function.handler.as_deref().unwrap_or("bootstrap");
    let log_group = format!("/aws/lambda/{name}");
    let log_stream = format!("local/[{version}]{}", Uuid::new_v4().simple());
    let memory = function.memory.to_string();
    command
        .envs([
            ("_HANDLER", handler),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", version),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
            ("AWS_LAMBDA_LOG_STREAM_NAME", &log_stream),
            ("TZ", ":UTC"),
        ])
        .env("LAMBDA_TASK_ROOT", task_root(function))
        .envs(
            location
                .endpoint
                .iter()
                .map(|url| ("AWS_ENDPOINT_URL_LAMBDA", url)),
        )
        .envs(&function.environment)
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string());
}

/// The folder in which a function runs.
fn task_root(function: &FunctionConfig) -> PathBuf {
    let folder = function.working_directory.as_deref();
    let folder = folder.unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}
