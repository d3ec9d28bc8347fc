//! The environment of a function's process: Lambda's variables, and those of its configuration.

use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

use tokio::process::Command;
use uuid::Uuid;

use super::settings::FleetSettings;
use crate::config::FunctionConfig;

/// Variables that name proxies, in any case.
const PROXIES: [&str; 3] = ["http_proxy", "https_proxy", "all_proxy"];

/// What goes past the proxies.
const LOOPBACK: &str = "127.0.0.1,localhost,::1";

/// Sets the environment of a process.
///
/// The process inherits what programs need of the server's environment, but neither secrets nor AWS
/// variables: a function must not reach a real account by accident. The function's configuration may
/// override everything but the address of the Runtime API, so that it can reach one on purpose.
pub(super) fn set(
    command: &mut Command,
    function: &FunctionConfig,
    version: &str,
    settings: &FleetSettings,
    runtime_api: SocketAddr,
) {
    let location = &settings.location;
    command.env_clear().envs(settings.inherited.variables());
    let region = location.region.as_str();
    let name = &function.name;
    let handler = function.handler.as_deref().unwrap_or("bootstrap");
    let log_group = function.log_group();
    let log_stream = log_stream(version);
    let memory = function.memory.to_string();
    let execution_env = format!("AWS_Lambda_{}", function.runtime());
    command
        .envs([
            ("_HANDLER", handler),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EXECUTION_ENV", &execution_env),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", version),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_FORMAT", function.log_format().name()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &log_group),
            ("AWS_LAMBDA_LOG_STREAM_NAME", &log_stream),
            ("TZ", ":UTC"),
        ])
        .env("LAMBDA_TASK_ROOT", task_root(function))
        .envs(
            function
                .log_level()
                .map(|level| ("AWS_LAMBDA_LOG_LEVEL", level.name())),
        )
        .envs(
            location
                .endpoint
                .iter()
                .map(|url| ("AWS_ENDPOINT_URL_LAMBDA", url)),
        )
        .envs(&function.environment)
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string());
    let (name, run) = settings.run.variable();
    command.env(name, run);
    pass_proxies(command);
}

/// Names the pipe into which the runtime interface client writes its log in frames.
pub(super) fn set_frames(command: &mut Command, pipe: RawFd) {
    command.env("_LAMBDA_TELEMETRY_LOG_FD", pipe.to_string());
}

/// Lets calls to this machine go past the proxies that are set, if any is.
fn pass_proxies(command: &mut Command) {
    let set = |name: &str| {
        let mut variables = command.as_std().get_envs();
        let value = variables.find(|(it, _)| it.eq_ignore_ascii_case(name));
        value.and_then(|(_, value)| value).map(ToOwned::to_owned)
    };
    if !PROXIES.iter().any(|name| set(name).is_some()) {
        return;
    }
    let others = set("no_proxy").unwrap_or_default();
    let others = others.to_string_lossy();
    let separator = if others.is_empty() { "" } else { "," };
    let all = format!("{others}{separator}{LOOPBACK}");
    // Programs differ in which of the two they read.
    command.env("NO_PROXY", &all).env("no_proxy", &all);
}

/// The name of a log stream, as Lambda forms it.
fn log_stream(version: &str) -> String {
    let day = jiff::Timestamp::now().strftime("%Y/%m/%d");
    format!("{day}/[{version}]{}", Uuid::new_v4().simple())
}

/// The folder in which a function runs.
fn task_root(function: &FunctionConfig) -> PathBuf {
    let folder = function.working_directory.as_deref();
    let folder = folder.unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}
