//! What is due at the same time, in the order of a keeper.

use durable_service::model::{OperationDetails, Timestamp};
use durable_service::{DueOperation, Next, Schedule, Service};

use super::OrderKeeper;
use crate::agenda::{ActId, Agenda};
use crate::callbacks::callback_name;
use crate::world::World;

/// Something that is due.
enum Due {
    Timer(DueOperation),
    Act(ActId),
}

/// The choices of a keeper, among the service's timers and the planned acts.
struct Choices<'a> {
    keeper: &'a OrderKeeper,
    agenda: &'a Agenda,
    /// The act that is to happen next.
    act: Option<ActId>,
    /// Whether what is left waits until the invocation is over that the last one woke.
    waits: bool,
}

impl World {
    /// Does what is due by now, one thing after the other, as the keeper chooses. If each is to be
    /// noticed alone, what is left waits until the invocation is over that the last one woke.
    pub(crate) fn do_due_in_order(&mut self, now: Timestamp, keeper: &OrderKeeper) {
        loop {
            let mut choices = Choices {
                keeper,
                agenda: &self.agenda,
                act: None,
                waits: false,
            };
            self.service.handle_timeout(now, &mut choices);
            let Choices { act, waits, .. } = choices;
            match act {
                Some(act) => self.agenda.perform_one(now, act, &mut self.service),
                None if waits => return,
                None => break,
            }
        }
        self.agenda.perform_due(now, &mut self.service);
    }
}

impl Schedule for Choices<'_> {
    fn next(&mut self, service: &Service, now: Timestamp) -> Next {
        let Some((time, mut due)) = self.due_together(service, now) else {
            // What is no choice: timeouts of executions.
            return Next::InDueOrder;
        };
        let one_by_one = self.keeper.one_by_one(time, due.len() > 1);
        if one_by_one && service.next_invocation(now).is_some() {
            self.waits = true;
            return Next::Nothing;
        }
        let labels = due.iter().map(|due| self.label(service, due)).collect();
        let chosen = self.keeper.choose(labels);
        match due.swap_remove(chosen.min(due.len() - 1)) {
            Due::Timer(operation) => Next::Operation(operation),
            Due::Act(act) => {
                self.act = Some(act);
                Next::Nothing
            }
        }
    }
}

impl Choices<'_> {
    /// The things that are due by now at the earliest time.
    fn due_together(&self, service: &Service, now: Timestamp) -> Option<(Timestamp, Vec<Due>)> {
        let timers = service.due_together(now);
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
        let due = timers.map(Due::Timer).chain(acts.map(Due::Act)).collect();
        Some((earliest, due))
    }

    fn label(&self, service: &Service, due: &Due) -> String {
        match due {
            Due::Timer(due) => service
                .execution(&due.execution)
                .ok()
                .and_then(|execution| execution.operation(due.operation.as_str()))
                .map_or_else(String::new, |operation| {
                    let kind = operation.operation_type().as_str().to_lowercase();
                    let name = operation.name.as_deref().unwrap_or("unnamed");
                    format!("{kind} {name}")
                }),
            Due::Act(act) => format!("answer to {}", callback(service, self.agenda.target(*act))),
        }
    }
}

/// The name of a callback.
fn callback(service: &Service, id: Option<&str>) -> String {
    service
        .executions()
        .flat_map(|execution| {
            execution
                .operations()
                .map(move |operation| (execution, operation))
        })
        .find(|(_, operation)| match &operation.details {
            OperationDetails::Callback(details) => Some(details.callback_id.as_str()) == id,
            _ => false,
        })
        .and_then(|(execution, operation)| callback_name(execution, operation))
        .unwrap_or("a callback")
        .to_owned()
}
