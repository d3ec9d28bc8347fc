//! What the server says when it starts: what it does not serve, what it reads otherwise than the file says,
//! what it ignores, and what it serves.

use std::fmt::Write as _;

use crate::config::{FunctionConfig, Functions};
use crate::{ServerSettings, StoreLocation, TimeMode};

/// Environment variables that lead the calls of AWS SDKs elsewhere.
const ENDPOINTS: &str = "AWS_ENDPOINT_URL";

/// What is wrong with the functions of a file, the worst first.
pub(crate) fn faults(functions: &Functions) -> Vec<String> {
    let mut lines: Vec<String> = functions.said().collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut endpoints: Vec<String> = names.filter(|name| name.starts_with(ENDPOINTS)).collect();
    endpoints.sort();
    if !endpoints.is_empty() {
        let endpoints = endpoints.join(", ");
        lines.push(format!(
            "{endpoints} of this environment is not handed to functions: their calls of Lambda go to this server"
        ));
    }
    lines
}

/// What is served, what is ignored, and how.
pub(crate) fn summary(functions: &Functions, settings: &ServerSettings) -> Vec<String> {
    let served = functions.functions.iter().map(served);
    let ignored = functions.ignored.iter().cloned();
    let page = settings.page.then(|| {
        "open that address in a browser, or run `durable ui`, to see executions".to_owned()
    });
    let lines = std::iter::once(of_server(settings))
        .chain(page)
        .chain(served)
        .chain(ignored);
    lines.collect()
}

/// How time passes, and where executions are kept.
fn of_server(settings: &ServerSettings) -> String {
    let time = match settings.time {
        TimeMode::Real => "real time",
        TimeMode::Skip { .. } => "skipped time",
        TimeMode::Virtual { .. } => "virtual time",
        TimeMode::Manual => "time stands still until you move it on the page",
    };
    let store = match &settings.store {
        StoreLocation::Memory => "executions in memory".to_owned(),
        StoreLocation::File(path) => format!("executions in {}", path.display()),
    };
    format!("{time}, {store}, Region {}", settings.service.region)
}

/// A function that is served.
fn served(function: &FunctionConfig) -> String {
    let mut line = format!("serves \"{}\"", function.name);
    if !function.other_names.is_empty() {
        let _ = write!(line, " ({})", function.other_names.join(", "));
    }
    let kind = match &function.durable {
        Some(_) => "durable",
        None => "plain",
    };
    let _ = write!(
        line,
        ": {kind}, {}, {}",
        function.runtime(),
        match &function.endpoint {
            Some(endpoint) => format!("at {endpoint}"),
            None => function.command.join(" "),
        }
    );
    for (alias, version) in &function.aliases {
        let _ = write!(line, ", alias {alias} of version {version}");
    }
    if function.concurrency == 0 {
        line.push_str(", switched off: its ReservedConcurrentExecutions is 0");
    }
    line
}
