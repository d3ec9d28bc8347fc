//! Limits, with the service's messages.

use durable_service::model::{
    CallbackOptions, ErrorObject, OperationAction, OperationType, OperationUpdate,
};
use durable_service::{Limits, Policy, ServiceError};

use crate::function::{Function, With as _, context, execution, retry, step, update, wait};
use OperationAction::{Fail, Start, Succeed};

fn of(size: usize) -> String {
    "x".repeat(size)
}

#[test]
fn payloads_of_operations_end_at_256_kib() {
    let mut function = Function::invoked();
    function
        .checkpoint([step("1", Succeed).payload(&of(262_144))])
        .unwrap();
    assert_eq!(
        function.refused([step("2", Succeed).payload(&of(262_145))]),
        "STEP output payload size must be less than or equal to 262144 bytes."
    );
    assert_eq!(
        function.refused([context("3", Succeed).payload(&of(262_145))]),
        "CONTEXT output payload size must be less than or equal to 262144 bytes."
    );
}

#[test]
fn errors_end_at_256_kib_of_json() {
    let mut function = Function::invoked();
    let overhead = ErrorObject::new("E", "").json_size();
    let message = of(262_145 - overhead);
    assert_eq!(
        function.refused([step("1", Fail).error(&message)]),
        "Error object size must be less than or equal to 262144 bytes."
    );
    let message = of(262_144 - overhead);
    function
        .checkpoint([step("1", Fail).error(&message)])
        .unwrap();
}

#[test]
fn results_of_executions_end_at_1_mib() {
    let mut function = Function::invoked();
    let message = "Execution output payload size must be less than or equal to 1048576 bytes.";
    assert_eq!(
        function.refused([execution(Succeed).payload(&of(1_048_577))]),
        message
    );
    function.returns(serde_json::json!({"Status": "SUCCEEDED", "Result": of(1_048_577)}));
    assert_eq!(function.error(), message);
}

#[test]
fn an_execution_has_3_000_operations() {
    let mut function = Function::invoked();
    for id in 0..3_000 {
        function.checkpoint([step(&id.to_string(), Start)]).unwrap();
    }
    assert_eq!(
        function.refused([step("3000", Start)]),
        "A durable execution cannot have more than 3000 operations."
    );
    function
        .checkpoint([step("0", Succeed)])
        .expect("operations that exist can go on");
}

#[test]
fn an_execution_stores_so_much_data() {
    let limits = Limits {
        stored_bytes: 100,
        ..Limits::default()
    };
    let mut function = Function::with(limits, Policy::default());
    function.invoke();
    function
        .checkpoint([step("1", Succeed).payload(&of(98))])
        .unwrap();
    assert_eq!(
        function.refused([step("2", Succeed).payload("x")]),
        "A durable execution cannot store more than 100 bytes of data."
    );
}

#[test]
fn waits_and_delays_have_a_range() {
    let mut function = Function::invoked();
    let error = |path: &str, value: i64, bound: &str| {
        format!(
            "1 validation error detected: Value '{value}' at '{path}' failed to satisfy \
             constraint: Member must have value {bound}"
        )
    };
    assert_eq!(
        function.refused([wait("1", 0)]),
        error(
            "updates.1.member.waitOptions.waitSeconds",
            0,
            "greater than or equal to 1"
        )
    );
    assert_eq!(
        function.refused([wait("1", 31_622_401)]),
        error(
            "updates.1.member.waitOptions.waitSeconds",
            31_622_401,
            "less than or equal to 31622400"
        )
    );
    assert_eq!(
        function.refused([retry("1", 0)]),
        error(
            "updates.1.member.stepOptions.nextAttemptDelaySeconds",
            0,
            "greater than or equal to 1"
        )
    );
    function.checkpoint([wait("1", 31_622_400)]).unwrap();
}

#[test]
fn a_broken_constraint_names_the_position_of_its_update() {
    let mut function = Function::invoked();
    assert_eq!(
        function.refused([step("1", Start), wait("2", 0)]),
        "1 validation error detected: Value '0' at 'updates.2.member.waitOptions.waitSeconds' failed to \
         satisfy constraint: Member must have value greater than or equal to 1"
    );
}

#[test]
fn constraints_of_all_updates_come_before_the_size_of_any() {
    let mut function = Function::invoked();
    let large = step("1", Succeed).payload(&of(262_145));
    let message = function.refused([large, wait("2", 0)]);
    assert!(message.contains("'updates.2.member.waitOptions.waitSeconds'"));
}

#[test]
fn callback_timeouts_have_a_range() {
    let mut function = Function::invoked();
    let callback = OperationUpdate {
        callback_options: Some(CallbackOptions {
            timeout_seconds: Some(100_000_000),
            heartbeat_timeout_seconds: Some(-1),
        }),
        ..update("1", OperationType::Callback, Start)
    };
    let message = function.refused([callback]);
    assert!(message.starts_with("2 validation errors detected: Value '100000000' at"));
    assert!(
        message
            .contains("; Value '-1' at 'updates.1.member.callbackOptions.heartbeatTimeoutSeconds'")
    );
}

#[test]
fn ids_and_names_have_their_alphabets_and_lengths() {
    let mut function = Function::invoked();
    let refused = |function: &mut Function, update| {
        let error = function.checkpoint([update]).unwrap_err();
        assert!(matches!(error, ServiceError::Validation(_)), "{error:?}");
        assert_eq!(
            (error.code(), error.http_status()),
            ("ValidationException", 400)
        );
        error.to_string()
    };
    assert_eq!(
        refused(&mut function, step("1", Start).named(&of(257))),
        format!(
            "1 validation error detected: Value '{}' at 'updates.1.member.name' failed to satisfy constraint: \
             Member must have length less than or equal to 256",
            of(257)
        )
    );
    assert_eq!(
        refused(&mut function, step("1", Start).named("caf\u{e9}")),
        "1 validation error detected: Value 'caf\u{e9}' at 'updates.1.member.name' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\x20-\\x7E]+"
    );
    assert!(refused(&mut function, step("a b", Start)).contains("at 'updates.1.member.id'"));
    assert!(refused(&mut function, step("", Start)).contains("greater than or equal to 1"));
    assert!(refused(&mut function, step(&of(65), Start)).contains("less than or equal to 64"));
    assert!(
        refused(&mut function, step("1", Start).parent("?"))
            .contains("at 'updates.1.member.parentId'")
    );
    let sub_type = OperationUpdate {
        sub_type: Some(of(33)),
        ..step("1", Start)
    };
    assert!(refused(&mut function, sub_type).contains("at 'updates.1.member.subType'"));
    function
        .checkpoint([step(&of(64), Start).named(&of(256))])
        .unwrap();
}
