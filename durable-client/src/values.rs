//! Arguments and results of the calls.

use durable_service::model::{ErrorObject, ExecutionStatus, Timestamp};
use serde_json::Value;

/// An answer of the API.
///
/// [`DurableClient::describe`](crate::DurableClient::describe) returns one.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// The value as this version reads it.
    pub value: T,
    /// The JSON that the service sent.
    pub json: Value,
}

/// An invocation to make.
///
/// [`Invoke::of`] makes one; the [crate](crate#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoke<'a> {
    /// Name or ARN of the function.
    pub function: &'a str,
    /// Version or alias, unless the name has one.
    pub qualifier: Option<&'a str>,
    /// Name of the execution. A second call with the same name returns the execution that the first
    /// one started.
    pub execution_name: Option<&'a str>,
    /// When the call returns.
    pub invocation_type: InvocationType,
    /// The input, as JSON text.
    pub payload: String,
}

impl<'a> Invoke<'a> {
    /// A synchronous invocation of a function, whose answer is its result.
    #[must_use]
    pub fn of(function: &'a str, payload: impl Into<String>) -> Self {
        Self {
            function,
            qualifier: None,
            execution_name: None,
            invocation_type: InvocationType::RequestResponse,
            payload: payload.into(),
        }
    }
}

/// When an invocation returns.
///
/// [`Invoke::invocation_type`] holds one; the [crate](crate#example) has an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationType {
    /// When the function or its execution has ended, with its result.
    RequestResponse,
    /// As soon as the service accepts it.
    Event,
}

/// The answer to an invocation.
///
/// Returned by [`DurableClient::invoke`](crate::DurableClient::invoke).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// HTTP status: 200, or 202 for [`InvocationType::Event`].
    pub status_code: i32,
    /// Class of the function's error, such as `Unhandled`; the payload is then the error.
    pub function_error: Option<String>,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// ARN of the execution; a function that is not durable has none.
    pub durable_execution_arn: Option<String>,
    /// Result or error of the function.
    pub payload: Vec<u8>,
}

/// Which executions to list.
///
/// The argument of [`DurableClient::executions`](crate::DurableClient::executions).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListExecutions<'a> {
    /// Name or ARN of the function.
    pub function: &'a str,
    /// Only of this version or alias.
    pub qualifier: Option<&'a str>,
    /// Only of this name.
    pub execution_name: Option<&'a str>,
    /// Only in this status.
    pub status: Option<ExecutionStatus>,
    /// The oldest first, instead of the newest.
    pub oldest_first: bool,
    /// Maximal number of executions, over all pages.
    pub limit: usize,
}

/// An execution in a list.
///
/// [`DurableClient::executions`](crate::DurableClient::executions) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionSummary {
    /// ARN of the execution.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// ARN of its function, with the qualifier.
    pub function_arn: String,
    /// Status in the API's spelling, such as `RUNNING`. A newer service may have more statuses than
    /// [`ExecutionStatus`].
    pub status: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// The state of an execution.
///
/// Returned by [`DurableClient::describe`](crate::DurableClient::describe).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Name of the execution.
    pub name: String,
    /// ARN of its function, with the qualifier.
    pub function_arn: String,
    /// Its status.
    pub status: ExecutionStatus,
    /// Its serialized result, if it succeeded.
    pub result: Option<String>,
    /// Its error, if it failed.
    pub error: Option<ErrorObject>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Whether inputs, results and errors are part of an answer.
///
/// The choice of [`DurableClient::describe`](crate::DurableClient::describe).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payloads {
    /// They are.
    Included,
    /// They are not, which keeps the answer small.
    LeftOut,
}
