//! Running a workflow in every order of its concurrent events.

mod delays;
mod exploration;
mod frontier;
mod known;
mod random;
mod report;
mod sampling;
mod systematic;

use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use durable_host::NoteStates;
use serde::Serialize;

use super::compare::Threads;
use super::template::{Template, exploration_options, reduction_options};
use super::workers::Workers;
use crate::misuse::Misuse;
use crate::{DurableRunner, Error, Run};
pub(super) use delays::{
    fingerprint, has_due_times, has_free_bodies, possible as possibly_late, unseen_bodies,
};
use exploration::{Exploration, Plan};
pub use report::{OrderReport, OrdersDisagree, Side};
pub use sampling::Sampling;

/// Names the exploration.
const WHAT: &str = "`explore_orders`";

/// How many orders an exploration runs by default.
const MAX_ORDERS: usize = 200;

impl DurableRunner {
    /// Explores the orders of a run without options of its own: short for
    /// `runner.run(input).explore_orders()`, see [`Run::explore_orders`].
    pub fn explore_orders(&self, input: impl Serialize) -> ExploreOrders {
        self.run(input).explore_orders()
    }
}

impl Run {
    /// Runs the handler once for each order of its concurrent events, and compares the outcomes: await what
    /// this returns.
    ///
    /// An order decides which of the concurrent `#[durable_step]` bodies runs first, which of the timers and callback
    /// answers that are due at the same time fires first, whether one invocation sees them together or each starts an
    /// invocation of its own, and which of several executions that are due is invoked first. One invocation runs at a
    /// time, so bodies of two executions do not interleave. Status, result and operations must be the same in all; if
    /// not, the error shows both outcomes, and the code that repeats each. Bodies run one at a time, so a body must
    /// not wait for a concurrent one.
    ///
    /// Beside that, the [answers to checkpoint calls can be late](crate::explore::Order::late_answer), of every kind
    /// of operation, wherever something else can go on meanwhile; and where steps of `ctx.step(..)` run side by side,
    /// whose bodies no hook can hold, the function's tasks run [newest first](crate::explore::Order::newest_first) as
    /// well. So a `race` or a `select_ok` has more than one winner. All orders are run if they fit the budget, but
    /// for those that lead to the same as others: things due at one time that are noticed together come in one order,
    /// and a state that another order led to is not explored again ([`outside`](ExploreOrders::outside)). Those with
    /// fewer late answers come first. If the choices alone do not fit the budget, random orders are run; a few of
    /// them say how many orders there are, drawn when a quarter of the budget is used up, or at once when the first
    /// run has many choices. Orders in which the same things happen count once.
    ///
    /// Version 0.1.0 of the SDK loses its checkpoint token if it gives up a branch, the loser of a race for
    /// one, in the middle of a call. An order that shows it fails with a message that says so;
    /// [`Allow::lost_token`](crate::explore::Allow::lost_token) goes on without such orders.
    ///
    /// The scheduling of threads is not explored: on a runtime with several (`flavor = "multi_thread"`), run
    /// each order several times with [`ExploreOrders::repeat`]. There a body proceeds after some milliseconds
    /// of real time without an event, answers are not late, and an exploration whose runs lack the choices
    /// that they should take is not exhaustive. Nor is one with concurrent steps of `ctx.step(..)`.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// #[durable_step]
    /// async fn price(shop: String) -> usize { shop.len() }
    ///
    /// async fn cheapest(shops: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    ///     let prices: Vec<_> = shops.into_iter().map(|shop| price(&ctx, shop).future()).collect();
    ///     let prices = ctx.try_join_all(prices).await?;
    ///     Ok(prices.into_iter().min().unwrap_or(0))
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let runner = DurableRunner::local(cheapest)?;
    /// let report = runner.run(["Alma", "Bo", "Cyd"]).explore_orders().await?;
    /// assert!(report.is_exhaustive());
    /// assert_eq!(report.orders(), 6);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn explore_orders(self) -> ExploreOrders {
        let mut template = Template::new(self);
        let options = &mut template.request.options;
        if let Some(order) = options.order.take() {
            options.refuse(Misuse::Argument {
                call: "explore_orders()".to_owned(),
                reason: format!(
                    "an exploration chooses the orders of its runs; leave `.order({order})` out"
                ),
                at: Location::caller(),
            });
        }
        template.limits.runs = Some(MAX_ORDERS);
        ExploreOrders {
            template,
            plan: Plan { seed: 0, repeat: 1 },
        }
    }
}

/// An exploration of orders, with its options and those of its runs; it starts when it is awaited.
///
/// It runs 200 orders at most, unless [`budget`](Self::budget) says otherwise.
///
/// Made by [`Run::explore_orders`](crate::Run::explore_orders), with an example.
#[must_use = "nothing happens until it is awaited"]
pub struct ExploreOrders {
    template: Template,
    plan: Plan,
}

exploration_options!(ExploreOrders);
reduction_options!(ExploreOrders);

impl ExploreOrders {
    fn template(&mut self) -> &mut Template {
        &mut self.template
    }

    /// The first seed of random orders, 0 by default. Random orders are run if there are more choices than the
    /// budget allows, or a [`sample`](Self::sample) is asked for.
    pub fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// Hashes the state that the test has outside of the workflow, such as that of a fake bank: equal hashes must mean
    /// that no run can tell the states apart. It is called before each invocation.
    ///
    /// Where an invocation begins in a state in which one of another order began, what follows is not explored again. A
    /// test that resets state with [`setup`](Self::setup), has mocks, answers callbacks, or has plain functions or closures
    /// over something, is taken to have such state: without a hash no two of its states are taken for the same.
    pub fn outside(mut self, hash: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.template.outside = Some(Arc::new(hash));
        self
    }

    /// How often each order is run, at least once; once by default. Repeating finds what depends on the
    /// scheduling of threads.
    #[track_caller]
    pub fn repeat(mut self, times: usize) -> Self {
        self.plan.repeat = times;
        self.template
            .at_least_once("repeat", times, Location::caller());
        self
    }

    async fn explore(self) -> Result<OrderReport, Error> {
        let exploration = self.start().await?;
        match exploration.plan_to_repeat() {
            Some(plan) => exploration.repeat_plan(&plan).await,
            None => exploration.finish().await,
        }
    }

    /// Makes the first run.
    async fn start(mut self) -> Result<Exploration, Error> {
        let limits = self.template.limits;
        let threads = self.template.threads;
        let reduction = self.template.reduction.clone();
        // Without a hash, equal states may have different effects behind them.
        let is_known =
            self.template.outside.is_some() || !self.template.may_have_state_outside(WHAT)?;
        if is_known && !reduction.is_off && Threads::here() == Threads::One {
            self.template.note = NoteStates::Stored {
                bodies: false,
                failures: true,
                instants: false,
            };
        }
        let run = self.template.ready(WHAT)?;
        let workers = Workers::start(&run, threads)?;
        Exploration::start(run, workers, limits, self.plan, reduction).await
    }
}

impl fmt::Debug for ExploreOrders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExploreOrders")
            .field("run", &self.template.request)
            .field("seed", &self.plan.seed)
            .field("limits", &self.template.limits)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for ExploreOrders {
    type Output = Result<OrderReport, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.explore())
    }
}

#[cfg(test)]
mod tests {
    use durable_runtime::prelude::*;

    use super::exploration::Exploration;
    use crate::DurableRunner;

    /// Waits that end together, each with a step after it.
    async fn naps((): (), ctx: DurableContext) -> Result<u64, BoxError> {
        let naps = ctx.map(vec![1_u64, 2, 3], |ctx, number, _| async move {
            ctx.wait(Duration::from_secs(5)).await?;
            Ok(ctx.step(move |_| async move { Ok(number) }).await?)
        });
        Ok(naps.await?.into_iter().sum())
    }

    /// An exploration that has made its first run.
    pub(super) async fn exploration() -> Exploration {
        let runner = DurableRunner::local(naps).unwrap();
        runner.explore_orders(()).start().await.unwrap()
    }
}
