//! The state that a function sees.

use durable_service::model::{OperationAction, OperationUpdate};
use durable_service::{Limits, Policy, StatePage};

use crate::function::{Function, With as _, context, step, wait};
use OperationAction::{Start, Succeed};

fn ids(page: &StatePage) -> Vec<&str> {
    page.operations
        .iter()
        .skip_while(|operation| operation.id.as_str().starts_with("00000000"))
        .map(|operation| operation.id.as_str())
        .collect()
}

/// A context with a step and a context with a step in it, all closed.
fn nested(outer: OperationUpdate, inner: OperationUpdate) -> Vec<OperationUpdate> {
    vec![
        context("o", Start),
        step("o1", Succeed).parent("o"),
        context("i", Start).parent("o"),
        step("i1", Succeed).parent("i"),
        inner.parent("o"),
        outer,
        wait("w", 1),
    ]
}

fn replayed(function: &mut Function) -> StatePage {
    function.suspends();
    function.pass(1);
    function.invoke().state
}

#[test]
fn children_of_a_closed_context_are_left_out() {
    let mut function = Function::invoked();
    function
        .checkpoint(nested(context("o", Succeed), context("i", Succeed)))
        .unwrap();
    assert_eq!(ids(&replayed(&mut function)), ["o", "w"]);
}

#[test]
fn a_context_that_replays_its_children_keeps_them_but_not_theirs() {
    let mut function = Function::invoked();
    function
        .checkpoint(nested(
            context("o", Succeed).replaying_children(),
            context("i", Succeed),
        ))
        .unwrap();
    assert_eq!(ids(&replayed(&mut function)), ["o", "o1", "i", "w"]);
}

#[test]
fn what_is_under_a_hidden_context_is_hidden_whatever_it_asks_for() {
    let mut function = Function::invoked();
    function
        .checkpoint(nested(
            context("o", Succeed),
            context("i", Succeed).replaying_children(),
        ))
        .unwrap();
    assert_eq!(ids(&replayed(&mut function)), ["o", "w"]);
}

#[test]
fn pruning_can_be_switched_off() {
    let policy = Policy {
        prune_closed_contexts: false,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    function.invoke();
    function
        .checkpoint(nested(context("o", Succeed), context("i", Succeed)))
        .unwrap();
    assert_eq!(ids(&replayed(&mut function)), ["o", "o1", "i", "i1", "w"]);
}

#[test]
fn pages_cover_the_state_without_gap_or_overlap() {
    let mut function = Function::invoked();
    for id in ["a", "b", "c", "d"] {
        function.checkpoint([step(id, Succeed)]).unwrap();
    }
    let mut seen = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let page = function
            .service
            .state(&function.arn, &function.token, marker.as_deref(), 2)
            .unwrap();
        assert!(page.operations.len() <= 2);
        seen.extend(page.operations);
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    let whole = function
        .service
        .state(&function.arn, &function.token, None, 1000)
        .unwrap();
    assert_eq!(seen, whole.operations);
    assert_eq!(seen.len(), 5, "the EXECUTION operation leads");
}

#[test]
fn a_page_is_bounded_by_its_bytes_but_never_empty() {
    let policy = Policy {
        event_page_bytes: 10,
        ..Policy::default()
    };
    let mut function = Function::with(Limits::default(), policy);
    function.invoke();
    for id in ["a", "b"] {
        function
            .checkpoint([step(id, Succeed).payload("\"twelve bytes\"")])
            .unwrap();
    }
    function.checkpoint([wait("w", 1)]).unwrap();
    let first = replayed(&mut function);
    assert_eq!(first.operations.len(), 1, "the input alone");
    let second = function
        .service
        .state(
            &function.arn,
            &function.token,
            first.next_marker.as_deref(),
            0,
        )
        .unwrap();
    assert_eq!(ids(&second), ["a"]);
}

#[test]
fn a_made_up_marker_or_page_size_is_refused() {
    let function = Function::invoked();
    let state = |marker, max_items| {
        function
            .service
            .state(&function.arn, &function.token, marker, max_items)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(state(Some("x"), 0), "Invalid Marker");
    assert_eq!(state(Some("99"), 0), "Invalid Marker");
    assert!(state(None, 1001).contains("less than or equal to 1000"));
}
