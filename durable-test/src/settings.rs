//! Settings of runners: of the local service, and of cloud mode.
//!
//! ```
//! # use durable_runtime::prelude::*;
//! # use durable_test::prelude::*;
//! use durable_test::settings::{Limits, Policy};
//!
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
//! let small = Limits { operations: 1, ..Limits::default() };
//! let runner = DurableRunner::builder(order).limits(small).policy(Policy::default()).build()?;
//!
//! let result = runner.run(4_990).await?;
//! assert_eq!(result.status(), ExecutionStatus::Failed, "the wait is an operation too many: {result}");
//! # Ok(())
//! # }
//! ```

pub use durable_host::Transport;
pub use durable_runtime::mode::{CloudSettings, Endpoint, Functions, SettingsError, SkipReason};
pub use durable_service::{Limits, Policy};
