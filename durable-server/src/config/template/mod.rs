//! SAM and CloudFormation templates.

mod archive;
mod bootstrap;
mod client;
mod code;
mod env_vars;
mod function;
mod node;
mod options;
mod program;
mod properties;
mod samconfig;
mod targets;

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use durable_service::ServiceSettings;
use durable_template::{Files, Inputs, Stack, Template};

use super::error::{LeftOut, Problem};
use super::suggestion::nearest;
use super::{ConfigError, FunctionConfig, Functions, folder, members};
use env_vars::EnvVars;
use samconfig::SamConfig;

pub use options::TemplateOptions;

/// The name of the stack, unless the user or `samconfig.toml` chooses another: that of `sam local`.
const STACK: &str = "local";

/// The types of functions.
const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

pub(super) fn read(
    path: &Path,
    settings: &ServiceSettings,
    options: &TemplateOptions,
) -> Result<Functions, ConfigError> {
    let failed = |problem| ConfigError {
        path: path.to_owned(),
        problem,
    };
    let text = read_text(path).map_err(|error| failed(Problem::Unreadable(error)))?;
    let template = Template::read(&text).map_err(|error| {
        failed(Problem::Syntax {
            format: "a SAM template in YAML or JSON",
            cause: error.to_string(),
        })
    })?;
    let env_vars = match &options.env_vars {
        Some(path) => EnvVars::read(path)?,
        None => EnvVars::default(),
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder(&path);
    let project = project(&folder);
    let mut config = samconfig::read(&project, options.config_env.as_deref());
    let known: Vec<&str> = template.parameters().collect();
    config.keep(&known, options);
    let stack = template.evaluate(&inputs(&path, settings, options, &config));
    let mut reading = Reading {
        path: &path,
        project: &project,
        options,
        env_vars: &env_vars,
        read: Functions::default(),
        ids: HashMap::new(),
    };
    for note in config.notes {
        reading.read.ignored.push(note);
    }
    reading.misspelt(&options.parameters, &known);
    reading.stack(&stack);
    if reading.read.functions.is_empty() && reading.read.left_out.is_empty() {
        let mut reasons = vec![
            "it needs an AWS::Serverless::Function with a Runtime of provided.*, python3.* or nodejs*, and \
             its code beside the template"
                .to_owned(),
        ];
        reasons.append(&mut reading.read.warnings);
        return Err(failed(Problem::NoFunctions(reasons.join("\n  "))));
    }
    Ok(reading.read)
}

/// The text of a file that is one, and not a device without an end.
fn read_text(path: &Path) -> io::Result<String> {
    let metadata = path.metadata()?;
    if !metadata.is_file() && !metadata.file_type().is_fifo() {
        return Err(io::Error::other("it is not a file"));
    }
    let bytes = std::fs::read(path)?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(io::Error::other(
            "it is in UTF-16, as PowerShell writes files; save it as UTF-8",
        ));
    }
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// What the template is evaluated with.
fn inputs<'a>(
    path: &Path,
    settings: &ServiceSettings,
    options: &TemplateOptions,
    config: &SamConfig,
) -> Inputs<'a> {
    let chosen = config.parameters.iter().chain(options.parameters.iter());
    let stack_name = options.stack_name.as_ref().or(config.stack_name.as_ref());
    Inputs {
        parameters: chosen
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        region: settings.region.clone(),
        account: settings.account.clone(),
        stack_name: stack_name.cloned().unwrap_or_else(|| STACK.to_owned()),
        path: path.to_owned(),
        files: &Disk,
    }
}

/// The folder of the project: that of the template, unless `sam build` made it.
fn project(folder: &Path) -> PathBuf {
    let is_built = folder.ends_with(".aws-sam/build");
    let project = folder.ancestors().nth(2).filter(|_| is_built);
    project.unwrap_or(folder).to_owned()
}

/// Nested templates, from the disk.
#[derive(Debug)]
struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<String> {
        read_text(path)
    }
}

/// A template being read.
#[derive(Debug)]
struct Reading<'a> {
    path: &'a Path,
    project: &'a Path,
    options: &'a TemplateOptions,
    env_vars: &'a EnvVars,
    read: Functions,
    /// The functions that have a name, by it.
    ids: HashMap<String, String>,
}

impl Reading<'_> {
    /// Says which chosen parameters are misspelt.
    fn misspelt(&mut self, chosen: &indexmap::IndexMap<String, String>, known: &[&str]) {
        for name in chosen.keys().filter(|name| !known.contains(&name.as_str())) {
            if let Some(meant) = nearest(name, known) {
                self.warn(&format!("did you mean the parameter {meant} by {name}?"));
            }
        }
    }

    fn stack(&mut self, stack: &Stack) {
        for note in &stack.notes {
            self.warn(note);
        }
        for function in &stack.functions {
            self.function(function);
        }
        self.name_others();
        for name in self.env_vars.functions() {
            let known = self.read.functions.iter().any(|it| finds(it, name))
                || self
                    .read
                    .left_out
                    .iter()
                    .any(|it| it.function == name || it.logical_id.as_deref() == Some(name));
            if !known {
                self.warn(&format!(
                    "--env-vars has variables of {name}, which is no function of the template"
                ));
            }
        }
        let mut others = Vec::new();
        for (kind, ids) in &stack.others {
            match nearest(kind, &FUNCTIONS) {
                Some(meant) => {
                    let ids = ids.join(", ");
                    self.warn(&format!("{ids} has the type {kind}; did you mean {meant}?"));
                }
                None => others.push(format!("{kind} ({})", ids.join(", "))),
            }
        }
        if !others.is_empty() {
            let said = format!("not created here: {}", others.join(", "));
            self.read.ignored.push(said);
        }
    }

    /// Lets logical ids and names of constructs find their functions, where they are not names of others.
    fn name_others(&mut self) {
        let mut taken: Vec<String> = self
            .read
            .functions
            .iter()
            .map(|it| it.name.clone())
            .collect();
        for function in &mut self.read.functions {
            let names = std::mem::take(&mut function.other_names);
            for name in names {
                if !taken.contains(&name) {
                    taken.push(name.clone());
                    function.other_names.push(name);
                }
            }
        }
    }

    fn function(&mut self, function: &durable_template::Function) {
        let path = function.path();
        let name = function
            .name
            .as_text()
            .unwrap_or(&function.logical_id)
            .to_owned();
        let mut said = function::Said::default();
        let mut read = self.config(function, &mut said);
        if let Some(other) = self.ids.get(&name) {
            let reason = format!("its FunctionName {name:?} is that of {other}, too");
            read = match read {
                Ok(_) => Err(vec![reason]),
                Err(reasons) => Err([vec![reason], reasons].concat()),
            };
        }
        for warning in said.warnings {
            self.warn(&format!("function \"{name}\": {warning}"));
        }
        match read {
            Ok(config) => {
                self.ids.insert(name.clone(), path);
                self.read.functions.push(config);
                if !said.ignored.is_empty() {
                    let ignored = said.ignored.join(", ");
                    self.read
                        .ignored
                        .push(format!("ignored of \"{name}\": {ignored}"));
                }
            }
            Err(reasons) => self.read.left_out.push(LeftOut {
                logical_id: (path != name).then_some(path),
                function: name,
                reasons,
            }),
        }
    }

    fn warn(&mut self, warning: &str) {
        let path = self.path.display();
        self.read.warnings.push(format!("{path}: {warning}"));
    }
}

fn finds(function: &FunctionConfig, name: &str) -> bool {
    function.name == name || function.other_names.iter().any(|it| it == name)
}
