//! `samconfig.toml`: what `sam deploy` was told to deploy with.

use std::path::{Path, PathBuf};

use durable_template::{Value, parameter_overrides};
use indexmap::IndexMap;

use super::TemplateOptions;

/// The names under which `sam` looks for the file, the first one first.
const NAMES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];

/// The commands whose settings count, the last one most.
const COMMANDS: [&str; 2] = ["global", "deploy"];

/// The settings of a file that count here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SamConfig {
    pub(super) parameters: IndexMap<String, String>,
    pub(super) stack_name: Option<String>,
    /// The file, if there is one that counts.
    path: Option<PathBuf>,
    /// What is said about the file.
    pub(super) notes: Vec<String>,
}

impl SamConfig {
    /// Keeps what counts: parameters that the template has and the user does not choose, and the stack's name
    /// unless the user chooses another. Says what it keeps.
    pub(super) fn keep(&mut self, known: &[&str], options: &TemplateOptions) {
        self.parameters.retain(|name, _| {
            known.contains(&name.as_str()) && !options.parameters.contains_key(name)
        });
        if options.stack_name.is_some() {
            self.stack_name = None;
        }
        let names: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
        let parameters = (!names.is_empty()).then(|| format!("parameters {}", names.join(", ")));
        let stack = self
            .stack_name
            .as_ref()
            .map(|stack| format!("the stack's name {stack}"));
        let taken: Vec<String> = stack.into_iter().chain(parameters).collect();
        if let (Some(path), false) = (&self.path, taken.is_empty()) {
            let note = format!("taken from {}: {}", path.display(), taken.join(" and "));
            self.notes.push(note);
        }
    }
}

/// Reads the file beside a template, if there is one. A file that cannot be read is said and does not count.
pub(super) fn read(folder: &Path, environment: Option<&str>) -> SamConfig {
    let files = NAMES.iter().map(|name| folder.join(name));
    let Some(path) = files.into_iter().find(|path| path.is_file()) else {
        return match environment {
            Some(name) => SamConfig {
                notes: vec![format!(
                    "there is no samconfig.toml with the environment {name}"
                )],
                ..SamConfig::default()
            },
            None => SamConfig::default(),
        };
    };
    read_file(&path, environment).unwrap_or_else(|cause| SamConfig {
        notes: vec![format!("{} does not count: {cause}", path.display())],
        ..SamConfig::default()
    })
}

fn read_file(path: &PathBuf, environment: Option<&str>) -> Result<SamConfig, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let file = if path.extension().is_some_and(|it| it == "toml") {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| error.message().to_owned())?;
        value(&toml::Value::Table(table))
    } else {
        durable_template::document(&text)
            .map_err(|error| error.to_string())?
            .0
    };
    let name = environment.unwrap_or("default");
    let mut config = SamConfig {
        path: Some(path.clone()),
        ..SamConfig::default()
    };
    let Some(environment_settings) = file.get(name) else {
        if environment.is_some() {
            return Err(format!("it has no environment {name}"));
        }
        return Ok(config);
    };
    for command in COMMANDS {
        let settings = environment_settings
            .get(command)
            .and_then(|it| it.get("parameters"));
        let Some(settings) = settings else {
            continue;
        };
        if let Some(stack) = settings.get("stack_name").and_then(Value::scalar) {
            config.stack_name = Some(stack);
        }
        if let Some(overrides) = settings.get("parameter_overrides") {
            config.parameters.extend(parameters(overrides)?);
        }
    }
    Ok(config)
}

/// Parameters as one text, as a list of texts, or as a table.
fn parameters(overrides: &Value) -> Result<IndexMap<String, String>, String> {
    match overrides {
        Value::Map(members) => {
            let pairs = members.iter().map(|(name, value)| {
                let text = value.scalar();
                let text = text.ok_or_else(|| format!("parameter_overrides.{name} is no text"))?;
                Ok((name.clone(), text))
            });
            pairs.collect()
        }
        Value::List(items) => {
            let mut all = IndexMap::new();
            for item in items {
                all.extend(parameters(item)?);
            }
            Ok(all)
        }
        other => parameter_overrides(&other.scalar().unwrap_or_default()),
    }
}

/// A value of TOML as one of a template.
fn value(toml: &toml::Value) -> Value {
    match toml {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::Number(number.to_string()),
        toml::Value::Float(number) => Value::Number(number.to_string()),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(time) => Value::Text(time.to_string()),
        toml::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        toml::Value::Table(members) => {
            let members = members.iter().map(|(name, it)| (name.clone(), value(it)));
            Value::Map(members.collect())
        }
    }
}
