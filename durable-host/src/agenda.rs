//! What people outside do to callbacks, planned on the virtual clock.

use std::collections::BTreeMap;
use std::time::Duration;

use durable_service::Service;
use durable_service::model::{CallbackCompletion, CallbackId, Timestamp};

/// Planned acts, in the order of their times; of equal times in the order of their planning.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    acts: BTreeMap<ActId, Act>,
    planned: u64,
}

/// Which planned act: its time, and its number.
pub(super) type ActId = (Timestamp, u64);

#[derive(Debug)]
enum Act {
    Complete(CallbackId, CallbackCompletion),
    Heartbeat(CallbackId, Duration),
}

impl Agenda {
    /// When the next act is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.acts.first_key_value().map(|((time, _), _)| *time)
    }

    pub(super) fn complete_at(
        &mut self,
        time: Timestamp,
        callback_id: &CallbackId,
        completion: CallbackCompletion,
    ) {
        self.plan(time, Act::Complete(callback_id.clone(), completion));
    }

    /// Plans heartbeats at regular times after `from`.
    pub(super) fn heartbeat_every(
        &mut self,
        from: Timestamp,
        callback_id: &CallbackId,
        every: Duration,
    ) {
        self.plan(
            from.after(every),
            Act::Heartbeat(callback_id.clone(), every),
        );
    }

    fn plan(&mut self, time: Timestamp, act: Act) {
        self.planned += 1;
        self.acts.insert((time, self.planned), act);
    }

    /// Does what is due by now. An act on a callback that is over meanwhile comes to nothing, as it
    /// would on AWS, and its heartbeats end.
    pub(super) fn perform_due(&mut self, now: Timestamp, service: &mut Service) {
        self.perform(now, service, |time| time <= now);
    }

    /// The completions of callbacks that are due by now at the earliest time, with that time.
    pub(super) fn due_together(&self, now: Timestamp) -> Option<(Timestamp, Vec<ActId>)> {
        let completions = || {
            self.acts
                .iter()
                .filter(|(_, act)| matches!(act, Act::Complete(..)))
                .map(|(id, _)| *id)
        };
        let (due, _) = completions().next().filter(|(due, _)| *due <= now)?;
        let acts = completions().filter(|(time, _)| *time == due).collect();
        Some((due, acts))
    }

    /// The callback that an act is about.
    pub(super) fn target(&self, act: ActId) -> Option<&CallbackId> {
        match self.acts.get(&act)? {
            Act::Complete(callback_id, _) | Act::Heartbeat(callback_id, _) => Some(callback_id),
        }
    }

    /// Does one planned act.
    pub(super) fn perform_one(&mut self, now: Timestamp, act: ActId, service: &mut Service) {
        if let Some(planned) = self.acts.remove(&act) {
            self.act(now, act.0, planned, service);
        }
    }

    /// Does what was due before now.
    pub(super) fn perform_past(&mut self, now: Timestamp, service: &mut Service) {
        self.perform(now, service, |time| time < now);
    }

    fn perform(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        is_due: impl Fn(Timestamp) -> bool,
    ) {
        while let Some(entry) = self.acts.first_entry()
            && is_due(entry.key().0)
        {
            let ((time, _), act) = entry.remove_entry();
            self.act(now, time, act, service);
        }
    }

    /// Does an act that was planned for `time`.
    fn act(&mut self, now: Timestamp, time: Timestamp, act: Act, service: &mut Service) {
        match act {
            Act::Complete(callback_id, completion) => {
                let _ = service.complete_callback(now, &callback_id, completion);
            }
            Act::Heartbeat(callback_id, every) => {
                if service.heartbeat_callback(now, &callback_id).is_ok() {
                    self.heartbeat_every(time, &callback_id, every);
                }
            }
        }
    }
}
