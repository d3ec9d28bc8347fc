//! Functions that are configured and not served, and functions that are switched off.

use durable_service::ServiceError;
use durable_service::model::{FunctionReference, InvocationType};
use serde_json::{Value, json};

use super::Api;
use super::answer::Refusal;
use crate::config::LeftOut;

impl Api {
    /// The answer to `GET /health`.
    pub(super) fn health(&self) -> Value {
        let mut health = json!({"status": "ok"});
        if let (Some(members), false) = (health.as_object_mut(), self.left_out.is_empty()) {
            members.insert(
                "notServed".to_owned(),
                self.left_out.iter().map(described).collect(),
            );
        }
        health
    }

    /// Refuses a function that is not served, with the reasons.
    pub(super) fn check_served(&self, label: &str) -> Result<(), Refusal> {
        let reference: Option<FunctionReference> = label.parse().ok();
        let name = reference.as_ref().map_or(label, |it| it.name.as_str());
        if self.engine.fleet().function(name).is_some() {
            return Ok(());
        }
        let left_out = self
            .left_out
            .iter()
            .find(|it| it.function == name || it.logical_id.as_deref() == Some(name));
        let Some(left_out) = left_out else {
            return Ok(());
        };
        let qualifier = reference.as_ref().and_then(|it| it.qualifier.as_deref());
        let arn = self.engine.arn(name, qualifier);
        let message = format!("Function not found: {arn}. {left_out}");
        Err(ServiceError::ResourceNotFound(message).into())
    }

    /// Refuses an invoke of a function that is switched off: one without concurrency.
    pub(super) fn check_concurrency(
        &self,
        label: &str,
        invocation_type: InvocationType,
    ) -> Result<(), Refusal> {
        let reference: Option<FunctionReference> = label.parse().ok();
        let name = reference.as_ref().map_or(label, |it| it.name.as_str());
        let function = self.engine.fleet().function(name);
        let is_off = function.is_some_and(|function| function.config().concurrency == 0);
        if is_off && invocation_type != InvocationType::DryRun {
            return Err(Refusal::SwitchedOff);
        }
        Ok(())
    }
}

fn described(left_out: &LeftOut) -> Value {
    let mut described = json!({"function": left_out.function, "reasons": left_out.reasons});
    if let (Some(id), Some(members)) = (&left_out.logical_id, described.as_object_mut()) {
        members.insert("logicalId".to_owned(), id.as_str().into());
    }
    described
}
