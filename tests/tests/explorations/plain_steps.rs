//! Orders of what `ctx.step(..)`, `map`, `parallel` and the combinators do side by side.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::map_parallel::CompletionConfig;
use durable_test::ErrorKind;
use durable_test::explore::{Allow, Finding, Loss, Order};
use durable_test::faults::Calls;
use durable_test::prelude::*;

async fn race((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let one = ctx.step(|_| async { Ok("one".to_owned()) }).name("one");
    let two = ctx.step(|_| async { Ok("two".to_owned()) }).name("two");
    Ok(ctx
        .race(vec![one.future(), two.future()])
        .name("race")
        .await?)
}

async fn first_success((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let one = ctx.step(|_| async { Ok("one".to_owned()) }).name("one");
    let two = ctx.step(|_| async { Ok("two".to_owned()) }).name("two");
    Ok(ctx.select_ok(vec![one.future(), two.future()]).await?)
}

#[durable_step]
async fn count(number: usize) -> usize {
    number
}

async fn two_of_three((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let numbers = ctx
        .map(vec![1_usize, 2, 4], |ctx, number, _| async move {
            Ok(count(&ctx, number).await?)
        })
        .name("numbers")
        .completion(CompletionConfig::with_min_successful(2))
        .await?;
    Ok(numbers.into_iter().sum())
}

/// The first of two branches is enough.
async fn either((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let branches = [1, 2].map(|number| {
        let name = format!("branch-{number}");
        Branch::new(name, move |ctx: DurableContext| async move {
            let step = ctx.step(move |_| async move { Ok(number) });
            Ok(step.name("count").await?)
        })
    });
    let first = CompletionConfig::with_min_successful(1);
    let numbers = ctx.parallel(branches).name("either").completion(first);
    Ok(numbers.await?.into_iter().sum())
}

/// The first of three items is enough, two of them run side by side, and the second one fails.
async fn first_of_three((): (), ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let numbers = ctx
        .map(vec![1_u32, 2, 3], |ctx, number, _| async move {
            let step = ctx.step(move |_| async move {
                if number == 2 {
                    return Err("there is no second one".into());
                }
                Ok(number)
            });
            let once = step.retry_strategy(|_, _| RetryDecision::Stop);
            Ok(once.name("count").await?)
        })
        .name("numbers")
        .max_concurrency(2)
        .completion(CompletionConfig::with_min_successful(1))
        .await?;
    Ok(numbers.into_iter().collect())
}

/// The first of two branches is enough, and both wait equally long.
async fn first_to_wake((): (), ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let numbers = ctx
        .map(vec![1_u32, 2], |ctx, number, _| async move {
            ctx.wait(Duration::from_secs(5)).name("pause").await?;
            let step = ctx.step(move |_| async move { Ok(number) });
            Ok(step.name("count").await?)
        })
        .name("numbers")
        .completion(CompletionConfig::with_min_successful(1))
        .await?;
    Ok(numbers.into_iter().collect())
}

async fn join((): (), ctx: DurableContext) -> Result<Vec<u32>, BoxError> {
    let steps = [1, 2, 3].map(|number| {
        ctx.step(move |_| async move { Ok(number) })
            .name(format!("step-{number}"))
            .future()
    });
    Ok(ctx.try_join_all(Vec::from(steps)).await?)
}

async fn sequence((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    let one = ctx.step(|_| async { Ok(1_u32) }).name("one").await?;
    ctx.wait(Duration::from_mins(1)).await?;
    Ok(one + ctx.step(|_| async { Ok(2_u32) }).name("two").await?)
}

/// The results of all orders that are explored without a comparison.
async fn results(runner: &DurableRunner) -> BTreeSet<String> {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let note = move |result: &ExecutionResult| {
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.insert(result.result_json().unwrap_or("none").to_owned());
        Ok(())
    };
    let report = runner
        .explore_orders(())
        .check(note)
        .allow(Allow::outcome_if(|_, _| true))
        .allow(Allow::operations())
        .allow(Allow::lost_token())
        .await
        .unwrap();
    assert!(report.orders() > 1, "{report}");
    seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[durable_test(handler = race, local_only)]
async fn a_race_of_plain_steps_is_won_by_either(runner: DurableRunner) {
    let results = results(&runner).await;
    assert!(
        results.contains("\"one\"") && results.contains("\"two\""),
        "{results:?}"
    );
}

#[durable_test(handler = first_success, local_only)]
async fn the_first_success_is_either(runner: DurableRunner) {
    let results = results(&runner).await;
    assert!(
        results.contains("\"one\"") && results.contains("\"two\""),
        "{results:?}"
    );
}

#[durable_test(handler = two_of_three, local_only)]
async fn the_items_of_a_map_that_are_under_way_finish_in_every_order(runner: DurableRunner) {
    // The SDK starts no more items once two have succeeded; all three have started by then.
    let results = results(&runner).await;
    assert_eq!(results.into_iter().collect::<Vec<_>>(), ["7"]);
}

#[durable_test(handler = either, local_only)]
async fn a_branch_that_is_under_way_is_awaited_though_it_is_not_needed(
    runner: DurableRunner,
) -> TestOutcome {
    // Both are under way when the first one ends, and the SDK takes the results of both, in every order.
    let report = runner.explore_orders(()).await?;
    assert!(report.orders() > 1, "{report}");
    assert_eq!(runner.run(()).await?.result::<usize>()?, 3);
    Ok(())
}

/// The exploration of its orders finds two results.
async fn disagrees(runner: &DurableRunner) {
    let error = runner.explore_orders(()).await.unwrap_err();
    let ErrorKind::OrdersDisagree(disagree) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(disagree.what, "result", "{error}");
}

#[durable_test(handler = first_of_three, local_only)]
async fn whether_the_third_item_starts_depends_on_which_of_two_ends_first(runner: DurableRunner) {
    disagrees(&runner).await;
}

#[durable_test(handler = first_to_wake, local_only)]
async fn the_first_branch_to_wake_is_either(runner: DurableRunner) {
    disagrees(&runner).await;
}

#[durable_test(handler = race, local_only)]
async fn a_race_that_depends_on_the_order_is_found(runner: DurableRunner) {
    let error = runner
        .explore_orders(())
        .allow(Allow::lost_token())
        .await
        .unwrap_err();
    let ErrorKind::OrdersDisagree(disagree) = error.kind() else {
        panic!("{error}");
    };
    assert!(disagree.lost_token.is_none(), "{error}");
    assert_eq!(disagree.first.found, "\"one\"", "{error}");
    assert_eq!(disagree.other.found, "\"two\"", "{error}");

    let again = runner.run(()).order(disagree.other.order.clone());
    let again = again.await.unwrap();
    assert_eq!(again.result::<String>().unwrap(), "two");
}

#[durable_test(handler = race, local_only)]
async fn a_token_that_the_sdk_loses_is_named(runner: DurableRunner) {
    let error = runner
        .explore_orders(())
        .allow(Allow::outcome_if(|one, other| {
            let is_won = |result: &ExecutionResult| result.status() == ExecutionStatus::Succeeded;
            is_won(one) && is_won(other)
        }))
        .await
        .unwrap_err();
    let ErrorKind::OrdersDisagree(disagree) = error.kind() else {
        panic!("{error}");
    };
    assert!(disagree.lost_token.is_some(), "{error}");
    let message = error.to_string();
    assert!(
        message.contains("the SDK's doing, not the handler's"),
        "{message}"
    );
    assert!(message.contains("lost its checkpoint token"), "{message}");
    assert!(message.contains(".allow(Allow::lost_token())"), "{message}");
}

#[durable_test(handler = race, local_only)]
async fn batching_keeps_the_token(runner: DurableRunner) -> TestOutcome {
    let batching = runner.reconfigured(|settings| settings.checkpoint_batching(true))?;
    let report = batching
        .explore_orders(())
        .allow(Allow::outcome_if(|one, other| {
            one.status() == other.status()
        }))
        .await?;
    assert_eq!(report.lost_tokens(), 0, "{report}");
    batching
        .explore_crashes(())
        .allow(Allow::outcome_if(|one, other| {
            one.status() == other.status()
        }))
        .await?;
    Ok(())
}

#[durable_test(handler = join, local_only, start_paused)]
async fn writes_that_the_sdk_holds_back_survive_crashes(runner: DurableRunner) -> TestOutcome {
    let delay = Duration::from_millis(20);
    let delayed = runner.reconfigured(|settings| settings.checkpoint_delay(delay))?;
    let result = delayed.run(()).await?;
    // The three starts are one call, and so are the three results.
    assert_eq!(result.duration(), 4 * delay);
    delayed.explore_crashes(()).await?;
    Ok(())
}

#[durable_test(handler = join, local_only)]
async fn what_does_not_depend_on_the_order_agrees(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(()).await?;
    assert!(report.orders() > 3 && !report.is_exhaustive(), "{report}");
    assert_eq!(report, runner.explore_orders(()).await?);
    Ok(())
}

#[durable_test(handler = sequence, local_only)]
async fn a_sequence_has_one_order(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(()).await?;
    assert_eq!(report.to_string(), "sequence: all 1 orders agree (1 runs)");
    Ok(())
}

#[durable_test(handler = race, local_only)]
async fn a_late_answer_in_a_crash_exploration_shows_the_lost_token(runner: DurableRunner) {
    let error = runner.explore_crashes(()).await.unwrap_err();
    assert!(
        error.to_string().contains("the answer to checkpoint call"),
        "{error}"
    );
    assert!(
        error.to_string().contains("lost its checkpoint token"),
        "{error}"
    );
    let report = runner
        .explore_crashes(())
        .allow(Allow::lost_token())
        .allow(Allow::outcome_if(|one, other| {
            one.status() == other.status()
        }))
        .await
        .unwrap();
    assert!(report.lost_tokens() > 0, "{report}");
}

#[durable_test(handler = race, local_only)]
async fn the_whole_exploration_names_the_lost_token_first(runner: DurableRunner) {
    let explored = runner.explore(()).losses([Loss::AnswerLate]).orders(false);
    let explored = explored.allow(Allow::outcome_if(|one, other| {
        let is_won = |result: &ExecutionResult| result.status() == ExecutionStatus::Succeeded;
        is_won(one) && is_won(other)
    }));
    let error = explored.await.unwrap_err();
    let ErrorKind::Exploration(failure) = error.kind() else {
        panic!("{error}");
    };
    let [Finding::LostToken(_), rest @ ..] = failure.findings() else {
        panic!("{error}");
    };
    assert!(!rest.is_empty(), "{error}");
}

#[durable_test(handler = join, local_only)]
async fn an_order_that_delays_no_call_of_the_run_is_an_error(runner: DurableRunner) {
    let error = runner
        .run(())
        .order(Order::choices([]).late_answer(99))
        .await;
    assert!(matches!(
        error.unwrap_err().kind(),
        ErrorKind::NoSuchCall { call: 99, .. }
    ));
}

/// One branch asks a slow service; the other one counts what it can do meanwhile.
async fn beside((): (), ctx: DurableContext) -> Result<u32, BoxError> {
    let asked = ctx.step(|_| async { Ok(1_u32) }).name("ask").spawn();
    let counted = ctx.step(|_| async { Ok(2_u32) }).name("count").spawn();
    Ok(asked.await? + counted.await?)
}

#[durable_test(handler = beside, local_only)]
async fn a_delayed_answer_takes_virtual_time_beside_the_rest(runner: DurableRunner) -> TestOutcome {
    let delay = Duration::from_secs(5);
    let faults = Faults::new().delay_answer(Calls::of("ask").first(2), delay);
    let result = runner.run(()).faults(faults).await?;
    assert_eq!(result.result::<u32>()?, 3);
    assert_eq!(result.duration(), 2 * delay);
    Ok(())
}

#[durable_test(handler = beside, local_only, start_paused)]
async fn a_delayed_answer_takes_as_long_on_a_paused_clock(runner: DurableRunner) -> TestOutcome {
    let delay = Duration::from_secs(5);
    let faults = Faults::new().delay_answer(Calls::of("ask").first(2), delay);
    let result = runner.run(()).faults(faults).await?;
    assert_eq!(result.duration(), 2 * delay);
    Ok(())
}

#[durable_step]
async fn note(what: String) -> String {
    what
}

/// Two children with a step of one name each.
async fn quotes((): (), ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let quotes = ["ada", "bob"].map(|shop| {
        ctx.run_in_child_context(move |ctx| async move {
            Ok(note(&ctx, shop.to_owned()).name("quote").await?)
        })
        .name(shop)
        .future()
    });
    let mut all = ctx.try_join_all(Vec::from(quotes)).await?;
    let same = ["x", "y"].map(|what| note(&ctx, what.to_owned()).name("same").future());
    all.extend(ctx.try_join_all(Vec::from(same)).await?);
    Ok(all)
}

#[durable_test(handler = quotes, local_only)]
async fn choices_are_named_by_paths(runner: DurableRunner) {
    let order = Order::choices([7]);
    let error = runner.run(()).order(order).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("(\"ada/quote\", \"bob/quote\")"),
        "{message}"
    );
    let order = Order::choices([0, 7]);
    let error = runner.run(()).order(order).await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("(\"same\", \"same#2\")"), "{message}");
}
