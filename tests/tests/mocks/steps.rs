use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) cents: u64,
}

#[derive(Debug)]
pub(super) enum PaymentError {
    Busy,
}

impl fmt::Display for PaymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider is busy")
    }
}

impl std::error::Error for PaymentError {}

#[durable_step(retry(max_attempts = 4, initial_delay = "2s", backoff_rate = 2.0))]
pub(super) async fn charge_payment(id: String, cents: u64) -> Result<Receipt, PaymentError> {
    Ok(Receipt {
        id: format!("real-{id}"),
        cents,
    })
}

#[durable_step]
async fn price(id: String) -> u64 {
    id.len() as u64
}

#[durable_execution]
pub(super) async fn order(id: String, ctx: DurableContext) -> Result<Receipt, BoxError> {
    let cents = price(&ctx, id.clone()).await?;
    Ok(charge_payment(&ctx, id, cents).name("charge").await?)
}

fn receipt(id: &str, cents: u64) -> Receipt {
    Receipt {
        id: id.to_owned(),
        cents,
    }
}

#[durable_test(handler = order, local_only)]
async fn a_value_takes_the_place_of_the_body(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.returns(receipt("mocked", 1));
    runner.mock(price).returns(4_990);

    let result = runner.run("order-1").await?;

    assert_eq!(result.result::<Receipt>()?, receipt("mocked", 1));
    assert_eq!(result.step_names(), ["price", "charge"]);
    assert_eq!(charge.calls(), [("order-1".to_owned(), 4_990)]);
    assert_eq!(charge.count(), 1);
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn a_value_is_computed_from_the_arguments(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    let run = || async { runner.run("order-1").await?.result::<Receipt>() };

    charge.with(|id, cents| Ok(Receipt { id, cents }));
    assert_eq!(run().await?, receipt("order-1", 7));
    charge.with(|id, cents| Receipt {
        id,
        cents: cents * 2,
    });
    assert_eq!(run().await?, receipt("order-1", 14));
    charge.with(|id, cents| async move {
        Ok(Receipt {
            id,
            cents: cents * 3,
        })
    });
    assert_eq!(run().await?, receipt("order-1", 21));
    charge.with(|id, cents| async move {
        tokio::task::yield_now().await;
        Receipt { id, cents }
    });
    assert_eq!(run().await?, receipt("order-1", 7));
    charge.real();
    assert_eq!(run().await?, receipt("real-order-1", 7));

    assert_eq!(charge.calls(), vec![("order-1".to_owned(), 7); 5]);
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn an_error_is_recorded_with_its_type(runner: DurableRunner) -> TestOutcome {
    runner.mock(charge_payment).with(|_, cents| {
        if cents > 5 {
            Err(PaymentError::Busy)
        } else {
            Ok(receipt("small", cents))
        }
    });

    let result = runner.run("order-1").await?;

    assert_eq!(result.status(), ExecutionStatus::Failed);
    let step = result.get_step("charge")?;
    assert_eq!(step.attempt(), 4);
    let error = step.error().unwrap();
    assert_eq!(error.error_type.as_deref(), Some("PaymentError"));
    let message = "PaymentError: the provider is busy";
    assert_eq!(error.error_message.as_deref(), Some(message));
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn the_first_runs_fail_and_each_takes_virtual_time(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge
        .fails(2, || PaymentError::Busy)
        .takes(Duration::from_secs(3));

    let result = runner.run("order-1").await?;

    assert_eq!(result.result::<Receipt>()?, receipt("real-order-1", 7));
    assert_eq!(result.get_step("charge")?.attempt(), 3);
    assert_eq!(result.duration(), Duration::from_secs(3 + 2 + 3 + 4 + 3));
    assert_eq!(charge.calls(), vec![("order-1".to_owned(), 7); 3]);
    Ok(())
}

#[durable_test(handler = order, local_only, start_paused)]
async fn a_mock_takes_its_time_where_tokio_is_paused(runner: DurableRunner) -> TestOutcome {
    runner.mock(price).returns(1).takes(Duration::from_secs(90));
    let result = runner.run("order-1").await?;
    assert_eq!(result.duration(), Duration::from_secs(90));
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn failures_are_a_sequence(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.returns(receipt("paid", 1));
    charge.fails(1, || PaymentError::Busy);
    charge.fails(1, || PaymentError::Busy);

    assert_eq!(runner.run("a").await?.get_step("charge")?.attempt(), 3);
    assert_eq!(runner.run("b").await?.get_step("charge")?.attempt(), 1);
    charge.fails(1, || PaymentError::Busy);
    assert_eq!(runner.run("c").await?.get_step("charge")?.attempt(), 2);
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn a_mock_holds_for_clones_and_reconfigured_runners(runner: DurableRunner) -> TestOutcome {
    let strict = runner.reconfigured(|settings| settings.function_name("strict"))?;
    let price = strict.clone().mock(price);
    price.returns(3);

    assert_eq!(runner.run("order-1").await?.result::<Receipt>()?.cents, 3);
    assert_eq!(strict.run("order-1").await?.result::<Receipt>()?.cents, 3);
    assert_eq!(price.calls(), ["order-1", "order-1"]);
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn a_panic_of_a_mock_is_one_of_the_step(runner: DurableRunner) -> TestOutcome {
    let charge = runner.mock(charge_payment);
    charge.with(|_, _| panic!("must not be charged"));
    let error = runner.run("order-1").max_invocations(2).await.unwrap_err();
    assert!(
        error.to_string().contains("STEP \"charge\" (STARTED)"),
        "{error}"
    );
    assert_eq!(charge.count(), 2);
    Ok(())
}

#[durable_test(handler = order, local_only, flavor = "multi_thread", worker_threads = 2)]
async fn runners_side_by_side_do_not_meet(runner: DurableRunner) -> TestOutcome {
    let tasks = (0..8).map(|number| {
        let runner = DurableRunner::local(order);
        tokio::spawn(async move {
            let runner = runner?;
            let price = runner.mock(price);
            price.returns(number);
            let result = runner.run("order-1").await?;
            assert_eq!(result.result::<Receipt>()?.cents, number);
            assert_eq!(price.count(), 1);
            Ok::<_, durable_test::Error>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    assert_eq!(runner.run("order-1").await?.result::<Receipt>()?.cents, 7);
    Ok(())
}

/// Not `Clone`, and not `Debug`.
#[derive(Serialize, Deserialize)]
struct Parcel {
    weight: u32,
}

#[durable_step]
async fn send(parcel: Parcel) -> Result<u32, BoxError> {
    Ok(parcel.weight)
}

async fn sends(weight: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(send(&ctx, Parcel { weight }).await?)
}

#[durable_test(handler = sends, local_only)]
async fn arguments_need_not_be_clone(runner: DurableRunner) -> TestOutcome {
    let send = runner.mock(send);
    send.fails(1, || "the van is full").expects(5);
    send.returns(1);
    assert_eq!(runner.run(9).await?.result::<u32>()?, 1);
    send.with(|parcel| Ok(parcel.weight + 1));
    assert_eq!(runner.run(9).await?.result::<u32>()?, 10);
    send.with(|parcel| async move { parcel.weight + 2 });
    assert_eq!(runner.run(9).await?.result::<u32>()?, 11);
    send.real();
    assert_eq!(runner.run(9).await?.result::<u32>()?, 9);
    assert_eq!(send.count(), 5);
    Ok(())
}

#[durable_step]
async fn load<T: DeserializeOwned + 'static>(json: String) -> Result<Vec<T>, serde_json::Error> {
    Ok(vec![serde_json::from_str(&json)?])
}

async fn loads((): (), ctx: DurableContext) -> Result<(Vec<u8>, Vec<String>), BoxError> {
    let number = load::<u8>(&ctx, "1".to_owned()).name("number").await?;
    let text = load::<String>(&ctx, "\"text\"".to_owned())
        .name("text")
        .await?;
    Ok((number, text))
}

#[durable_test(handler = loads, local_only)]
async fn a_generic_step_is_mocked_by_instance(runner: DurableRunner) -> TestOutcome {
    let numbers = runner.mock(load::<u8>);
    numbers.returns(vec![2, 3]);

    let result = runner.run(()).await?;

    let expected = (vec![2, 3], vec!["text".to_owned()]);
    assert_eq!(result.result::<(Vec<u8>, Vec<String>)>()?, expected);
    assert_eq!(numbers.calls(), ["1"]);
    Ok(())
}

fn helper(
    ctx: &DurableContext,
    id: String,
) -> durable_runtime::StepCall<u64, std::convert::Infallible, price> {
    price(ctx, id)
}

#[durable_test(handler = order, local_only)]
async fn a_function_around_a_step_is_refused(runner: DurableRunner) -> TestOutcome {
    runner.mock(helper).returns(1);
    let error = runner.run("order-1").await.unwrap_err().to_string();
    assert!(
        error.contains("returns a call of `price`. Mock that one"),
        "{error}"
    );
    assert!(error.contains("mocks/steps.rs"), "{error}");
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn the_arguments_of_a_body_are_asked_for_before_it_runs(
    runner: DurableRunner,
) -> TestOutcome {
    let price = runner.mock(price);
    runner.run("order-1").await?;
    assert_eq!(price.count(), 1);
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| price.calls()));
    let message = *asked.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("call `.real()` on the mock before the run"),
        "{message}"
    );
    Ok(())
}

#[durable_step]
async fn touch(counter: Arc<AtomicU32>) -> u32 {
    counter.fetch_add(1, Ordering::SeqCst)
}

#[durable_test(handler = order, local_only)]
async fn a_mocked_body_does_not_run(runner: DurableRunner) -> TestOutcome {
    let counter = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&counter);
    let runner = runner.with_handler(move |_: String, ctx| {
        let counter = Arc::clone(&seen);
        async move { Ok(touch(&ctx, counter).await?) }
    });
    runner.mock(touch).returns(7);

    assert_eq!(runner.run("order-1").await?.result::<u32>()?, 7);
    assert_eq!(counter.load(Ordering::SeqCst), 0);
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn no_body_runs_in_a_replay_and_nothing_is_counted(runner: DurableRunner) -> TestOutcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("order.json");
    let charge = runner.mock(charge_payment);
    charge
        .returns(receipt("mocked", 1))
        .fails(1, || PaymentError::Busy);
    runner.run("order-1").await?.save(&file)?;
    assert_eq!(charge.count(), 2);

    assert!(runner.replay(&file).await?.is_to_the_end());
    assert_eq!(charge.count(), 2);
    Ok(())
}
