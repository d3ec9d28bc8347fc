//! A failure as a handler renders it when it meets it, and when it is replayed.

use std::sync::Arc;

use durable_runtime::sdk::builders::wait_for_condition::WaitDecision;
use durable_runtime::sdk::{
    BoxError, DurableContext, DurableFuture, OperationError, Settled, StepContext,
};
use parking_lot::Mutex;

use super::{SECOND, decline, declined, run_with, stop};
use crate::CallbackReply;
use crate::sdk::equality::{cause_eq, text_eq};
use crate::sdk::payload::message_eq;

/// The ways to render a failure.
const FORMS: [&str; 10] = [
    "{}",
    "{:#}",
    "{:?}",
    "{:#?}",
    "kind {}",
    "kind {:?}",
    "wire {:?}",
    "sources",
    "list of sources",
    "frames",
];

/// How many of the ways read the same in a replay unless a table below says otherwise. The ones after them read
/// otherwise wherever the SDK knows a cause only by its message.
const LISTED: usize = 7;

/// The messages of an error and its causes, walked by hand.
fn chain(error: &OperationError) -> Vec<String> {
    let first: &dyn std::error::Error = error;
    let chain = std::iter::successors(Some(first), |error| error.source());
    chain.map(ToString::to_string).collect()
}

/// A failure in each of the ways, within a sentence of the handler's own.
fn render(error: &OperationError) -> Vec<String> {
    let frames = error
        .wire()
        .map(durable_runtime::sdk::WireError::stack_trace);
    let forms = [
        format!("{error}"),
        format!("{error:#}"),
        format!("{error:?}"),
        format!("{error:#?}"),
        format!("{}", error.kind()),
        format!("{:?}", error.kind()),
        format!("{:?}", error.wire()),
        chain(error).join(" <- "),
        format!("{:?}", chain(error)),
        format!("{:?}", frames.unwrap_or_default()),
    ];
    forms.map(|form| format!("sorry: [{form}] again")).into()
}

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    Step,
    UnprintableStep,
    Check,
    Checks,
    Invoke,
    UnreadableInvoke,
    Callback,
    UnreadableCallback,
    LateCallback,
    DeadCallback,
    WaitForCallback,
    LateWaitForCallback,
    Submitter,
    Child,
    UnprintableChild,
    WithRetry,
    Map,
    TryJoinAll,
    SelectOk,
    NoInput,
    Race,
    Panic,
}

/// All ways to fail, with what the SDK says of the kind when it meets the failure, and the forms that read
/// otherwise when it is replayed.
const ALL: [(Failing, &str, &[&str]); 22] = [
    (
        Failing::Step,
        "step: retries exhausted after 1 attempts",
        COUNTED,
    ),
    (
        Failing::UnprintableStep,
        "step: serialization failed",
        NESTED,
    ),
    (Failing::Check, "wait_for_condition: check failed", FLAT),
    (
        Failing::Checks,
        "wait_for_condition: max checks exceeded: 1",
        COUNTED,
    ),
    (Failing::Invoke, "invoke: function failed", SAME),
    (
        Failing::UnreadableInvoke,
        "invoke: serialization failed",
        SAME,
    ),
    (Failing::Callback, "callback: external failure", SAME),
    (
        Failing::UnreadableCallback,
        "callback: deserialization failed",
        SAME,
    ),
    (Failing::LateCallback, "callback: callback timed out", SAME),
    (
        Failing::DeadCallback,
        "callback: callback heartbeat timed out",
        SAME,
    ),
    (
        Failing::WaitForCallback,
        "callback: external failure",
        RENAMED,
    ),
    (
        Failing::LateWaitForCallback,
        "callback: callback timed out",
        WIRE,
    ),
    (Failing::Submitter, "child_context: child failed", NESTED),
    (Failing::Child, "child_context: child failed", NESTED),
    (
        Failing::UnprintableChild,
        "child_context: internal error",
        NESTED,
    ),
    (Failing::WithRetry, "child_context: child failed", NESTED),
    (Failing::Map, "child_context: child failed", FLAT),
    (
        Failing::TryJoinAll,
        "combinator: join failed at index 0",
        FLAT,
    ),
    (Failing::SelectOk, "combinator: all futures failed", NESTED),
    (
        Failing::NoInput,
        "combinator: combinator called with no futures",
        WIRE,
    ),
    (
        Failing::Race,
        "combinator: first settled future failed",
        FLAT,
    ),
    (Failing::Panic, "combinator: internal error", FLAT),
];

/// It is a failure of another family, recorded by others.
const RENAMED: &[&str] = &["{}", "{:#}", "{:?}", "{:#?}", "kind {}", "kind {:?}"];
/// Its kind counts one more.
const COUNTED: &[&str] = &["{:#}", "{:?}", "{:#?}", "kind {}", "kind {:?}", "wire {:?}"];
/// Its message has other frames.
const NESTED: &[&str] = &["{:#}", "{:?}", "{:#?}", "kind {:?}", "wire {:?}"];
/// Its cause is known by its message only.
const FLAT: &[&str] = &["{:?}", "{:#?}", "kind {:?}", "wire {:?}"];
/// Its stack trace is gone.
const WIRE: &[&str] = &["{:?}", "{:#?}", "wire {:?}"];
/// None: it was replayed when the handler met it.
const SAME: &[&str] = &[];

/// A value that does not serialize.
#[derive(Debug, Clone, serde::Deserialize)]
struct Unprintable;

impl serde::Serialize for Unprintable {
    fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no ink"))
    }
}

fn panics() -> Result<u32, BoxError> {
    panic!("out of paper")
}

fn step(ctx: &DurableContext) -> DurableFuture<u32> {
    ctx.step(decline).name("step").retry_strategy(stop).future()
}

async fn fails_in_a_step(ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(step(&ctx).await?)
}

async fn unprintable(_step: StepContext) -> Result<Unprintable, BoxError> {
    Ok(Unprintable)
}

/// The operation, and with its future what it fails with.
fn failing(ctx: &DurableContext, how: Failing) -> DurableFuture<u32> {
    let ctx = ctx.clone();
    match how {
        Failing::Step => step(&ctx),
        Failing::Check => ctx
            .wait_for_condition(|_, _: u32| async { Err(declined()) }, 1)
            .future(),
        Failing::Checks => ctx
            .wait_for_condition(|_, state: u32| async move { Ok(state) }, 1)
            .wait_strategy_fn(|_, _| WaitDecision::exhausted("not ready"))
            .future(),
        Failing::Invoke => ctx.invoke::<u32, ()>("closed", ()).future(),
        Failing::UnreadableInvoke => ctx.invoke::<u32, ()>("poet", ()).future(),
        Failing::WaitForCallback | Failing::LateWaitForCallback => ctx
            .wait_for_callback::<u32, _, _>(|_, _| async { Ok(()) })
            .timeout(SECOND)
            .future(),
        Failing::Submitter => ctx
            .wait_for_callback::<u32, _, _>(|_, _| async { Err(declined()) })
            .submitter_retry(stop)
            .future(),
        Failing::Child => ctx.run_in_child_context(fails_in_a_step).future(),
        Failing::WithRetry => ctx
            .with_retry(fails_in_a_step)
            .retry_strategy(stop)
            .future(),
        Failing::Panic => {
            let child = ctx.run_in_child_context(|_| async { panics() });
            ctx.race([child.future()]).future()
        }
        Failing::Race => ctx.race([step(&ctx)]).future(),
        Failing::SelectOk => ctx.select_ok([step(&ctx), step(&ctx)]).future(),
        Failing::NoInput => {
            let inputs: [DurableFuture<u32>; 0] = [];
            ctx.race(inputs).future()
        }
        other => unreachable!("{other:?} has a result of another type"),
    }
}

/// Makes an operation that fails.
async fn fail(ctx: DurableContext, how: Failing) -> OperationError {
    let callback = || ctx.create_callback::<u32>().timeout(SECOND).future();
    let error = match how {
        Failing::UnprintableStep => ctx.step(unprintable).await.err(),
        Failing::UnprintableChild => {
            let child = ctx.run_in_child_context(|_| async { Ok(Unprintable) });
            child.await.err()
        }
        Failing::Map => {
            let map = ctx.map([1], |ctx, _: u32, _| fails_in_a_step(ctx));
            map.await.err()
        }
        Failing::TryJoinAll => ctx.try_join_all([step(&ctx)]).await.err(),
        Failing::Callback
        | Failing::UnreadableCallback
        | Failing::LateCallback
        | Failing::DeadCallback => match callback().await {
            Ok(callback) => callback.result().await.err(),
            Err(error) => Some(error),
        },
        other => failing(&ctx, other).await.err(),
    };
    error.unwrap()
}

/// What comes of every callback of a workflow that fails in that way.
fn reply(how: Failing) -> CallbackReply {
    match how {
        Failing::LateCallback | Failing::LateWaitForCallback => CallbackReply::never(),
        Failing::UnreadableCallback => CallbackReply::success("signed"),
        Failing::DeadCallback => CallbackReply::failure("Callback.Heartbeat", "no sign of life"),
        _ => CallbackReply::failure("Refused", "no pen"),
    }
}

/// What a handler says of a failure when it meets it, and when it is replayed.
fn said<F, Fut>(how: Failing, fail: F) -> (Vec<String>, Vec<String>)
where
    F: Fn(DurableContext, Failing) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = OperationError> + Send + 'static,
{
    let said = Arc::new(Mutex::new(Vec::new()));
    let saying = Arc::clone(&said);
    run_with(Vec::new(), reply(how), move |(), ctx| {
        let (fail, said) = (fail.clone(), Arc::clone(&saying));
        async move {
            let error = fail(ctx.clone(), how).await;
            let texts = render(&error);
            drop(error);
            said.lock().push(texts);
            ctx.wait(SECOND).await?;
            Ok(())
        }
    });
    let mut said = said.lock();
    assert!(said.len() >= 2, "the failure is met, and replayed");
    (said.remove(0), said.pop().unwrap())
}

/// Makes an operation that fails the one input of a `join_all`.
async fn fail_as_input(ctx: DurableContext, how: Failing) -> OperationError {
    let input = match how {
        Failing::Callback | Failing::LateCallback | Failing::DeadCallback => {
            let callback = ctx.create_callback::<u32>().timeout(SECOND);
            callback.await.unwrap().result()
        }
        other => failing(&ctx, other),
    };
    let mut settled = ctx.join_all([input]).await.unwrap();
    match settled.pop() {
        Some(Settled::Rejected(error)) => error,
        other => unreachable!("{other:?} did not fail"),
    }
}

/// The forms in which a failure reads otherwise when it is replayed; all of them say the same.
fn differing(how: Failing, (live, replayed): (Vec<String>, Vec<String>)) -> Vec<&'static str> {
    let mut differing = Vec::new();
    for (number, form) in FORMS.into_iter().enumerate() {
        let (live, replayed) = (&live[number], &replayed[number]);
        if live != replayed && number < LISTED {
            differing.push(form);
        }
        let is_same = message_eq(live, replayed);
        assert!(is_same, "{how:?} as {form}:\n{live}\n{replayed}");
    }
    differing
}

#[test]
fn every_failure_says_the_same_in_a_replay() {
    for (how, kind, forms) in ALL {
        let (live, replayed) = said(how, fail);
        assert_eq!(live[4], format!("sorry: [{kind}] again"), "{how:?}");
        assert_eq!(differing(how, (live, replayed)), forms, "{how:?}");
    }
}

#[test]
fn every_failed_input_of_a_join_says_the_same_in_a_replay() {
    let are_no_inputs = [
        Failing::UnreadableCallback,
        Failing::UnprintableStep,
        Failing::UnprintableChild,
        Failing::Map,
        Failing::TryJoinAll,
    ];
    for (how, kind, _) in ALL {
        if are_no_inputs.contains(&how) {
            continue;
        }
        let (live, replayed) = said(how, fail_as_input);
        assert_eq!(live[4], format!("sorry: [{kind}] again"), "{how:?}");
        assert_eq!(
            replayed[4], "sorry: [child_context: child failed] again",
            "{how:?}"
        );
        assert_ne!(differing(how, (live, replayed)), [""; 0], "{how:?}");
    }
}

/// What a kind with a cause says is left out of the comparison, so that it must not hide another text.
#[test]
fn a_kind_without_a_cause_is_compared() {
    for (how, kind, _) in ALL {
        let has_no_cause = [
            Failing::Checks,
            Failing::LateCallback,
            Failing::DeadCallback,
            Failing::LateWaitForCallback,
            Failing::NoInput,
        ];
        assert_eq!(cause_eq(kind, ""), !has_no_cause.contains(&how), "{kind}");
    }
    let seen_by_a_strategy = format!("{:#}", OperationError::__test_error());
    assert_eq!(
        seen_by_a_strategy,
        "operation error: step: execution failed: test"
    );
    assert!(cause_eq(&seen_by_a_strategy, "test"));
}

#[test]
fn a_replay_counts_one_attempt_and_one_check_more() {
    for (how, counts) in [
        (Failing::Step, ["after 1 attempts", "after 2 attempts"]),
        (Failing::Checks, ["exceeded: 1", "exceeded: 2"]),
    ] {
        let (live, replayed) = said(how, fail);
        assert!(live[1].contains(counts[0]), "{live:?}");
        assert!(replayed[1].contains(counts[1]), "{replayed:?}");
        assert!(text_eq(&live[1], &replayed[1]));
    }
}

#[test]
fn a_task_that_panics_again_has_another_number() {
    let [(one, _), (other, _)] = [said(Failing::Panic, fail), said(Failing::Panic, fail)];
    assert!(one[1].contains("out of paper"), "{one:?}");
    assert_ne!(one[1], other[1]);
    assert!(text_eq(&one[1], &other[1]), "{one:?}\n{other:?}");
}

#[test]
fn a_failure_of_another_cause_is_told_apart() {
    let replies = [
        Failing::Callback,
        Failing::Step,
        Failing::Checks,
        Failing::Panic,
    ];
    for (position, how) in replies.into_iter().enumerate() {
        for other in replies.into_iter().skip(position + 1) {
            let (live, _) = said(how, fail);
            let (_, replayed) = said(other, fail);
            for form in [1, 2, 3] {
                let (live, replayed) = (&live[form], &replayed[form]);
                assert!(!cause_eq(live, replayed), "{live}\n{replayed}");
            }
        }
    }
}
