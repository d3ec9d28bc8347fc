//! The examples with a crash at every checkpoint, in the orders of their concurrent events, and with both together on
//! every variant of the service: none of them is blamed for what it does not do.
//!
//! `explorations` does the same for the workflows of the library, and `conformance` for those of the official
//! requirements; `DURABLE_TEST_REPETITIONS=20` repeats all three.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test is to fail if its assumption does not hold"
)]

#[path = "support/repetitions.rs"]
mod repetitions;

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, Explore, ExploreCrashes, ExploreOrders};
use durable_test::prelude::*;
use durable_test::{IntoService, Run};
use serde_json::Value;

use repetitions::repetitions;

/// An example with an input.
struct Case {
    name: &'static str,
    run: Run,
    /// The step that may be found cut off, after which a person looks.
    at_most_once: Option<&'static str>,
    /// The first ones win, so the outcome depends on the order.
    is_race: bool,
}

fn case<K, H>(name: &'static str, handler: H, input: Value) -> Case
where
    H: IntoService<K> + Clone,
{
    Case {
        name,
        run: DurableRunner::local(handler).unwrap().run(input),
        at_most_once: None,
        is_race: false,
    }
}

impl Case {
    fn at_most_once(self, step: &'static str) -> Self {
        Self {
            at_most_once: Some(step),
            ..self
        }
    }

    fn race(self) -> Self {
        Self {
            is_race: true,
            ..self
        }
    }

    /// What its runs may do otherwise.
    fn allowed(&self) -> impl Iterator<Item = Allow> + use<> {
        let race = self
            .is_race
            .then(|| [Allow::outcome_if(|_, _| true), Allow::operations()]);
        std::iter::once(Allow::lost_token()).chain(race.into_iter().flatten())
    }

    /// The step that a crash may cut off for good.
    fn interruption(&self) -> Option<Allow> {
        self.at_most_once.map(Allow::interruption_of)
    }

    fn answer(self, name: &str, reply: CallbackReply) -> Self {
        Self {
            run: self.run.on_callback(name, reply),
            ..self
        }
    }
}

fn all() -> Vec<Case> {
    let (loan, day) = (
        json!({"id": "L-1", "cents": 2_000_000, "income_cents": 800_000}),
        Duration::from_hours(24),
    );
    let verdict = CallbackReply::success(json!({"granted": true, "by": "Ada"}));
    let trip = |city| json!({"traveller": "Ada", "city": city});
    let night = |accounts: u32, frozen_every: Option<u32>| json!({"date": "2026-11-28", "accounts": accounts, "frozen_every": frozen_every});
    let bill = |card| json!({"id": "S-1", "cents": 999, "card": card});
    let items = json!([
        {"sku": "MUG-BLUE", "quantity": 2, "price_cents": 1_250},
        {"sku": "KETTLE-GN", "quantity": 1, "price_cents": 6_490},
    ]);
    let order = |express: bool, token: &str| {
        json!({
            "id": "order-1", "customer": "C-417", "items": items, "express": express,
            "payment": {"method": "card", "token": token},
        })
    };
    vec![
        case(
            "quick-start",
            quick_start::order_workflow,
            json!({"order_id": "order-123", "cents": 4_990}),
        ),
        case(
            "an order",
            order_workflow::order_workflow,
            order(false, "tok_visa"),
        )
        .at_most_once("ship_order"),
        case(
            "an express order",
            order_workflow::order_workflow,
            order(true, "tok_visa"),
        )
        .at_most_once("ship_order"),
        case(
            "a busy provider",
            order_workflow::order_workflow,
            order(false, "tok_flaky_2"),
        )
        .at_most_once("ship_order"),
        case(
            "a declined order",
            order_workflow::order_workflow,
            order(false, "tok_declined"),
        ),
        case("an officer", back_office::loan_approval, loan.clone())
            .answer("verdict of the officer", verdict.clone().after(day))
            .at_most_once("write_letter"),
        case("a manager", back_office::loan_approval, loan.clone())
            .answer("verdict of the officer", CallbackReply::never())
            .answer("verdict of the manager", verdict)
            .at_most_once("write_letter"),
        case("no verdict", back_office::loan_approval, loan)
            .answer("*", CallbackReply::never())
            .at_most_once("write_letter"),
        case("a night", back_office::nightly_batch, night(4, None)),
        case(
            "frozen accounts",
            back_office::nightly_batch,
            night(20, Some(10)),
        ),
        case(
            "a failing night",
            back_office::nightly_batch,
            night(6, Some(2)),
        )
        .race(),
        case("a trip", back_office::trip_saga, trip("Rome")),
        case("no car", back_office::trip_saga, trip("Venice")),
        case("no hotel", back_office::trip_saga, trip("Atlantis")),
        case(
            "an agent",
            back_office::agent,
            json!({"text": "Where is my order A-1?"}),
        )
        .at_most_once("refund"),
        case("a year", back_office::year_of_billing, bill("tok_visa"))
            .answer("*", CallbackReply::never()),
        case(
            "late payments",
            back_office::year_of_billing,
            bill("tok_late"),
        )
        .answer("*", CallbackReply::never()),
        case("no money", back_office::year_of_billing, bill("tok_empty"))
            .answer("*", CallbackReply::never()),
    ]
}

/// Explores every example in so many runs of each kind; returns what they are blamed for.
async fn explore(crashes: usize, orders: usize, whole: usize) -> Vec<String> {
    let mut blamed = Vec::new();
    let mut judge = |case: &str, seed: u64, error: Option<durable_test::Error>| {
        blamed.extend(error.map(|error| format!("{case} ({seed}): {error}")));
    };
    for seed in repetitions() {
        for case in all() {
            let (name, allowed) = (case.name, case.allowed().chain(case.interruption()));
            let exploration = case.run.explore_crashes().seed(seed).sample(crashes);
            let explored = allowed.fold(exploration, ExploreCrashes::allow).await;
            judge(name, seed, explored.err());
        }
        for case in all() {
            let (name, allowed) = (case.name, case.allowed());
            let exploration = case.run.explore_orders().seed(seed).budget(orders);
            let explored = allowed.fold(exploration, ExploreOrders::allow).await;
            judge(name, seed, explored.err());
        }
        for case in all() {
            let (name, allowed) = (case.name, case.allowed().chain(case.interruption()));
            let exploration = case.run.explore().budget(whole);
            let explored = allowed.fold(exploration, Explore::allow).await;
            judge(name, seed, explored.err());
        }
    }
    blamed
}

async fn nothing((): (), _: DurableContext) -> Result<(), BoxError> {
    Ok(())
}

#[durable_test(handler = nothing, local_only)]
async fn no_example_is_blamed_without_cause(_runner: DurableRunner) {
    let blamed = explore(16, 6, 10).await;
    assert!(blamed.is_empty(), "{}", blamed.join("\n\n"));
}

#[durable_test(handler = nothing, local_only, flavor = "multi_thread", worker_threads = 2)]
async fn no_example_is_blamed_on_several_threads(_runner: DurableRunner) {
    let blamed = explore(4, 2, 2).await;
    assert!(blamed.is_empty(), "{}", blamed.join("\n\n"));
}

durable_test::main!();
