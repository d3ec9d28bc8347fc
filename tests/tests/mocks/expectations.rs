use durable_test::prelude::*;

use super::steps::{charge_payment, order};

#[durable_test(handler = order, local_only)]
async fn a_met_expectation_says_nothing(runner: DurableRunner) -> TestOutcome {
    runner.mock(charge_payment).real().expects(1);
    runner.run("order-1").await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn outside_of_a_durable_test() -> TestOutcome {
    let runner = DurableRunner::local(order)?;
    runner.mock(charge_payment).real().expects(2);
    runner.run("order-1").await?;
    Ok(())
}

#[durable_test(handler = order, local_only)]
async fn an_unmet_expectation_names_the_calls(runner: DurableRunner) -> TestOutcome {
    runner.run("order-1").await?;
    let ended = std::thread::spawn(outside_of_a_durable_test).join();
    let message = *ended.unwrap_err().downcast::<String>().unwrap();
    let place = "tests/tests/mocks/expectations.rs:15:40";
    assert_eq!(
        message,
        format!(
            "the mock of `charge_payment` expects 2 runs, but saw one run (`expects(2)` at {place})\n  \
             1. (\"order-1\", 7)"
        )
    );
    Ok(())
}
