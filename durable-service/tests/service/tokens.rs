//! Checkpoint tokens and the repetition of calls.

use durable_service::model::{OperationAction, Timestamp};
use durable_service::{CheckpointRequest, InlineTimers, StartRequest};

use crate::function::{Function, execution, step, wait};
use OperationAction::{Start, Succeed};

const INVALID: &str = "Invalid checkpoint token";

#[test]
fn a_token_is_good_for_one_checkpoint() {
    let mut function = Function::invoked();
    let first = function.token.clone();
    function.checkpoint([step("1", Start)]).unwrap();
    let second = std::mem::replace(&mut function.token, first);
    assert_eq!(function.refused([step("2", Start)]), INVALID);
    function.token = second;
    function.checkpoint([step("2", Start)]).unwrap();
}

#[test]
fn a_token_dies_with_its_invocation() {
    let mut function = Function::invoked();
    function.checkpoint([wait("1", 5)]).unwrap();
    let zombie = function.token.clone();
    function.suspends();
    assert_eq!(function.refused([step("2", Start)]), INVALID);
    function.pass(5);
    function.invoke();
    assert_ne!(function.token, zombie);
    function.token = zombie;
    assert_eq!(function.refused([step("2", Start)]), INVALID);
}

#[test]
fn a_token_belongs_to_its_execution() {
    let mut function = Function::invoked();
    let now = Timestamp::from_millis(0);
    let other = function
        .service
        .start(now, StartRequest::new("g", "{}"))
        .unwrap()
        .arn;
    function.service.start_invocation(now, &other).unwrap();
    let request = CheckpointRequest {
        checkpoint_token: function.token.clone(),
        client_token: None,
        updates: vec![],
    };
    let error = function
        .service
        .checkpoint(now, &other, request, InlineTimers::Fire)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Checkpoint token is not valid for the durable execution ARN"
    );
    let error = function
        .service
        .state(&function.arn, &"bm90IG91cnM=".into(), None, 0)
        .unwrap_err();
    assert_eq!(error.to_string(), INVALID);
}

#[test]
fn an_unknown_execution_is_answered_as_a_bad_token() {
    let mut function = Function::invoked();
    let unknown = function.arn.as_str().replace("function:f", "function:g");
    function.arn = unknown.parse().unwrap();
    let error = function.checkpoint([]).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.http_status()),
        (INVALID, 400)
    );
}

#[test]
fn the_end_of_the_execution_takes_the_token() {
    let mut function = Function::invoked();
    let response = function.checkpoint([execution(Succeed)]).unwrap();
    assert_eq!(response.checkpoint_token, None);
    assert_eq!(function.refused([]), INVALID);
}

#[test]
fn a_repeated_call_gets_the_same_answer_and_changes_nothing() {
    let mut function = Function::invoked();
    let before = function.token.clone();
    let answer = function
        .checkpoint_as(Some("once"), [step("1", Start)])
        .unwrap();
    let events = function.history().len();

    function.token.clone_from(&before);
    let again = function
        .checkpoint_as(Some("once"), [step("1", Start)])
        .unwrap();
    assert_eq!(again, answer);
    assert_eq!(function.history().len(), events);

    // A later checkpoint ends the chance of a repetition.
    function.checkpoint([step("2", Start)]).unwrap();
    function.token = before;
    let error = function
        .checkpoint_as(Some("once"), [step("1", Start)])
        .unwrap_err();
    assert_eq!(error.to_string(), INVALID);
}

#[test]
fn another_client_token_is_another_call() {
    let mut function = Function::invoked();
    let before = function.token.clone();
    function
        .checkpoint_as(Some("one"), [step("1", Start)])
        .unwrap();
    function.token = before;
    let error = function
        .checkpoint_as(Some("two"), [step("1", Start)])
        .unwrap_err();
    assert_eq!(error.to_string(), INVALID);
}
