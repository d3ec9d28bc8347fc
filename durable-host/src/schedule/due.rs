//! What is due at the same time, in the order of a scheduler.

use std::collections::HashSet;

use durable_service::model::{CallbackId, Operation, OperationDetails, Timestamp};
use durable_service::{DueOperation, Execution, Next, Schedule, Service};

use super::{Scheduler, path};
use crate::world::{PlannedId, Timeline};

/// Something that is due.
enum Due {
    Timer(DueOperation),
    Planned(PlannedId),
}

/// The choices of a scheduler among the service's timers and what is planned for callbacks.
struct Choices<'a> {
    scheduler: &'a Scheduler,
    timeline: &'a Timeline,
    outcome: Outcome,
}

/// Where the choices end.
enum Outcome {
    /// With everything that is due.
    Complete,
    /// With something planned, which happens before the next choice.
    Planned(PlannedId),
    /// With an invocation that the last one woke: what is left waits until it is over.
    Held,
}

/// Lets what is due by now happen, one thing after the other, as the scheduler chooses. If each is to be
/// noticed alone, what is left waits until the invocation is over that the last one woke.
pub(crate) fn fire_due(
    service: &mut Service,
    timeline: &mut Timeline,
    now: Timestamp,
    scheduler: &Scheduler,
) {
    loop {
        let mut choices = Choices {
            scheduler,
            timeline,
            outcome: Outcome::Complete,
        };
        service.handle_timeout(now, &mut choices);
        match choices.outcome {
            Outcome::Planned(action) => timeline.perform_one(now, action, service),
            Outcome::Held => return,
            Outcome::Complete => break,
        }
    }
    timeline.perform_due(now, service);
}

impl Schedule for Choices<'_> {
    fn next(&mut self, service: &Service, now: Timestamp) -> Next {
        let Some((time, mut due)) = self.due_together(service, now) else {
            // What is not the scheduler's to choose: timeouts of executions.
            return Next::InDueOrder;
        };
        let one_by_one = self.scheduler.one_by_one(time, due.len() > 1);
        if one_by_one && service.next_invocation(now).is_some() {
            self.outcome = Outcome::Held;
            return Next::Nothing;
        }
        let labels = due.iter().map(|due| self.label(service, due)).collect();
        let commutes = !one_by_one && self.commute(service, &due);
        let chosen = self.scheduler.choose_due(labels, commutes);
        match due.swap_remove(chosen.min(due.len() - 1)) {
            Due::Timer(operation) => Next::Operation(operation),
            Due::Planned(action) => {
                self.outcome = Outcome::Planned(action);
                Next::Nothing
            }
        }
    }
}

impl Choices<'_> {
    /// The things that are due by now at the earliest time.
    fn due_together(&self, service: &Service, now: Timestamp) -> Option<(Timestamp, Vec<Due>)> {
        let timers = service.due_together(now);
        let actions = self.timeline.due_together(now);
        let both = [
            timers.as_ref().map(|(time, _)| *time),
            actions.as_ref().map(|(time, _)| *time),
        ];
        let earliest = both.into_iter().flatten().min()?;
        let timers = timers.into_iter().filter(|(time, _)| *time == earliest);
        let timers = timers.flat_map(|(_, timers)| timers);
        let actions = actions.into_iter().filter(|(time, _)| *time == earliest);
        let actions = actions.flat_map(|(_, actions)| actions);
        let due = timers
            .map(Due::Timer)
            .chain(actions.map(Due::Planned))
            .collect();
        Some((earliest, due))
    }

    /// Whether these belong to different operations of one execution.
    fn commute(&self, service: &Service, due: &[Due]) -> bool {
        let operations = due.iter().map(|due| self.operation(service, due));
        let Some(operations) = operations.collect::<Option<Vec<_>>>() else {
            return false;
        };
        let executions: HashSet<_> = operations
            .iter()
            .map(|(execution, _)| execution.arn())
            .collect();
        let distinct: HashSet<_> = operations
            .iter()
            .map(|(_, operation)| operation.id.as_str())
            .collect();
        executions.len() == 1 && distinct.len() == due.len()
    }

    fn label(&self, service: &Service, due: &Due) -> String {
        let operation = self.operation(service, due);
        let path = operation.map(|(execution, operation)| path(execution, operation));
        match due {
            Due::Timer(_) => {
                operation
                    .zip(path)
                    .map_or_else(String::new, |((_, operation), path)| {
                        let kind = operation.operation_type().as_str().to_lowercase();
                        format!("{kind} {path}")
                    })
            }
            Due::Planned(_) => {
                let callback = path.unwrap_or_else(|| "a callback".to_owned());
                format!("answer to {callback}")
            }
        }
    }

    /// The operation that something due belongs to.
    fn operation<'s>(
        &self,
        service: &'s Service,
        due: &Due,
    ) -> Option<(&'s Execution, &'s Operation)> {
        match due {
            Due::Timer(due) => {
                let execution = service.execution(&due.execution).ok()?;
                Some((execution, execution.operation(due.operation.as_str())?))
            }
            Due::Planned(action) => callback(service, self.timeline.target(*action)?),
        }
    }
}

/// A callback and its execution.
fn callback<'s>(service: &'s Service, id: &CallbackId) -> Option<(&'s Execution, &'s Operation)> {
    service
        .executions()
        .flat_map(|execution| {
            execution
                .operations()
                .map(move |operation| (execution, operation))
        })
        .find(|(_, operation)| match &operation.details {
            OperationDetails::Callback(details) => details.callback_id == *id,
            _ => false,
        })
}
