//! The members of a function in every kind of file, read and checked against the limits of AWS Lambda.

use std::ops::RangeInclusive;
use std::time::Duration;

use indexmap::IndexMap;
use yaml_serde::{Mapping, Value};

use super::DurableConfig;

/// Maximal number of processes of a function at the same time, unless its configuration sets another.
const DEFAULT_CONCURRENCY: usize = 10;

/// A member that is missing or wrong.
#[derive(Debug)]
pub(super) struct Fault {
    /// Its path, with dots.
    pub(super) member: String,
    /// What is wrong, and what is allowed.
    pub(super) fault: String,
}

/// The members of an object.
#[derive(Debug, Clone)]
pub(super) struct Members<'a> {
    mapping: &'a Mapping,
    /// Path of the object, with a final dot; empty for a function itself.
    prefix: String,
}

/// The members that functions of all files have.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) timeout: Duration,
    pub(super) memory: u32,
    pub(super) environment: IndexMap<String, String>,
    pub(super) handler: Option<String>,
    pub(super) durable: Option<DurableConfig>,
    pub(super) concurrency: usize,
}

/// Names of the members that [`Members::common`] reads.
pub(super) const COMMON: [&str; 6] = [
    "Timeout",
    "MemorySize",
    "Environment",
    "Handler",
    "DurableConfig",
    "ReservedConcurrentExecutions",
];

/// Names of the members of `DurableConfig`.
pub(super) const DURABLE: [&str; 2] = ["ExecutionTimeout", "RetentionPeriodInDays"];

/// A member that is not known.
#[derive(Debug)]
pub(super) struct Unknown {
    /// Its path, with dots.
    pub(super) member: String,
    /// The known members.
    pub(super) known: String,
}

impl<'a> Members<'a> {
    pub(super) fn of(mapping: &'a Mapping) -> Self {
        Self {
            mapping,
            prefix: String::new(),
        }
    }

    /// Names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.mapping.keys().filter_map(Value::as_str)
    }

    /// The members that are not among the known ones.
    pub(super) fn unknown(&self, known: &[&str]) -> impl Iterator<Item = Unknown> {
        let unknown = self.names().filter(|name| !known.contains(name));
        unknown.map(|name| Unknown {
            member: format!("{}{name}", self.prefix),
            known: known.join(", "),
        })
    }

    pub(super) fn common(&self) -> Result<Common, Fault> {
        let durable = self.object("DurableConfig")?;
        Ok(Common {
            timeout: Duration::from_secs(self.number("Timeout", 1..=900, "seconds")?.unwrap_or(3)),
            memory: self
                .number("MemorySize", 128..=10_240, "MB")?
                .unwrap_or(128),
            environment: self.environment()?,
            handler: self.text("Handler")?,
            durable: durable.map(|durable| durable.durable()).transpose()?,
            concurrency: self
                .number("ReservedConcurrentExecutions", 1..=1_000, "processes")?
                .unwrap_or(DEFAULT_CONCURRENCY),
        })
    }

    fn durable(&self) -> Result<DurableConfig, Fault> {
        Ok(DurableConfig {
            execution_timeout: self.number("ExecutionTimeout", 1..=31_622_400, "seconds")?,
            retention_period_in_days: self.number("RetentionPeriodInDays", 1..=90, "days")?,
        })
    }

    fn environment(&self) -> Result<IndexMap<String, String>, Fault> {
        let Some(environment) = self.object("Environment")? else {
            return Ok(IndexMap::new());
        };
        let Some(variables) = environment.object("Variables")? else {
            return Ok(IndexMap::new());
        };
        variables
            .names()
            .map(|name| {
                if !is_variable(name) {
                    let fault = "is not a name of an environment variable; it must start with a letter \
                                 and contain only letters, digits and _";
                    return Err(variables.fault(name, fault));
                }
                let value = variables.text(name)?.unwrap_or_default();
                Ok((name.to_owned(), value))
            })
            .collect()
    }

    /// A text; a number or a truth value is read as its text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match scalar(value) {
                Some(text) => Ok(Some(text)),
                None => Err(self.wrong(name, value, "a text")),
            },
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let texts = value
            .as_sequence()
            .and_then(|list| list.iter().map(scalar).collect());
        match texts {
            Some(texts) => Ok(Some(texts)),
            None => Err(self.wrong(name, value, "a list of texts")),
        }
    }

    /// A whole number in a range.
    fn number<T: TryFrom<u64>>(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
        unit: &str,
    ) -> Result<Option<T>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = scalar(value).and_then(|text| text.parse::<u64>().ok());
        let number = number.filter(|number| range.contains(number));
        if let Some(number) = number.and_then(|number| T::try_from(number).ok()) {
            Ok(Some(number))
        } else {
            let (min, max) = range.into_inner();
            let allowed = format!("a whole number from {min} to {max} ({unit})");
            Err(self.wrong(name, value, &allowed))
        }
    }

    /// An object.
    pub(super) fn object(&self, name: &str) -> Result<Option<Members<'a>>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.as_mapping() {
            Some(mapping) => Ok(Some(Members {
                mapping,
                prefix: format!("{}{name}.", self.prefix),
            })),
            None => Err(self.wrong(name, value, "an object")),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.mapping.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, value: &Value, allowed: &str) -> Fault {
        let value = scalar(value).map_or_else(
            || match value {
                Value::Sequence(_) => "a list".to_owned(),
                _ => "an object".to_owned(),
            },
            |text| format!("{text:?}"),
        );
        self.fault(name, &format!("is {value}; it must be {allowed}"))
    }

    pub(super) fn fault(&self, name: &str, fault: &str) -> Fault {
        Fault {
            member: format!("{}{name}", self.prefix),
            fault: fault.to_owned(),
        }
    }
}

/// The text of a scalar.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text is a valid function name on AWS.
pub(super) fn is_function_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// The rule for a function's name.
pub(super) const FUNCTION_NAME: &str = "1 to 64 letters, digits, - and _";
