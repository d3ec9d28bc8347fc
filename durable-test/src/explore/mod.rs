//! Running a workflow many times, under conditions that must not change its outcome: with a crash at every
//! checkpoint, or in every order of its concurrent events.
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! # #[durable_step(retry(max_attempts = 2, initial_delay = "1s"))]
//! # async fn charge(cents: u64) -> Result<u64, BoxError> { Ok(cents) }
//! # #[durable_execution]
//! # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
//! #     let paid = charge(&ctx, cents).await?;
//! #     ctx.wait(Duration::from_hours(1)).name("cool-off").await?;
//! #     Ok(paid)
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runner = DurableRunner::local(order)?;
//! let report = runner.explore_crashes(4_990).await?;
//!
//! // A crash after the charge and before its checkpoint charges twice.
//! let repeated = report.repeated_steps();
//! assert_eq!(repeated[0].path, "charge");
//! assert!(report.points() > 1, "{report}");
//! # Ok(())
//! # }
//! ```

mod allow;
mod allowed;
mod asleep;
mod budget;
mod compare;
mod crashes;
mod identity;
mod judge;
mod moments;
mod orders;
mod progress;
mod reduction;
mod reordered;
mod repeated;
mod reproduction;
mod shrink;
mod steps;
mod template;
mod unstable;
mod whole;
mod workers;

pub use crate::faults::Variant;
pub use crate::plan::{FaultKind, Loss, Plan, PlanError};
pub use allow::Allow;
pub use budget::{Budget, Cut};
pub use compare::{Difference, Subject};
pub use crashes::{CrashFailure, CrashReport, ExploreCrashes, Finding, RepeatedStep};
pub use durable_host::{LostToken, MissedChoice, Order};
pub use orders::{ExploreOrders, OrderReport, OrdersDisagree, Sampling, Side};
pub use unstable::Unstable;
pub use whole::{ExplorationFailure, ExplorationReport, Explore, StepCoverage};
