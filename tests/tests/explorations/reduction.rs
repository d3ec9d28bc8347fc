//! Orders that are not run, for they lead to the same as others.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use durable_runtime::prelude::*;
use durable_test::ErrorKind;
use durable_test::explore::{Allow, Loss};
use durable_test::prelude::*;
use parking_lot::Mutex;

#[durable_step]
pub(crate) async fn price(shop: String) -> usize {
    shop.len()
}

#[durable_step]
async fn notify(text: String) -> String {
    text
}

pub(crate) const SHOPS: [&str; 4] = ["Alma", "Bo", "Cyd", "Dee"];

async fn cheapest(shops: Vec<String>, ctx: DurableContext) -> Result<Option<usize>, BoxError> {
    let prices = shops.into_iter().map(|shop| price(&ctx, shop).future());
    let prices = ctx.try_join_all(prices.collect::<Vec<_>>()).await?;
    Ok(prices.into_iter().min())
}

#[durable_test(handler = cheapest, local_only)]
async fn the_order_in_which_shops_answer_does_not_matter(runner: DurableRunner) -> TestOutcome {
    let shops = ["Alma", "Bo", "Cyd", "Dee"];
    let report = runner.explore_orders(shops).independent(["price"]).await?;

    assert_eq!(report.to_string(), "cheapest: all 4 orders agree (4 runs)");
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn independent_bodies_have_as_many_orders_as_bodies(runner: DurableRunner) -> TestOutcome {
    let all = runner.explore_orders(SHOPS).await?;
    let reduced = runner.explore_orders(SHOPS).independent(["price"]).await?;
    let every = runner.explore_orders(SHOPS).independent(["price"]);
    let every = every.every_order().await?;

    assert_eq!((all.orders(), reduced.orders()), (24, 4));
    assert!(reduced.is_exhaustive());
    assert!(reduced.not_independent().is_empty());
    assert_eq!(every, all);
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn orders_that_are_left_out_do_not_use_up_the_budget(runner: DurableRunner) -> TestOutcome {
    // 720 orders are more than the budget of 200.
    let shops = ["Alma", "Bo", "Cyd", "Dee", "Elm", "Fay"];
    let all = runner.explore_orders(shops).await?;
    assert!(all.sampling().is_some() && !all.is_exhaustive(), "{all}");
    let reduced = runner.explore_orders(shops).independent(["price"]);
    let reduced = reduced.threads(2).repeat(2).await?;
    assert_eq!(
        reduced.to_string(),
        "cheapest: all 6 orders agree (12 runs)"
    );
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn the_whole_exploration_leaves_them_out_too(runner: DurableRunner) -> TestOutcome {
    let explore = || runner.run(SHOPS).explore().losses([]).variants([]);
    let all = explore().await?;
    let reduced = explore().independent(["price"]).await?;

    assert_eq!((all.orders(), reduced.orders()), (24, 4));
    assert_eq!((all.plans(), reduced.plans()), (24, 4));
    assert!(reduced.not_independent().is_empty());
    assert!(
        reduced
            .to_string()
            .contains("4 orders, 4 classes, all tried"),
        "{reduced}"
    );
    Ok(())
}

#[durable_test(handler = fastest, local_only)]
async fn the_whole_exploration_names_what_is_not_independent(runner: DurableRunner) -> TestOutcome {
    let report = runner
        .explore(["a", "b"])
        .losses([])
        .variants([])
        .allow(Allow::operations())
        .independent(["price"])
        .await?;
    assert_eq!(report.not_independent(), ["price"]);
    assert!(
        report.to_string().contains("gave up a body of \"price\""),
        "{report}"
    );
    Ok(())
}

#[durable_test(handler = cheapest, local_only)]
async fn a_name_that_no_body_bears_is_an_error(runner: DurableRunner) {
    let orders = runner.explore_orders(SHOPS).independent(["prize"]).await;
    let message = orders.unwrap_err().to_string();
    assert!(
        message.contains("\"prize\"") && message.contains("bodies that ran: \"price\""),
        "{message}"
    );
    let whole = runner.explore(SHOPS).losses([]).variants([]);
    let whole = whole.independent(["prize"]).await;
    assert_eq!(whole.unwrap_err().to_string(), message);
}

/// The shop that was the last to answer, which depends on the order of any two.
pub(crate) async fn slowest(shops: Vec<String>, ctx: DurableContext) -> Result<String, BoxError> {
    let last = Arc::new(std::sync::Mutex::new(String::new()));
    let branches = shops.into_iter().map(|shop| {
        let last = Arc::clone(&last);
        ctx.run_in_child_context(move |ctx| async move {
            price(&ctx, shop.clone()).await?;
            *last.lock().map_err(|_| "a branch panicked")? = shop;
            Ok(())
        })
        .future()
    });
    ctx.try_join_all(branches.collect::<Vec<_>>()).await?;
    let last = last.lock().map_err(|_| "a branch panicked")?.clone();
    Ok(last)
}

#[durable_test(handler = slowest, check_determinism = false, local_only)]
async fn an_outcome_that_depends_on_two_of_them_is_found(runner: DurableRunner) {
    let orders = runner.explore_orders(SHOPS).independent(["price"]).await;
    let message = orders.unwrap_err().to_string();
    assert!(
        message.contains("depends on the order of concurrent events"),
        "{message}"
    );
}

/// All shops, and a message beside them.
async fn told(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    let told = notify(&ctx, "wait".to_owned()).spawn();
    let prices = shops.into_iter().map(|shop| price(&ctx, shop).future());
    let prices = ctx.try_join_all(prices.collect::<Vec<_>>()).await?;
    told.await?;
    Ok(prices.into_iter().sum())
}

#[durable_test(handler = told, local_only)]
async fn another_body_beside_them_comes_before_and_after_each(
    runner: DurableRunner,
) -> TestOutcome {
    for (shops, orders) in [(2, (6, 5, 3)), (4, (120, 49, 5))] {
        let shops = SHOPS.get(..shops).unwrap();
        let all = runner.explore_orders(shops).await?;
        let some = runner.explore_orders(shops).independent(["price"]).await?;
        let both = ["price", "notify"];
        let reduced = runner.explore_orders(shops).independent(both).await?;

        let found = (all.orders(), some.orders(), reduced.orders());
        assert_eq!(found, orders, "{all}\n{some}\n{reduced}");
        assert!(all.is_exhaustive() && some.is_exhaustive() && reduced.is_exhaustive());
    }
    Ok(())
}

#[durable_test(handler = told, local_only)]
async fn the_whole_exploration_leaves_out_what_only_swaps_two(
    runner: DurableRunner,
) -> TestOutcome {
    let explore = || runner.explore(SHOPS).losses([]).variants([]);
    let all = explore().await?;
    let reduced = explore().independent(["price"]).await?;

    // Orders with late answers among them.
    assert_eq!((all.orders(), reduced.orders()), (168, 51));
    Ok(())
}

/// Whether the first shop answers before the last one, of some that are asked while a message is sent.
async fn first_or_last(shops: Vec<String>, ctx: DurableContext) -> Result<bool, BoxError> {
    let told = notify(&ctx, "wait".to_owned()).spawn();
    let last = slowest(shops.clone(), ctx.clone()).await?;
    told.await?;
    Ok(shops.first() != Some(&last))
}

#[durable_test(handler = first_or_last, check_determinism = false, local_only)]
async fn an_outcome_that_depends_on_two_of_them_is_found_beside_others(runner: DurableRunner) {
    let orders = runner.explore_orders(SHOPS).independent(["price"]).await;
    let message = orders.unwrap_err().to_string();
    assert!(
        message.contains("depends on the order of concurrent events"),
        "{message}"
    );
}

async fn fastest(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    let prices = shops.into_iter().map(|shop| price(&ctx, shop).future());
    Ok(ctx.race(prices.collect::<Vec<_>>()).await?)
}

#[durable_test(handler = fastest, local_only)]
async fn bodies_that_a_handler_gives_up_are_not_independent(runner: DurableRunner) -> TestOutcome {
    // All shops are as good as each other.
    let explore = || {
        runner
            .explore_orders(["a", "b", "c"])
            .allow(Allow::operations())
    };
    let all = explore().await?;
    let reduced = explore().independent(["price"]).await?;

    assert_eq!(reduced.orders(), all.orders());
    assert!(reduced.is_exhaustive(), "{reduced}");
    assert_eq!(reduced.not_independent(), ["price"]);
    let text = reduced.to_string();
    let hint = "the handler gave up a body of \"price\" before it ran";
    assert!(text.contains(hint), "{text}");
    Ok(())
}

/// Three waits that end at the same time, one after the other or together.
pub(crate) async fn naps((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let naps = ctx.map(vec![1_u64, 2, 3], |ctx, number, _| async move {
        ctx.wait(Duration::from_secs(5)).await?;
        Ok(number)
    });
    Ok(naps.await?.into_iter().sum())
}

#[durable_test(handler = naps, local_only)]
async fn what_is_noticed_together_has_one_order(runner: DurableRunner) -> TestOutcome {
    let reduced = runner.explore_orders(()).await?;
    let every = runner.explore_orders(()).every_order().await?;

    assert!(reduced.is_exhaustive() && every.is_exhaustive());
    // Late answers beside the waits tell more orders apart, as many each time.
    assert_eq!(every.classes(), 14, "{every}");
    assert_eq!(reduced.classes(), 14, "{reduced}");
    assert!(reduced.runs() < every.runs(), "{reduced}\n{every}");
    Ok(())
}

/// Prices of today, and again of tomorrow.
async fn twice(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    let today = shops
        .clone()
        .into_iter()
        .map(|shop| price(&ctx, shop).future());
    let today = ctx.try_join_all(today.collect::<Vec<_>>()).await?;
    ctx.wait(Duration::from_hours(24)).await?;
    let tomorrow = shops.into_iter().map(|shop| price(&ctx, shop).future());
    let tomorrow = ctx.try_join_all(tomorrow.collect::<Vec<_>>()).await?;
    Ok(today.into_iter().chain(tomorrow).sum())
}

/// What the test resets, and no handler changes.
static OUTSIDE: AtomicU64 = AtomicU64::new(0);

#[durable_test(handler = twice, local_only)]
async fn a_state_that_another_order_led_to_is_not_explored_again(
    runner: DurableRunner,
) -> TestOutcome {
    let shops = ["Alma", "Bo", "Cyd"];
    let explore = || runner.explore_orders(shops);
    let every = explore().every_order().await?;
    assert_eq!(every.to_string(), "twice: all 36 orders agree (36 runs)");

    let reduced = explore().await?;
    assert!(reduced.is_exhaustive());
    assert_eq!(reduced.to_string(), "twice: all 11 orders agree (11 runs)");

    // A test with state of its own has to say when states are the same.
    let reset = || OUTSIDE.store(0, Ordering::Relaxed);
    let unknown = explore().setup(reset).await?;
    assert_eq!(unknown.orders(), 36);
    let hash = || OUTSIDE.load(Ordering::Relaxed);
    let known = explore().setup(reset).outside(hash).await?;
    assert_eq!(known.orders(), 11);
    Ok(())
}

/// A price of either shop, and then prices of both.
async fn races_and_asks_all(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    let plain = shops.iter().map(|shop| {
        let length = shop.len();
        ctx.step(move |_| async move { Ok(length) }).future()
    });
    let first = ctx.race(plain.collect::<Vec<_>>()).await?;
    ctx.wait(Duration::from_hours(24)).await?;
    let prices = shops.into_iter().map(|shop| price(&ctx, shop).future());
    let prices = ctx.try_join_all(prices.collect::<Vec<_>>()).await?;
    Ok(prices.into_iter().sum::<usize>() * 10 + first)
}

/// The outcomes of all orders that run.
fn outcomes() -> (
    Arc<Mutex<BTreeSet<String>>>,
    impl Fn(&ExecutionResult) -> TestOutcome,
) {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let note = move |result: &ExecutionResult| {
        let outcome = result.result_json().unwrap_or("none").to_owned();
        noted.lock().insert(outcome);
        Ok(())
    };
    (seen, note)
}

#[durable_test(handler = races_and_asks_all, local_only)]
async fn states_are_merged_beside_lost_tokens(runner: DurableRunner) -> TestOutcome {
    let explore = |note| {
        let explored = runner
            .explore_orders(["Bo", "Cyd"])
            .budget(2_000)
            .check(note);
        let explored = explored
            .allow(Allow::lost_token())
            .allow(Allow::operations());
        explored.allow(Allow::outcome_if(|_, _| true))
    };
    let (seen, note) = outcomes();
    let every = explore(note).every_order().await?;
    let (seen_by_less, note) = outcomes();
    let reduced = explore(note).await?;

    assert!(every.cut().is_none() && reduced.cut().is_none(), "{every}");
    assert!(reduced.lost_tokens() > 0, "{reduced}");
    assert!(reduced.runs() < every.runs(), "{reduced}\n{every}");
    assert_eq!(*seen_by_less.lock(), *seen.lock());
    assert!(seen.lock().contains("52") && seen.lock().contains("53"));
    Ok(())
}

thread_local! {
    /// The bodies in the order in which they ran. Handlers and bodies run on the thread of their test.
    static RAN: RefCell<String> = const { RefCell::new(String::new()) };
}

#[durable_step]
async fn visit(shop: String) -> usize {
    RAN.with_borrow_mut(|ran| ran.push_str(&shop));
    shop.len()
}

async fn visits(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    let visits = shops.into_iter().map(|shop| visit(&ctx, shop).future());
    let visits = ctx.try_join_all(visits.collect::<Vec<_>>()).await?;
    Ok(visits.into_iter().sum())
}

#[durable_test(handler = visits, local_only)]
async fn beside_a_crash_bodies_come_in_every_order(runner: DurableRunner) -> TestOutcome {
    let explore = || {
        let explored = runner.run(["a", "b", "c"]).explore().variants([]);
        explored.independent(["visit"]).budget(2_000)
    };
    let orders = explore().losses([]).await?;
    assert_eq!(orders.orders(), 3, "{orders}");

    // No order that is run without a crash has the second one first.
    let error = explore()
        .losses([Loss::BeforeStored])
        .setup(|| RAN.take().clear())
        .outside(|| RAN.with_borrow(|ran| hash(ran)))
        .check(|_| {
            let ran = RAN.with_borrow(String::clone);
            assert!(ran.len() == 3 || !ran.ends_with("bac"), "{ran}");
            Ok(())
        })
        .await
        .unwrap_err();
    let ErrorKind::Exploration(failure) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(failure.plan().crashes().len(), 1, "{error}");
    assert!(failure.plan().to_string().contains("order:"), "{error}");
    Ok(())
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0, |hash, byte| hash * 4 + u64::from(byte - b'a' + 1))
}
