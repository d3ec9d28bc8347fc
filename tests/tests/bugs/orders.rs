//! Workflows whose outcome depends on the order of concurrent events.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, Order};
use durable_test::prelude::*;

use crate::assert_message;

#[durable_step]
async fn price(shop: String) -> usize {
    shop.len()
}

const SHOPS: [&str; 3] = ["Alma", "Bo", "Cyd"];

async fn first_answer(shops: Vec<String>, ctx: DurableContext) -> Result<String, BoxError> {
    let answered = Arc::new(Mutex::new(Vec::new()));
    let branches = shops.into_iter().map(|shop| {
        let answered = Arc::clone(&answered);
        ctx.run_in_child_context(move |ctx| async move {
            price(&ctx, shop.clone())
                .name(format!("price-{shop}"))
                .await?;
            answered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(shop);
            Ok(())
        })
        .future()
    });
    ctx.try_join_all(branches.collect::<Vec<_>>()).await?;
    let answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(answered.first().cloned().unwrap_or_default())
}

async fn best_answer(shops: Vec<String>, ctx: DurableContext) -> Result<Option<usize>, BoxError> {
    let prices = shops
        .into_iter()
        .map(|shop| {
            price(&ctx, shop.clone())
                .name(format!("price-{shop}"))
                .future()
        })
        .collect::<Vec<_>>();
    Ok(ctx.try_join_all(prices).await?.into_iter().min())
}

#[durable_test(handler = first_answer, local_only)]
async fn a_result_in_the_order_of_branches_is_found(runner: DurableRunner) {
    let error = runner.explore_orders(SHOPS).await.unwrap_err();

    assert_message!("branch-order", error);
}

#[durable_test(handler = first_answer, check_determinism = false, local_only)]
async fn the_order_that_an_error_names_can_be_run_again(runner: DurableRunner) -> TestOutcome {
    let first = runner.run(SHOPS).order(Order::choices([])).await?;
    let other = runner.run(SHOPS).order(Order::choices([1])).await?;

    assert_eq!(first.result::<String>()?, "Alma");
    assert_eq!(other.result::<String>()?, "Bo");
    Ok(())
}

#[durable_test(handler = best_answer, local_only)]
async fn a_result_in_the_order_of_calls_holds(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(SHOPS).await?;

    assert!(report.is_exhaustive());
    assert_eq!(report.orders(), 6);
    assert_eq!(
        report.to_string(),
        "best_answer: all 6 orders agree (6 runs)"
    );
    Ok(())
}

#[durable_test(handler = best_answer, local_only)]
async fn orders_beyond_the_budget_are_tried_at_random(runner: DurableRunner) -> TestOutcome {
    let shops = ["a", "b", "c", "d", "e", "f"];
    let report = runner.explore_orders(shops).seed(7).budget(20).await?;

    assert!(!report.is_exhaustive());
    assert_eq!(report.runs(), 20);
    assert_eq!(
        report,
        runner.explore_orders(shops).seed(7).budget(20).await?
    );
    Ok(())
}

async fn select_of_two((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let quick = price(&ctx, "quick".to_owned()).name("quick").spawn();
    let thorough = price(&ctx, "thorough".to_owned()).name("thorough").spawn();
    Ok(tokio::select! {
        biased;
        one = quick => one?,
        other = thorough => other?,
    })
}

async fn race_of_two((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let quick = price(&ctx, "quick".to_owned()).name("quick").future();
    let thorough = price(&ctx, "thorough".to_owned()).name("thorough").future();
    Ok(ctx.race(vec![quick, thorough]).await?)
}

#[durable_test(handler = select_of_two, local_only)]
async fn a_select_without_a_record_is_found(runner: DurableRunner) {
    let error = runner.explore_orders(()).await.unwrap_err();

    assert_message!("select", error);
}

#[durable_test(handler = race_of_two, local_only)]
async fn a_race_may_be_won_by_either(runner: DurableRunner) -> TestOutcome {
    let either = |result: &ExecutionResult| matches!(result.result(), Ok(5 | 8));
    let report = runner
        .explore_orders(())
        .allow(Allow::outcome_if(move |one, other| {
            either(one) && either(other)
        }))
        .allow(Allow::lost_token())
        .await?;

    assert!(report.is_exhaustive());
    Ok(())
}

#[durable_step]
async fn draw_ticket(counter: Arc<AtomicU64>) -> u64 {
    counter.fetch_add(1, Ordering::Relaxed)
}

async fn tickets_in_turn((): (), ctx: DurableContext) -> Result<Vec<u64>, BoxError> {
    let counter = Arc::new(AtomicU64::new(1));
    let draws = ["ada", "bob"].map(|name| {
        draw_ticket(&ctx, Arc::clone(&counter))
            .name(format!("ticket-{name}"))
            .future()
    });
    Ok(ctx.try_join_all(Vec::from(draws)).await?)
}

#[durable_test(handler = tickets_in_turn, local_only)]
async fn a_side_effect_that_counts_turns_is_found(runner: DurableRunner) {
    let error = runner.explore_orders(()).await.unwrap_err();

    assert_message!("side-effect", error);
}

/// Two answers and a timer that come at the same time.
async fn same_time((): (), ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let noon = Duration::from_hours(1);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |text: &'static str, seen: &Arc<Mutex<Vec<String>>>| {
        let seen = Arc::clone(seen);
        move || {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(text.to_owned());
        }
    };
    let (timer, answer) = (note("timer", &seen), note("answer", &seen));
    let timer = ctx.run_in_child_context(move |ctx| async move {
        ctx.wait(noon).name("noon").await?;
        ctx.step(|_| async { Ok(()) }).name("after-noon").await?;
        timer();
        Ok(())
    });
    let answer = ctx.run_in_child_context(move |ctx| async move {
        ctx.wait_for_callback::<String, _, _>(|_, _| async { Ok(()) })
            .name("approval")
            .await?;
        ctx.step(|_| async { Ok(()) }).name("approved").await?;
        answer();
        Ok(())
    });
    ctx.try_join_all(vec![
        timer.name("timer").future(),
        answer.name("answer").future(),
    ])
    .await?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(seen)
}

#[durable_test(handler = same_time, local_only)]
async fn events_that_are_due_together_fire_in_both_orders(runner: DurableRunner) {
    let at_noon = CallbackReply::success("yes").after(Duration::from_hours(1));
    let error = runner
        .explore_orders(())
        .on_callback("approval", at_noon)
        .await
        .unwrap_err();

    assert_message!("same-time", error);
}

/// Three reminders fire at noon, each in a context of its own; returns their order.
async fn reminded((): (), ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let reminded = Arc::new(Mutex::new(Vec::new()));
    let branches = SHOPS.map(|name| {
        let reminded = Arc::clone(&reminded);
        ctx.run_in_child_context(move |ctx| async move {
            ctx.wait(Duration::from_hours(1)).name(name).await?;
            ctx.step(|_| async { Ok(()) }).name("remind").await?;
            reminded
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(name.to_owned());
            Ok(())
        })
        .name(name)
        .future()
    });
    ctx.try_join_all(branches.into_iter().collect::<Vec<_>>())
        .await?;
    let reminded = reminded.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(reminded.clone())
}

#[durable_test(handler = reminded, local_only)]
async fn events_that_are_due_together_fire_in_every_order(runner: DurableRunner) -> TestOutcome {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let note = move |_: &ExecutionResult, other: &ExecutionResult| {
        let result = other.result_json().unwrap_or_default().to_owned();
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.insert(result);
        true
    };
    let report = runner
        .explore_orders(())
        .allow(Allow::outcome_if(note))
        .allow(Allow::operations())
        .await?;

    // Seen by one invocation together or by one each, in six orders either way; where one invocation sees
    // several, the steps after them run side by side.
    assert!(report.orders() > 12, "{report}");
    // A replay does not repeat what has ended, so the result depends on the last one, or on all three if one
    // invocation has them.
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let last = [r#"["Alma"]"#, r#"["Bo"]"#, r#"["Cyd"]"#];
    for result in last {
        assert!(seen.contains(result), "{seen:?}");
    }
    Ok(())
}

/// The SDK assigns ids to the branches of a spawned map when the map first runs, so a later call may get an
/// id before them.
async fn map_beside_a_step((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let shops = SHOPS.map(str::to_owned).to_vec();
    let prices = ctx
        .map(shops, |ctx, shop: String, _| async move {
            Ok(price(&ctx, shop).await?)
        })
        .name("prices")
        .spawn();
    let own = price(&ctx, "own".to_owned()).name("own-price").spawn();
    let own = own.await?;
    prices.await?;
    Ok(own)
}

#[durable_test(handler = map_beside_a_step, flavor = "multi_thread", worker_threads = 2, local_only)]
async fn ids_that_depend_on_threads_are_found(runner: DurableRunner) {
    let error = runner
        .explore_orders(())
        .repeat(100)
        .budget(4)
        .await
        .unwrap_err();

    // Which operation differs depends on the threads.
    let message = error.to_string();
    assert!(message.contains("depends on the order"), "{message}");
}

#[durable_test(handler = best_answer, flavor = "multi_thread", worker_threads = 2, local_only)]
async fn bodies_take_turns_on_several_threads_too(runner: DurableRunner) -> TestOutcome {
    let report = runner.explore_orders(SHOPS).await?;

    // On a machine too busy to start all bodies in time, the report must not claim more than was run.
    assert!(report.orders() == 6 || !report.is_exhaustive(), "{report}");
    assert!(report.orders() > 1, "{report}");
    Ok(())
}

#[durable_test(handler = best_answer, repeat = 3, flavor = "multi_thread", local_only)]
async fn a_body_is_repeated_with_a_runner_of_its_own(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(SHOPS).await?.result::<usize>()?, 2);
    Ok(())
}
