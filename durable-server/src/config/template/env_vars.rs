//! The file of `--env-vars`: environment variables by function.

use std::path::Path;

use durable_template::Value;
use indexmap::IndexMap;

use crate::config::error::{ConfigError, Problem};

/// The member whose variables are those of all functions.
const ALL: &str = "Parameters";

/// Environment variables by function.
#[derive(Debug, Default)]
pub(super) struct EnvVars(IndexMap<String, IndexMap<String, String>>);

impl EnvVars {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let failed = |problem| ConfigError {
            path: path.to_owned(),
            problem,
        };
        let text =
            std::fs::read_to_string(path).map_err(|error| failed(Problem::Unreadable(error)))?;
        let syntax = |cause: String| {
            failed(Problem::Syntax {
                format: "a JSON object of environment variables by function, such as {\"Order\": \
                         {\"TABLE\": \"orders\"}}",
                cause,
            })
        };
        let (file, _) =
            durable_template::document(&text).map_err(|error| syntax(error.to_string()))?;
        let Value::Map(functions) = file else {
            return Err(syntax("it is not an object".to_owned()));
        };
        let mut all = IndexMap::new();
        for (function, variables) in functions {
            let Value::Map(variables) = variables else {
                return Err(syntax(format!("{function} is not an object")));
            };
            let variables = variables
                .into_iter()
                .map(|(name, value)| match value.scalar() {
                    Some(text) => Ok((name, text)),
                    None => Err(syntax(format!("{function}.{name} is not a text"))),
                });
            let variables: Result<_, _> = variables.collect();
            all.insert(function.clone(), variables?);
        }
        Ok(Self(all))
    }

    /// The variables of a function, which any of its names may stand for.
    pub(super) fn of(&self, names: &[&str]) -> IndexMap<String, String> {
        let mut variables = self.0.get(ALL).cloned().unwrap_or_default();
        for name in names {
            variables.extend(self.0.get(*name).cloned().unwrap_or_default());
        }
        variables
    }

    /// The functions that it names.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| *name != ALL)
    }
}
