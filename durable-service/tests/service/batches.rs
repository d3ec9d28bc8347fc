//! Batches: stored together or not at all.

use durable_service::model::{OperationAction, OperationType, OperationUpdate};

use crate::function::{Function, With as _, context, execution, step, update, wait};
use OperationAction::{Fail, Start, Succeed};

#[test]
fn a_bad_update_takes_the_whole_batch_with_it() {
    let mut function = Function::invoked();
    let message = function.refused([
        step("1", Start),
        wait("2", 5),
        step("3", OperationAction::Cancel),
    ]);
    assert_eq!(message, "Invalid action for the given operation type.");
    // The token was not consumed.
    function.checkpoint([step("1", Start)]).unwrap();
}

#[test]
fn later_updates_see_earlier_ones() {
    let mut function = Function::invoked();
    let response = function
        .checkpoint([step("1", Start), step("1", Succeed).payload("1")])
        .unwrap();
    assert_eq!(response.operations, [function.operation("1")]);
}

#[test]
fn the_execution_is_updated_once_and_last() {
    let mut function = Function::invoked();
    assert_eq!(
        function.refused([execution(Succeed), execution(Fail)]),
        "Cannot checkpoint multiple EXECUTION updates."
    );
    assert_eq!(
        function.refused([execution(Succeed), step("1", Start)]),
        "EXECUTION checkpoint must be the last update."
    );
    assert_eq!(
        function.refused([execution(Start)]),
        "Invalid EXECUTION action."
    );
    assert_eq!(
        function.refused([execution(Succeed).error("no")]),
        "Cannot provide an Error for SUCCEED action."
    );
}

#[test]
fn an_operation_is_updated_once_but_for_a_start_and_its_end() {
    let mut function = Function::invoked();
    let twice = "Cannot update the same operation twice in a single request.";
    assert_eq!(
        function.refused([step("1", Start), step("1", Start)]),
        twice
    );
    assert_eq!(
        function.refused([step("1", Succeed), step("1", Fail)]),
        twice
    );
    assert_eq!(
        function.refused([step("1", Start), step("1", Succeed), step("1", Fail)]),
        twice
    );
    let cancel = update("1", OperationType::Wait, OperationAction::Cancel);
    assert_eq!(function.refused([wait("1", 1), cancel]), twice);
}

#[test]
fn a_parent_is_a_context_that_exists() {
    let mut function = Function::invoked();
    let no_parent = "Invalid parent operation id.";
    assert_eq!(function.refused([step("1", Start).parent("c")]), no_parent);
    assert_eq!(
        function.refused([step("1", Start).parent("c"), context("c", Start)]),
        no_parent
    );
    function.checkpoint([step("s", Start)]).unwrap();
    assert_eq!(function.refused([step("1", Start).parent("s")]), no_parent);
    function
        .checkpoint([context("c", Start), step("1", Start).parent("c")])
        .unwrap();
    function.checkpoint([context("c", Succeed)]).unwrap();
    function
        .checkpoint([step("2", Start).parent("c")])
        .expect("a closed parent is still a parent");
}

#[test]
fn an_id_used_twice_is_found_before_a_bad_parent() {
    let mut function = Function::invoked();
    let stray = step("1", Start).parent("c");
    assert_eq!(
        function.refused([stray, step("2", Start), step("2", Start)]),
        "Cannot update the same operation twice in a single request."
    );
}

#[test]
fn an_update_means_the_operation_that_its_id_names() {
    let mut function = Function::invoked();
    let sub_typed = |update: OperationUpdate, sub_type: &str| OperationUpdate {
        sub_type: Some(sub_type.to_owned()),
        ..update
    };
    function
        .checkpoint([
            context("c", Start),
            context("d", Start),
            sub_typed(step("1", Start).named("a").parent("c"), "Step"),
        ])
        .unwrap();
    assert_eq!(
        function.refused([wait("1", 1)]),
        "Inconsistent operation type."
    );
    assert_eq!(
        function.refused([sub_typed(step("1", Succeed), "WaitForCondition")]),
        "Inconsistent operation subtype."
    );
    assert_eq!(
        function.refused([step("1", Succeed).named("b")]),
        "Inconsistent operation name."
    );
    assert_eq!(
        function.refused([step("1", Succeed).parent("d")]),
        "Inconsistent parent operation id."
    );
    function
        .checkpoint([step("1", Succeed)])
        .expect("what an update leaves out is not compared");
}

#[test]
fn an_empty_batch_asks_for_changes() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5)]).unwrap();
    assert_eq!(function.checkpoint([]).unwrap().operations, []);
    function.now = function.now.after_seconds(5);
    let response = function.checkpoint([]).unwrap();
    assert_eq!(response.operations, [function.operation("1")]);
    assert_eq!(function.event_types().last(), Some(&"WaitSucceeded"));
}
