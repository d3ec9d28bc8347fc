use durable_runtime::sdk::{BoxError, RetryDecision, StepSemantics};
use durable_service::model::{ErrorObject, OperationAction};

use super::{Run, decline, declined, run, run_with, stop, too_large};
use crate::sdk::errors::{
    is_interruption, is_not_the_handlers, is_refusal, is_untyped, may_lose_its_type,
};
use crate::{CallFault, CallbackReply, Calls, Fault};

/// The error of the operation of that name.
fn error_of(run: &Run, name: &str) -> ErrorObject {
    run.operation(name).error().cloned().unwrap()
}

#[test]
fn a_step_whose_attempt_was_cut_off_says_that_it_was_interrupted() {
    let cut_off = Fault::Call(
        Calls::of("once").action(OperationAction::Start),
        CallFault::KilledAfter,
    );
    let run = run_with(
        vec![cut_off],
        CallbackReply::never(),
        |(), ctx| async move {
            let step = ctx.step(|_| async { Ok(1) }).name("once");
            Ok(step
                .semantics(StepSemantics::AtMostOncePerRetry)
                .retry_strategy(|_, _| RetryDecision::Stop)
                .await?)
        },
    );
    let error = error_of(&run, "once");
    assert!(is_interruption(&error), "{error}");
    assert!(!is_refusal(&error));
}

#[test]
fn a_result_that_the_service_refuses_is_recorded_as_a_failed_checkpoint() {
    let run = run(|(), ctx| async move {
        let step = ctx.step(|_| async { Ok(too_large()) });
        Ok(step.name("letter").await?)
    });
    let error = error_of(&run, "letter");
    assert!(is_refusal(&error), "{error}");
    assert!(!is_interruption(&error));
    assert!(is_not_the_handlers(&run.error()), "{}", run.error());

    let why = "InvalidParameterValueException: STEP output payload size must be less than or equal to 262144 bytes.";
    assert_eq!(
        error.to_string(),
        format!("CheckpointFailedError: checkpoint write failed: {why}")
    );
    let told = format!("CheckpointFailedError: checkpoint write failed for step \"letter\": {why}");
    assert_eq!(run.error().to_string(), told);
}

#[test]
fn an_operation_in_a_foreign_task_is_told_with_the_way_out_first() {
    let run = run(|(), ctx| async move {
        let spawned = tokio::spawn(async move { ctx.step(|_| async { Ok(1) }).await });
        Ok(spawned.await??)
    });
    let error = run.error().to_string();
    assert!(
        error.contains("Use .spawn() instead of tokio::spawn for durable fan-out: "),
        "{error}"
    );
    assert!(!error.contains("Id("), "{error}");
}

#[test]
fn a_response_that_the_service_refuses_is_not_the_handlers_error() {
    let run = run(|(), _ctx| async { Ok(too_large().repeat(4)) });
    assert!(is_not_the_handlers(&run.error()), "{}", run.error());
}

#[test]
fn a_panic_is_not_the_handlers_error() {
    let run = run(|(), _ctx| async {
        if too_large().is_empty() {
            return Ok(());
        }
        panic!("out of paper")
    });
    assert!(is_not_the_handlers(&run.error()), "{}", run.error());
}

#[test]
fn what_a_handler_returns_is_the_handlers_error() {
    let run = run(|(), _ctx| async { Err::<(), _>(declined()) });
    assert!(!is_not_the_handlers(&run.error()));
}

#[test]
fn a_failure_without_a_type_gets_one_from_what_it_failed_in() {
    let run = run(|(), ctx| async move {
        let child = ctx.run_in_child_context(|_| async { Err::<u32, BoxError>("no ink".into()) });
        let _ = child.name("child").await;
        let panics = ctx.run_in_child_context(|_| async {
            if too_large().is_empty() {
                return Ok(1);
            }
            panic!("out of paper")
        });
        let _ = ctx.race([panics.future()]).name("race").await;
        Err::<(), BoxError>("no ink".into())
    });
    let types = [
        error_of(&run, "child").error_type,
        error_of(&run, "race").error_type,
        run.error().error_type,
    ];
    let types = types.map(Option::unwrap);
    assert_eq!(types, ["ChildFnError", "CombinatorError", "HandlerError"]);
    assert!(types.iter().all(|one| is_untyped(one)));
}

/// A child context that fails with a step's error, run by itself, and cut off before its end is stored.
#[test]
fn what_an_operation_failed_with_loses_its_type_in_a_replay() {
    let child_error = |faults| {
        let run = run_with(faults, CallbackReply::never(), |(), ctx| async move {
            let child = ctx.run_in_child_context(|ctx| async move {
                Ok(ctx.step(decline).retry_strategy(stop).await?)
            });
            let _ = child.name("child").await;
            Ok(())
        });
        error_of(&run, "child")
    };
    let live = child_error(Vec::new());
    let end = Calls::of("child").action(OperationAction::Fail);
    let replayed = child_error(vec![Fault::Call(end.nth(1), CallFault::KilledBefore)]);
    assert_eq!(live.error_type.as_deref(), Some("Declined"));
    assert_eq!(replayed.error_type.as_deref(), Some("ChildFnError"));
    for error in [live, replayed] {
        assert!(may_lose_its_type(&error.error_message.unwrap()));
    }

    let run = run(|(), ctx| async move {
        let child = ctx.run_in_child_context(|_| async { Err::<u32, _>(declined()) });
        let _ = child.name("child").await;
        Ok(())
    });
    let own = error_of(&run, "child").error_message.unwrap();
    assert!(!may_lose_its_type(&own), "{own}");
}
