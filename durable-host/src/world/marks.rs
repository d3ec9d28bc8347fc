//! Which crashes at a checkpoint call leave the same as others.

use std::collections::HashSet;

use durable_service::model::{
    OperationAction, OperationId, OperationType, OperationUpdate, Timestamp,
};
use durable_service::{CheckpointResponse, ServiceError};

use super::World;

/// What sets a checkpoint call apart from the one before it.
///
/// [`LocalHost::call_marks`](crate::LocalHost::call_marks) lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallMark {
    /// Its number on the host.
    pub call: u64,
    /// Whether a function that is killed before this call is stored leaves what one leaves that is killed right after
    /// the call before was stored: in between nothing was stored, no time passed and no body of a
    /// `#[durable_step]` began.
    pub follows_at_once: bool,
    /// Whether nothing else of the function is under way: no other task, and no step but that of the call.
    pub is_alone: bool,
    /// The body, by its number, that is all that ran since the call before was stored: that call stored the start of its
    /// step, and this one is to store its end.
    pub ends_body: Option<u64>,
    /// Whether the call, sent again, has the same answer and changes nothing.
    pub repeats_alike: bool,
}

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Marks {
    calls: Vec<CallMark>,
    /// How things stood when the last call had been stored.
    last: Option<Standing>,
    /// The one step that it started, with nothing beside it.
    started: Option<OperationId>,
    /// The steps that started and did not end.
    open: HashSet<OperationId>,
}

/// How things stand, as numbers that change with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    /// Number of the call that was stored last.
    call: u64,
    invocations: u64,
    changes: u64,
    bodies: u64,
    now: Timestamp,
}

impl Standing {
    /// The same once a body has run.
    fn after_a_body(self) -> Self {
        Self {
            bodies: self.bodies + 1,
            ..self
        }
    }
}

impl World {
    /// Notes how things stand when a call is about to be stored, and how many other tasks of the function are alive.
    pub(super) fn mark_before(
        &mut self,
        number: Option<u64>,
        beside: usize,
        updates: &[OperationUpdate],
    ) {
        let Some(number) = number.filter(|_| self.marks.is_some()) else {
            return;
        };
        let now = self.standing(number.saturating_sub(1));
        let is_alone = beside == 0 && !self.bodies.are_running();
        if let Some(marks) = &mut self.marks {
            marks
                .open
                .retain(|open| !updates.iter().any(|update| update.id == *open));
            let is_alone = is_alone && marks.open.is_empty();
            let starts = updates.iter().filter(|update| starts_step(update));
            marks.open.extend(starts.map(|update| update.id.clone()));
            let after_body = marks.last.map(Standing::after_a_body);
            let ended = only(updates, ends_step);
            let is_of_last = ended.is_some() && ended == marks.started.as_ref();
            // Of a step that is no `#[durable_step]` this is all that shows that its body has run.
            let ends_a_step = updates.iter().any(ends_step);
            marks.calls.push(CallMark {
                call: number,
                follows_at_once: !ends_a_step && marks.last == Some(now),
                is_alone,
                ends_body: (is_alone && is_of_last && after_body == Some(now))
                    .then_some(now.bodies),
                repeats_alike: false,
            });
            marks.started = only(updates, starts_step).filter(|_| is_alone).cloned();
        }
    }

    /// Notes how things stand when a call has been answered.
    pub(super) fn mark_after(
        &mut self,
        number: Option<u64>,
        answer: &Result<CheckpointResponse, ServiceError>,
    ) {
        let Some(number) = number.filter(|_| self.marks.is_some()) else {
            return;
        };
        let now = self.standing(number);
        if let Some(marks) = &mut self.marks {
            marks.last = answer.is_ok().then_some(now);
            if let Some(call) = marks.calls.last_mut() {
                // A refusal is not lost. Without a next token the call cannot be told from a stale one.
                call.repeats_alike = answer
                    .as_ref()
                    .map_or(true, |answer| answer.checkpoint_token.is_some());
            }
        }
    }

    fn standing(&self, call: u64) -> Standing {
        Standing {
            call,
            invocations: self.faults.invocations(),
            changes: self.service.change_count(),
            bodies: self.bodies.runs(),
            now: self.now(),
        }
    }

    /// What sets the calls so far apart, if the settings ask for a trace.
    pub(crate) fn call_marks(&self) -> &[CallMark] {
        self.marks
            .as_ref()
            .map_or(&[], |marks| marks.calls.as_slice())
    }
}

fn starts_step(update: &OperationUpdate) -> bool {
    update.operation_type == OperationType::Step && update.action == OperationAction::Start
}

fn ends_step(update: &OperationUpdate) -> bool {
    update.operation_type == OperationType::Step && update.action != OperationAction::Start
}

/// The operation of the only update, if that is such a one.
fn only(
    updates: &[OperationUpdate],
    is_wanted: impl Fn(&OperationUpdate) -> bool,
) -> Option<&OperationId> {
    match updates {
        [update] if is_wanted(update) => Some(&update.id),
        _ => None,
    }
}
