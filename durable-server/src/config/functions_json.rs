//! `functions.json`.

use std::path::{Path, PathBuf};

use yaml_serde::{Mapping, Value};

use super::error::Problem;
use super::members::{COMMON, DURABLE, FUNCTION_NAME, Fault, Members, Unknown, is_function_name};
use super::{ConfigError, FunctionConfig, Functions, beside, folder};

/// Members of a function that only this file has.
const OWN: [&str; 2] = ["Command", "WorkingDirectory"];

pub(super) fn read(path: &Path) -> Result<Functions, ConfigError> {
    let failed = |problem| ConfigError {
        path: path.to_owned(),
        problem,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(Problem::Unreadable(error)))?;
    let file: Mapping = serde_json::from_str(&text).map_err(|error| {
        failed(Problem::Syntax {
            format: "a JSON object of functions by name",
            cause: error.to_string(),
        })
    })?;
    let folder = folder(path);
    let mut read = Functions::default();
    for (name, value) in &file {
        let name = name.as_str().unwrap_or_default();
        let (function, unknown) = function(name, value, &folder).map_err(failed)?;
        read.functions.push(function);
        read.warnings.extend(unknown.into_iter().map(|it| {
            let Unknown { member, known } = it;
            let file = path.display();
            format!(
                "{file}: function \"{name}\": unknown member {member} is ignored; known ones are {known}"
            )
        }));
    }
    if read.functions.is_empty() {
        return Err(failed(Problem::NoFunctions(
            "write one, such as {\"Hello\": {\"Command\": [\"target/debug/hello\"], \
             \"DurableConfig\": {\"ExecutionTimeout\": 300}}}",
        )));
    }
    Ok(read)
}

/// A function, and its unknown members.
fn function(
    name: &str,
    value: &Value,
    folder: &Path,
) -> Result<(FunctionConfig, Vec<Unknown>), Problem> {
    let wrong = |Fault { member, fault }| Problem::Member {
        function: name.to_owned(),
        member,
        fault,
    };
    let whole = |fault: String| {
        wrong(Fault {
            member: "its name".to_owned(),
            fault,
        })
    };
    if !is_function_name(name) {
        return Err(whole(format!("must be {FUNCTION_NAME}")));
    }
    let mapping = value
        .as_mapping()
        .ok_or_else(|| whole("must have an object as its value, the configuration".to_owned()))?;
    let members = Members::of(mapping);
    let mut unknown: Vec<Unknown> = members.unknown(&[&OWN[..], &COMMON].concat()).collect();
    let command = command(&members, &unknown).map_err(wrong)?;
    let directory = members.text("WorkingDirectory").map_err(wrong)?;
    let common = members.common().map_err(wrong)?;
    if let Some(durable) = members.object("DurableConfig").map_err(wrong)? {
        unknown.extend(durable.unknown(&DURABLE));
    }
    let function = FunctionConfig {
        command: find_program(name, command, folder)?,
        name: name.to_owned(),
        working_directory: Some(match directory {
            Some(directory) => beside(folder, &directory),
            None => folder.to_owned(),
        }),
        timeout: common.timeout,
        memory: common.memory,
        environment: common.environment,
        handler: common.handler,
        alias: None,
        durable: common.durable,
        concurrency: common.concurrency,
    };
    Ok((function, unknown))
}

/// The command; the message lists `unknown` members, one of which may be misspelt.
fn command(members: &Members<'_>, unknown: &[Unknown]) -> Result<Vec<String>, Fault> {
    let allowed = "the program and its arguments, such as [\"target/debug/hello\"]";
    match members.texts("Command")? {
        None => {
            let found: Vec<&str> = unknown.iter().map(|it| it.member.as_str()).collect();
            let found = match found.as_slice() {
                [] => String::new(),
                found => format!(". Unknown members: {}", found.join(", ")),
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
    function: &str,
    mut command: Vec<String>,
    folder: &Path,
) -> Result<Vec<String>, Problem> {
    let Some(program) = command.first_mut().filter(|program| program.contains('/')) else {
        return Ok(command);
    };
    let mut looked_for: Vec<PathBuf> = vec![beside(folder, program)];
    looked_for.extend(std::path::absolute(&*program));
    looked_for.dedup();
    match looked_for.iter().find(|path| path.is_file()) {
        Some(path) => {
            *program = path.to_string_lossy().into_owned();
            Ok(command)
        }
        None => Err(Problem::NoProgram {
            function: function.to_owned(),
            fault: format!("its Command is \"{program}\", which does not exist"),
            looked_for,
            remedy: "Build it, or correct the path".to_owned(),
        }),
    }
}
