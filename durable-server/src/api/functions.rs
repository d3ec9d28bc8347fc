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

/// A function that a request names.
pub(super) struct Named {
    pub(super) function: Arc<Function>,
    /// Its ARN, with the qualifier.
    pub(super) arn: String,
    qualifier: Option<String>,
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
            let message = format!("Function not found: {arn}");
            return Err(ServiceError::ResourceNotFound(message).into());
        };
        let arn = self
            .engine
            .arn(&function.config().name, qualifier.as_deref());
        Ok(Named {
            function: Arc::clone(function),
            arn,
            qualifier,
        })
    }

    pub(super) fn list_functions(&self) -> Response {
        let functions: Vec<Value> = self
            .engine
            .fleet()
            .functions()
            .map(|function| self.configuration(function.config(), None))
            .collect();
        answer::json(StatusCode::OK, &json!({"Functions": functions}))
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
        Ok(self.configuration(named.function.config(), named.qualifier.as_deref()))
    }

    fn configuration(&self, config: &FunctionConfig, qualifier: Option<&str>) -> Value {
        let variables: Map<String, Value> = config
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let mut configuration = json!({
            "FunctionName": config.name,
            "FunctionArn": self.engine.arn(&config.name, qualifier),
            "Version": qualifier.unwrap_or("$LATEST"),
            "Runtime": config.runtime(),
            "Timeout": config.timeout.as_secs(),
            "MemorySize": config.memory,
            "Environment": {"Variables": variables},
            "PackageType": "Zip",
            "State": "Active",
            "LastUpdateStatus": "Successful",
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
