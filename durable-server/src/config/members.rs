//! The members of a function in every kind of file, read and checked against the limits of AWS Lambda.

use std::ops::RangeInclusive;
use std::time::Duration;

use durable_service::Tenancy;
use durable_template::Value;
use indexmap::IndexMap;

use super::suggestion::nearest;
use super::{DurableConfig, LogFormat, LogLevel, LoggingConfig};

/// Maximal number of processes of a function at the same time, unless its configuration sets another.
pub(super) const DEFAULT_CONCURRENCY: usize = 10;

/// An account may have any number of concurrent executions; this is all that a machine can count.
const MAX_CONCURRENCY: u64 = 1_000_000;

/// Versions of a function have numbers up to this one.
const MAX_VERSIONS: u64 = 1_000_000;

/// A member that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Its path, with dots.
    pub(super) member: String,
    /// What is wrong, and what is allowed.
    pub(super) fault: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.member, self.fault)
    }
}

/// The members of an object.
#[derive(Debug, Clone)]
pub(super) struct Members<'a> {
    members: &'a IndexMap<String, Value>,
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
    pub(super) runtime: Option<String>,
    pub(super) durable: Option<DurableConfig>,
    /// None if the file does not say.
    pub(super) tenancy: Option<Tenancy>,
    pub(super) concurrency: usize,
    pub(super) logging: LoggingConfig,
    /// What is left out, or read otherwise than it is meant.
    pub(super) warnings: Vec<String>,
}

/// Names of the members that [`Members::common`] reads.
pub(super) const COMMON: [&str; 9] = [
    "Timeout",
    "MemorySize",
    "Environment",
    "Handler",
    "Runtime",
    "DurableConfig",
    "TenancyConfig",
    "ReservedConcurrentExecutions",
    "LoggingConfig",
];

/// Names of the members of the objects that are read.
const OBJECTS: [(&str, &[&str]); 4] = [
    (
        "DurableConfig",
        &["ExecutionTimeout", "RetentionPeriodInDays"],
    ),
    ("TenancyConfig", &["TenantIsolationMode"]),
    ("Environment", &["Variables"]),
    (
        "LoggingConfig",
        &[
            "LogFormat",
            "ApplicationLogLevel",
            "SystemLogLevel",
            "LogGroup",
        ],
    ),
];

impl<'a> Members<'a> {
    pub(super) fn of(members: &'a IndexMap<String, Value>) -> Self {
        Self {
            members,
            prefix: String::new(),
        }
    }

    /// Names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().map(String::as_str)
    }

    /// What is said of the members that are not among the known ones.
    pub(super) fn unknown(&self, known: &[&str]) -> Vec<String> {
        let unknown = self.names().filter(|name| !known.contains(name));
        let said = unknown.map(|name| {
            let (prefix, known) = (&self.prefix, known.to_vec());
            if let Some(meant) = nearest(name, &known) {
                format!("unknown member {prefix}{name} is ignored; did you mean {meant}?")
            } else {
                let known = known.join(", ");
                format!("unknown member {prefix}{name} is ignored; known ones are {known}")
            }
        });
        said.collect()
    }

    /// What is said of the unknown members inside the objects that are read.
    pub(super) fn unknown_inside(&self) -> Vec<String> {
        let objects = OBJECTS.iter().filter_map(|(name, known)| {
            let object = self.object(name).ok().flatten()?;
            Some(object.unknown(known))
        });
        objects.flatten().collect()
    }

    /// The common members, with the default of each that is wrong.
    pub(super) fn common(&self, faults: &mut Vec<Fault>) -> Common {
        let mut warnings = Vec::new();
        let timeout = self.number("Timeout", 1..=900, "seconds");
        let memory = self.number("MemorySize", 128..=10_240, "MB");
        let range = 0..=MAX_CONCURRENCY;
        let concurrency = self.number("ReservedConcurrentExecutions", range, "processes");
        Common {
            timeout: Duration::from_secs(taken(timeout, faults).unwrap_or(3)),
            memory: taken(memory, faults).unwrap_or(128),
            environment: self.environment(&mut warnings, faults),
            handler: taken(self.text("Handler"), faults),
            runtime: taken(self.text("Runtime"), faults),
            durable: taken(self.object("DurableConfig"), faults)
                .map(|durable| durable.durable(faults)),
            tenancy: taken(self.object("TenancyConfig"), faults)
                .map(|tenancy| tenancy.tenancy(faults)),
            concurrency: taken(concurrency, faults).unwrap_or(DEFAULT_CONCURRENCY),
            logging: taken(self.object("LoggingConfig"), faults)
                .map(|logging| logging.logging(&mut warnings, faults))
                .unwrap_or_default(),
            warnings,
        }
    }

    fn durable(&self, faults: &mut Vec<Fault>) -> DurableConfig {
        let timeout = self.number("ExecutionTimeout", 1..=31_622_400, "seconds");
        let retention = self.number("RetentionPeriodInDays", 1..=90, "days");
        DurableConfig {
            execution_timeout: taken(timeout, faults),
            retention_period_in_days: taken(retention, faults),
        }
    }

    /// How many versions are published.
    pub(super) fn versions(&self) -> Result<Option<usize>, Fault> {
        self.number("Versions", 0..=MAX_VERSIONS, "versions")
    }

    /// The aliases, with the versions that they point to.
    pub(super) fn aliases(&self, faults: &mut Vec<Fault>) -> IndexMap<String, String> {
        let mut aliases = IndexMap::new();
        let Some(object) = taken(self.object("Aliases"), faults) else {
            return aliases;
        };
        for alias in object.names() {
            if !is_alias(alias) {
                let fault = "is not a name of an alias; it must have 1 to 128 letters, digits, - and _, and \
                             not be a number";
                faults.push(object.fault(alias, fault));
                continue;
            }
            match taken(object.text(alias), faults) {
                Some(version) if is_version(&version) => {
                    aliases.insert(alias.to_owned(), version);
                }
                Some(version) => {
                    let fault =
                        format!("is {version:?}; it must be a version: a number or $LATEST");
                    faults.push(object.fault(alias, &fault));
                }
                None => {}
            }
        }
        aliases
    }

    fn tenancy(&self, faults: &mut Vec<Fault>) -> Tenancy {
        match taken(self.text("TenantIsolationMode"), faults).as_deref() {
            None => Tenancy::Shared,
            Some("PER_TENANT") => Tenancy::PerTenant,
            Some(other) => {
                let fault = format!("is {other:?}; it must be PER_TENANT");
                faults.push(self.fault("TenantIsolationMode", &fault));
                Tenancy::Shared
            }
        }
    }

    fn logging(&self, warnings: &mut Vec<String>, faults: &mut Vec<Fault>) -> LoggingConfig {
        use LogLevel::{Debug, Error, Fatal, Info, Trace, Warn};

        let mut level = |name: &str, allowed: &[LogLevel]| {
            let named: Vec<_> = allowed.iter().map(|level| (level.name(), *level)).collect();
            taken(self.one_of(name, &named), faults)
        };
        let application_level = level(
            "ApplicationLogLevel",
            &[Trace, Debug, Info, Warn, Error, Fatal],
        );
        let system_level = level("SystemLogLevel", &[Debug, Info, Warn]);
        let formats = [LogFormat::Json, LogFormat::Text].map(|format| (format.name(), format));
        LoggingConfig {
            format: taken(self.one_of("LogFormat", &formats), faults),
            application_level,
            system_level,
            group: match self.get("LogGroup") {
                Some(Value::Unresolved(unresolved)) => {
                    let reason = with_way_out(&unresolved.reason);
                    warnings.push(format!("{}LogGroup is left out: {reason}", self.prefix));
                    None
                }
                _ => taken(self.text("LogGroup"), faults),
            },
        }
    }

    /// One of the values that these names stand for.
    fn one_of<T: Copy>(&self, name: &str, allowed: &[(&str, T)]) -> Result<Option<T>, Fault> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let found = allowed.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
            let fault = format!("is {text:?}; it must be one of {}", names.join(", "));
            self.fault(name, &fault)
        })
    }

    fn environment(
        &self,
        warnings: &mut Vec<String>,
        faults: &mut Vec<Fault>,
    ) -> IndexMap<String, String> {
        let mut environment = IndexMap::new();
        let Some(object) = taken(self.object("Environment"), faults) else {
            return environment;
        };
        let Some(variables) = taken(object.object("Variables"), faults) else {
            return environment;
        };
        for (name, value) in variables.members {
            if !is_variable(name) {
                let fault = "is not a name of an environment variable; it must start with a letter \
                             and contain only letters, digits and _";
                faults.push(variables.fault(name, fault));
                continue;
            }
            match value {
                Value::Unresolved(unresolved) => warnings.push(format!(
                    "{}{name} is left out: {}",
                    variables.prefix,
                    with_way_out(&unresolved.reason)
                )),
                _ => {
                    if let Some(text) = taken(variables.text(name), faults) {
                        environment.insert(name.clone(), text);
                    } else if matches!(value, Value::Null) {
                        environment.insert(name.clone(), String::new());
                    }
                }
            }
        }
        environment
    }

    /// A text; a number or a truth value is read as its text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.scalar() {
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
        let texts = match value {
            Value::List(items) => items.iter().map(Value::scalar).collect(),
            _ => None,
        };
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
        let number = value.scalar().and_then(|text| text.parse::<u64>().ok());
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
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Map(members)) => Ok(Some(Members {
                members,
                prefix: format!("{}{name}.", self.prefix),
            })),
            Some(value) => Err(self.wrong(name, value, "an object")),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.members
            .get(name)
            .filter(|value| **value != Value::Null)
    }

    fn wrong(&self, name: &str, value: &Value, allowed: &str) -> Fault {
        if let Some(unresolved) = value.first_unresolved() {
            let reason = with_way_out(&unresolved.reason);
            return self.fault(name, &format!("cannot be resolved: {reason}"));
        }
        let value = value.scalar().map_or_else(
            || match value {
                Value::List(_) => "a list".to_owned(),
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

/// The value of a member, or none with its fault noted.
pub(super) fn taken<T>(read: Result<Option<T>, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        None
    })
}

/// The reason why a value is not known, with what the user can do about it.
pub(super) fn with_way_out(reason: &str) -> String {
    let missing = ["has no Default", "is kept in Parameter Store"];
    let parameter = reason.split_once("the parameter ").map(|(_, rest)| rest);
    let name = parameter.and_then(|rest| rest.split(' ').next());
    match name {
        Some(name) if missing.iter().any(|end| reason.ends_with(end)) => {
            format!("{reason}; choose it with --parameter-overrides {name}=VALUE")
        }
        _ => reason.to_owned(),
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text is a valid name of an alias on AWS.
fn is_alias(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && !name.chars().all(|c| c.is_ascii_digit())
}

fn is_version(text: &str) -> bool {
    text == "$LATEST" || text.parse::<u64>().is_ok_and(|number| number > 0)
}

/// Whether a text is a valid function name on AWS.
pub(crate) fn is_function_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// The rule for a function's name.
pub(crate) const FUNCTION_NAME: &str = "1 to 64 letters, digits, - and _";
