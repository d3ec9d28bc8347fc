//! What people outside do to callbacks, planned on the virtual clock.

use std::collections::BTreeMap;
use std::time::Duration;

use durable_service::Service;
use durable_service::model::{CallbackCompletion, Timestamp};

/// Planned acts, in the order of their times; of equal times in the order of their planning.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    acts: BTreeMap<(Timestamp, u64), Act>,
    planned: u64,
}

#[derive(Debug)]
enum Act {
    Complete(String, CallbackCompletion),
    Heartbeat(String, Duration),
}

impl Agenda {
    /// When the next act is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.acts.first_key_value().map(|((time, _), _)| *time)
    }

    pub(super) fn complete_at(
        &mut self,
        time: Timestamp,
        callback_id: &str,
        completion: CallbackCompletion,
    ) {
        self.plan(time, Act::Complete(callback_id.to_owned(), completion));
    }

    /// Plans heartbeats at regular times after `from`.
    pub(super) fn heartbeat_every(&mut self, from: Timestamp, callback_id: &str, every: Duration) {
        self.plan(
            from.after(every),
            Act::Heartbeat(callback_id.to_owned(), every),
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
}
