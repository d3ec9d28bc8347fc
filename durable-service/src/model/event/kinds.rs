//! The kinds of events: one row each, from which everything else is generated.

/// Passes the table of the kinds of events to a macro.
///
/// A row is `Name [origin => effect] { field: Type => "Member" Form, }`. The effect is what the event says
/// about the execution (`Execution(status)`), about an operation (`type(status)`) or about an invocation. Member and
/// form are how the API spells a detail; the forms are those of `crate::wire::details`.
macro_rules! event_kinds {
    ($receiver:ident) => {
        $receiver! {
            /// The execution was accepted; always the first event.
            ExecutionStarted [Service => Execution(Running)] {
                /// The payload it was started with.
                input: Option<String> => "Input" Payload,
                /// Its timeout.
                execution_timeout: Seconds => "ExecutionTimeout" Plain,
            },
            /// The execution succeeded.
            ExecutionSucceeded [Service => Execution(Succeeded)] {
                /// Its serialized result.
                result: Option<String> => "Result" Payload,
            },
            /// The execution ended with an error.
            ExecutionFailed [Service => Execution(Failed)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// The execution timed out.
            ExecutionTimedOut [Service => Execution(TimedOut)] {
                /// The error, if the service records one.
                error: Option<ErrorObject> => "Error" OptionalPayload,
            },
            /// The execution was stopped from outside.
            ExecutionStopped [Service => Execution(Stopped)] {
                /// The reason.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// The execution was paused.
            ExecutionPaused [Service => Execution(Paused)] {
                /// When the pause was requested.
                requested_at: Timestamp => "PauseRequestTimestamp" Time,
                /// The reason.
                reason: Option<String> => "Reason" OptionalPayload,
                /// Whether the pause stops the execution timeout.
                execution_timeout_paused: bool => "ExecutionTimeoutPaused" Plain,
            },
            /// The execution was resumed.
            ExecutionResumed [Service => Execution(Running)] {
                /// When the resumption was requested.
                requested_at: Timestamp => "ResumeRequestTimestamp" Time,
                /// The reason.
                reason: Option<String> => "Reason" OptionalPayload,
            },
            /// A context started.
            ContextStarted [Function => Context(Started)],
            /// A context succeeded.
            ContextSucceeded [Function => Context(Succeeded)] {
                /// Its serialized result.
                result: Option<String> => "Result" Payload,
            },
            /// A context ended with an error.
            ContextFailed [Function => Context(Failed)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// An attempt of a step started.
            StepStarted [Function => Step(Started)],
            /// An attempt of a step succeeded; with a next delay, a condition was not met yet.
            StepSucceeded [Function => Step(Succeeded)] {
                /// Its serialized result or state.
                result: Option<String> => "Result" Payload,
                /// Which attempt it was.
                retry: RetryDetails => "RetryDetails" Plain,
            },
            /// An attempt of a step failed; without a next delay, for good.
            StepFailed [Function => Step(Failed)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
                /// Which attempt it was.
                retry: RetryDetails => "RetryDetails" Plain,
            },
            /// A wait started.
            WaitStarted [Function => Wait(Started)] {
                /// How long it is.
                duration: Seconds => "Duration" Plain,
                /// When it is due.
                scheduled_end_at: Timestamp => "ScheduledEndTimestamp" Time,
            },
            /// A wait was over.
            WaitSucceeded [External => Wait(Succeeded)] {
                /// How long it was.
                duration: Seconds => "Duration" OrDefault,
            },
            /// A wait was cancelled.
            WaitCancelled [Function => Wait(Cancelled)] {
                /// The reason.
                error: Option<ErrorObject> => "Error" OptionalPayload,
            },
            /// A callback waits for its completion.
            CallbackStarted [Function => Callback(Started)] {
                /// The id by which it is completed.
                callback_id: CallbackId => "CallbackId" Plain,
                /// Time to completion, if limited.
                timeout: Option<Seconds> => "Timeout" Limit,
                /// Time between heartbeats, if limited.
                heartbeat_timeout: Option<Seconds> => "HeartbeatTimeout" Limit,
            },
            /// A callback was completed.
            CallbackSucceeded [External => Callback(Succeeded)] {
                /// What it was completed with.
                result: Option<String> => "Result" Payload,
            },
            /// A callback was failed.
            CallbackFailed [External => Callback(Failed)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// A callback timed out.
            CallbackTimedOut [External => Callback(TimedOut)] {
                /// Which time it was.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// A call of another function started.
            ChainedInvokeStarted [Function => ChainedInvoke(Started)] {
                /// The function, as the handler named it.
                function_name: String => "FunctionName" Plain,
                /// The payload.
                input: Option<String> => "Input" Payload,
                /// The version that runs.
                executed_version: Option<String> => "ExecutedVersion" Optional,
                /// The execution that it started, if the function is durable.
                durable_execution_arn: Option<ExecutionArn> => "DurableExecutionArn" Arn,
                /// The tenant that it runs for.
                tenant_id: Option<String> => "TenantId" Optional,
            },
            /// A call of another function succeeded.
            ChainedInvokeSucceeded [External => ChainedInvoke(Succeeded)] {
                /// What it returned.
                result: Option<String> => "Result" Payload,
            },
            /// A call of another function failed.
            ChainedInvokeFailed [External => ChainedInvoke(Failed)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// A call of another function ran out of time.
            ChainedInvokeTimedOut [External => ChainedInvoke(TimedOut)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// A called execution was stopped.
            ChainedInvokeStopped [External => ChainedInvoke(Stopped)] {
                /// The error.
                error: Option<ErrorObject> => "Error" Payload,
            },
            /// An invocation of the function ended.
            InvocationCompleted [Service => Invocation] {
                /// When it started.
                started_at: Timestamp => "StartTimestamp" Time,
                /// When it ended.
                ended_at: Timestamp => "EndTimestamp" Time,
                /// Its Lambda request id.
                request_id: RequestId => "RequestId" Plain,
                /// What it failed with.
                error: Option<ErrorObject> => "Error" OptionalPayload,
            },
        }
    };
}

pub(crate) use event_kinds;
