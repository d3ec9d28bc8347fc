//! SAM templates.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use durable_service::ServiceSettings;
use yaml_serde::{Mapping, Value};

use super::bootstrap::Bootstrap;
use super::error::Problem;
use super::intrinsics::{LeftOut, Named, Resolver, is_intrinsic};
use super::members::{COMMON, FUNCTION_NAME, Fault, Members, is_function_name};
use super::{ConfigError, FunctionConfig, Functions, beside, folder};

/// Properties of a function that are read besides those of [`COMMON`].
const OWN: [&str; 6] = [
    "FunctionName",
    "Runtime",
    "CodeUri",
    "InlineCode",
    "PackageType",
    "AutoPublishAlias",
];

pub(super) fn read(path: &Path, settings: &ServiceSettings) -> Result<Functions, ConfigError> {
    let failed = |problem| ConfigError {
        path: path.to_owned(),
        problem,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(Problem::Unreadable(error)))?;
    // JSON is YAML too.
    let template: Mapping = yaml_serde::from_str(&text).map_err(|error| {
        failed(Problem::Syntax {
            format: "a SAM template in YAML or JSON",
            cause: error.to_string(),
        })
    })?;
    let mut reading = Reading {
        folder: folder(path),
        warnings: Vec::new(),
    };
    let functions = reading.functions(&template, settings).map_err(failed)?;
    Ok(Functions {
        functions,
        warnings: reading
            .warnings
            .into_iter()
            .map(|warning| format!("{}: {warning}", path.display()))
            .collect(),
    })
}

/// A template being read.
#[derive(Debug)]
struct Reading {
    folder: PathBuf,
    warnings: Vec<String>,
}

/// A function of a template.
#[derive(Debug)]
struct Resource {
    logical_id: String,
    name: String,
    /// Those that are read, with intrinsics resolved.
    properties: Mapping,
    /// The binary that its metadata names.
    binary: Option<String>,
}

/// What runs a function.
enum Runtime {
    /// Its own program.
    Own,
    /// A runtime interface client, which takes the handler as its argument.
    Client(&'static [&'static str]),
}

/// How a function is run.
struct Program {
    command: Vec<String>,
    working_directory: PathBuf,
}

impl Reading {
    fn functions(
        &mut self,
        template: &Mapping,
        settings: &ServiceSettings,
    ) -> Result<Vec<FunctionConfig>, Problem> {
        let mut resolver = Resolver::new(template, settings);
        let declared = declared(template);
        for (logical_id, properties) in &declared {
            // The second pass, which knows all functions, warns of what cannot be resolved.
            let mut left_out = Vec::new();
            let mut text = |name: &str| {
                let value = properties.get(name)?;
                let value = resolver.resolve(value, name, &mut left_out)?;
                value.as_str().map(str::to_owned)
            };
            let named = Named {
                name: text("FunctionName").unwrap_or_else(|| (*logical_id).to_owned()),
                alias: text("AutoPublishAlias"),
            };
            resolver.add(logical_id, named);
        }
        let mut functions = Vec::new();
        let mut names = HashSet::new();
        for (logical_id, properties) in declared {
            let resource = self.resource(template, logical_id, &properties, &resolver);
            let name = resource.name.clone();
            let Some(function) = self.function(&resource)? else {
                continue;
            };
            if !names.insert(name.clone()) {
                return Err(Problem::SameName(name));
            }
            functions.push(function);
        }
        if functions.is_empty() {
            return Err(Problem::NoFunctions(
                "it needs an AWS::Serverless::Function with a Runtime of provided.*, python3.* or \
                 nodejs*, and its code beside the template",
            ));
        }
        Ok(functions)
    }

    /// A declared function with its intrinsics resolved.
    fn resource(
        &mut self,
        template: &Mapping,
        logical_id: &str,
        declared: &Mapping,
        resolver: &Resolver<'_>,
    ) -> Resource {
        let mut left_out: Vec<LeftOut> = Vec::new();
        let properties: Mapping = OWN
            .iter()
            .chain(&COMMON)
            .filter_map(|name| {
                let value = resolver.resolve(declared.get(*name)?, name, &mut left_out)?;
                Some(((*name).into(), value))
            })
            .collect();
        let name = properties.get("FunctionName").and_then(Value::as_str);
        let name = name.unwrap_or(logical_id).to_owned();
        for LeftOut { member, reason } in left_out {
            self.warn(&name, &format!("{member} is left out: {reason}"));
        }
        let binary = template
            .get("Resources")
            .and_then(|all| all.get(logical_id)?.get("Metadata")?.get("BuildProperties"))
            .and_then(|build| build.get("Binary")?.as_str());
        Resource {
            logical_id: logical_id.to_owned(),
            name,
            properties,
            binary: binary.map(str::to_owned),
        }
    }

    /// The function of a resource, or none if this server cannot run it.
    fn function(&mut self, resource: &Resource) -> Result<Option<FunctionConfig>, Problem> {
        let name = &resource.name;
        let wrong = |Fault { member, fault }| Problem::Member {
            function: name.clone(),
            member,
            fault,
        };
        let members = Members::of(&resource.properties);
        if !is_function_name(name) {
            let fault = format!("is {name:?}; it must be {FUNCTION_NAME}");
            return Err(wrong(members.fault("FunctionName", &fault)));
        }
        let common = members.common().map_err(wrong)?;
        let runtime = match runtime(&members).map_err(wrong)? {
            Ok(runtime) => runtime,
            Err(why_not) => {
                self.warn(name, &format!("is left out: {why_not}"));
                return Ok(None);
            }
        };
        let code = self.code(&members, name);
        let program = match runtime {
            Runtime::Own => self.own(resource, &code)?,
            Runtime::Client(client) => {
                let fault = || wrong(members.fault("Handler", "is missing; this Runtime needs it"));
                let handler = common.handler.clone().ok_or_else(fault)?;
                let words = client.iter().map(|&word| word.to_owned());
                Program {
                    command: words.chain([handler]).collect(),
                    working_directory: code,
                }
            }
        };
        Ok(Some(FunctionConfig {
            name: name.clone(),
            command: program.command,
            working_directory: Some(program.working_directory),
            timeout: common.timeout,
            memory: common.memory,
            environment: common.environment,
            handler: common.handler,
            alias: members.text("AutoPublishAlias").map_err(wrong)?,
            durable: common.durable,
            concurrency: common.concurrency,
        }))
    }

    /// The folder of a function's code. A URI of S3 is replaced by the template's folder, with a warning.
    fn code(&mut self, members: &Members<'_>, name: &str) -> PathBuf {
        match members.text("CodeUri") {
            Ok(None) => self.folder.clone(),
            Ok(Some(uri)) if !uri.contains("://") => beside(&self.folder, &uri),
            _ => {
                self.warn(
                    name,
                    "CodeUri is not on this machine; the template's folder is used instead",
                );
                self.folder.clone()
            }
        }
    }

    /// The program of a function that brings its own runtime.
    fn own(&self, resource: &Resource, code: &Path) -> Result<Program, Problem> {
        let program = Bootstrap {
            function: &resource.name,
            logical_id: &resource.logical_id,
            folder: &self.folder,
            code,
            binary: resource.binary.as_deref(),
        }
        .find()?;
        // A bootstrap runs in its own folder, as on Lambda, and finds the files packed with it.
        let working_directory = if program.ends_with("bootstrap") {
            program.parent().unwrap_or(code)
        } else {
            code
        };
        Ok(Program {
            working_directory: working_directory.to_owned(),
            command: vec![program.to_string_lossy().into_owned()],
        })
    }

    fn warn(&mut self, function: &str, warning: &str) {
        self.warnings
            .push(format!("function \"{function}\": {warning}"));
    }
}

/// What runs a function, or why this server cannot run it.
fn runtime(members: &Members<'_>) -> Result<Result<Runtime, String>, Fault> {
    if members.text("PackageType")?.as_deref() == Some("Image") {
        return Ok(Err("it is a container image".to_owned()));
    }
    if members.text("InlineCode")?.is_some() {
        return Ok(Err("its code is in the template".to_owned()));
    }
    let Some(runtime) = members.text("Runtime")? else {
        return Ok(Err("it has no Runtime".to_owned()));
    };
    Ok(if runtime.starts_with("provided") {
        Ok(Runtime::Own)
    } else if runtime.starts_with("python3") {
        Ok(Runtime::Client(&["python3", "-m", "awslambdaric"]))
    } else if runtime.starts_with("nodejs") {
        Ok(Runtime::Client(&["npx", "aws-lambda-ric"]))
    } else {
        Err(format!(
            "this server does not run {runtime} by itself; set its Command in functions.json"
        ))
    })
}

/// The functions that a template declares, merged with its globals.
fn declared(template: &Mapping) -> Vec<(&str, Mapping)> {
    let globals = template
        .get("Globals")
        .and_then(|globals| globals.get("Function")?.as_mapping());
    let none = Mapping::new();
    let resources = template.get("Resources").and_then(Value::as_mapping);
    resources
        .into_iter()
        .flatten()
        .filter_map(|(logical_id, resource)| {
            let globals = match resource.get("Type")?.as_str()? {
                "AWS::Serverless::Function" => globals,
                "AWS::Lambda::Function" => None,
                _ => return None,
            };
            let own = resource.get("Properties").and_then(Value::as_mapping);
            let properties = merged(globals.unwrap_or(&none), own.unwrap_or(&none));
            Some((logical_id.as_str()?, properties))
        })
        .collect()
}

/// Merges properties. Objects are merged member by member; any other value overrides the global one.
fn merged(globals: &Mapping, own: &Mapping) -> Mapping {
    let mut all = globals.clone();
    for (name, value) in own {
        let value = match (globals.get(name), value) {
            (Some(global @ Value::Mapping(globals)), Value::Mapping(own))
                if !is_intrinsic(global) && !is_intrinsic(value) =>
            {
                Value::Mapping(merged(globals, own))
            }
            _ => value.clone(),
        };
        all.insert(name.clone(), value);
    }
    all
}
