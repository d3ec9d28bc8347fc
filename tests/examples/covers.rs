//! What explorations of a few workflows cover, and what leaving out orders and plans that lead to the same saves: the
//! figures of the book's page on explorations.
//!
//! ```console
//! cargo run -p durable-workflow-tests --example covers -- 1000
//! ```
//!
//! The number is the largest one of runs of an exploration, 1,000 without it.

use std::time::Instant;

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, Explore, ExploreOrders};
use durable_test::prelude::*;
use durable_test::{Error, Run};

/// The largest number of runs of an exploration, unless the command line says otherwise.
const BUDGET: usize = 1_000;

#[durable_step]
async fn price(shop: u64) -> u64 {
    shop
}

/// A `map` of six items with a step each.
async fn six((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let prices = ctx.map(vec![1_u64, 2, 3, 4, 5, 6], |ctx, shop, _| async move {
        Ok(price(&ctx, shop).await?)
    });
    Ok(prices.await?.into_iter().sum())
}

/// Four waits that end at one time.
async fn waits((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let waits = ctx.map(vec![1_u64, 2, 3, 4], |ctx, number, _| async move {
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
    let small = json!({
        "id": "order-1", "customer": "C-417", "express": false,
        "items": [{"sku": "MUG-BLUE", "quantity": 2, "price_cents": 1_250}],
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
            name: "the order workflow, one item",
            run: Box::new(move || {
                Ok(DurableRunner::local(order_workflow::order_workflow)?.run(&small))
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
    let budget = std::env::args().nth(1);
    let budget = budget.map_or(Ok(BUDGET), |budget| budget.parse())?;
    println!("| | All orders | Without those that lead to the same | With `.independent(..)` |");
    println!("|---|---|---|---|");
    for workflow in workflows() {
        let orders = || Ok::<_, Error>((workflow.run)()?.explore_orders().budget(budget));
        let every = timed(orders()?.every_order()).await?;
        let reduced = timed(orders()?).await?;
        let independent = timed(orders()?.independent(workflow.independent.to_vec())).await?;
        println!(
            "| {} | {every} | {reduced} | {independent} |",
            workflow.name
        );
    }
    println!("\n| | Every plan | Without those that lead to the same | With `.independent(..)` |");
    println!("|---|---|---|---|");
    for workflow in workflows() {
        let whole = || Ok::<_, Error>(workflow.whole()?.budget(budget));
        let every = timed_whole(whole()?.every_plan()).await?;
        let pruned = timed_whole(whole()?).await?;
        let independent = whole()?.independent(workflow.independent.to_vec());
        let independent = timed_whole(independent).await?;
        println!("| {} | {every} | {pruned} | {independent} |", workflow.name);
    }
    Ok(())
}

impl Workflow {
    /// An exploration of everything.
    fn whole(&self) -> Result<Explore, Error> {
        let whole = (self.run)()?.explore();
        let interrupted = self.interrupted.iter();
        Ok(interrupted.fold(whole, |whole, step| {
            whole.allow(Allow::interruption_of(*step))
        }))
    }
}

/// The cell of an exploration of everything.
async fn timed_whole(whole: Explore) -> Result<String, Error> {
    let started = Instant::now();
    let report = whole.await?;
    let closed = if report.is_closed() {
        "closed".to_owned()
    } else {
        format!("{} states open", report.open_states())
    };
    Ok(format!(
        "{} plans, {} states, {} classes of orders, {closed}, {}",
        report.plans(),
        report.states(),
        report.classes(),
        seconds(started)
    ))
}

/// The cell of an exploration of orders.
async fn timed(orders: ExploreOrders) -> Result<String, Error> {
    let started = Instant::now();
    let report = orders.await?;
    let all = if report.is_exhaustive() {
        "all"
    } else {
        "not all"
    };
    let (orders, classes, runs) = (report.orders(), report.classes(), report.runs());
    Ok(format!(
        "{orders} ({all}), {classes} classes, {runs} runs, {}",
        seconds(started)
    ))
}

fn seconds(since: Instant) -> String {
    format!("{:.2} s", since.elapsed().as_secs_f64())
}
