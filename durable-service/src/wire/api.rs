//! Queries and bodies of the API's calls about whole executions, and how Lambda functions report
//! errors (docs/service.md, 1.4, 5.2 and 5.4). The [module above](super#example) has an example.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::rest::{event_json, missing, not_in};
use super::{Object, seconds};
use crate::model::{
    ErrorObject, Event, EventDetails, ExecutionStatus, FunctionReference, InvocationType, Timestamp,
};
use crate::validation::{Constraints, MAX_PAGE_ITEMS};
use crate::{EventPage, Execution, ExecutionList, ListRequest, PauseRequest, ServiceError};

/// The members in the query of a request, decoded, in their order.
///
/// The [`wire`](crate::wire#example) module has an example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Query {
    /// A text; none if it is absent or empty.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<&str> {
        self.texts(member).next()
    }

    /// A text that must be there; the path is its name in messages.
    ///
    /// # Errors
    ///
    /// `ValidationException` if it is absent or empty.
    pub fn required_text(&self, member: &str, path: &str) -> Result<&str, ServiceError> {
        self.text(member).ok_or_else(|| missing(path))
    }

    /// The texts of a list, whose member is repeated.
    fn texts(&self, member: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(name, value)| name == member && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A truth value.
    ///
    /// # Errors
    ///
    /// `SerializationException` if it is neither `true` nor `false`.
    pub fn boolean(&self, member: &str) -> Result<Option<bool>, ServiceError> {
        self.scalar(member, "Boolean", |text| text.parse().ok())
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// `SerializationException` if it is none.
    pub fn integer(&self, member: &str) -> Result<Option<i64>, ServiceError> {
        self.scalar(member, "Integer", |text| text.parse().ok())
    }

    /// A point in time, in ISO 8601 or as epoch seconds.
    ///
    /// # Errors
    ///
    /// `SerializationException` if it is neither.
    pub fn time(&self, member: &str) -> Result<Option<Timestamp>, ServiceError> {
        self.scalar(member, "Date", |text| match text.parse::<f64>() {
            Ok(seconds) => Timestamp::from_seconds(seconds),
            Err(_) => Timestamp::from_iso(text),
        })
    }

    /// Largest number of items on a page; 0 stands for the default.
    ///
    /// # Errors
    ///
    /// `SerializationException` if it is no number, `ValidationException` if it is out of range.
    pub fn page_items(&self) -> Result<usize, ServiceError> {
        let max_items = self.integer("MaxItems")?;
        let mut constraints = Constraints::default();
        let max_items = page_items(max_items, &mut constraints);
        constraints.finish()?;
        Ok(max_items)
    }

    fn scalar<T>(
        &self,
        member: &str,
        kind: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ServiceError> {
        self.text(member)
            .map(|text| {
                read(text).ok_or_else(|| {
                    ServiceError::Serialization(format!("'{text}' can not be converted to {kind}"))
                })
            })
            .transpose()
    }
}

fn page_items(max_items: Option<i64>, constraints: &mut Constraints) -> usize {
    let max_items = max_items.unwrap_or(0);
    constraints.range(max_items, "maxItems", 0, MAX_PAGE_ITEMS);
    usize::try_from(max_items).unwrap_or(0)
}

/// Reads the type of an `Invoke`.
///
/// [`Service::invoke`](crate::Service::invoke) takes it, in an [`InvokeRequest`](crate::InvokeRequest).
///
/// # Errors
///
/// `ValidationException` if it is none.
pub fn read_invocation_type(text: &str) -> Result<InvocationType, ServiceError> {
    text.parse()
        .map_err(|_| not_in(text, "invocationType", InvocationType::ALL))
}

/// Reads the query of `ListDurableExecutionsByFunction` for a function.
///
/// The [`wire`](crate::wire#example) module has an example.
///
/// # Errors
///
/// `SerializationException` if a scalar cannot be read, `ValidationException` with all constraints
/// that members break.
pub fn list_request(function: &str, query: &Query) -> Result<ListRequest, ServiceError> {
    let max_items = query.integer("MaxItems")?;
    let started_after = query.time("StartedAfter")?;
    let started_before = query.time("StartedBefore")?;
    let reverse = query.boolean("ReverseOrder")?.unwrap_or(false);

    let mut constraints = Constraints::default();
    let max_items = page_items(max_items, &mut constraints);
    let name = query.text("DurableExecutionName");
    if let Some(name) = name {
        constraints.word(name, "durableExecutionName", 64);
    }
    let statuses = query
        .texts("Statuses")
        .filter_map(|status| {
            let known = status.parse();
            if known.is_err() {
                constraints.not_in(status, "statuses", ExecutionStatus::ALL);
            }
            known.ok()
        })
        .collect();
    constraints.finish()?;
    Ok(ListRequest {
        function: qualified(function, query.text("Qualifier"))?,
        name: name.map(str::to_owned),
        statuses,
        started_after,
        started_before,
        reverse,
        marker: query.text("Marker").map(str::to_owned),
        max_items,
    })
}

/// A function's name with the qualifier of the request, in the name or beside it. Two different ones are
/// refused.
fn qualified(function: &str, qualifier: Option<&str>) -> Result<String, ServiceError> {
    match function.parse::<FunctionReference>() {
        Ok(reference) => Ok(reference.qualified(qualifier)?.to_string()),
        Err(_) => Ok(function.to_owned()),
    }
}

/// The body that answers `ListDurableExecutionsByFunction`.
///
/// The [`wire`](crate::wire#example) module has an example.
#[must_use]
pub fn list_response(list: &ExecutionList<'_>) -> Value {
    let executions: Vec<Value> = list
        .executions
        .iter()
        .map(|it| summary(it).take())
        .collect();
    let mut object = Object::default();
    object
        .put("DurableExecutions", executions)
        .put_some("NextMarker", list.next_marker.as_deref())
        .take()
}

/// The body that answers `GetDurableExecution`. Without `data`, payloads are left out.
///
/// Its argument is what [`Service::execution`](crate::Service::execution) returns.
#[must_use]
pub fn execution_response(execution: &Execution, data: bool) -> Value {
    let status = execution.status();
    let mut object = summary(execution);
    object
        .put("Version", execution.version())
        .put("ExecutionDataIncluded", data)
        .put("DurableConfig", config_json(execution))
        .put_some(
            "TraceHeader",
            execution
                .trace_header()
                .map(|header| json!({"XAmznTraceId": header})),
        );
    if data {
        object
            .put("InputPayload", execution.input())
            .put_some("Result", execution.result())
            .put_some("Error", execution.error().map(|error| json!(error)));
    }
    if !status.is_terminal() {
        let timeout_at = seconds(execution.timeout_at());
        object.put("ExpectedExecutionTimeoutTimestamp", timeout_at);
    }
    if matches!(status, ExecutionStatus::Pausing | ExecutionStatus::Paused) {
        object.put_some("PauseDetails", pause_json(execution.history(), data));
    }
    object.take()
}

/// The durable configuration that an execution was started with.
fn config_json(execution: &Execution) -> Value {
    let mut object = Object::default();
    object
        .put("ExecutionTimeout", execution.execution_timeout().get())
        .put_some("RetentionPeriodInDays", execution.retention_days())
        .take()
}

/// What lists of executions and a single one have in common.
fn summary(execution: &Execution) -> Object {
    let mut object = Object::default();
    object
        .put("DurableExecutionArn", execution.arn().as_str())
        .put("DurableExecutionName", execution.name())
        .put("FunctionArn", execution.arn().function_arn())
        .put("Status", execution.status().as_str())
        .put("StartTimestamp", seconds(execution.started_at()))
        .put_some("EndTimestamp", execution.ended_at().map(seconds));
    object
}

/// The pause that is in force: the last one in the history.
fn pause_json(history: &[Event], data: bool) -> Option<Value> {
    history.iter().rev().find_map(|event| {
        let EventDetails::ExecutionPaused {
            requested_at,
            reason,
            execution_timeout_paused,
        } = &event.details
        else {
            return None;
        };
        let mut object = Object::default();
        object
            .put("PauseRequestTimestamp", seconds(*requested_at))
            .put("ExecutionTimeoutPaused", *execution_timeout_paused)
            .put_some("Reason", reason.as_deref().filter(|_| data));
        Some(object.take())
    })
}

/// The body that answers `GetDurableExecutionHistory`. Without `data`, payloads are left out and
/// marked as truncated.
///
/// Its argument is what [`Service::history`](crate::Service::history) returns.
#[must_use]
pub fn history_response(page: &EventPage<'_>, data: bool) -> Value {
    let events: Vec<Value> = page
        .events
        .iter()
        .map(|event| event_json(event, data))
        .collect();
    let mut object = Object::default();
    object
        .put("Events", events)
        .put_some("NextMarker", page.next_marker.as_deref())
        .take()
}

/// Reads the body of `StopDurableExecution`: an error, or nothing.
///
/// [`Service::stop`](crate::Service::stop) takes it.
///
/// # Errors
///
/// `SerializationException` if it is not the JSON that it should be.
pub fn stop_request(body: &[u8]) -> Result<Option<ErrorObject>, ServiceError> {
    let error = optional(body)?;
    Ok(error.filter(|error| *error != ErrorObject::default()))
}

/// The body that answers `StopDurableExecution`.
///
/// Its argument is what [`Service::stop`](crate::Service::stop) returns.
#[must_use]
pub fn stop_response(stopped_at: Timestamp) -> Value {
    json!({"StopTimestamp": seconds(stopped_at)})
}

/// The body that answers the deletion of an execution.
///
/// Its argument is what [`Service::delete`](crate::Service::delete) returns.
#[must_use]
pub fn deletion_response(requested_at: Timestamp) -> Value {
    json!({"DeletionRequestTimestamp": seconds(requested_at)})
}

/// Reads the body of `SendDurableExecutionCallbackFailure`: an error, which may be empty.
///
/// [`Service::complete_callback`](crate::Service::complete_callback) takes it.
///
/// # Errors
///
/// `SerializationException` if it is not the JSON that it should be.
pub fn callback_failure_request(body: &[u8]) -> Result<ErrorObject, ServiceError> {
    optional(body).map(Option::unwrap_or_default)
}

/// Reads the body of `PauseDurableExecution` and `ResumeDurableExecution`.
///
/// [`Service::pause`](crate::Service::pause) takes it.
///
/// # Errors
///
/// `SerializationException` if it is not the JSON that it should be, `ValidationException` for a client
/// token out of shape.
pub fn pause_request(body: &[u8]) -> Result<PauseRequest, ServiceError> {
    let body: PauseBody = optional(body)?.unwrap_or_default();
    let mut constraints = Constraints::default();
    if let Some(token) = &body.client_token {
        constraints.client_token(token);
    }
    constraints.finish()?;
    Ok(PauseRequest {
        client_token: body.client_token,
        reason: body.reason,
        execution_timeout_paused: body.execution_timeout_paused,
    })
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PauseBody {
    client_token: Option<String>,
    reason: Option<String>,
    execution_timeout_paused: Option<bool>,
}

/// Reads a body that may be left out, and is an object otherwise.
fn optional<T: DeserializeOwned>(body: &[u8]) -> Result<Option<T>, ServiceError> {
    if body.is_empty() {
        return Ok(None);
    }
    let unreadable = |error: serde_json::Error| ServiceError::Serialization(error.to_string());
    let members: Map<String, Value> = serde_json::from_slice(body).map_err(unreadable)?;
    T::deserialize(Value::Object(members))
        .map(Some)
        .map_err(unreadable)
}

/// An error in the shape in which a Lambda function returns it and `Invoke` answers it. It has no member
/// for error data.
///
/// ```
/// use durable_service::model::ErrorObject;
/// use durable_service::wire::api::{function_error, read_function_error};
///
/// let error = ErrorObject::new("PaymentError", "the card was refused");
/// let body = function_error(&error);
/// assert_eq!(body["errorType"], "PaymentError");
/// assert_eq!(read_function_error(body.to_string().as_bytes()), error);
/// ```
#[must_use]
pub fn function_error(error: &ErrorObject) -> Value {
    let mut object = Object::default();
    object
        .put_some("errorMessage", error.error_message.as_deref())
        .put_some("errorType", error.error_type.as_deref());
    if !error.stack_trace.is_empty() {
        object.put("stackTrace", error.stack_trace.clone());
    }
    object.take()
}

/// The error that a Lambda function returned. A body of another shape becomes the message.
///
/// [`function_error`] has an example.
#[must_use]
pub fn read_function_error(body: &[u8]) -> ErrorObject {
    let text = || String::from_utf8_lossy(body).into_owned();
    let Ok(Value::Object(value)) = serde_json::from_slice(body) else {
        return ErrorObject::from_message(text());
    };
    let member = |name: &str| value.get(name).filter(|member| !member.is_null());
    let error = ErrorObject {
        error_type: member("errorType").map(as_text),
        error_message: member("errorMessage").map(as_text),
        error_data: member("errorData").map(as_text),
        stack_trace: member("stackTrace").map(as_lines).unwrap_or_default(),
    };
    if error == ErrorObject::default() {
        ErrorObject::from_message(text())
    } else {
        error
    }
}

fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Stack frames: some runtimes report them as texts, others as objects.
fn as_lines(value: &Value) -> Vec<String> {
    match value {
        Value::Array(lines) => lines.iter().map(as_text).collect(),
        other => vec![as_text(other)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(members: &[(&str, &str)]) -> Query {
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn scalars_that_cannot_be_read_name_their_type() {
        let query = query(&[("MaxItems", "x"), ("Reverse", "yes"), ("After", "NaN")]);
        let refused = |error: ServiceError| {
            assert_eq!(error.code(), "SerializationException");
            error.to_string()
        };
        assert_eq!(
            refused(query.page_items().unwrap_err()),
            "'x' can not be converted to Integer"
        );
        assert_eq!(
            refused(query.boolean("Reverse").unwrap_err()),
            "'yes' can not be converted to Boolean"
        );
        assert_eq!(
            refused(query.time("After").unwrap_err()),
            "'NaN' can not be converted to Date"
        );
    }

    #[test]
    fn times_are_read_in_both_spellings() {
        let query = query(&[("A", "1767225600.25"), ("B", "2026-01-01T00:00:00.250Z")]);
        let time = Some(Timestamp::from_millis(1_767_225_600_250));
        assert_eq!(query.time("A").unwrap(), time);
        assert_eq!(query.time("B").unwrap(), time);
        assert_eq!(query.time("C").unwrap(), None);
    }

    #[test]
    fn all_broken_constraints_of_a_list_are_told_at_once() {
        let query = query(&[
            ("MaxItems", "1001"),
            ("Statuses", "RUNNING"),
            ("Statuses", "GONE"),
        ]);
        let error = list_request("f", &query).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 validation errors detected: Value '1001' at 'maxItems' failed to satisfy constraint: \
             Member must have value less than or equal to 1000; Value 'GONE' at 'statuses' failed to \
             satisfy constraint: Member must satisfy enum value set: [RUNNING, PAUSING, PAUSED, \
             SUCCEEDED, FAILED, TIMED_OUT, STOPPED]"
        );
    }

    #[test]
    fn a_function_has_one_qualifier() {
        let list = |function: &str, qualifier: &str| {
            list_request(function, &query(&[("Qualifier", qualifier)])).map(|list| list.function)
        };
        assert_eq!(list("f", "").unwrap(), "f");
        assert_eq!(list("f", "1").unwrap(), "f:1");
        assert_eq!(list("f:1", "1").unwrap(), "f:1");
        assert!(list("f:1", "2").is_err());
    }

    #[test]
    fn an_error_that_may_be_left_out_must_still_be_json() {
        assert_eq!(stop_request(b"").unwrap(), None);
        assert_eq!(stop_request(b"{}").unwrap(), None);
        let error = stop_request(br#"{"ErrorType": "T"}"#).unwrap().unwrap();
        assert_eq!(error.error_type(), Some("T"));
        for broken in ["  ", "null", "{", "[]", r#"{"ErrorType": 1}"#] {
            let error = callback_failure_request(broken.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "SerializationException", "{broken}");
        }
    }

    #[test]
    fn errors_of_functions_come_back_whatever_their_shape() {
        let error = ErrorObject {
            stack_trace: vec!["a".to_owned()],
            ..ErrorObject::new("T", "m")
        };
        let body = function_error(&error).to_string();
        assert_eq!(read_function_error(body.as_bytes()), error);
        for text in ["oops", "[1]", "{\"a\":1}"] {
            let error = read_function_error(text.as_bytes());
            assert_eq!(error, ErrorObject::from_message(text));
        }
    }
}
