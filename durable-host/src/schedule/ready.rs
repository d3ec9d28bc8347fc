//! Which of several executions is invoked next, in the order of a scheduler.

use durable_service::model::{ExecutionArn, Timestamp};
use durable_service::{Execution, Service};

use super::{Scheduler, path};

/// The execution to invoke next, of those whose invocation is due; none if that is none.
pub(crate) fn next_invocation(
    service: &Service,
    now: Timestamp,
    scheduler: &Scheduler,
) -> Option<ExecutionArn> {
    let due: Vec<&Execution> = service.due_invocations(now).collect();
    let chosen = if due.len() > 1 {
        let labels = due.iter().map(|execution| label(service, execution));
        scheduler.choose_invocation(labels.collect())
    } else {
        0
    };
    due.get(chosen).map(|execution| execution.arn().clone())
}

/// The function, and the operations that called it.
fn label(service: &Service, execution: &Execution) -> String {
    let mut paths = Vec::new();
    let mut called = execution;
    while let Some(caller) = called.caller()
        && let Ok(other) = service.execution(&caller.execution)
    {
        let operation = other.operation(caller.operation.as_str());
        paths.extend(operation.map(|operation| path(other, operation)));
        called = other;
    }
    paths.reverse();
    let function = execution.function();
    if paths.is_empty() {
        format!("invocation of {function}")
    } else {
        format!("invocation of {function} by {}", paths.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use durable_service::{ServiceSettings, StartRequest};

    use super::*;
    use crate::schedule::{Among, Order};

    const NOW: Timestamp = Timestamp::from_millis(0);

    #[test]
    fn each_execution_that_is_due_can_be_the_next() {
        for chosen in 0..3 {
            let mut service = Service::new(ServiceSettings::default());
            let mut start = |function: &str| service.start(NOW, StartRequest::new(function, "1"));
            let arns = ["f", "g", "f"].map(|function| start(function).unwrap().arn);
            let scheduler = Scheduler::new(&Order::choices([chosen]));

            let next = next_invocation(&service, NOW, &scheduler);
            assert_eq!(next, arns.get(chosen).cloned());
            let choices = scheduler.choices();
            assert_eq!(choices.len(), 1);
            assert_eq!(choices[0].among, Among::Invocations);
            let options = ["invocation of f", "invocation of g", "invocation of f"];
            assert_eq!(choices[0].options, options);
        }
    }

    #[test]
    fn one_execution_is_no_choice() {
        let mut service = Service::new(ServiceSettings::default());
        let scheduler = Scheduler::new(&Order::choices([]));
        assert_eq!(next_invocation(&service, NOW, &scheduler), None);
        let started = service.start(NOW, StartRequest::new("f", "1")).unwrap();
        let next = next_invocation(&service, NOW, &scheduler);
        assert_eq!(next, Some(started.arn));
        assert!(scheduler.choices().is_empty());
    }
}
