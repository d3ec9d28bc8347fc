//! What is due at the same time, in the order of a scheduler.

use durable_service::Service;
use durable_service::model::{ExecutionArn, OperationDetails, OperationId, Timestamp};

use super::Scheduler;
use crate::world::{PlannedId, Timeline, callback_name};

/// Something that is due.
enum Due {
    Timer(ExecutionArn, OperationId),
    Planned(PlannedId),
}

/// Lets what is due by now happen, one thing after the other, as the scheduler chooses. If each is to be
/// noticed alone, what is left waits until the invocation is over that the last one woke.
pub(crate) fn fire_due(
    service: &mut Service,
    timeline: &mut Timeline,
    now: Timestamp,
    scheduler: &Scheduler,
) {
    while let Some((time, mut due)) = due_together(service, timeline, now) {
        let one_by_one = scheduler.one_by_one(time, due.len() > 1);
        if one_by_one && service.next_invocation(now).is_some() {
            return;
        }
        let labels = due
            .iter()
            .map(|due| label(service, timeline, due))
            .collect();
        let chosen = scheduler.choose(labels);
        match due.swap_remove(chosen.min(due.len() - 1)) {
            Due::Timer(arn, operation) => service.fire_one(now, &arn, &operation),
            Due::Planned(action) => timeline.perform_one(now, action, service),
        }
    }
    // What is not the scheduler's to choose: timeouts of executions.
    service.fire_due(now);
    timeline.perform_due(now, service);
}

/// The things that are due by now at the earliest time.
fn due_together(
    service: &Service,
    timeline: &Timeline,
    now: Timestamp,
) -> Option<(Timestamp, Vec<Due>)> {
    let timers = service.due_together(now);
    let actions = timeline.due_together(now);
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
        .map(|(arn, operation)| Due::Timer(arn, operation))
        .chain(actions.map(Due::Planned))
        .collect();
    Some((earliest, due))
}

fn label(service: &Service, timeline: &Timeline, due: &Due) -> String {
    match due {
        Due::Timer(arn, operation) => service
            .execution(arn)
            .ok()
            .and_then(|execution| execution.operation(operation.as_str()))
            .map_or_else(String::new, |operation| {
                let kind = operation.operation_type().as_str().to_lowercase();
                let name = operation.name.as_deref().unwrap_or("unnamed");
                format!("{kind} {name}")
            }),
        Due::Planned(action) => {
            format!("answer to {}", callback(service, timeline.target(*action)))
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
