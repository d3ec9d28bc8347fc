//! What is due at the same time, in the order of a keeper.

use durable_service::Service;
use durable_service::model::{CallbackId, ExecutionArn, OperationDetails, OperationId, Timestamp};

use super::OrderKeeper;
use crate::agenda::ActId;
use crate::callbacks::callback_name;
use crate::world::World;

/// Something that is due.
enum Due {
    Timer(ExecutionArn, OperationId),
    Act(ActId),
}

impl World {
    /// Does what is due by now, one thing after the other, as the keeper chooses. If each is to be
    /// noticed alone, what is left waits until the invocation is over that the last one woke.
    pub(crate) fn do_due_in_order(&mut self, now: Timestamp, keeper: &OrderKeeper) {
        while let Some((time, mut due)) = self.due_together(now) {
            let one_by_one = keeper.one_by_one(time, due.len() > 1);
            if one_by_one && self.service.next_invocation(now).is_some() {
                return;
            }
            let labels = due.iter().map(|due| self.label(due)).collect();
            let chosen = keeper.choose(labels);
            match due.swap_remove(chosen.min(due.len() - 1)) {
                Due::Timer(arn, operation) => self.service.fire_one(now, &arn, &operation),
                Due::Act(act) => self.agenda.perform_one(now, act, &mut self.service),
            }
        }
        // What nobody can choose about: timeouts of executions.
        self.service.fire_due(now);
        self.agenda.perform_due(now, &mut self.service);
    }

    /// The things that are due by now at the earliest time.
    fn due_together(&self, now: Timestamp) -> Option<(Timestamp, Vec<Due>)> {
        let timers = self.service.due_together(now);
        let acts = self.agenda.due_together(now);
        let both = [
            timers.as_ref().map(|(time, _)| *time),
            acts.as_ref().map(|(time, _)| *time),
        ];
        let earliest = both.into_iter().flatten().min()?;
        let timers = timers.into_iter().filter(|(time, _)| *time == earliest);
        let timers = timers.flat_map(|(_, timers)| timers);
        let acts = acts.into_iter().filter(|(time, _)| *time == earliest);
        let acts = acts.flat_map(|(_, acts)| acts);
        let due = timers
            .map(|(arn, operation)| Due::Timer(arn, operation))
            .chain(acts.map(Due::Act))
            .collect();
        Some((earliest, due))
    }

    fn label(&self, due: &Due) -> String {
        match due {
            Due::Timer(arn, operation) => self
                .service
                .execution(arn)
                .ok()
                .and_then(|execution| execution.operation(operation.as_str()))
                .map_or_else(String::new, |operation| {
                    let kind = operation.operation_type().as_str().to_lowercase();
                    let name = operation.name.as_deref().unwrap_or("unnamed");
                    format!("{kind} {name}")
                }),
            Due::Act(act) => format!(
                "answer to {}",
                callback(&self.service, self.agenda.target(*act))
            ),
        }
    }
}

/// The name of a callback.
fn callback(service: &Service, id: Option<&CallbackId>) -> String {
    service
        .executions()
        .flat_map(|execution| {
            execution
                .operations()
                .map(move |operation| (execution, operation))
        })
        .find(|(_, operation)| match &operation.details {
            OperationDetails::Callback(details) => Some(&details.callback_id) == id,
            _ => false,
        })
        .and_then(|(execution, operation)| callback_name(execution, operation))
        .unwrap_or("a callback")
        .to_owned()
}
