//! What a combinator records of its branches, in a run by itself and in one that was cut off: there it
//! finds what its branches failed with in their records.

use durable_runtime::sdk::builders::map_parallel::CompletionConfig;
use durable_runtime::sdk::{BoxError, Branch, DurableContext};
use durable_service::model::OperationAction;
use serde_json::Value;

use super::{decline, run_with, stop};
use crate::sdk::equality::{record_eq, text_eq};
use crate::{CallFault, CallbackReply, Calls, Fault};

/// A branch whose child context fails with a step's error.
async fn fails(ctx: DurableContext) -> Result<u32, BoxError> {
    let child =
        ctx.run_in_child_context(
            |ctx| async move { Ok(ctx.step(decline).retry_strategy(stop).await?) },
        );
    Ok(child.await?)
}

async fn workflow((): (), ctx: DurableContext) -> Result<(), BoxError> {
    ctx.parallel([Branch::new("left", fails)])
        .name("parallel")
        .completion(CompletionConfig::with_tolerated_failure_count(1))
        .await_batch()
        .await?;
    let input = ctx.run_in_child_context(fails).name("input");
    ctx.join_all([input.future()]).name("join").await?;
    Ok(())
}

/// What the parallel and the `join_all` record in a run by itself.
fn live() -> [String; 2] {
    records(Vec::new())
}

/// What they record in a run that is cut off twice, before a call that stores such an update.
fn cut_off(action: OperationAction, numbers: [u64; 2]) -> [String; 2] {
    let ends = numbers.map(|number| Calls::all().action(action).nth(number));
    let faults = ends.map(|end| Fault::Call(end, CallFault::KilledBefore));
    records(faults.into())
}

fn records(faults: Vec<Fault>) -> [String; 2] {
    let run = run_with(faults, CallbackReply::never(), workflow);
    ["parallel", "join"].map(|name| run.operation(name).result().unwrap().to_owned())
}

/// The first branch of a record.
fn branch(record: &str) -> Value {
    let record: Value = serde_json::from_str(record).unwrap();
    let branches = record.get("results").unwrap_or(&record);
    branches[0].clone()
}

/// In a run that is cut off before the end of the branch is stored, and that of the input.
fn with_replayed_children() -> [String; 2] {
    // Before the end of each stand those of its step and its child; the branch comes to its end twice.
    cut_off(OperationAction::Fail, [3, 7])
}

#[test]
fn a_failed_branch_loses_its_type_in_a_replay() {
    let replayed = with_replayed_children();
    let members = [("errType", "FAILED"), ("error_type", "rejected")];
    for ((live, replayed), (error_type, status)) in live().iter().zip(&replayed).zip(members) {
        let (one, other) = (branch(live), branch(replayed));
        assert_eq!(one["status"], status);
        assert_eq!(one[error_type], "Declined", "{one}");
        assert_eq!(other[error_type], "ChildFnError", "{other}");
        assert!(!text_eq(live, replayed));
        assert!(record_eq(live, replayed), "{live}\n{replayed}");
    }
}

#[test]
fn the_message_of_a_failed_branch_has_other_frames_in_a_replay() {
    let replayed = with_replayed_children();
    for ((live, replayed), message) in live().iter().zip(&replayed).zip(["errMessage", "message"]) {
        let (one, other) = (branch(live), branch(replayed));
        let texts = [&one[message], &other[message]].map(|text| text.as_str().unwrap());
        assert!(!text_eq(texts[0], texts[1]), "{texts:?}");
        assert!(record_eq(live, replayed), "{live}\n{replayed}");
    }
}

/// The host leaves the frames out of what it stores, and the SDK the member that holds none.
#[test]
fn a_failed_branch_loses_its_stack_trace_in_a_replay() {
    let replayed = cut_off(OperationAction::Succeed, [1, 3]);
    for ((live, replayed), frames) in live()
        .iter()
        .zip(&replayed)
        .zip(["stackTrace", "stack_trace"])
    {
        assert!(branch(live).get(frames).is_some(), "{live}");
        assert!(branch(replayed).get(frames).is_none(), "{replayed}");
        assert!(record_eq(live, replayed), "{live}\n{replayed}");
    }
}
