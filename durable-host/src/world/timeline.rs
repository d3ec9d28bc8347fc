//! What is done to callbacks from outside, planned on the virtual clock.

use std::collections::BTreeMap;
use std::time::Duration;

use durable_service::Service;
use durable_service::model::{CallbackCompletion, CallbackId, Timestamp};

/// Planned actions, in the order of their times; of equal times in the order of their planning.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    actions: BTreeMap<PlannedId, PlannedAction>,
    planned: u64,
}

/// Which planned action: its time, and its number.
pub(crate) type PlannedId = (Timestamp, u64);

#[derive(Debug)]
enum PlannedAction {
    Complete(CallbackId, CallbackCompletion),
    Heartbeat(CallbackId, Duration),
}

impl Timeline {
    /// When the next action is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.actions.first_key_value().map(|((time, _), _)| *time)
    }

    pub(crate) fn complete_at(
        &mut self,
        time: Timestamp,
        callback_id: &CallbackId,
        completion: CallbackCompletion,
    ) {
        self.plan(
            time,
            PlannedAction::Complete(callback_id.clone(), completion),
        );
    }

    /// Plans heartbeats at regular times after `from`.
    pub(crate) fn heartbeat_every(
        &mut self,
        from: Timestamp,
        callback_id: &CallbackId,
        every: Duration,
    ) {
        self.plan(
            from.after(every),
            PlannedAction::Heartbeat(callback_id.clone(), every),
        );
    }

    fn plan(&mut self, time: Timestamp, action: PlannedAction) {
        self.planned += 1;
        self.actions.insert((time, self.planned), action);
    }

    /// Performs what is due by now. An action on a callback that is over meanwhile comes to nothing, as it
    /// would on AWS, and its heartbeats end.
    pub(crate) fn perform_due(&mut self, now: Timestamp, service: &mut Service) {
        self.perform(now, service, |time| time <= now);
    }

    /// The completions of callbacks that are due by now at the earliest time, with that time.
    pub(crate) fn due_together(&self, now: Timestamp) -> Option<(Timestamp, Vec<PlannedId>)> {
        let completions = || {
            self.actions
                .iter()
                .filter(|(_, action)| matches!(action, PlannedAction::Complete(..)))
                .map(|(id, _)| *id)
        };
        let (due, _) = completions().next().filter(|(due, _)| *due <= now)?;
        let actions = completions().filter(|(time, _)| *time == due).collect();
        Some((due, actions))
    }

    /// The callback that an action is about.
    pub(crate) fn target(&self, action: PlannedId) -> Option<&CallbackId> {
        match self.actions.get(&action)? {
            PlannedAction::Complete(callback_id, _) | PlannedAction::Heartbeat(callback_id, _) => {
                Some(callback_id)
            }
        }
    }

    /// Performs one planned action.
    pub(crate) fn perform_one(&mut self, now: Timestamp, action: PlannedId, service: &mut Service) {
        if let Some(planned) = self.actions.remove(&action) {
            self.perform_action(now, action.0, planned, service);
        }
    }

    /// Performs what was due before now.
    pub(crate) fn perform_past(&mut self, now: Timestamp, service: &mut Service) {
        self.perform(now, service, |time| time < now);
    }

    fn perform(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        is_due: impl Fn(Timestamp) -> bool,
    ) {
        while let Some(entry) = self.actions.first_entry()
            && is_due(entry.key().0)
        {
            let ((time, _), action) = entry.remove_entry();
            self.perform_action(now, time, action, service);
        }
    }

    /// Performs an action that was planned for `time`.
    fn perform_action(
        &mut self,
        now: Timestamp,
        time: Timestamp,
        action: PlannedAction,
        service: &mut Service,
    ) {
        match action {
            PlannedAction::Complete(callback_id, completion) => {
                let _ = service.complete_callback(now, &callback_id, completion);
            }
            PlannedAction::Heartbeat(callback_id, every) => {
                if service.heartbeat_callback(now, &callback_id).is_ok() {
                    self.heartbeat_every(time, &callback_id, every);
                }
            }
        }
    }
}
