//! The elements of a `HashSet` are in another order each time that one is made. That is no fault of the workflow.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::prelude::*;
use durable_test::replay::Effect;

#[durable_step]
async fn tags(number: u32) -> HashSet<u32> {
    (0..number).collect()
}

#[durable_execution]
async fn count_tags(tags: HashSet<u32>, _ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(tags.len())
}

/// Has a set in its result, and calls a function with it.
async fn tagged(number: u32, ctx: DurableContext) -> Result<HashSet<u32>, BoxError> {
    let tags = tags(&ctx, number).await?;
    let counted = ctx.invoke::<usize, _>("count_tags:$LATEST", tags.clone());
    let count = counted.name("count").await?;
    ctx.wait(Duration::from_hours(1)).name("pause").await?;
    assert_eq!(count, tags.len());
    Ok(tags)
}

#[durable_test(handler = tagged, local_only = "it looks at replays", repeat = 20)]
async fn a_run_with_a_set_is_deterministic(runner: DurableRunner) -> TestOutcome {
    for number in [2, 3, 30] {
        runner.run(number).await?.ensure_succeeded()?;
    }
    Ok(())
}

#[durable_test(handler = tagged)]
async fn the_replay_of_a_recording_says_what_it_did_not_compare(
    runner: DurableRunner,
) -> TestOutcome {
    let file = crate::folder("unordered").join("tagged.json");
    runner.run(30).await?.save(&file)?;

    let replayed = runner.replay(&file).await?;
    assert!(replayed.is_to_the_end(), "{replayed}");
    let accepted = replayed.accepted();
    assert_eq!(accepted.len(), 2, "{accepted:?}");
    for difference in accepted {
        assert_eq!(difference.effect, Effect::Harmless);
        assert!(difference.why.contains("HashSet"), "{difference:?}");
    }
    Ok(())
}

static HAS_RUN: AtomicBool = AtomicBool::new(false);

/// Has its elements in another order in each replay than in the run itself.
async fn turns_round((): (), ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let numbers = ctx.step(|_| async { Ok([1, 2]) }).name("numbers").await?;
    let mut numbers = Vec::from(numbers);
    if HAS_RUN.swap(true, Ordering::Relaxed) {
        numbers.reverse();
    }
    Ok(numbers)
}

#[durable_test(handler = turns_round, local_only = "it looks at replays")]
async fn an_order_that_is_the_same_in_all_replays_differs(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Nondeterministic { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("[2,1]"), "{error}");
}
