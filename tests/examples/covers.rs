//! What explorations of a few workflows cover, and what leaving out orders that lead to the same saves, as the table of
//! the book's page on explorations.
//!
//! ```console
//! cargo run --release -p durable-workflow-tests --example covers
//! ```

use std::time::Instant;

use durable_runtime::prelude::*;
use durable_test::explore::Allow;
use durable_test::prelude::*;
use durable_test::{Error, Run};

/// The largest number of runs of an exploration.
const BUDGET: usize = 2_000;

#[durable_step]
async fn price(shop: u64) -> u64 {
    shop
}

/// A `map` of six items with a step each.
async fn six((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let prices = ctx.map(Vec::from_iter(1..=6_u64), |ctx, shop, _| async move {
        Ok(price(&ctx, shop).await?)
    });
    Ok(prices.await?.into_iter().sum())
}

/// Six waits that end at one time.
async fn waits((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let waits = ctx.map(Vec::from_iter(1..=4_u64), |ctx, number, _| async move {
        ctx.wait(Duration::from_mins(1)).await?;
        Ok(number)
    });
    Ok(waits.await?.into_iter().sum())
}

struct Workflow {
    name: &'static str,
    run: Box<dyn Fn() -> Result<Run, Error>>,
    /// Steps whose order makes no difference.
    independent: &'static [&'static str],
    /// The at-most-once steps.
    interrupted: &'static [&'static str],
}

fn workflows() -> Vec<Workflow> {
    let order = json!({
        "id": "order-1", "customer": "C-417", "express": false,
        "items": [
            {"sku": "MUG-BLUE", "quantity": 2, "price_cents": 1_250},
            {"sku": "KETTLE-GN", "quantity": 1, "price_cents": 6_490},
        ],
        "payment": {"method": "card", "token": "tok_visa"},
    });
    let trip = json!({"traveller": "Ada", "city": "Venice"});
    vec![
        Workflow {
            name: "the order workflow, two items",
            run: Box::new(move || {
                Ok(DurableRunner::local(order_workflow::order_workflow)?.run(&order))
            }),
            independent: &["check_stock", "take_stock"],
            interrupted: &["ship_order"],
        },
        Workflow {
            name: "the trip saga, without a car",
            run: Box::new(move || Ok(DurableRunner::local(back_office::trip_saga)?.run(&trip))),
            independent: &[],
            interrupted: &[],
        },
        Workflow {
            name: "a map of six",
            run: Box::new(|| Ok(DurableRunner::local(six)?.run(()))),
            independent: &["price"],
            interrupted: &[],
        },
        Workflow {
            name: "four waits",
            run: Box::new(|| Ok(DurableRunner::local(waits)?.run(()))),
            independent: &[],
            interrupted: &[],
        },
    ]
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| | all orders | without those that lead to the same | with `.independent(..)` | everything |"
    );
    println!("|---|---|---|---|---|");
    for workflow in workflows() {
        let orders =
            || -> Result<_, Error> { Ok((workflow.run)()?.explore_orders().budget(BUDGET)) };
        let mut cells = vec![workflow.name.to_owned()];
        let started = Instant::now();
        let every = orders()?.every_order().await?;
        cells.push(format!("{every} {:?}", started.elapsed()));
        let started = Instant::now();
        let reduced = orders()?.await?;
        cells.push(format!("{reduced} {:?}", started.elapsed()));
        let started = Instant::now();
        let independent = orders()?.independent(workflow.independent.to_vec()).await?;
        cells.push(format!("{independent} {:?}", started.elapsed()));
        let explore = (workflow.run)()?.explore().budget(BUDGET);
        let explore = workflow.interrupted.iter().fold(explore, |explore, step| {
            explore.allow(Allow::interruption_of(*step))
        });
        let started = Instant::now();
        let whole = explore.independent(workflow.independent.to_vec()).await?;
        cells.push(format!(
            "{} {:?}",
            whole
                .to_string()
                .lines()
                .take(2)
                .collect::<Vec<_>>()
                .join(" "),
            started.elapsed()
        ));
        println!("| {} |", cells.join(" | "));
    }
    Ok(())
}
