//! What is done to callbacks of the local service from outside, on its virtual clock.

use std::fmt::Write as _;

use durable_service::Service;
use durable_service::model::Timestamp;

use crate::timeline::{self, CallbackAction};

/// Planned actions on the virtual clock.
pub(crate) type Timeline = timeline::Timeline<Timestamp>;

/// Which planned action.
pub(crate) type PlannedId = timeline::PlannedId<Timestamp>;

impl Timeline {
    /// Performs what is due by now. An action on a callback that is over meanwhile comes to nothing, as it
    /// would on AWS, and its heartbeats end.
    pub(crate) fn perform_due(&mut self, now: Timestamp, service: &mut Service) {
        while let Some(planned) = self.take_due(now) {
            self.perform(now, planned, service);
        }
    }

    /// Performs what was due before now.
    pub(crate) fn perform_past(&mut self, now: Timestamp, service: &mut Service) {
        while let Some(planned) = self.take_overdue(now) {
            self.perform(now, planned, service);
        }
    }

    /// Performs one planned action.
    pub(crate) fn perform_one(&mut self, now: Timestamp, id: PlannedId, service: &mut Service) {
        if let Some(planned) = self.take(id) {
            self.perform(now, planned, service);
        }
    }

    /// Writes what is planned, as times from now.
    pub(super) fn write_outlook(&self, now: Timestamp, to: &mut String) {
        for (time, callback, action) in self.planned() {
            let left = time.as_millis().saturating_sub(now.as_millis()).max(0);
            // Writing to a string does not fail.
            let _ = writeln!(to, "{left} {callback} {action:?}");
        }
    }

    fn perform(
        &mut self,
        now: Timestamp,
        planned: timeline::PlannedAction<Timestamp>,
        service: &mut Service,
    ) {
        let id = &planned.callback_id;
        match planned.action {
            CallbackAction::Complete(completion) => {
                let _ = service.complete_callback(now, id, completion);
            }
            CallbackAction::Heartbeat(every) => {
                if service.heartbeat_callback(now, id).is_ok() {
                    self.plan(planned.time.after(every), id, planned.action);
                }
            }
        }
    }
}
