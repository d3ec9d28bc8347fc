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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use durable_service::model::{
        CallbackCompletion, CallbackOptions, CheckpointToken, ExecutionArn, OperationAction,
        OperationStatus, OperationType, OperationUpdate, WaitOptions,
    };
    use durable_service::{
        CheckpointRequest, InlineTimers, InvocationOutcome, ServiceSettings, StartRequest,
    };

    use super::*;
    use crate::schedule::{Among, Order};
    use crate::timeline::CallbackAction;

    const DUE: Timestamp = Timestamp::from_millis(60_000);

    /// Suspended executions, and what is planned for their callbacks.
    struct World {
        service: Service,
        timeline: Timeline,
    }

    impl World {
        fn new() -> Self {
            Self {
                service: Service::new(ServiceSettings::default()),
                timeline: Timeline::default(),
            }
        }

        /// Starts an execution with these operations, which then waits for them.
        fn start(&mut self, operations: Vec<OperationUpdate>) -> ExecutionArn {
            let now = Timestamp::from_millis(0);
            let request = StartRequest::new("f", "{}");
            let arn = self.service.start(now, request).unwrap().arn;
            let input = self.service.start_invocation(now, &arn).unwrap();
            let request = CheckpointRequest {
                checkpoint_token: CheckpointToken::clone(&input.checkpoint_token),
                client_token: None,
                updates: operations,
            };
            self.service
                .checkpoint(now, &arn, request, InlineTimers::Fire)
                .unwrap();
            let suspended = serde_json::json!({"Status": "PENDING"});
            let outcome = InvocationOutcome::Returned(suspended);
            self.service
                .complete_invocation(now, &arn, &input.request_id, outcome, InlineTimers::Fire)
                .unwrap();
            arn
        }

        fn operation(&self, arn: &ExecutionArn, id: &str) -> &Operation {
            self.service.execution(arn).unwrap().operation(id).unwrap()
        }

        fn plan(&mut self, arn: &ExecutionArn, callback: &str, action: CallbackAction) {
            let OperationDetails::Callback(details) = &self.operation(arn, callback).details else {
                panic!("{callback} is no callback");
            };
            let id = details.callback_id.clone();
            self.timeline.plan(DUE, &id, action);
        }

        fn answer(&mut self, arn: &ExecutionArn, callback: &str) {
            let completion = CallbackCompletion::Success(None);
            self.plan(arn, callback, CallbackAction::Complete(completion));
        }

        /// Lets what is due happen, noticed together or one by one; returns the choices among due things: how many
        /// there are, and whether they commute.
        fn fire(&mut self, one_by_one: bool) -> Vec<(usize, bool)> {
            let scheduler = Scheduler::new(&Order::choices([usize::from(one_by_one)]));
            fire_due(&mut self.service, &mut self.timeline, DUE, &scheduler);
            let choices = scheduler.choices();
            let due = choices.iter().filter_map(|choice| match choice.among {
                Among::Due { commutes } => Some((choice.options.len(), commutes)),
                _ => None,
            });
            due.collect()
        }
    }

    fn wait(id: &str) -> OperationUpdate {
        OperationUpdate {
            wait_options: Some(WaitOptions {
                wait_seconds: Some(60),
            }),
            ..OperationUpdate::new(id, OperationType::Wait, OperationAction::Start)
        }
    }

    fn callback(id: &str, timeout: i64, heartbeat: i64) -> OperationUpdate {
        OperationUpdate {
            callback_options: Some(CallbackOptions {
                timeout_seconds: Some(timeout),
                heartbeat_timeout_seconds: Some(heartbeat),
            }),
            ..OperationUpdate::new(id, OperationType::Callback, OperationAction::Start)
        }
    }

    #[test]
    fn operations_of_one_execution_commute_if_they_are_noticed_together() {
        let mut world = World::new();
        let arn = world.start(vec![wait("a"), wait("b"), callback("c", 0, 0)]);
        world.answer(&arn, "c");
        assert_eq!(world.fire(false), [(3, true), (2, true)]);

        let mut world = World::new();
        world.start(vec![wait("a"), wait("b")]);
        assert_eq!(world.fire(true), [(2, false)]);
    }

    #[test]
    fn the_timeout_and_the_answer_of_one_callback_do_not_commute() {
        for (timeout, heartbeat) in [(60, 0), (0, 60)] {
            let mut world = World::new();
            let arn = world.start(vec![callback("c", timeout, heartbeat)]);
            world.answer(&arn, "c");
            assert_eq!(world.fire(false), [(2, false)]);
            assert_eq!(world.operation(&arn, "c").status, OperationStatus::TimedOut);
        }
    }

    #[test]
    fn neither_do_they_beside_something_else() {
        let mut world = World::new();
        let arn = world.start(vec![callback("c", 60, 0), wait("a")]);
        world.answer(&arn, "c");
        let choices = world.fire(false);
        // What is left after the timeout is of two operations.
        assert_eq!(choices, [(3, false), (2, true)]);
    }

    #[test]
    fn operations_of_two_executions_do_not_commute() {
        let mut world = World::new();
        world.start(vec![wait("a")]);
        world.start(vec![wait("b")]);
        assert_eq!(world.fire(false), [(2, false)]);
    }

    #[test]
    fn a_heartbeat_is_no_choice_and_comes_after_all_that_is_due() {
        let mut world = World::new();
        let arn = world.start(vec![callback("c", 0, 60), wait("a")]);
        let every = Duration::from_mins(1);
        world.plan(&arn, "c", CallbackAction::Heartbeat(every));
        assert_eq!(world.fire(false), [(2, true)]);
        assert_eq!(world.operation(&arn, "c").status, OperationStatus::TimedOut);
    }
}
