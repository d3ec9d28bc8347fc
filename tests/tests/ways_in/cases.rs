//! Cases, each a test of its own.

use durable_test::prelude::*;
use durable_test::replay::ReplayReport;

use super::doubles;
use durable_workflow_tests::long_wait::long_wait;

#[durable_test(handler = doubles, case("nothing", 0), case("small", 1), case("large", 2_000))]
async fn each_number_is_doubled(runner: DurableRunner, label: &str, n: u64) -> TestOutcome {
    let result = runner.run(n).await?;
    assert_eq!(result.result::<u64>()?, 2 * n, "{label}");
    Ok(())
}

#[durable_test(handler = doubles, case(u64::MAX), case(u64::MAX / 2 + 1), should_panic = "FAILED")]
async fn options_are_those_of_all_cases(runner: DurableRunner, n: u64) {
    runner.run(n).await.unwrap().ensure_succeeded().unwrap();
}

#[durable_test(handler = doubles, case(("a pair", 3), &[1, 2]))]
async fn an_argument_is_any_expression(
    runner: DurableRunner,
    (_, n): (&str, u64),
    others: &[u64],
) -> TestOutcome {
    runner.run(n).await?.ensure_succeeded()?;
    assert_eq!(others.len(), 2);
    Ok(())
}

#[durable_test(
    handler = long_wait,
    replay = "tests/histories/long-wait*.json",
    case("to the end", true)
)]
async fn recordings_have_cases_too(replayed: ReplayReport, _label: &str, ends: bool) {
    assert_eq!(replayed.is_to_the_end(), ends);
}
