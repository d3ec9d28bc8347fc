//! Running an async property on generated values.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};

use crate::panic_text::panic_text;
use crate::{Error, ErrorKind, TestOutcome};

/// Runs a property on values of a strategy, as many as proptest's configuration says (`PROPTEST_CASES`).
///
/// # Errors
///
/// The smallest value for which the property fails, and why it fails.
///
/// The [module](super) has an example.
pub async fn check<S, F>(strategy: S, property: F) -> TestOutcome
where
    S: Strategy,
    F: AsyncFn(S::Value) -> TestOutcome,
{
    check_with(Config::default(), strategy, property).await
}

/// Runs a property under a configuration of its own: `cases`, `max_shrink_iters` and `rng_seed` count.
///
/// # Errors
///
/// The smallest value for which the property fails, and why it fails.
///
/// [`check`] takes the configuration of the environment; the [module](super) has an example.
pub async fn check_with<S, F>(config: Config, strategy: S, property: F) -> TestOutcome
where
    S: Strategy,
    F: AsyncFn(S::Value) -> TestOutcome,
{
    let (cases, steps) = (config.cases, config.max_shrink_iters());
    let mut runner = match config.rng_seed {
        RngSeed::Fixed(_) => TestRunner::new(config),
        // The same values in every run.
        RngSeed::Random => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, rng)
        }
    };
    for case in 1..=cases {
        let drawn = strategy.new_tree(&mut runner);
        let mut tree = drawn.map_err(|reason| strange(reason.message()))?;
        let Err(mut message) = holds(&property, tree.current()).await else {
            continue;
        };
        // The smallest value seen to fail.
        let mut smallest = tree.current();
        let mut step = 0;
        let mut is_smaller = tree.simplify();
        while is_smaller && step < steps {
            step += 1;
            is_smaller = match holds(&property, tree.current()).await {
                Ok(()) => tree.complicate(),
                Err(smaller) => {
                    message = smaller;
                    smallest = tree.current();
                    tree.simplify()
                }
            };
        }
        return Err(ErrorKind::Property {
            value: format!("{smallest:?}"),
            message,
            case,
            step,
        }
        .into());
    }
    Ok(())
}

fn strange(reason: &str) -> Error {
    let reason = format!("the strategy generates no value: {reason}");
    let error: Box<dyn std::error::Error + Send + Sync> = reason.into();
    ErrorKind::Other(error).into()
}

/// Runs the property on one value; a panic counts as its failure.
async fn holds<V: Debug>(
    property: &impl AsyncFn(V) -> TestOutcome,
    value: V,
) -> Result<(), String> {
    let mut run = pin!(property(value));
    let ended =
        std::future::poll_fn(
            |cx| match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(cx))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(outcome)) => {
                    Poll::Ready(outcome.map_err(|error| format!("{error:?}")))
                }
                Err(panic) => Poll::Ready(Err(panic_text(&*panic).to_owned())),
            },
        );
    ended.await
}
