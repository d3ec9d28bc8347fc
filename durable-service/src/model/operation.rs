//! Operations: the checkpointed units of an execution.

use serde::{Deserialize, Serialize};

use super::{
    CallbackId, ErrorObject, ExecutionArn, OperationId, OperationStatus, OperationType, Seconds,
    Timestamp,
};

/// One checkpointed unit of an execution, as the service stores it.
///
/// Its serde form is the one that a store keeps ([`crate::storage`]); what the API and the event of an
/// invocation have is in [`crate::wire`].
///
/// The [module](crate::model#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Operation {
    /// Its id, unique within the execution.
    pub id: OperationId,
    /// The CONTEXT operation that it belongs to; none at the top level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<OperationId>,
    /// Its name, if the handler set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the SDK calls its kind (`Step`, `Wait`, `Map`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    /// Its status.
    pub status: OperationStatus,
    /// When the checkpoint that created it was stored.
    pub started_at: Timestamp,
    /// When it ended; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What its type adds.
    pub details: OperationDetails,
}

/// What the type of an operation adds to it.
///
/// [`Operation::details`] holds them. The [module](crate::model#example) has an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationDetails {
    /// The execution itself.
    Execution {
        /// The payload that it was started with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<String>,
    },
    /// A block of operations.
    Context(ContextDetails),
    /// A unit of work.
    Step(StepDetails),
    /// A pause.
    Wait(WaitDetails),
    /// A result from outside.
    Callback(CallbackDetails),
    /// A call of another function.
    ChainedInvoke(ChainedInvokeDetails),
}

/// What a CONTEXT operation adds.
///
/// One of the [`OperationDetails`]. The [module](crate::model#example) has an example of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ContextDetails {
    /// Whether a replay needs its children although it is closed, because its result was too large.
    pub replay_children: bool,
    /// Its serialized result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
}

/// What a STEP operation adds.
///
/// One of the [`OperationDetails`]. The [module](crate::model#example) has an example of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct StepDetails {
    /// Number of finished attempts.
    pub attempt: u32,
    /// When the next attempt is due, while the step is PENDING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// Its serialized result, or the state of a wait for a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Error of the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
}

/// What a WAIT operation adds.
///
/// One of the [`OperationDetails`]. The [module](crate::model#example) has an example of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct WaitDetails {
    /// How long it waits.
    #[serde(rename = "DurationSeconds")]
    pub duration: Seconds,
    /// When it is due.
    pub scheduled_end_at: Timestamp,
}

/// What a CALLBACK operation adds.
///
/// One of the [`OperationDetails`]. The [module](crate::model#example) has an example of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CallbackDetails {
    /// The id by which it is completed.
    pub callback_id: CallbackId,
    /// What it was completed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What it failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
    /// When it times out, if it has a timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_at: Option<Timestamp>,
    /// When the next heartbeat is overdue, if it has a heartbeat timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_at: Option<Timestamp>,
    /// Longest time between two heartbeats.
    #[serde(
        rename = "HeartbeatTimeoutSeconds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub heartbeat_timeout: Option<Seconds>,
}

/// How a caller completes a callback.
///
/// [`Service::complete_callback`](crate::Service::complete_callback) takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackCompletion {
    /// With a result, or with none.
    Success(Option<String>),
    /// With an error, which may be empty.
    Failure(ErrorObject),
}

/// What a `CHAINED_INVOKE` operation adds.
///
/// One of the [`OperationDetails`]. The [module](crate::model#example) has an example of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ChainedInvokeDetails {
    /// What the other function returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What the other function failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
    /// The execution that it started, if the function is durable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<ExecutionArn>,
    /// The trace header that the other function is called with, if it is not the execution's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
}

impl Operation {
    /// What the operation is.
    #[must_use]
    pub const fn operation_type(&self) -> OperationType {
        match self.details {
            OperationDetails::Execution { .. } => OperationType::Execution,
            OperationDetails::Context(_) => OperationType::Context,
            OperationDetails::Step(_) => OperationType::Step,
            OperationDetails::Wait(_) => OperationType::Wait,
            OperationDetails::Callback(_) => OperationType::Callback,
            OperationDetails::ChainedInvoke(_) => OperationType::ChainedInvoke,
        }
    }

    /// Finished attempts; 0 for all but steps.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        match &self.details {
            OperationDetails::Step(step) => step.attempt,
            _ => 0,
        }
    }

    /// Its serialized result, if its type has one.
    #[must_use]
    pub fn result(&self) -> Option<&str> {
        match &self.details {
            OperationDetails::Context(details) => details.result.as_deref(),
            OperationDetails::Step(details) => details.result.as_deref(),
            OperationDetails::Callback(details) => details.result.as_deref(),
            OperationDetails::ChainedInvoke(details) => details.result.as_deref(),
            OperationDetails::Execution { .. } | OperationDetails::Wait(_) => None,
        }
    }

    /// Its error, if it has one.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorObject> {
        match &self.details {
            OperationDetails::Context(details) => details.error.as_ref(),
            OperationDetails::Step(details) => details.error.as_ref(),
            OperationDetails::Callback(details) => details.error.as_ref(),
            OperationDetails::ChainedInvoke(details) => details.error.as_ref(),
            OperationDetails::Execution { .. } | OperationDetails::Wait(_) => None,
        }
    }

    /// Whether a timer or a call from outside can still change it: the service's rule for a response
    /// of PENDING (docs/service.md, 2.2).
    #[must_use]
    pub const fn can_wake(&self) -> bool {
        match self.details {
            OperationDetails::Step(_) => matches!(self.status, OperationStatus::Pending),
            OperationDetails::Wait(_)
            | OperationDetails::Callback(_)
            | OperationDetails::ChainedInvoke(_) => matches!(self.status, OperationStatus::Started),
            OperationDetails::Execution { .. } | OperationDetails::Context(_) => false,
        }
    }

    /// Bytes of payload and error that count towards a page's budget.
    #[must_use]
    pub fn data_size(&self) -> usize {
        let input = match &self.details {
            OperationDetails::Execution { input } => input.as_ref().map_or(0, String::len),
            _ => 0,
        };
        input + self.result().map_or(0, str::len) + self.error().map_or(0, ErrorObject::json_size)
    }
}
