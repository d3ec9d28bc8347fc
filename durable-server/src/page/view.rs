//! An execution as the pages show it: one of the server, or one of a saved history.

use durable_service::fold::Fold;
use durable_service::model::{
    ErrorObject, Event, EventDetails, ExecutionArn, ExecutionStatus, Operation, Timestamp,
};
use durable_service::recording::Recording;
use durable_service::{Execution, InvocationRecord};
use durable_view::{Drawing, Outline, Timeline};

/// An execution at a moment.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// Its ARN; none of a saved history that does not say.
    pub(super) arn: Option<ExecutionArn>,
    pub(super) function: String,
    pub(super) version: String,
    pub(super) name: String,
    pub(super) status: ExecutionStatus,
    pub(super) input: Option<String>,
    pub(super) result: Option<String>,
    pub(super) error: Option<ErrorObject>,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    /// The moment, by the execution's own time.
    pub(super) seen_at: Timestamp,
    /// When its next invocation is due, if it is to be invoked.
    pub(super) invoke_at: Option<Timestamp>,
    /// When its execution timeout is due, if one was chosen.
    pub(super) timeout_at: Option<Timestamp>,
    pub(super) invocations: Vec<InvocationRecord>,
    pub(super) events: Vec<Event>,
    pub(super) outline: Outline,
    /// The execution that invoked it.
    pub(super) caller: Option<ExecutionArn>,
}

impl View {
    /// An execution of the server at a time of the server.
    pub(super) fn of(execution: &Execution, now: Timestamp) -> Self {
        Self {
            arn: Some(execution.arn().clone()),
            function: execution.function().to_owned(),
            version: execution.version().to_owned(),
            name: execution.name().to_owned(),
            status: execution.status(),
            input: Some(execution.input().to_owned()),
            result: execution.result().map(str::to_owned),
            error: execution.error().cloned(),
            started_at: execution.started_at(),
            ended_at: execution.ended_at(),
            seen_at: execution.local(now),
            invoke_at: execution.invoke_at(),
            timeout_at: execution.explicit_timeout_at(),
            invocations: execution.invocations().to_vec(),
            events: execution.history().to_vec(),
            outline: Outline::new(execution.operations().cloned().collect()),
            caller: execution.caller().map(|caller| caller.execution.clone()),
        }
    }

    /// A saved execution, as it was at its last event.
    pub(super) fn saved(recording: &Recording) -> Self {
        let events = recording.events().to_vec();
        let fold = Fold::of(&events);
        let first = events.first().map(|event| event.timestamp);
        let last = events.last().map(|event| event.timestamp);
        let started_at = first.unwrap_or(Timestamp::from_millis(0));
        let input = events.first().and_then(|event| match &event.details {
            EventDetails::ExecutionStarted { input, .. } => input.clone(),
            _ => None,
        });
        let arn = recording.arn().cloned();
        let name = events.first().and_then(Event::name).unwrap_or("saved");
        let function = arn.as_ref().map_or("saved", ExecutionArn::function_name);
        Self {
            function: function.to_owned(),
            version: String::new(),
            name: name.to_owned(),
            arn,
            status: fold.status(),
            input,
            result: fold.result().map(str::to_owned),
            error: fold.error().cloned(),
            started_at,
            ended_at: fold.execution().and_then(|execution| execution.ended_at),
            seen_at: last.unwrap_or(started_at),
            invoke_at: None,
            timeout_at: None,
            invocations: fold.invocations().to_vec(),
            outline: Outline::new(fold.operations().cloned().collect()),
            caller: None,
            events,
        }
    }

    /// Its drawing over time.
    pub(super) fn timeline(&self) -> Timeline {
        let drawing = Drawing {
            function: &self.function,
            status: self.status,
            error: self.error.as_ref(),
            started_at: self.started_at,
            ended_at: self.ended_at,
            seen_at: self.seen_at,
            invocations: self.invocations.len(),
            outline: &self.outline,
        };
        Timeline::new(&drawing, &self.events, &self.invocations)
    }

    /// Its operations with their labels, in the order of their starts.
    pub(super) fn labelled(&self) -> impl Iterator<Item = (&str, &Operation)> {
        let nodes = self.outline.nodes().iter();
        nodes.map(|node| (node.label.as_str(), &node.operation))
    }

    /// Whether it is open.
    pub(super) fn is_open(&self) -> bool {
        !self.status.is_terminal()
    }

    /// The invocation that runs.
    pub(super) fn running(&self) -> Option<&InvocationRecord> {
        let last = self.invocations.last()?;
        Some(last).filter(|last| last.ended_at.is_none())
    }
}
