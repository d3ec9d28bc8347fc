//! A workflow that gets its clients as arguments, and a handler that is a closure over a test's own.

use std::sync::Arc;

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use parking_lot::Mutex;

trait Payments: Send + Sync {
    fn charge(&self, order: &str, cents: u64) -> Result<String, BoxError>;
}

#[durable_step(retry(max_attempts = 3, initial_delay = "1s"))]
async fn charge(
    payments: Arc<dyn Payments>,
    order: String,
    cents: u64,
) -> Result<String, BoxError> {
    payments.charge(&order, cents)
}

async fn workflow(
    order: String,
    ctx: DurableContext,
    payments: Arc<dyn Payments>,
) -> Result<String, BoxError> {
    let paid = charge(&ctx, payments, order, 4_990).await?;
    ctx.wait(Duration::from_hours(1)).await?;
    Ok(paid)
}

struct NoPayments;

impl Payments for NoPayments {
    fn charge(&self, _: &str, _: u64) -> Result<String, BoxError> {
        Err("there is no provider here".into())
    }
}

async fn deployed(order: String, ctx: DurableContext) -> Result<String, BoxError> {
    workflow(order, ctx, Arc::new(NoPayments)).await
}

#[derive(Default)]
struct Fake(Mutex<Vec<(String, u64)>>);

impl Payments for Fake {
    fn charge(&self, order: &str, cents: u64) -> Result<String, BoxError> {
        self.0.lock().push((order.to_owned(), cents));
        Ok(format!("paid {order}"))
    }
}

fn with(runner: &DurableRunner, fake: &Arc<Fake>) -> DurableRunner {
    let payments: Arc<dyn Payments> = Arc::clone(fake) as _;
    runner.with_handler(move |order, ctx| workflow(order, ctx, Arc::clone(&payments)))
}

#[durable_test(handler = deployed, local_only)]
async fn a_handler_over_fakes_runs_as_any_handler(runner: DurableRunner) -> TestOutcome {
    let fake = Arc::new(Fake::default());
    let runner = with(&runner, &fake);

    let result = runner.run("order-1").await?;
    assert_eq!(result.result::<String>()?, "paid order-1");
    assert_eq!(*fake.0.lock(), [("order-1".to_owned(), 4_990)]);

    let running = runner.start("order-2").await?;
    running.run_until_suspended().await?;
    assert_eq!(fake.0.lock().len(), 2);
    assert_eq!(running.result().await?.result::<String>()?, "paid order-2");

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("order.json");
    result.save(&file)?;
    assert!(runner.replay(&file).await?.is_to_the_end());
    assert_eq!(fake.0.lock().len(), 2);
    Ok(())
}

#[durable_test(handler = deployed, local_only)]
async fn a_handler_over_fakes_is_explored(runner: DurableRunner) -> TestOutcome {
    let fake = Arc::new(Fake::default());
    let (reset, checked) = (Arc::clone(&fake), Arc::clone(&fake));
    with(&runner, &fake)
        .run("order-1")
        .explore_crashes()
        .setup(move || reset.0.lock().clear())
        .check(move |_| {
            assert!(checked.0.lock().iter().all(|(order, _)| order == "order-1"));
            Ok(())
        })
        .await?;
    Ok(())
}

#[durable_test(handler = deployed, local_only)]
async fn a_handler_over_fakes_keeps_the_mocks_and_settings(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge);
    charge.with(|_, order, _| Ok(format!("mocked {order}")));
    let fake = Arc::new(Fake::default());
    let result = with(&runner, &fake).run("order-1").await?;
    assert_eq!(result.result::<String>()?, "mocked order-1");
    assert_eq!(charge.count(), 1);
    assert!(fake.0.lock().is_empty());
    Ok(())
}
