//! How a workflow gets its clients, so that tests replace them.
//!
//! A client is an argument: of the steps that use it, and of the workflow. Arguments of steps are not
//! recorded, so an `Arc<dyn Trait>` will do, as will the client of an AWS service. The deployed handler
//! makes the clients once, outside of the workflow; a test calls the same workflow over fakes of its own,
//! with [`DurableRunner::with_handler`](crate::DurableRunner::with_handler).
//!
//! ```
//! use std::sync::{Arc, LazyLock};
//!
//! use durable_runtime::prelude::*;
//! use durable_test::prelude::*;
//!
//! trait Payments: Send + Sync {
//!     fn charge(&self, order: &str, cents: u64) -> Result<String, BoxError>;
//! }
//!
//! #[durable_step]
//! async fn charge(payments: Arc<dyn Payments>, order: String) -> Result<String, BoxError> {
//!     payments.charge(&order, 4_990)
//! }
//!
//! /// The workflow: plain arguments, and so without globals.
//! async fn workflow(order: String, ctx: DurableContext, payments: Arc<dyn Payments>) -> Result<String, BoxError> {
//!     let paid = charge(&ctx, payments, order).await?;
//!     ctx.wait(Duration::from_secs(3600)).name("cool-off").await?;
//!     Ok(paid)
//! }
//!
//! /// The deployed handler: the workflow over the real clients, which live as long as the process.
//! #[durable_execution]
//! async fn order_workflow(order: String, ctx: DurableContext) -> Result<String, BoxError> {
//!     static PAYMENTS: LazyLock<Arc<dyn Payments>> = LazyLock::new(|| Arc::new(Provider::connect()));
//!     workflow(order, ctx, Arc::clone(&PAYMENTS)).await
//! }
//! # struct Provider;
//! # impl Provider { fn connect() -> Self { Self } }
//! # impl Payments for Provider {
//! #     fn charge(&self, _: &str, _: u64) -> Result<String, BoxError> { Err("no network".into()) }
//! # }
//!
//! struct Fake;
//!
//! impl Payments for Fake {
//!     fn charge(&self, order: &str, cents: u64) -> Result<String, BoxError> {
//!         Ok(format!("{cents} for {order}"))
//!     }
//! }
//!
//! #[durable_test(handler = order_workflow)]
//! async fn takes_the_money(runner: DurableRunner) -> TestOutcome {
//!     // In cloud mode the deployed handler runs, over its own clients.
//!     let runner = runner.with_handler(|order, ctx| workflow(order, ctx, Arc::new(Fake)));
//!     let result = runner.run("order-1").await?;
//!     result.ensure_succeeded()?;
//!     if runner.mode() == RunnerMode::Local {
//!         assert_eq!(result.result::<String>()?, "4990 for order-1");
//!     }
//!     Ok(())
//! }
//!
//! durable_test::main!();
//! ```
//!
//! A `main` of its own can make the clients, too: the SDK's `run` takes a closure.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use durable_runtime::prelude::*;
//! # trait Payments: Send + Sync {}
//! # async fn connect() -> Arc<dyn Payments> { unimplemented!() }
//! # async fn workflow(order: String, ctx: DurableContext, payments: Arc<dyn Payments>) -> Result<String, BoxError> {
//! #     Ok(order)
//! # }
//! # async fn run() -> Result<(), sdk::lambda_runtime::Error> {
//! let payments = connect().await;
//! durable_runtime::run(move |order, ctx| workflow(order, ctx, Arc::clone(&payments))).await
//! # }
//! ```
//!
//! Without a trait, a step is replaced by a [mock](crate::mock).
