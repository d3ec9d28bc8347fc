//! Skipping time, for one family of executions at a time.

use std::time::Duration;

use durable_service::model::{
    ExecutionStatus, OperationAction, OperationStatus, Seconds, Timestamp,
};
use durable_service::{
    DueOrder, DurableSettings, Family, FunctionSettings, PauseRequest, Service, ServiceSettings,
    Skip, StartRequest, Work,
};

use crate::function::{Function, callback, invoke, step, wait};

fn family(service: &mut Service) -> Family {
    service.track_families();
    service.take_changed_families().next().unwrap()
}

fn skip_of(function: &mut Function) -> Option<Skip> {
    let family = family(&mut function.service);
    function.service.next_skip(function.now, family, false)
}

fn durable() -> FunctionSettings {
    FunctionSettings {
        durable: Some(DurableSettings::default()),
    }
}

fn by(seconds: u64, awaits_client: bool) -> Skip {
    Skip {
        by: Duration::from_secs(seconds),
        awaits_client,
    }
}

#[test]
fn time_is_skipped_to_the_next_wait_and_others_are_not_moved() {
    let mut function = Function::invoked();
    let start = StartRequest::new("g", "{}");
    let other = function.service.start(function.now, start).unwrap().arn;
    assert_eq!(skip_of(&mut function), None, "a function works");
    function.checkpoint([wait("w", 3_600)]).unwrap();
    function.suspends();
    let family = family(&mut function.service);

    assert_eq!(skip_of(&mut function), Some(by(3_600, false)));
    function.service.skip(family, Duration::from_hours(1));
    function.pass(0);

    assert_eq!(function.operation("w").status, OperationStatus::Succeeded);
    let ended = function.history().last().unwrap().timestamp;
    assert_eq!(ended, Timestamp::from_millis(3_600_000));
    let other = function.service.execution(&other).unwrap();
    assert_eq!(other.next_due(), Some(Timestamp::from_millis(0)));
    // The next invocation and what it records continue in the time of the family.
    function.invoke();
    function
        .checkpoint([step("s", OperationAction::Start)])
        .unwrap();
    let started = function.history().last().unwrap().timestamp;
    assert_eq!(started, Timestamp::from_millis(3_600_000));
}

#[test]
fn a_skip_fires_what_is_due_in_its_family_alone() {
    let mut service = Service::new(ServiceSettings::default());
    service.track_families();
    let start = Timestamp::from_millis(0);
    let mut overdue = || {
        let request = StartRequest {
            execution_timeout: Some(Seconds(60)),
            ..StartRequest::new("f", "{}")
        };
        service.start(start, request).unwrap().arn
    };
    let (skipped, other) = (overdue(), overdue());
    let family = service.family_of(&skipped).unwrap();
    let status = |service: &Service, arn| service.execution(arn).unwrap().status();

    // Both are due by now, as a host finds them that is behind with its timers.
    let now = start.after_seconds(60);
    service.skip(family, Duration::from_secs(1));
    service.handle_timeouts_in(now, family);
    assert_eq!(status(&service, &skipped), ExecutionStatus::TimedOut);
    assert_eq!(status(&service, &other), ExecutionStatus::Running);

    service.handle_timeout(now, &mut DueOrder);
    assert_eq!(status(&service, &other), ExecutionStatus::TimedOut);
}

#[test]
fn no_timeout_is_skipped_while_a_callback_is_open_nor_the_minute_before() {
    let mut function = Function::invoked();
    let updates = [callback("c", 600, 0), wait("a", 540), wait("b", 541)];
    function.checkpoint(updates).unwrap();
    function.suspends();
    assert_eq!(skip_of(&mut function), Some(by(540, true)));

    let family = family(&mut function.service);
    function.service.skip(family, Duration::from_mins(9));
    function.pass(0);
    function.invoke();
    function.suspends();

    assert_eq!(skip_of(&mut function), None);
    let over = function.service.next_skip(function.now, family, true);
    assert_eq!(over, Some(by(1, true)));
    // In real time it still comes.
    function.pass(60);
    assert_eq!(function.operation("c").status, OperationStatus::TimedOut);
}

#[test]
fn a_short_callback_has_all_its_time() {
    let mut function = Function::invoked();
    function
        .checkpoint([callback("c", 0, 5), wait("w", 1)])
        .unwrap();
    function.suspends();
    assert_eq!(skip_of(&mut function), None);
    function.pass(1);
    assert_eq!(function.operation("w").status, OperationStatus::Succeeded);
}

#[test]
fn the_timeout_of_an_execution_is_skipped_to_unless_a_client_may_act() {
    let mut function = Function::invoked();
    function.checkpoint([wait("w", 2_000_000)]).unwrap();
    function.suspends();
    assert_eq!(skip_of(&mut function), Some(by(1_000_000, false)));

    let mut waiting = Function::invoked();
    waiting.checkpoint([callback("c", 0, 0)]).unwrap();
    waiting.suspends();
    assert_eq!(skip_of(&mut waiting), None);
    let family = family(&mut waiting.service);
    let over = waiting.service.next_skip(waiting.now, family, true);
    assert_eq!(over, Some(by(1_000_000, true)));

    let request = PauseRequest {
        execution_timeout_paused: Some(false),
        ..PauseRequest::default()
    };
    let mut paused = Function::started();
    paused
        .service
        .pause(paused.now, &paused.arn, request)
        .unwrap();
    assert_eq!(skip_of(&mut paused), None);
}

#[test]
fn a_caller_and_those_that_it_invokes_share_their_time() {
    let mut service = Service::new(ServiceSettings::default());
    service.register_function("called", durable());
    service.register_function("plain", FunctionSettings::default());
    let mut function = Function::invoked();
    service
        .start(function.now, StartRequest::new("f", "{}"))
        .unwrap();
    function.service = service;
    function.invoke();
    function.checkpoint([invoke("i", "called:1")]).unwrap();
    function.suspends();
    assert_eq!(skip_of(&mut function), None, "the called one is due");
    let Some(Work::Invoke(called)) = function.service.poll(function.now) else {
        panic!("nothing is due");
    };
    let outer = std::mem::replace(&mut function.arn, called);
    function.invoke();
    function.checkpoint([wait("w", 60)]).unwrap();
    function.suspends();

    let family = family(&mut function.service);
    assert_eq!(skip_of(&mut function), Some(by(60, false)));
    function.service.skip(family, Duration::from_mins(1));
    function.service.handle_timeout(function.now, &mut DueOrder);
    function.invoke();
    function.returns(serde_json::json!({"Status": "SUCCEEDED", "Result": "1"}));

    let outer = function.service.execution(&outer).unwrap();
    let last = outer.history().last().unwrap();
    assert_eq!(last.event_type(), "ChainedInvokeSucceeded");
    assert_eq!(last.timestamp, Timestamp::from_millis(60_000));
}

#[test]
fn time_is_not_skipped_while_a_plain_function_works() {
    let mut function = Function::invoked();
    let plain = FunctionSettings::default();
    function.service.register_function("plain", plain);
    function
        .checkpoint([invoke("i", "plain"), wait("w", 60)])
        .unwrap();
    function.suspends();
    assert_eq!(skip_of(&mut function), None);
}

#[test]
fn each_family_is_tracked_once_with_all_of_its_executions() {
    let mut function = Function::invoked();
    function.service.register_function("child", durable());
    function.checkpoint([invoke("i", "child:$LATEST")]).unwrap();
    let start = StartRequest::new("g", "{}");
    function.service.start(function.now, start).unwrap();

    function.service.track_families();
    let families: Vec<Family> = function.service.take_changed_families().collect();

    let functions = families.iter().map(|family| {
        let executions = function.service.family(*family);
        executions
            .map(|execution| execution.function().to_owned())
            .collect()
    });
    let functions: Vec<Vec<String>> = functions.collect();
    assert_eq!(functions, [vec!["f", "child"], vec!["g"]]);
}

#[test]
fn a_restored_family_goes_on_where_its_time_was() {
    let mut function = Function::invoked();
    function.service.track_changes();
    function
        .checkpoint([wait("a", 3_600), wait("b", 7_200)])
        .unwrap();
    function.suspends();
    let family_before = family(&mut function.service);
    function
        .service
        .skip(family_before, Duration::from_hours(1));
    function.pass(0);
    let mut stored = durable_service::storage::Stored::default();
    for change in function.service.take_changes() {
        stored.apply(change);
    }
    let later = function.now.after_seconds(600);

    let mut restored = Service::restore(ServiceSettings::default(), stored).unwrap();
    restored.continue_at(later);

    let arn = function.arn.clone();
    assert_eq!(restored.poll(later), Some(Work::Invoke(arn.clone())));
    let input = restored.start_invocation(later, &arn).unwrap();
    let suspended =
        durable_service::InvocationOutcome::Returned(serde_json::json!({"Status": "PENDING"}));
    restored
        .complete_invocation(
            later,
            &arn,
            &input.request_id,
            suspended,
            durable_service::InlineTimers::Fire,
        )
        .unwrap();
    let family = family(&mut restored);
    assert_eq!(
        restored.next_skip(later, family, false),
        Some(by(3_600, false))
    );
}
