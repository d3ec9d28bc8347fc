//! Lists and histories in pages, and how long executions are kept.

use std::time::Duration;

use durable_service::model::{Event, ExecutionStatus, OperationAction, Timestamp};
use durable_service::{
    DueOrder, DurableSettings, Execution, FunctionSettings, InlineTimers, InvocationOutcome,
    Limits, ListRequest, Policy, Service, ServiceSettings, StartRequest,
};
use serde_json::json;

use crate::function::{Function, step};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(0).after_seconds(seconds)
}

/// Executions `a`, `b`, `c` of `f` one second apart, of which `b` has succeeded, and one of `g`.
fn service() -> Service {
    let mut service = Service::new(ServiceSettings::default());
    for function in ["f", "g"] {
        service.register_function(function, FunctionSettings::default());
    }
    for (second, name) in ["a", "b", "c"].into_iter().enumerate() {
        let request = StartRequest {
            name: Some(name.to_owned()),
            version: if name == "c" { "7" } else { "$LATEST" }.to_owned(),
            ..StartRequest::new("f", "1")
        };
        let now = at(second as u64);
        let arn = service.start(now, request).unwrap().arn;
        if name == "b" {
            let input = service.start_invocation(now, &arn).unwrap();
            let outcome = InvocationOutcome::Returned(json!({"Status": "SUCCEEDED"}));
            service
                .complete_invocation(now, &arn, &input.request_id, outcome, InlineTimers::Fire)
                .unwrap();
        }
    }
    service.start(at(3), StartRequest::new("g", "1")).unwrap();
    service
}

fn of(function: &str) -> ListRequest {
    ListRequest {
        function: function.to_owned(),
        ..ListRequest::default()
    }
}

fn names(service: &Service, request: &ListRequest) -> Vec<String> {
    let list = service.list(request).unwrap();
    let names = list.executions.into_iter().map(Execution::name);
    names.map(str::to_owned).collect()
}

#[test]
fn a_list_has_the_newest_first_unless_reversed() {
    let service = service();
    assert_eq!(names(&service, &of("f")), ["c", "b", "a"]);
    let reverse = ListRequest {
        reverse: true,
        ..of("f")
    };
    assert_eq!(names(&service, &reverse), ["a", "b", "c"]);
}

#[test]
fn a_list_is_filtered_by_version_name_status_and_time() {
    let service = service();
    assert_eq!(names(&service, &of("f:7")), ["c"]);
    assert_eq!(names(&service, &of("f:$LATEST")), ["b", "a"]);
    let request = ListRequest {
        name: Some("a".to_owned()),
        ..of("f")
    };
    assert_eq!(names(&service, &request), ["a"]);
    let request = ListRequest {
        statuses: vec![ExecutionStatus::Succeeded],
        ..of("f")
    };
    assert_eq!(names(&service, &request), ["b"]);
    let request = ListRequest {
        started_after: Some(at(0)),
        started_before: Some(at(2)),
        ..of("f")
    };
    assert_eq!(names(&service, &request), ["b"], "both bounds are strict");
}

#[test]
fn a_page_goes_on_where_the_last_one_ended_whatever_starts_meanwhile() {
    let mut service = service();
    let first = ListRequest {
        max_items: 2,
        ..of("f")
    };
    assert_eq!(names(&service, &first), ["c", "b"]);
    let marker = service.list(&first).unwrap().next_marker;
    let start = StartRequest {
        name: Some("d".to_owned()),
        ..StartRequest::new("f", "{}")
    };
    service.start(at(9), start).unwrap();
    let second = ListRequest { marker, ..first };
    assert_eq!(names(&service, &second), ["a"]);
}

#[test]
fn a_list_comes_in_pages() {
    let service = service();
    let first = ListRequest {
        max_items: 2,
        ..of("f")
    };
    assert_eq!(names(&service, &first), ["c", "b"]);
    let marker = service.list(&first).unwrap().next_marker;
    let second = ListRequest { marker, ..first };
    assert_eq!(names(&service, &second), ["a"]);
    assert_eq!(service.list(&second).unwrap().next_marker, None);
}

#[test]
fn a_list_refuses_what_the_service_refuses_in_its_order() {
    let service = service();
    let refused = |request: &ListRequest| service.list(request).unwrap_err();
    let mut request = ListRequest {
        function: "missing".to_owned(),
        statuses: vec![ExecutionStatus::Running, ExecutionStatus::Failed],
        marker: Some("made up".to_owned()),
        max_items: 1_001,
        ..ListRequest::default()
    };
    assert!(refused(&request).to_string().contains("at 'maxItems'"));
    request.max_items = 10;
    assert_eq!(
        refused(&request).to_string(),
        "Cannot filter by more than one status"
    );
    request.statuses.pop();
    let error = refused(&request);
    assert_eq!(error.code(), "ResourceNotFoundException");
    assert_eq!(
        error.to_string(),
        "Function not found: arn:aws:lambda:us-west-2:123456789012:function:missing:$LATEST"
    );
    request.function = "f".to_owned();
    assert_eq!(refused(&request).to_string(), "Invalid Marker");
}

#[test]
fn a_history_comes_in_pages_from_either_end() {
    let mut function = Function::invoked();
    for id in ["1", "2"] {
        function
            .checkpoint([step(id, OperationAction::Succeed)])
            .unwrap();
    }
    let ids = |marker, reverse| {
        let page = function
            .service
            .history(&function.arn, marker, 2, reverse)
            .unwrap();
        let ids: Vec<u64> = page
            .events
            .iter()
            .map(|event: &&Event| event.event_id)
            .collect();
        (ids, page.next_marker)
    };
    assert_eq!(ids(None, false), (vec![1, 2], Some("2".to_owned())));
    assert_eq!(ids(Some("2"), false), (vec![3], None));
    assert_eq!(ids(None, true), (vec![3, 2], Some("2".to_owned())));
    assert_eq!(ids(Some("2"), true), (vec![1], None));
    let error = function
        .service
        .history(&function.arn, Some("9"), 2, false)
        .unwrap_err();
    assert_eq!(error.to_string(), "Invalid Marker");
}

#[test]
fn a_closed_execution_is_forgotten_after_its_retention() {
    let mut service = service();
    let day = 86_400;
    service.handle_timeout(at(14 * day), &mut DueOrder);
    assert_eq!(names(&service, &of("f")), ["c", "b", "a"]);
    service.handle_timeout(at(14 * day + 1), &mut DueOrder);
    assert_eq!(names(&service, &of("f")), ["c", "a"], "open ones stay");

    let again = StartRequest {
        name: Some("b".to_owned()),
        ..StartRequest::new("f", "another payload")
    };
    let started = service.start(at(14 * day + 1), again).unwrap();
    assert!(!started.existing, "its name is free again");
    assert!(
        started.arn.as_str().ends_with("-000000000005"),
        "ids are not"
    );
}

#[test]
fn retention_is_a_policy() {
    let mut service = Service::new(ServiceSettings {
        policy: Policy {
            retention: Some(Duration::from_hours(1)),
            ..Policy::default()
        },
        ..ServiceSettings::default()
    });
    let arn = service
        .start(at(0), StartRequest::new("f", "1"))
        .unwrap()
        .arn;
    service.stop(at(10), &arn, None).unwrap();
    service.handle_timeout(at(3_609), &mut DueOrder);
    assert!(service.execution(&arn).is_ok());
    service.handle_timeout(at(3_610), &mut DueOrder);
    let error = service.execution(&arn).unwrap_err();
    assert_eq!(error.to_string(), "Durable Execution does not exist");
}

#[test]
fn without_a_retention_executions_are_kept_whatever_their_function_says() {
    let mut service = Service::new(ServiceSettings {
        policy: Policy {
            retention: None,
            ..Policy::default()
        },
        ..ServiceSettings::default()
    });
    let durable = DurableSettings {
        retention_days: Some(1),
        ..DurableSettings::default()
    };
    let settings = FunctionSettings {
        durable: Some(durable),
    };
    service.register_function("f", settings);
    let arn = service
        .start(at(0), StartRequest::new("f", "1"))
        .unwrap()
        .arn;
    service.stop(at(10), &arn, None).unwrap();
    service.handle_timeout(at(400 * 86_400), &mut DueOrder);
    assert!(service.execution(&arn).is_ok());
}

#[test]
fn defaults_of_reading_are_policies() {
    let policy = Policy {
        page_items: 1,
        history_has_data: true,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    function.invoke();
    function
        .checkpoint([step("1", OperationAction::Start)])
        .unwrap();
    let page = function
        .service
        .history(&function.arn, None, 0, false)
        .unwrap();
    assert_eq!(
        (page.events.len(), page.next_marker.as_deref()),
        (1, Some("1"))
    );
    let page = function
        .service
        .state(&function.arn, &function.token, None, 0)
        .unwrap();
    assert_eq!(page.operations.len(), 1);
    assert!(function.service.history_has_data(None));
    assert!(!function.service.history_has_data(Some(false)));
    assert!(!Function::started().service.history_has_data(None));
}
