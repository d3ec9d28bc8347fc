//! Results as data, for snapshots: the names are those of the service's API.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{ErrorObject, ExecutionResult, Invocation, Operation};

/// Serializes the execution with the operations at its top level, which hold their children, and the
/// executions that it called. Times are text in ISO 8601. The history is left out: it is
/// [`ExecutionResult::history_json`].
impl Serialize for ExecutionResult {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let top_level = self.operations().iter();
        let called = self.called().map(|(id, child)| {
            let caller = self.operations().iter().find(|one| one.id() == id);
            (caller.map_or_else(|| id.to_owned(), Operation::path), child)
        });
        Execution {
            durable_execution_arn: self.arn(),
            durable_execution_name: self.name(),
            function_name: self.function(),
            status: self.status().as_str(),
            result: self.result_json().map(payload),
            error: self.error(),
            start_timestamp: self.started_at().to_string(),
            end_timestamp: self.ended_at().map(|time| time.to_string()),
            operations: top_level.filter(|one| one.parent().is_none()).collect(),
            invocations: self
                .invocations()
                .iter()
                .map(InvocationData::from)
                .collect(),
            called: called.collect(),
        }
        .serialize(to)
    }
}

/// Serializes the operation with its children. Times are text in ISO 8601.
impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        OperationData {
            id: self.id(),
            name: self.name(),
            kind: self.operation_type().as_str(),
            sub_type: self.sub_type(),
            status: self.status().as_str(),
            result: self.result_json().map(payload),
            error: self.error(),
            attempt: Some(self.attempt()).filter(|attempt| *attempt > 0),
            callback_id: self.callback_id(),
            start_timestamp: self.started_at().to_string(),
            end_timestamp: self.ended_at().map(|time| time.to_string()),
            operations: self.children().collect(),
        }
        .serialize(to)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Execution<'a> {
    durable_execution_arn: &'a str,
    durable_execution_name: &'a str,
    function_name: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Payload<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorObject>,
    start_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_timestamp: Option<String>,
    operations: Vec<&'a Operation>,
    invocations: Vec<InvocationData<'a>>,
    /// By the path of the chained invoke.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    called: BTreeMap<String, &'a ExecutionResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OperationData<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_type: Option<&'a str>,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Payload<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_id: Option<&'a str>,
    start_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_timestamp: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operations: Vec<&'a Operation>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvocationData<'a> {
    request_id: &'a str,
    start_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorObject>,
}

impl<'a> From<&'a Invocation> for InvocationData<'a> {
    fn from(invocation: &'a Invocation) -> Self {
        Self {
            request_id: invocation.request_id.as_str(),
            start_timestamp: invocation.started_at.to_string(),
            end_timestamp: invocation.ended_at.map(|time| time.to_string()),
            error: invocation.error.as_ref(),
        }
    }
}

/// A payload: parsed if it is JSON, else its text.
#[derive(Serialize)]
#[serde(untagged)]
enum Payload<'a> {
    Json(serde_json::Value),
    Text(&'a str),
}

fn payload(text: &str) -> Payload<'_> {
    serde_json::from_str(text).map_or(Payload::Text(text), Payload::Json)
}
