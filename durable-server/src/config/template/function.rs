//! One function of a template.

use durable_service::Tenancy;
use durable_template::{Function, Value};
use indexmap::IndexMap;

use super::bootstrap::Bootstrap;
use super::program::{Program, Wanted};
use super::{Reading, code, properties};
use crate::config::FunctionConfig;
use crate::config::folder;
use crate::config::members::{
    Common, FUNCTION_NAME, Fault, Members, is_function_name, taken, with_way_out,
};

/// What is said about a function.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) warnings: Vec<String>,
    /// Properties that are ignored.
    pub(super) ignored: Vec<String>,
}

impl Reading<'_> {
    /// A function, or all reasons why it cannot be served.
    pub(super) fn config(
        &self,
        function: &Function,
        said: &mut Said,
    ) -> Result<FunctionConfig, Vec<String>> {
        let mut reasons = Vec::new();
        reasons.extend(function.undecided.as_deref().map(with_way_out));
        let name = name(function, &mut reasons);
        let properties = properties_of(function, self.env_vars.of(&names(function, &name)));
        let members = Members::of(&properties);
        let mut faults: Vec<Fault> = Vec::new();
        let mut common = members.common(&mut faults);
        let listed = properties::names(&properties);
        faults.extend(listed.faults);
        let alias = taken(members.text("AutoPublishAlias"), &mut faults);
        reasons.extend(faults.iter().map(ToString::to_string));
        said.ignored = listed.ignored;
        said.warnings.extend(listed.warnings);
        said.warnings.extend(common.warnings.iter().cloned());
        keep_endpoint(&mut common.environment, &mut said.warnings);
        let program = self.program(function, &members, &common, said);
        match program {
            Err(reason) => {
                reasons.push(reason);
                Err(reasons)
            }
            Ok(_) if !reasons.is_empty() => Err(reasons),
            Ok(program) => Ok(FunctionConfig {
                other_names: other_names(function, &name),
                name,
                command: program.command,
                endpoint: None,
                runtime: common.runtime,
                working_directory: Some(program.working_directory),
                timeout: common.timeout,
                memory: common.memory,
                environment: common.environment,
                handler: common.handler,
                aliases: aliases(function, alias),
                versions: function.versions,
                durable: common.durable,
                tenancy: common.tenancy.unwrap_or(Tenancy::Shared),
                concurrency: common.concurrency,
                logging: common.logging,
            }),
        }
    }

    fn program(
        &self,
        function: &Function,
        members: &Members<'_>,
        common: &Common,
        said: &mut Said,
    ) -> Result<Program, String> {
        let text = |name: &str| members.get(name).and_then(Value::scalar);
        if text("PackageType").as_deref() == Some("Image") || members.get("ImageUri").is_some() {
            return Err("it is a container image".to_owned());
        }
        let inline = members.get("Code").and_then(|code| code.get("ZipFile"));
        if members.get("InlineCode").is_some() || inline.is_some() {
            let member = if inline.is_some() {
                "Code.ZipFile"
            } else {
                "InlineCode"
            };
            return Err(format!("its code is in the template ({member})"));
        }
        let Some(runtime) = &common.runtime else {
            // A Runtime that is wrong is a fault already.
            return Err("it has no Runtime".to_owned());
        };
        let folder = folder(&function.template);
        let code = code::of(function, members, &folder)?;
        said.warnings.extend(code.warning);
        let built = self.project.join(".aws-sam/build");
        let built = built.join(function.path());
        let wanted = Wanted {
            runtime,
            handler: common.handler.as_deref(),
            wrapper: common
                .environment
                .get("AWS_LAMBDA_EXEC_WRAPPER")
                .map(String::as_str),
            bootstrap: Bootstrap {
                logical_id: &function.logical_id,
                built: &built,
                code: &code.path,
                binary: binary(function),
                target_folder: self.options.target_folder.as_deref(),
                cache: self.options.cache.as_deref(),
            },
        };
        let mut program = wanted.find()?;
        said.warnings.append(&mut program.warnings);
        Ok(program)
    }
}

/// The name of a function. One that is not known is replaced by the logical id in what is said.
fn name(function: &Function, reasons: &mut Vec<String>) -> String {
    match &function.name {
        Value::Unresolved(unresolved) => {
            let reason = with_way_out(&unresolved.reason);
            reasons.push(format!("FunctionName cannot be resolved: {reason}"));
            function.logical_id.clone()
        }
        name => {
            let name = name.scalar().unwrap_or_default();
            if !is_function_name(&name) {
                reasons.push(format!(
                    "FunctionName is {name:?}; it must be {FUNCTION_NAME}"
                ));
            }
            name
        }
    }
}

/// All names that a function has in a file of environment variables.
fn names<'a>(function: &'a Function, name: &'a str) -> Vec<&'a str> {
    let mut names = vec![function.logical_id.as_str(), name];
    names.extend(construct(function));
    names
}

/// The names that find a function besides its own.
fn other_names(function: &Function, name: &str) -> Vec<String> {
    let mut names = vec![function.logical_id.clone()];
    names.extend(construct(function).map(str::to_owned));
    names.retain(|other| other != name);
    names
}

/// The name of CDK's construct for a function: `Stack/NAME/Resource`.
fn construct(function: &Function) -> Option<&str> {
    let path = function.metadata.get("aws:cdk:path")?.as_text()?;
    let mut parts = path.rsplit('/');
    let last = parts.next()?;
    let name = if last == "Resource" {
        parts.next()?
    } else {
        last
    };
    let valid = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    (!name.is_empty() && name.chars().all(valid)).then_some(name)
}

/// A function's properties, with environment variables that the user chooses.
fn properties_of(function: &Function, chosen: IndexMap<String, String>) -> IndexMap<String, Value> {
    let mut properties = function.properties.clone();
    if chosen.is_empty() {
        return properties;
    }
    let object = || Value::Map(IndexMap::new());
    let environment = properties
        .entry("Environment".to_owned())
        .or_insert_with(object);
    if let Value::Map(environment) = environment {
        let variables = environment
            .entry("Variables".to_owned())
            .or_insert_with(object);
        if let Value::Map(variables) = variables {
            let chosen = chosen
                .into_iter()
                .map(|(name, value)| (name, Value::Text(value)));
            variables.extend(chosen);
        }
    }
    properties
}

fn binary(function: &Function) -> Option<&str> {
    let build = function.metadata.get("BuildProperties")?;
    build.get("Binary")?.as_text()
}

fn aliases(function: &Function, published: Option<String>) -> IndexMap<String, String> {
    let mut aliases = function.aliases.clone();
    if let Some(alias) = published {
        aliases.entry(alias).or_insert_with(|| "1".to_owned());
    }
    aliases
}

/// Removes the variables that would lead a function's checkpoints away from this server.
fn keep_endpoint(environment: &mut IndexMap<String, String>, warnings: &mut Vec<String>) {
    let mut said =
        |name: &str, said: &str| warnings.push(format!("Environment.Variables.{name} {said}"));
    if let Some(url) = environment.shift_remove("AWS_ENDPOINT_URL_LAMBDA") {
        let replaced = format!("is {url:?}; this server's address replaces it");
        said("AWS_ENDPOINT_URL_LAMBDA", &replaced);
    }
    let ignores = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    if environment.shift_remove(ignores).is_some() {
        said(
            ignores,
            "is left out, because calls of Lambda go to this server",
        );
    }
    if let Some(url) = environment.get("AWS_ENDPOINT_URL") {
        let limited = format!("is {url:?}; calls of Lambda go to this server all the same");
        said("AWS_ENDPOINT_URL", &limited);
    }
}
