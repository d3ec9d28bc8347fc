//! `rstest`: its cases, values and fixtures with a runner of `#[durable_test]`.
//!
//! `#[durable_test::test(..)]` stands below `#[rstest]`, which takes it as the attribute of each test, and the
//! runner is an argument that rstest leaves alone: `#[ignore] runner`.

use durable_test::prelude::*;
use rstest::{fixture, rstest};

use super::doubles;

#[fixture]
fn factor() -> u64 {
    2
}

#[rstest]
#[case::small(1)]
#[case::large(2_000)]
#[durable_test::test(handler = doubles)]
async fn cases_and_fixtures(
    #[ignore] runner: DurableRunner,
    #[case] n: u64,
    factor: u64,
) -> TestOutcome {
    assert_eq!(runner.run(n).await?.result::<u64>()?, factor * n);
    Ok(())
}

#[rstest]
#[test_attr(durable_test(handler = doubles))]
async fn values(#[ignore] runner: DurableRunner, #[values(3, 4)] n: u64) -> TestOutcome {
    assert_eq!(runner.run(n).await?.result::<u64>()?, 2 * n);
    Ok(())
}

/// Without `#[durable_test]` a fixture makes the runner; such a test is always local.
#[fixture]
fn runner() -> DurableRunner {
    DurableRunner::local(doubles).unwrap()
}

#[rstest]
#[tokio::test]
async fn a_runner_is_a_fixture(runner: DurableRunner, #[values(5, 6)] n: u64) -> TestOutcome {
    assert_eq!(runner.run(n).await?.result::<u64>()?, 2 * n);
    Ok(())
}
