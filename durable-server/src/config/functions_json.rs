//! `functions.json`.

use std::path::{Path, PathBuf};

use durable_template::Value;
use indexmap::IndexMap;
use serde::de::IgnoredAny;

use super::error::{LeftOut, NoProgram, Problem};
use super::members::{COMMON, FUNCTION_NAME, Fault, Members, is_function_name, taken};
use super::suggestion::nearest;
use super::{
    ConfigError, ENDPOINT_TIMEOUT, Endpoint, FunctionConfig, Functions, beside, executable, folder,
    is_on_path,
};

/// Members of a function that only this file has.
const OWN: [&str; 5] = [
    "Command",
    "Endpoint",
    "WorkingDirectory",
    "Aliases",
    "Versions",
];

pub(super) fn read(path: &Path) -> Result<Functions, ConfigError> {
    let failed = |problem| ConfigError {
        path: path.to_owned(),
        problem,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(Problem::Unreadable(error)))?;
    let file = functions(&text).map_err(|cause| {
        failed(Problem::Syntax {
            format: "a JSON object of functions by name",
            cause,
        })
    })?;
    if file.is_empty() {
        return Err(failed(Problem::NoFunctions(
            "write one, such as {\"Hello\": {\"Command\": [\"target/debug/hello\"], \
             \"DurableConfig\": {\"ExecutionTimeout\": 300}}}"
                .to_owned(),
        )));
    }
    let folder = folder(path);
    let mut read = Functions::default();
    for (name, value) in &file {
        let mut warnings = Vec::new();
        match function(name, value, &folder, &mut warnings) {
            Ok(function) => read.functions.push(function),
            Err(reasons) => read.left_out.push(LeftOut {
                function: name.clone(),
                logical_id: None,
                reasons,
            }),
        }
        let said = warnings
            .into_iter()
            .map(|warning| format!("{}: function \"{name}\": {warning}", path.display()));
        read.warnings.extend(said);
    }
    Ok(read)
}

/// The functions of a file by name.
fn functions(text: &str) -> Result<IndexMap<String, Value>, String> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| error.to_string())?;
    let (file, notes) = durable_template::document(text).map_err(|error| error.to_string())?;
    if let Some(note) = notes.first() {
        return Err(format!("duplicate member: {note}"));
    }
    match file {
        Value::Map(functions) => Ok(functions),
        _ => Err("it is not an object".to_owned()),
    }
}

/// A function, or all reasons why it cannot be served.
fn function(
    name: &str,
    value: &Value,
    folder: &Path,
    warnings: &mut Vec<String>,
) -> Result<FunctionConfig, Vec<String>> {
    let mut reasons = Vec::new();
    if !is_function_name(name) {
        reasons.push(format!("its name must be {FUNCTION_NAME}"));
    }
    let Value::Map(members) = value else {
        reasons.push("its name must have an object as its value, the configuration".to_owned());
        return Err(reasons);
    };
    let members = Members::of(members);
    let mut faults = Vec::new();
    let known = [&OWN[..], &COMMON].concat();
    // A function whose DurableConfig is misspelt must not run as a plain one.
    let is_durable =
        |member: &&str| !known.contains(member) && nearest(member, &["DurableConfig"]).is_some();
    if let Some(misspelt) = members.names().find(is_durable) {
        faults.push(members.fault(misspelt, "is no member; did you mean DurableConfig?"));
    }
    let common = members.common(&mut faults);
    let directory = taken(members.text("WorkingDirectory"), &mut faults);
    let aliases = members.aliases(&mut faults);
    let versions = taken(members.versions(), &mut faults);
    let versions = versions.unwrap_or_else(|| latest_version(&aliases));
    let endpoint = taken(endpoint(&members), &mut faults);
    let command = match &endpoint {
        Some(_) => {
            warnings.extend(unused_beside_endpoint(&members));
            Vec::new()
        }
        None => command(&members, &known).unwrap_or_else(|fault| {
            faults.push(fault);
            Vec::new()
        }),
    };
    reasons.extend(faults.iter().map(ToString::to_string));
    warnings.extend(members.unknown(&known));
    warnings.extend(members.unknown_inside());
    if let Some(url) = common.environment.get("AWS_ENDPOINT_URL_LAMBDA") {
        warnings.push(format!(
            "Environment.Variables.AWS_ENDPOINT_URL_LAMBDA leads its calls of Lambda to {url}, not to this server"
        ));
    }
    warnings.extend(common.warnings);
    let command = find_program(command, folder, warnings).unwrap_or_else(|error| {
        reasons.push(error.to_string());
        Vec::new()
    });
    if !reasons.is_empty() {
        return Err(reasons);
    }
    Ok(FunctionConfig {
        command,
        name: name.to_owned(),
        other_names: Vec::new(),
        runtime: common.runtime,
        working_directory: Some(match directory {
            Some(directory) => beside(folder, &directory),
            None => folder.to_owned(),
        }),
        timeout: match &endpoint {
            Some(_) if members.get("Timeout").is_none() => ENDPOINT_TIMEOUT,
            _ => common.timeout,
        },
        endpoint,
        memory: common.memory,
        environment: common.environment,
        handler: common.handler,
        aliases,
        versions,
        durable: common.durable,
        tenancy: common.tenancy.unwrap_or_default(),
        concurrency: common.concurrency,
        logging: common.logging,
    })
}

/// The URL of a function that runs elsewhere.
fn endpoint(members: &Members<'_>) -> Result<Option<Endpoint>, Fault> {
    let Some(text) = members.text("Endpoint")? else {
        return Ok(None);
    };
    if members.get("Command").is_some() {
        return Err(members.fault(
            "Endpoint",
            "stands beside a Command; a function has one of them",
        ));
    }
    let endpoint = text.parse();
    endpoint
        .map(Some)
        .map_err(|error| members.fault("Endpoint", &format!("is wrong: {error}")))
}

/// What is said of members that have no effect on a function that runs elsewhere.
fn unused_beside_endpoint(members: &Members<'_>) -> Option<String> {
    let unused: Vec<&str> = ["WorkingDirectory", "Environment", "Handler"]
        .into_iter()
        .filter(|name| members.get(name).is_some())
        .collect();
    let unused = (!unused.is_empty()).then(|| unused.join(", "));
    unused.map(|unused| {
        format!(
            "{unused} of a function with an Endpoint have no effect: the program there sets them"
        )
    })
}

/// The number of versions of a function whose file does not say: as many as its aliases need, and one at
/// least, which is what publishing it once gives.
fn latest_version(aliases: &IndexMap<String, String>) -> usize {
    let versions = aliases.values().filter_map(|version| version.parse().ok());
    versions.max().unwrap_or(1)
}

/// The command; the message lists unknown members, one of which may be misspelt.
fn command(members: &Members<'_>, known: &[&str]) -> Result<Vec<String>, Fault> {
    let allowed = "the program and its arguments, such as [\"target/debug/hello\"]";
    match members.texts("Command")? {
        None => {
            let unknown = members.names().filter(|name| !known.contains(name));
            let unknown: Vec<&str> = unknown.collect();
            let found = match unknown.as_slice() {
                [] => String::new(),
                unknown => format!(". Unknown members: {}", unknown.join(", ")),
            };
            let fault = format!("is missing; it is {allowed}{found}");
            Err(members.fault("Command", &fault))
        }
        Some(command) if command.first().is_none_or(String::is_empty) => {
            Err(members.fault("Command", &format!("is empty; it must be {allowed}")))
        }
        Some(command) => Ok(command),
    }
}

/// The command with the path of its program. A program without a `/` is left to `PATH`.
fn find_program(
    mut command: Vec<String>,
    folder: &Path,
    warnings: &mut Vec<String>,
) -> Result<Vec<String>, NoProgram> {
    let Some(program) = command.first_mut() else {
        return Ok(command);
    };
    if !program.contains('/') {
        if !is_on_path(program) {
            warnings.push(format!(
                "no folder of PATH has a program \"{program}\"; until one has, invocations fail with \
                 Runtime.InvalidEntrypoint"
            ));
        }
        return Ok(command);
    }
    let mut looked_for: Vec<PathBuf> = vec![beside(folder, program)];
    looked_for.extend(std::path::absolute(&*program));
    looked_for.dedup();
    let Some(path) = looked_for.iter().find(|path| path.is_file()) else {
        return Err(NoProgram::Missing {
            fault: format!("its Command is \"{program}\", which does not exist"),
            looked_for,
            remedy: "Build it, or correct the path".to_owned(),
        });
    };
    if let Some(fault) = executable::fault(path) {
        return Err(NoProgram::Unusable {
            path: path.clone(),
            fault,
        });
    }
    *program = path.to_string_lossy().into_owned();
    Ok(command)
}
