//! What a host does next, and in which order timers fire.

use durable_service::model::{OperationAction, OperationStatus, Timestamp};
use durable_service::{
    CheckpointRequest, DueOperation, DueOrder, Execution, Idle, InlineTimers, Next, Schedule,
    Service, ServiceSettings, StartRequest, Work,
};

use crate::function::{Function, callback, step, wait};

/// Fires what is due together from the last to the first, up to a number of operations.
struct LastFirst(usize);

impl Schedule for LastFirst {
    fn next(&mut self, service: &Service, now: Timestamp) -> Next {
        let due = service.due_together(now);
        let last = due.and_then(|(_, mut operations)| operations.pop());
        match last {
            Some(operation) if self.0 > 0 => {
                self.0 -= 1;
                Next::Operation(operation)
            }
            Some(_) => Next::Nothing,
            None => Next::InDueOrder,
        }
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(0).after_seconds(seconds)
}

/// The ids of waits that are over, in the order of their ends.
fn ended(execution: &Execution) -> Vec<String> {
    let ends = execution
        .history()
        .iter()
        .filter(|event| event.event_type() == "WaitSucceeded");
    ends.filter_map(|event| Some(event.id()?.to_owned()))
        .collect()
}

/// A suspended execution with waits of 5 seconds.
fn waiting(ids: &[&str]) -> Function {
    let mut function = Function::invoked();
    let waits: Vec<_> = ids.iter().map(|id| wait(id, 5)).collect();
    function.checkpoint(waits).unwrap();
    function.suspends();
    function
}

#[test]
fn a_schedule_chooses_the_order_of_what_is_due_together() {
    let mut function = waiting(&["a", "b", "c"]);
    let now = function.now.after_seconds(5);

    function.service.handle_timeout(now, &mut LastFirst(2));
    assert_eq!(ended(function.execution()), ["c", "b"]);
    let left = DueOperation {
        execution: function.arn.clone(),
        operation: "a".into(),
    };
    assert_eq!(
        function.service.due_together(now),
        Some((now, vec![left])),
        "the rest stays due"
    );

    function.service.handle_timeout(now, &mut LastFirst(2));
    assert_eq!(ended(function.execution()), ["c", "b", "a"]);
    assert_eq!(function.service.due_together(now), None);
}

#[test]
fn a_schedule_that_names_what_is_not_due_changes_nothing() {
    struct TooEarly(DueOperation);
    impl Schedule for TooEarly {
        fn next(&mut self, _: &Service, _: Timestamp) -> Next {
            Next::Operation(self.0.clone())
        }
    }

    let mut function = waiting(&["a"]);
    let mut schedule = TooEarly(DueOperation {
        execution: function.arn.clone(),
        operation: "a".into(),
    });
    let now = function.now.after_seconds(4);
    function.service.handle_timeout(now, &mut schedule);
    assert!(ended(function.execution()).is_empty());
}

#[test]
fn without_a_choice_the_execution_that_started_first_comes_first() {
    let mut function = waiting(&["a", "b"]);
    let other = function
        .service
        .start(function.now, StartRequest::new("f", "{}"));
    let other = other.unwrap().arn;
    let now = function.now.after_seconds(5);
    function.service.handle_timeout(now, &mut DueOrder);
    assert_eq!(ended(function.execution()), ["a", "b"]);

    // The other one was due when it started.
    assert_eq!(
        function.service.poll(now),
        Some(Work::Invoke(other.clone()))
    );
    assert_eq!(function.service.poll_where(now, |_| false), None);
}

#[test]
fn a_host_is_asked_about_each_function_once_and_gets_what_is_overdue_the_longest() {
    let mut service = Service::new(ServiceSettings::default());
    let start = |service: &mut Service, function: &str, second: u64| {
        let request = StartRequest::new(function, "{}");
        service.start(at(second), request).unwrap().arn
    };
    let busy = start(&mut service, "busy", 1);
    for second in 2..100 {
        start(&mut service, "busy", second);
    }
    let [later, first] = [200, 150].map(|second| start(&mut service, "free", second));
    let future = start(&mut service, "future", 1_000);

    let mut asked = Vec::new();
    let due = service.poll_where(at(500), |function| {
        asked.push(function.to_owned());
        function == "free"
    });
    assert_eq!(due, Some(Work::Invoke(first.clone())));
    assert_eq!(asked, ["busy", "free"]);

    service.start_invocation(at(500), &first).unwrap();
    let is_free = |function: &str| function == "free";
    assert_eq!(
        service.poll_where(at(500), is_free),
        Some(Work::Invoke(later.clone()))
    );
    service.stop(at(500), &later, None).unwrap();
    assert_eq!(service.poll_where(at(500), is_free), None);
    assert_eq!(
        service.poll_where(at(500), |_| true),
        Some(Work::Invoke(busy))
    );
    let is_future = |function: &str| function == "future";
    assert_eq!(service.poll_where(at(999), is_future), None);
    assert_eq!(
        service.poll_where(at(1_000), is_future),
        Some(Work::Invoke(future))
    );
}

#[test]
fn timers_can_be_fired_in_parts_in_the_same_order() {
    let mut function = Function::invoked();
    function
        .checkpoint([wait("c", 3), wait("a", 1), wait("b", 2)])
        .unwrap();
    let now = function.now.after_seconds(2);
    assert!(function.service.handle_some_timeouts(now, 1));
    assert_eq!(ended(function.execution()), ["a"]);
    assert!(!function.service.handle_some_timeouts(now, 1));
    assert_eq!(ended(function.execution()), ["a", "b"]);
    assert!(!function.service.handle_some_timeouts(now, 1));
    assert_eq!(ended(function.execution()), ["a", "b"]);
}

#[test]
fn timers_that_are_due_at_the_time_of_a_call_can_be_deferred() {
    let mut function = Function::invoked();
    function
        .checkpoint([wait("early", 4), wait("a", 5)])
        .unwrap();
    let now = function.now.after_seconds(5);
    let checkpoint = CheckpointRequest {
        checkpoint_token: function.token.clone(),
        client_token: None,
        updates: vec![step("s", OperationAction::Start)],
    };
    function
        .service
        .checkpoint(now, &function.arn, checkpoint, InlineTimers::Defer)
        .unwrap();
    assert_eq!(ended(function.execution()), ["early"]);
    assert_eq!(function.operation("a").status, OperationStatus::Started);
    assert_eq!(function.service.next_due(), Some(now));
}

#[test]
fn a_host_that_skips_time_waits_for_calls_rather_than_for_a_timeout_that_was_not_chosen() {
    let mut service = Service::new(ServiceSettings::default());
    let now = Timestamp::from_millis(0);
    let arn = service
        .start(now, StartRequest::new("f", "{}"))
        .unwrap()
        .arn;
    let skip = |planned| Idle::Skip { planned };
    assert_eq!(service.poll_timeout(skip(None)), Some(now));
    service.start_invocation(now, &arn).unwrap();

    assert_eq!(service.poll_timeout(skip(None)), None);
    let planned = Some(now.after_seconds(9));
    assert_eq!(service.poll_timeout(skip(planned)), planned);
    let timeout = now.after_seconds(31_622_400);
    assert_eq!(service.poll_timeout(Idle::Sleep { now }), Some(timeout));
    // A plan beyond the timeout does not skip it.
    let beyond = Some(timeout.after_seconds(1));
    assert_eq!(service.poll_timeout(skip(beyond)), Some(timeout));
}

#[test]
fn a_host_that_sleeps_is_not_woken_for_an_invocation_that_already_waits() {
    let mut function = Function::invoked();
    function
        .checkpoint([callback("cb", 60, 0), wait("w", 5)])
        .unwrap();
    function.suspends();
    function.pass(5);
    let now = function.now;
    assert!(function.service.next_invocation(now).is_some());
    assert_eq!(
        function.service.poll_timeout(Idle::Sleep { now }),
        Some(now.after_seconds(55))
    );
}
