//! Property tests: workflows with generated inputs and faults, on `proptest` (feature `proptest`).
//!
//! [`check`] runs the body of a property for each generated value and shrinks a failing one. Unlike
//! `proptest!` it is async, so that a property stands in the body of a `#[durable_test]`:
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! use durable_test::proptest::{check, faults};
//!
//! # #[durable_step]
//! # async fn double(n: u32) -> u32 { n.wrapping_mul(2) }
//! # #[durable_execution]
//! # async fn workflow(n: u32, ctx: DurableContext) -> Result<u32, BoxError> { Ok(double(&ctx, n).await?) }
//! #[durable_test(handler = workflow, local_only)]
//! async fn doubles_whatever_goes_wrong(runner: DurableRunner) -> TestOutcome {
//!     check((0..1_000_u32, faults(4, 3)), async |(n, faults)| {
//!         let result = runner.run(n).faults(faults).await?;
//!         assert_eq!(result.result::<u32>()?, 2 * n);
//!         Ok(())
//!     })
//!     .await
//! }
//! # durable_test::main!();
//! ```
//!
//! The values repeat from run to run. `PROPTEST_CASES` sets their number, 256 by default, and
//! `PROPTEST_RNG_SEED` another seed. In `proptest!` itself a property makes its own runtime and its own
//! [`DurableRunner::local`](crate::DurableRunner::local).

mod faults;
mod property;

pub use faults::{crash_points, crashes, faults};
pub use property::{check, check_with};
pub use proptest::test_runner::Config;
