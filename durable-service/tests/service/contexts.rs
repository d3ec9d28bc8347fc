//! CONTEXT.

use durable_service::model::{OperationAction, OperationStatus};

use crate::function::{Function, With as _, context, step, wait};
use OperationAction::{Cancel, Fail, Retry, Start, Succeed};

#[test]
fn a_context_holds_operations_and_ends() {
    let mut function = Function::invoked();
    function
        .checkpoint([
            context("c", Start).named("block"),
            step("1", Start).parent("c"),
            step("1", Succeed).parent("c").payload("1"),
            context("c", Succeed).payload("2"),
        ])
        .unwrap();
    assert_eq!(function.operation("c").result(), Some("2"));
    assert_eq!(function.operation("1").parent_id, Some("c".into()));
    assert_eq!(
        function.event_types()[1..],
        [
            "ContextStarted",
            "StepStarted",
            "StepSucceeded",
            "ContextSucceeded"
        ]
    );
    assert_eq!(function.history()[2].parent_id(), Some("c"));
}

#[test]
fn a_context_may_be_created_closed() {
    let mut function = Function::invoked();
    function
        .checkpoint([context("c", Fail).error("no")])
        .unwrap();
    assert_eq!(function.operation("c").status, OperationStatus::Failed);
    assert_eq!(function.event_types()[1..], ["ContextFailed"]);
}

#[test]
fn a_context_starts_once_and_ends_once() {
    let mut function = Function::invoked();
    function.checkpoint([context("c", Start)]).unwrap();
    assert_eq!(
        function.refused([context("c", Start)]),
        "Cannot start a CONTEXT that already exist."
    );
    function.checkpoint([context("c", Succeed)]).unwrap();
    assert_eq!(
        function.refused([context("c", Fail)]),
        "Invalid current CONTEXT state to close."
    );
    for action in [Retry, Cancel] {
        assert_eq!(
            function.refused([context("c", action)]),
            "Invalid action for the given operation type."
        );
    }
}

#[test]
fn payload_and_error_go_with_their_actions() {
    let mut function = Function::invoked();
    function.checkpoint([context("c", Start)]).unwrap();
    assert_eq!(
        function.refused([context("c", Fail).payload("1")]),
        "Cannot provide a Payload for FAIL action."
    );
    assert_eq!(
        function.refused([context("c", Succeed).error("no")]),
        "Cannot provide an Error for SUCCEED action."
    );
}

#[test]
fn closing_a_context_leaves_its_open_children_alone() {
    let mut function = Function::invoked();
    function
        .checkpoint([context("c", Start), wait("1", 10).parent("c")])
        .unwrap();
    function.checkpoint([context("c", Succeed)]).unwrap();
    assert_eq!(function.operation("1").status, OperationStatus::Started);
    function.suspends();
    function.pass(10);
    assert_eq!(function.operation("1").status, OperationStatus::Succeeded);
}
