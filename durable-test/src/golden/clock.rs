//! The times of a golden history: those that timers make.

use std::collections::HashMap;
use std::time::Duration;

use crate::ExecutionResult;
use crate::results::{Event, EventDetails};

/// When each event happens if nothing takes time but waits, retry delays, timeouts and the executions that are
/// called.
///
/// On a virtual clock these are the times of the history, except for what a test's own answers and slow bodies add.
/// On AWS everything takes a while, a little more or less in each run; this leaves it out.
pub(super) struct Clock {
    /// By number of the event.
    times: HashMap<u64, Duration>,
    end: Duration,
}

impl Clock {
    pub(super) fn of(result: &ExecutionResult) -> Self {
        let called: HashMap<&str, Duration> = result
            .called()
            .map(|(id, child)| (id, Clock::of(child).end))
            .collect();
        let mut clock = Running {
            called,
            ..Running::default()
        };
        let times = result
            .history()
            .iter()
            .map(|event| (event.event_id, clock.pass(event)));
        let times = times.collect();
        Self {
            times,
            end: clock.scope(None),
        }
    }

    pub(super) fn at(&self, event: &Event) -> Duration {
        self.times.get(&event.event_id).copied().unwrap_or_default()
    }

    /// The end of the execution, or how far it has come.
    pub(super) fn end(&self) -> Duration {
        self.end
    }
}

#[derive(Default)]
struct Running<'a> {
    /// Length of the executions that were called, by the id of the operation.
    called: HashMap<&'a str, Duration>,
    /// How far each context has come, by its id. Branches that run side by side do not delay each other.
    scopes: HashMap<Option<String>, Duration>,
    /// When each operation, or its present attempt, started.
    started: HashMap<String, Duration>,
    /// When an operation is due, if nothing else ends it before.
    due: HashMap<String, Duration>,
}

impl Running<'_> {
    fn scope(&self, id: Option<&str>) -> Duration {
        let id = id.map(str::to_owned);
        self.scopes.get(&id).copied().unwrap_or_default()
    }

    /// The time of the next event.
    fn pass(&mut self, event: &Event) -> Duration {
        let (Some(id), Some(_)) = (event.id(), event.details.operation_type()) else {
            return self.scope(None);
        };
        if event.details.operation_type() == Some(crate::results::OperationType::Execution) {
            if let EventDetails::ExecutionStarted {
                execution_timeout, ..
            } = &event.details
            {
                self.due.insert(id.to_owned(), (*execution_timeout).into());
            }
            if matches!(event.details, EventDetails::ExecutionTimedOut { .. }) {
                let due = self.due.get(id).copied().unwrap_or_default();
                self.reach(None, due);
            }
            return self.scope(None);
        }
        let parent = event.parent_id();
        let began = self.started.get(id).copied();
        let start = began.unwrap_or_else(|| self.scope(parent));
        let due = self.due.get(id).copied().unwrap_or(start);
        let now = match &event.details {
            EventDetails::WaitStarted { duration, .. } => {
                self.due
                    .insert(id.to_owned(), start + Duration::from(*duration));
                start
            }
            EventDetails::CallbackStarted {
                timeout,
                heartbeat_timeout,
                ..
            } => {
                let limits = [timeout, heartbeat_timeout].into_iter().flatten();
                if let Some(limit) = limits.map(|limit| Duration::from(*limit)).min() {
                    self.due.insert(id.to_owned(), start + limit);
                }
                start
            }
            EventDetails::StepStarted
            | EventDetails::WaitSucceeded { .. }
            | EventDetails::CallbackTimedOut { .. } => due,
            EventDetails::ContextSucceeded { .. } | EventDetails::ContextFailed { .. } => {
                self.scope(Some(id)).max(start)
            }
            EventDetails::ChainedInvokeSucceeded { .. }
            | EventDetails::ChainedInvokeFailed { .. }
            | EventDetails::ChainedInvokeTimedOut { .. }
            | EventDetails::ChainedInvokeStopped { .. } => {
                start + self.called.get(id).copied().unwrap_or_default()
            }
            EventDetails::WaitCancelled { .. } => self.scope(parent).max(start).min(due),
            _ => start,
        };
        if let Some(delay) = event
            .details
            .retry()
            .and_then(|retry| retry.next_attempt_delay_seconds)
        {
            self.due
                .insert(id.to_owned(), now + Duration::from_secs(delay));
        }
        let is_start = began.is_none() || matches!(event.details, EventDetails::StepStarted);
        if is_start {
            self.started.insert(id.to_owned(), now);
            self.reach(Some(id), now);
        }
        if event.details.closes() {
            self.reach(parent, now);
        }
        now
    }

    fn reach(&mut self, scope: Option<&str>, time: Duration) {
        let reached = self.scopes.entry(scope.map(str::to_owned)).or_default();
        *reached = time.max(*reached);
    }
}
