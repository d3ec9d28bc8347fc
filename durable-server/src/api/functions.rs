//! The calls about functions, which tools make before they invoke one.

use std::sync::Arc;

use durable_service::ServiceError;
use durable_service::model::FunctionReference;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::Api;
use super::answer::{self, Refusal};
use super::request::Call;
use crate::config::{DurableConfig, FunctionConfig};
use crate::http::Response;
use crate::process::Function;

/// Largest number of functions on a page.
const MAX_LISTED_FUNCTIONS: usize = 50;

/// The version of the code that is not published.
const LATEST: &str = "$LATEST";

/// A function that a request names.
pub(super) struct Named {
    pub(super) function: Arc<Function>,
    /// Its ARN, with the qualifier.
    pub(super) arn: String,
    qualifier: Option<String>,
    version: String,
}

impl Api {
    /// The function of a name or ARN, with the qualifier of the ARN or of the request.
    pub(super) fn named(&self, label: &str, qualifier: Option<&str>) -> Result<Named, Refusal> {
        let reference = label
            .parse()
            .ok()
            .map(|reference: FunctionReference| reference.qualified(qualifier))
            .transpose()?;
        let (name, qualifier) = match reference {
            Some(reference) => (reference.name, reference.qualifier),
            None => (label.to_owned(), None),
        };
        let arn = self.engine.arn(&name, qualifier.as_deref());
        self.check_served(label)?;
        let Some(function) = self.engine.fleet().function(&name) else {
            return Err(not_found(&arn));
        };
        let arn = self
            .engine
            .arn(&function.config().name, qualifier.as_deref());
        let version = match qualifier.as_deref() {
            None => LATEST.to_owned(),
            Some(qualifier) => {
                let version = function.config().published().version(qualifier);
                version.ok_or_else(|| not_found(&arn))?
            }
        };
        Ok(Named {
            function: Arc::clone(function),
            arn,
            qualifier,
            version,
        })
    }

    /// A page of the functions; the marker of the next one is the name of the last function of this one.
    pub(super) fn list_functions(&self, call: &Call) -> Result<Response, Refusal> {
        let max_items = match call.query.text("MaxItems") {
            None => MAX_LISTED_FUNCTIONS,
            Some(text) => max_items(text)?,
        };
        let mut functions = self.engine.fleet().functions().peekable();
        if let Some(marker) = call.query.text("Marker") {
            let mut before = functions.by_ref().map(|function| &function.config().name);
            if !before.any(|name| name == marker) {
                return Err(Refusal::InvalidMarker);
            }
        }
        let page: Vec<&Function> = functions.by_ref().take(max_items).collect();
        let last = page.last().map(|function| function.config().name.as_str());
        let next = last.filter(|_| functions.peek().is_some());
        let page = page
            .iter()
            .map(|it| self.configuration(it.config(), None, LATEST));
        let mut body = json!({"Functions": page.collect::<Vec<Value>>()});
        if let (Some(next), Some(members)) = (next, body.as_object_mut()) {
            members.insert("NextMarker".to_owned(), next.into());
        }
        Ok(answer::json(StatusCode::OK, &body))
    }

    pub(super) fn get_function(&self, label: &str, call: &Call) -> Result<Response, Refusal> {
        let configuration = self.configuration_of(label, call)?;
        let body = json!({"Configuration": configuration, "Code": {}, "Tags": {}});
        Ok(answer::json(StatusCode::OK, &body))
    }

    pub(super) fn get_function_configuration(
        &self,
        label: &str,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let configuration = self.configuration_of(label, call)?;
        Ok(answer::json(StatusCode::OK, &configuration))
    }

    fn configuration_of(&self, label: &str, call: &Call) -> Result<Value, Refusal> {
        let named = self.named(label, call.query.text("Qualifier"))?;
        let config = named.function.config();
        Ok(self.configuration(config, named.qualifier.as_deref(), &named.version))
    }

    fn configuration(
        &self,
        config: &FunctionConfig,
        qualifier: Option<&str>,
        version: &str,
    ) -> Value {
        let variables: Map<String, Value> = config
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let mut configuration = json!({
            "FunctionName": config.name,
            "FunctionArn": self.engine.arn(&config.name, qualifier),
            "Version": version,
            "Runtime": config.runtime(),
            "Timeout": config.timeout.as_secs(),
            "MemorySize": config.memory,
            "Environment": {"Variables": variables},
            "PackageType": "Zip",
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "LoggingConfig": logging(config),
        });
        let optional = [
            ("Handler", config.handler.as_deref().map(Value::from)),
            ("DurableConfig", config.durable.as_ref().map(durable)),
        ];
        for (member, value) in optional {
            if let (Some(value), Some(members)) = (value, configuration.as_object_mut()) {
                members.insert(member.to_owned(), value);
            }
        }
        configuration
    }
}

fn not_found(arn: &str) -> Refusal {
    ServiceError::ResourceNotFound(format!("Function not found: {arn}")).into()
}

/// Lambda accepts up to 10 000 and returns up to 50.
fn max_items(text: &str) -> Result<usize, ServiceError> {
    let items = text
        .parse()
        .ok()
        .filter(|items| (1..=10_000).contains(items));
    items.map(|items: usize| items.min(MAX_LISTED_FUNCTIONS)).ok_or_else(|| {
        ServiceError::Validation(format!(
            "1 validation error detected: Value '{text}' at 'maxItems' failed to satisfy constraint: Member \
             must have value between 1 and 10000"
        ))
    })
}

fn logging(config: &FunctionConfig) -> Value {
    let mut logging = json!({
        "LogFormat": config.log_format().name(),
        "LogGroup": config.log_group(),
    });
    let levels = [
        ("ApplicationLogLevel", config.log_level()),
        ("SystemLogLevel", config.logging.system_level),
    ];
    for (member, level) in levels {
        if let (Some(level), Some(members)) = (level, logging.as_object_mut()) {
            members.insert(member.to_owned(), level.name().into());
        }
    }
    logging
}

fn durable(config: &DurableConfig) -> Value {
    let members = [
        (
            "ExecutionTimeout",
            config.execution_timeout.map(Value::from),
        ),
        (
            "RetentionPeriodInDays",
            config.retention_period_in_days.map(Value::from),
        ),
    ];
    members
        .into_iter()
        .filter_map(|(member, value)| Some((member.to_owned(), value?)))
        .collect()
}
