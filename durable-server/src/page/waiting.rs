//! What an open execution waits for, until when, and what ends that.

use durable_service::model::{
    ExecutionArn, ExecutionStatus, Operation, OperationDetails, OperationStatus, Timestamp,
};
use durable_service::{Execution, InvocationRecord};
use durable_view::{human, visible};

/// Something that an execution waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// The operation; none if it waits for its function.
    pub(super) operation: Option<String>,
    /// What it is called.
    pub(super) label: String,
    /// What it waits for.
    pub(super) what: What,
    /// Until when, by the execution's own time.
    pub(super) due: Option<Timestamp>,
}

/// What an execution waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// The function, which runs.
    Running { invocation: usize },
    /// The next invocation.
    Invocation { failed: bool },
    /// Its resumption.
    Paused,
    /// The end of a wait.
    Wait,
    /// The next attempt of a step, whose number is given, after an error.
    Retry { attempt: u32, error: Option<String> },
    /// A callback of this id.
    Callback { id: String, heartbeat: bool },
    /// Another function, and its execution if it is durable.
    Invoke { execution: Option<ExecutionArn> },
}

impl Waiting {
    /// What and until when, in a few words.
    pub(super) fn summary(&self, seen_at: Timestamp) -> String {
        let label = visible(&self.label);
        let what = match &self.what {
            What::Running { invocation } => return format!("invocation {invocation} runs"),
            What::Invocation { failed: true } => "the next try of a failed invocation".to_owned(),
            What::Invocation { failed: false } => "its next invocation".to_owned(),
            What::Paused => return "paused until it is resumed".to_owned(),
            What::Wait => format!("wait {label}"),
            What::Retry { attempt, .. } => format!("attempt {attempt} of {label}"),
            What::Callback { .. } => format!("callback {label}"),
            What::Invoke { .. } => format!("invoked function {label}"),
        };
        match self.due.map(|due| due.since(seen_at)) {
            Some(left) if !left.is_zero() => format!("{what}, {} left", human(left)),
            _ => what,
        }
    }
}

/// The state of an open execution, apart from its operations.
#[derive(Debug, Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) status: ExecutionStatus,
    pub(super) invoke_at: Option<Timestamp>,
    pub(super) invocations: &'a [InvocationRecord],
}

impl<'a> State<'a> {
    pub(super) fn of(execution: &'a Execution) -> Self {
        Self {
            status: execution.status(),
            invoke_at: execution.invoke_at(),
            invocations: execution.invocations(),
        }
    }

    /// What it waits for, apart from its operations.
    fn itself(self) -> Option<Waiting> {
        let own = |label: &str, what, due| Waiting {
            operation: None,
            label: label.to_owned(),
            what,
            due,
        };
        let last = self.invocations.last();
        if last.is_some_and(|last| last.ended_at.is_none()) {
            let invocation = self.invocations.len();
            return Some(own("function", What::Running { invocation }, None));
        }
        if self.status == ExecutionStatus::Paused {
            return Some(own("execution", What::Paused, None));
        }
        let failed = last.is_some_and(|last| last.error.is_some());
        self.invoke_at
            .map(|due| own("function", What::Invocation { failed }, Some(due)))
    }
}

/// What an open execution waits for: first itself, then its operations, the first due one first.
pub(super) fn of<'a>(
    state: State<'_>,
    operations: impl Iterator<Item = (&'a str, &'a Operation)>,
) -> Vec<Waiting> {
    if state.status.is_terminal() {
        return Vec::new();
    }
    let mut waiting: Vec<Waiting> = operations
        .filter_map(|(label, operation)| operation_waits(label, operation))
        .collect();
    waiting.sort_by_key(|waiting| waiting.due.unwrap_or(Timestamp::from_millis(i64::MAX)));
    state.itself().into_iter().chain(waiting).collect()
}

fn operation_waits(label: &str, operation: &Operation) -> Option<Waiting> {
    if !operation.can_wake() {
        return None;
    }
    let what = match &operation.details {
        OperationDetails::Wait(_) => What::Wait,
        OperationDetails::Step(step) if operation.status == OperationStatus::Pending => {
            What::Retry {
                attempt: step.attempt + 1,
                error: step.error.as_ref().map(ToString::to_string),
            }
        }
        OperationDetails::Callback(callback) => What::Callback {
            id: callback.callback_id.to_string(),
            heartbeat: callback.heartbeat_timeout.is_some(),
        },
        OperationDetails::ChainedInvoke(invoke) => What::Invoke {
            execution: invoke.execution.clone(),
        },
        _ => return None,
    };
    Some(Waiting {
        operation: Some(operation.id.to_string()),
        label: label.to_owned(),
        what,
        due: operation.due_at(),
    })
}
