//! Where in an execution's history something struck that the history itself does not name.

use durable_host::{CallTrace, Trace};
use durable_service::model::EventOrigin;

use crate::ExecutionResult;
use crate::results::{Event, EventDetails};

/// The history of an execution beside what its host saw.
pub(super) struct Moments<'a> {
    result: &'a ExecutionResult,
    trace: &'a [Trace],
}

impl<'a> Moments<'a> {
    pub(super) fn new(result: &'a ExecutionResult, trace: &'a [Trace]) -> Self {
        Self { result, trace }
    }

    /// The index of the last event that a checkpoint call stored; of one that stored none, that of the last event
    /// before it. None if the call is that of another execution.
    pub(super) fn of_call(&self, number: u64) -> Option<usize> {
        let events = self.result.history();
        let mut next = 0;
        for call in self.calls() {
            for update in call.updates.iter().filter(|_| call.stored) {
                let id = update.operation.as_str();
                let mut rest = events.iter().skip(next);
                let found =
                    rest.position(|event| event.id() == Some(id) && is_stored_by_call(event));
                next += found.map_or(0, |found| found + 1);
            }
            if call.number == Some(number) {
                return next.checked_sub(1);
            }
        }
        None
    }

    /// The index of the event at which the invocation that made a call ended; of a function beside others, whose
    /// invocations are counted together, that of the call.
    pub(super) fn of_kill(&self, number: u64) -> Option<usize> {
        let mut calls = self.calls();
        let call = calls.find(|call| call.number == Some(number))?;
        let invocation = call.caller.map(|caller| caller.invocation);
        let end = invocation.and_then(|invocation| self.of_invocation(invocation));
        end.or_else(|| self.of_call(number))
    }

    /// The index of the event at which an invocation ended. None if the execution called others, for invocations are
    /// counted across all of them.
    pub(super) fn of_invocation(&self, number: u64) -> Option<usize> {
        if self.result.children().next().is_some() {
            return None;
        }
        let events = self.result.history().iter().enumerate();
        let mut ends = events
            .filter(|(_, event)| matches!(event.details, EventDetails::InvocationCompleted { .. }));
        let before = usize::try_from(number).ok()?.checked_sub(1)?;
        ends.nth(before).map(|(index, _)| index)
    }

    fn calls(&self) -> impl Iterator<Item = &CallTrace> {
        self.trace.iter().filter_map(|entry| match entry {
            Trace::Call(call) if call.execution.as_str() == self.result.arn() => Some(call),
            _ => None,
        })
    }
}

/// Whether a call stored an event; others come of time, from outside or from the service.
fn is_stored_by_call(event: &Event) -> bool {
    event.details.origin() == Some(EventOrigin::Function)
}
