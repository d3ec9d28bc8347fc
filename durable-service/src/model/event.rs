//! Events: the history of an execution.

use serde_json::Value;

use super::{ErrorObject, OperationId, Timestamp};

/// One event of an execution's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Number of the event, from 1, without gaps, in the order of storing.
    pub event_id: u64,
    /// When it was stored.
    pub timestamp: Timestamp,
    /// The operation it is about; none for `InvocationCompleted`.
    pub subject: Option<EventSubject>,
    /// What happened.
    pub details: EventDetails,
}

impl Event {
    /// Name of what happened, as the API has it: `StepStarted`, `WaitSucceeded`, …
    #[must_use]
    pub const fn event_type(&self) -> &str {
        self.details.event_type()
    }

    /// Id of the operation it is about.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.subject.as_ref().map(|subject| subject.id.as_str())
    }

    /// Name of the operation it is about.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.subject.as_ref()?.name.as_deref()
    }

    /// Sub-type of the operation it is about.
    #[must_use]
    pub fn sub_type(&self) -> Option<&str> {
        self.subject.as_ref()?.sub_type.as_deref()
    }

    /// Id of the CONTEXT that the operation belongs to.
    #[must_use]
    pub fn parent_id(&self) -> Option<&str> {
        Some(self.subject.as_ref()?.parent_id.as_ref()?.as_str())
    }
}

/// The operation that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSubject {
    /// Its id.
    pub id: OperationId,
    /// Its name.
    pub name: Option<String>,
    /// What the SDK calls its kind.
    pub sub_type: Option<String>,
    /// The CONTEXT that it belongs to.
    pub parent_id: Option<OperationId>,
}

/// Where a step stands after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryDetails {
    /// Number of the attempt, from 1.
    pub current_attempt: u32,
    /// Delay before the next one in seconds, if there is to be one.
    pub next_attempt_delay_seconds: Option<u64>,
}

/// Declares the kinds of events with their fields; the variant's name is the event's type.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident $({ $($(#[$field_doc:meta])* $field:ident : $ty:ty,)+ })?,)+) => {
        /// What happened, with the details that the API gives for it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum EventDetails {
            $($(#[$doc])* $variant $({ $($(#[$field_doc])* $field: $ty,)+ })?,)+
            /// Something that this version does not know, as a history from elsewhere may hold it.
            Unknown {
                /// Name of what happened.
                event_type: String,
                /// Its details, as they were read.
                details: Value,
            },
        }

        impl EventDetails {
            /// Name of what happened, as the API has it.
            #[must_use]
            pub const fn event_type(&self) -> &str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)+
                    Self::Unknown { event_type, .. } => event_type.as_str(),
                }
            }
        }
    };
}

events! {
    /// The execution was accepted; always the first event.
    ExecutionStarted {
        /// The payload it was started with.
        input: Option<String>,
        /// Its timeout, in seconds.
        execution_timeout: u64,
    },
    /// The execution ended well.
    ExecutionSucceeded {
        /// Its serialized result.
        result: Option<String>,
    },
    /// The execution ended with an error.
    ExecutionFailed {
        /// The error.
        error: Option<ErrorObject>,
    },
    /// The execution's timeout was up.
    ExecutionTimedOut {
        /// The error, if the service gives one.
        error: Option<ErrorObject>,
    },
    /// The execution was stopped from outside.
    ExecutionStopped {
        /// What was given as the reason.
        error: Option<ErrorObject>,
    },
    /// Somebody paused the execution.
    ExecutionPaused {
        /// When it was asked for.
        requested_at: Timestamp,
        /// What was given as the reason.
        reason: Option<String>,
        /// Whether the execution timeout stands still meanwhile.
        execution_timeout_paused: bool,
    },
    /// Somebody resumed the execution.
    ExecutionResumed {
        /// When it was asked for.
        requested_at: Timestamp,
        /// What was given as the reason.
        reason: Option<String>,
    },
    /// A context began.
    ContextStarted,
    /// A context ended well.
    ContextSucceeded {
        /// Its serialized result.
        result: Option<String>,
    },
    /// A context ended with an error.
    ContextFailed {
        /// The error.
        error: Option<ErrorObject>,
    },
    /// An attempt of a step began.
    StepStarted,
    /// An attempt of a step ended well; with a next delay, a condition was not met yet.
    StepSucceeded {
        /// Its serialized result or state.
        result: Option<String>,
        /// Which attempt it was.
        retry: RetryDetails,
    },
    /// An attempt of a step failed; without a next delay, for good.
    StepFailed {
        /// The error.
        error: Option<ErrorObject>,
        /// Which attempt it was.
        retry: RetryDetails,
    },
    /// A wait began.
    WaitStarted {
        /// How long it is, in seconds.
        duration: u64,
        /// When it is due.
        scheduled_end_at: Timestamp,
    },
    /// A wait was over.
    WaitSucceeded {
        /// How long it was, in seconds.
        duration: u64,
    },
    /// A wait was given up.
    WaitCancelled {
        /// What was given as the reason.
        error: Option<ErrorObject>,
    },
    /// A callback waits for its completion.
    CallbackStarted {
        /// The id by which it is completed.
        callback_id: String,
        /// Time to completion in seconds, if limited.
        timeout: Option<u64>,
        /// Time between heartbeats in seconds, if limited.
        heartbeat_timeout: Option<u64>,
    },
    /// A callback was completed.
    CallbackSucceeded {
        /// What it was completed with.
        result: Option<String>,
    },
    /// A callback was failed.
    CallbackFailed {
        /// The error.
        error: Option<ErrorObject>,
    },
    /// A callback's time was up.
    CallbackTimedOut {
        /// Which time it was.
        error: Option<ErrorObject>,
    },
    /// A call of another function began.
    ChainedInvokeStarted {
        /// The function, as the handler named it.
        function_name: String,
        /// The payload.
        input: Option<String>,
        /// The version that runs.
        executed_version: Option<String>,
        /// The execution that it started, if the function is durable.
        durable_execution_arn: Option<String>,
        /// The tenant that it runs for.
        tenant_id: Option<String>,
    },
    /// A call of another function ended well.
    ChainedInvokeSucceeded {
        /// What it returned.
        result: Option<String>,
    },
    /// A call of another function failed.
    ChainedInvokeFailed {
        /// The error.
        error: Option<ErrorObject>,
    },
    /// A call of another function ran out of time.
    ChainedInvokeTimedOut {
        /// The error.
        error: Option<ErrorObject>,
    },
    /// A called execution was stopped.
    ChainedInvokeStopped {
        /// The error.
        error: Option<ErrorObject>,
    },
    /// An invocation of the function ended.
    InvocationCompleted {
        /// When it began.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Timestamp,
        /// Its Lambda request id.
        request_id: String,
        /// What it failed with.
        error: Option<ErrorObject>,
    },
}
