//! Running a workflow in the orders in which its concurrent parts can happen.

mod report;

use std::collections::HashMap;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_host::{Choice, IntoResponder, Order, Responder, Scheduler};
use serde::Serialize;

use super::again::Again;
use super::compare::{Difference, Subject, differences};
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult, Run};
pub use report::OrderReport;

/// Whether the results of two orders are both right.
type Allow = Arc<dyn Fn(&ExecutionResult, &ExecutionResult) -> bool + Send + Sync>;

impl DurableRunner {
    /// Runs the handler once for each order in which its concurrent parts can happen, and compares what
    /// it comes to: await what this returns.
    ///
    /// What is put in order is which of the `#[durable_step]` bodies that run side by side runs first,
    /// which of the timers and answers to callbacks that are due at the same time comes first, and
    /// whether those are noticed together or each by an invocation of its own. All orders are tried if
    /// they fit the budget, and else as many at random. Status, result and operations have to be the same
    /// in all; if not, the error shows both ends, and the code that runs each again. Bodies run one at a
    /// time meanwhile, so one must not wait for what another does beside it.
    ///
    /// The order of threads is none of this: on a runtime with several (`flavor = "multi_thread"`), let
    /// each order be run several times with [`ExploreOrders::repeat`]. A body goes on there when nothing has
    /// happened for some milliseconds of real time, and an exploration whose runs did not offer the choices
    /// that they were to take is not exhaustive.
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
    /// let report = runner.explore_orders(["Alma", "Bo", "Cyd"]).await?;
    /// assert!(report.is_exhaustive());
    /// assert_eq!(report.orders(), 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn explore_orders(&self, input: impl Serialize) -> ExploreOrders {
        ExploreOrders {
            runner: self.clone(),
            input: serde_json::to_string(&input).map_err(ErrorKind::Input),
            replies: Vec::new(),
            timeout: None,
            seed: 0,
            budget: 200,
            repeat: 1,
            allow: None,
            ignore_operations: false,
        }
    }
}

/// An exploration of orders, with its options.
#[must_use = "nothing happens until it is awaited"]
pub struct ExploreOrders {
    runner: DurableRunner,
    input: Result<String, ErrorKind>,
    replies: Vec<(String, Responder)>,
    timeout: Option<Duration>,
    seed: u64,
    budget: usize,
    repeat: usize,
    allow: Option<Allow>,
    ignore_operations: bool,
}

impl ExploreOrders {
    /// Answers callbacks in each run; see [`Request::on_callback`](crate::Request::on_callback).
    pub fn on_callback<K>(mut self, name: impl Into<String>, reply: impl IntoResponder<K>) -> Self {
        self.replies.push((name.into(), reply.into_responder()));
        self
    }

    /// How long each run may take, in real time; one minute by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The first seed, 0 by default, of orders at random. They are tried when there are more orders
    /// than the budget allows.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Most orders that are run; 200 by default.
    pub fn budget(mut self, orders: usize) -> Self {
        self.budget = orders.max(1);
        self
    }

    /// How often each order is run; once by default. More than once finds what depends on the order of
    /// threads.
    pub fn repeat(mut self, times: usize) -> Self {
        self.repeat = times.max(1);
        self
    }

    /// Which results may differ: the closure is asked about the first run and another one whose
    /// status, result or error is not the same.
    pub fn allow_results<F>(mut self, allow: F) -> Self
    where
        F: Fn(&ExecutionResult, &ExecutionResult) -> bool + Send + Sync + 'static,
    {
        self.allow = Some(Arc::new(allow));
        self
    }

    /// Compares status and result only, and not which operations there were and how they ended.
    pub fn ignore_operations(mut self) -> Self {
        self.ignore_operations = true;
        self
    }

    async fn explore(mut self) -> Result<OrderReport, Error> {
        let input = std::mem::replace(&mut self.input, Ok(String::new()))?;
        let first = self.run_once(&input, Order::choices([])).await?;
        let mut report = OrderReport::new(self.runner.function());
        self.compare_repeats(&input, &first, &first, &mut report)
            .await?;
        if count(&first.choices) <= self.budget {
            self.all(&input, &first, &mut report).await?;
        } else {
            for seed in (self.seed..).take(self.budget - 1) {
                self.compare(&input, &first, Order::seed(seed), &mut report)
                    .await?;
            }
        }
        Ok(report)
    }

    /// Tries every order, as far as the budget goes.
    async fn all(
        &self,
        input: &str,
        first: &RunOfOrder,
        report: &mut OrderReport,
    ) -> Result<(), Error> {
        let mut offers = Offers::default();
        let mut is_steady = offers.hold(&first.choices);
        let mut next = after(&first.choices);
        for _ in 1..self.budget {
            let Some(wanted) = next else {
                break;
            };
            let order = Order::choices(wanted.iter().copied());
            let mut tries = 1;
            let (choices, holds) = loop {
                let ran = self.compare(input, first, order.clone(), report).await?;
                let holds = begins_with(&ran.choices, &wanted) && offers.hold(&ran.choices);
                if holds || tries == TRIES {
                    break (ran.choices, holds);
                }
                tries += 1;
            };
            is_steady &= holds;
            next = after(&choices);
        }
        if next.is_none() && is_steady {
            report.complete();
        }
        Ok(())
    }

    /// Runs an order and compares it with the first.
    async fn compare(
        &self,
        input: &str,
        first: &RunOfOrder,
        order: Order,
        report: &mut OrderReport,
    ) -> Result<RunOfOrder, Error> {
        let ran = self.run_once(input, order).await?;
        self.agree(first, &ran)?;
        self.compare_repeats(input, first, &ran, report).await?;
        Ok(ran)
    }

    /// Runs an order as often again as is asked for.
    async fn compare_repeats(
        &self,
        input: &str,
        first: &RunOfOrder,
        ran: &RunOfOrder,
        report: &mut OrderReport,
    ) -> Result<(), Error> {
        report.add(&ran.choices, self.repeat);
        for _ in 1..self.repeat {
            let again = self.run_once(input, ran.order.clone()).await?;
            self.agree(first, &again)?;
        }
        Ok(())
    }

    async fn run_once(&self, input: &str, order: Order) -> Result<RunOfOrder, Error> {
        let keeper = Scheduler::new(&order);
        let runner = self.runner.fork_unreported("`explore_orders`", |_| {})?;
        let mut run = Run::new(runner, Ok(input.to_owned()))
            .check_determinism(false)
            .answered(&self.replies)
            .kept_by(keeper.clone());
        if let Some(timeout) = self.timeout {
            run = run.timeout(timeout);
        }
        match run.await {
            Ok(result) => Ok(RunOfOrder {
                order,
                choices: keeper.choices(),
                result,
            }),
            Err(error) => Err(ErrorKind::OrderFailed {
                order,
                error: Box::new(error),
            }
            .into()),
        }
    }

    fn agree(&self, first: &RunOfOrder, other: &RunOfOrder) -> Result<(), Error> {
        let Some(difference) = self.difference(first, other) else {
            return Ok(());
        };
        Err(ErrorKind::OrdersDisagree(Box::new(OrdersDisagree {
            function: self.runner.function().to_owned(),
            what: difference.to_string(),
            first: Side {
                order: first.order.clone(),
                choices: report::described(&first.choices),
                found: difference.expected,
            },
            other: Side {
                order: other.order.clone(),
                choices: report::described(&other.choices),
                found: difference.actual,
            },
            again: Again::answered(&self.replies).within("timeout", self.timeout),
        }))
        .into())
    }

    /// The first difference that the test does not allow.
    fn difference(&self, first: &RunOfOrder, other: &RunOfOrder) -> Option<Difference> {
        let found = differences(&first.result, &other.result);
        let is_end = |difference: &Difference| {
            difference.execution.is_empty()
                && !matches!(difference.subject, Subject::Operation { .. })
        };
        if found.iter().any(is_end) {
            let allow = self.allow.as_ref();
            let is_allowed = allow.is_some_and(|allow| allow(&first.result, &other.result));
            // Operations come out as the result does.
            return found.into_iter().find(is_end).filter(|_| !is_allowed);
        }
        found.into_iter().find(|_| !self.ignore_operations)
    }
}

impl fmt::Debug for ExploreOrders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExploreOrders")
            .field("runner", &self.runner)
            .field("input", &self.input)
            .field("seed", &self.seed)
            .field("budget", &self.budget)
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

/// A run in an order.
struct RunOfOrder {
    order: Order,
    choices: Vec<Choice>,
    result: ExecutionResult,
}

/// How often an order is run until it offers what others did after the same choices. On several threads a
/// body may come too late to be among those to choose from.
const TRIES: usize = 5;

/// How many options there were after the choices before.
#[derive(Default)]
struct Offers(HashMap<Vec<usize>, usize>);

impl Offers {
    /// Whether these choices offer what others did; what is new is noted.
    fn hold(&mut self, choices: &[Choice]) -> bool {
        let mut before = Vec::with_capacity(choices.len());
        choices.iter().all(|choice| {
            let options = choice.options.len();
            let known = *self.0.entry(before.clone()).or_insert(options);
            before.push(choice.chosen);
            known == options
        })
    }
}

/// Whether a run took what was wanted.
fn begins_with(choices: &[Choice], wanted: &[usize]) -> bool {
    let taken = choices.iter().map(|choice| &choice.chosen);
    taken.take(wanted.len()).eq(wanted)
}

/// How many orders there are if every run has the same choices.
fn count(choices: &[Choice]) -> usize {
    choices.iter().fold(1, |count, choice| {
        count.saturating_mul(choice.options.len())
    })
}

/// The next order, when orders are counted up with their last choices first.
fn after(choices: &[Choice]) -> Option<Vec<usize>> {
    let last = choices
        .iter()
        .rposition(|choice| choice.chosen + 1 < choice.options.len())?;
    let taken = |choice: &Choice| choice.chosen;
    let mut next: Vec<usize> = choices.iter().take(last + 1).map(taken).collect();
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    Some(next)
}

/// Two orders in which a handler comes to different ends.
#[derive(Debug)]
pub struct OrdersDisagree {
    /// The function.
    pub function: String,
    /// What differs: the result, or an operation.
    pub what: String,
    /// One end.
    pub first: Side,
    /// The other end.
    pub other: Side,
    /// How the runs are repeated.
    again: Again,
}

/// What an order came to.
#[derive(Debug)]
pub struct Side {
    /// The order.
    pub order: Order,
    /// What happened in it, where there was a choice.
    pub choices: String,
    /// How that which differs came out.
    pub found: String,
}

impl fmt::Display for OrdersDisagree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            what,
            first,
            other,
            again,
        } = self;
        write!(
            f,
            "what function \"{function}\" comes to depends on the order in which concurrent things \
             happen: the {what} differs\n  {}: {}\n  {}: {}\n",
            first.choices, first.found, other.choices, other.found
        )?;
        if first.order == other.order {
            return write!(
                f,
                "Both are runs of one order, `.order({})`: the order of threads, or something else that \
                 is not recorded, makes the difference",
                first.order
            );
        }
        write!(
            f,
            "Run each again with\n  runner.run(input).order({}){again}\n  \
             runner.run(input).order({}){again}\nTake \
             results in the order of the calls, or sort them, before anything depends on them. If both \
             are right, say so with `.allow_results(|one, other| ..)` or `.ignore_operations()`",
            first.order, other.order
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(taken: &[(usize, usize)]) -> Vec<Choice> {
        let choice = |(taken, of): &(usize, usize)| Choice {
            chosen: *taken,
            options: vec![String::new(); *of],
        };
        taken.iter().map(choice).collect()
    }

    #[test]
    fn choices_hold_if_the_same_ones_before_offered_as_much() {
        let mut offers = Offers::default();
        assert!(offers.hold(&choices(&[(0, 3), (0, 2)])));
        assert!(offers.hold(&choices(&[(0, 3), (1, 2)])));
        assert!(offers.hold(&choices(&[(1, 3), (0, 4)])));
        assert!(!offers.hold(&choices(&[(1, 2), (0, 4)])));
        assert!(!offers.hold(&choices(&[(1, 3), (0, 2)])));
    }

    #[test]
    fn orders_are_counted_up_from_the_last_choice() {
        assert_eq!(after(&choices(&[(0, 3), (0, 2)])), Some(vec![0, 1]));
        assert_eq!(after(&choices(&[(0, 3), (1, 2)])), Some(vec![1]));
        assert_eq!(after(&choices(&[(2, 3), (1, 2)])), None);
        assert_eq!(after(&[]), None);
    }

    #[test]
    fn the_number_of_orders_does_not_overflow() {
        assert_eq!(count(&choices(&[(0, 3), (0, 2)])), 6);
        assert_eq!(count(&choices(&[(0, 2); 64])), usize::MAX);
    }
}
