//! Running a workflow in every order of its concurrent events.

mod choices;
mod report;

use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;

use durable_host::{Choice, Order, Scheduler};
use serde::Serialize;

use super::template::{Explored, Repeated, Template, exploration_options};
use crate::misuse::Misuse;
use crate::{DurableRunner, Error, ErrorKind, Run};
use choices::{Offers, after, count, starts_with};
pub use report::{OrderReport, OrdersDisagree, Side};

/// Maximum number of runs of an order until it has the options that other runs had after the same choices. On
/// several threads a body may start too late to be an option.
const MAX_TRIES: usize = 5;

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
    /// An order decides which of the concurrent `#[durable_step]` bodies runs first, which of the timers and
    /// callback answers that are due at the same time fires first, and whether one invocation sees them
    /// together or each starts an invocation of its own. All orders are run if they fit the budget, otherwise
    /// as many random ones. Status, result and operations must be the same in all; if not, the error shows
    /// both outcomes, and the code that repeats each. Bodies run one at a time, so a body must not wait for a
    /// concurrent one.
    ///
    /// The scheduling of threads is not explored: on a runtime with several (`flavor = "multi_thread"`), run
    /// each order several times with [`ExploreOrders::repeat`]. There a body proceeds after some milliseconds
    /// of real time without an event, and an exploration whose runs lack the choices that they should take is
    /// not exhaustive.
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
        ExploreOrders {
            template,
            choice: Budget {
                seed: 0,
                orders: 200,
                repeat: 1,
            },
        }
    }
}

/// An exploration of orders, with its options and those of its runs; it starts when it is awaited.
#[must_use = "nothing happens until it is awaited"]
pub struct ExploreOrders {
    template: Template,
    choice: Budget,
}

/// Which orders are run, and how often.
struct Budget {
    seed: u64,
    orders: usize,
    repeat: usize,
}

exploration_options!(ExploreOrders);

impl ExploreOrders {
    fn template(&mut self) -> &mut Template {
        &mut self.template
    }

    /// The first seed of random orders, 0 by default. Random orders are run if there are more orders than the
    /// budget allows.
    pub fn seed(mut self, seed: u64) -> Self {
        self.choice.seed = seed;
        self
    }

    /// Limit of the orders that are run, at least one; 200 by default.
    #[track_caller]
    pub fn budget(mut self, orders: usize) -> Self {
        self.choice.orders = orders;
        self.at_least_once("budget", orders)
    }

    /// How often each order is run, at least once; once by default. Repeating finds what depends on the
    /// scheduling of threads.
    #[track_caller]
    pub fn repeat(mut self, times: usize) -> Self {
        self.choice.repeat = times;
        self.at_least_once("repeat", times)
    }

    #[track_caller]
    fn at_least_once(mut self, call: &str, number: usize) -> Self {
        if number == 0 {
            self.options().refuse(Misuse::Argument {
                call: format!("{call}(0)"),
                reason: "an exploration of nothing finds nothing; the number is 1 at least"
                    .to_owned(),
                at: Location::caller(),
            });
        }
        self
    }

    async fn explore(self) -> Result<OrderReport, Error> {
        let run = self.template.ready("`explore_orders`")?;
        let Budget {
            seed,
            orders,
            repeat,
        } = self.choice;
        let order = Order::choices([]);
        let scheduler = Scheduler::new(&order);
        let explored = run.run(Some(scheduler.clone())).await;
        let first = RunOfOrder::new(&run, order, &scheduler, explored)?;
        let mut exploration = Exploration {
            report: OrderReport::new(run.runner.function()),
            run: &run,
            first,
            orders,
            repeat,
        };
        exploration.repeat_first().await?;
        if count(&exploration.first.choices) <= orders {
            exploration.all().await?;
        } else {
            for seed in (seed..).take(orders - 1) {
                exploration.compare(Order::seed(seed)).await?;
            }
        }
        run.check_answers(&exploration.first.explored.result)?;
        Ok(exploration.report)
    }
}

impl fmt::Debug for ExploreOrders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExploreOrders")
            .field("run", &self.template.request)
            .field("seed", &self.choice.seed)
            .field("budget", &self.choice.orders)
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
    explored: Explored,
}

impl RunOfOrder {
    /// A run that has finished, and passed the test's own check.
    fn new(
        run: &Repeated,
        order: Order,
        scheduler: &Scheduler,
        explored: Result<Explored, Error>,
    ) -> Result<Self, Error> {
        let finished = explored.and_then(|mut explored| match explored.error.take() {
            Some(error) => Err(error),
            None => Ok(explored),
        });
        let checked = finished.and_then(|explored| match run.checked(&explored) {
            Ok(()) => Ok(explored),
            Err(message) => {
                run.runner.recent().record(&explored.result);
                Err(ErrorKind::Check { message }.into())
            }
        });
        match checked {
            Ok(explored) => Ok(Self {
                order,
                choices: scheduler.choices(),
                explored,
            }),
            Err(error) => Err(ErrorKind::OrderFailed {
                order,
                error: Box::new(error),
            }
            .into()),
        }
    }
}

/// The state of an exploration.
struct Exploration<'a> {
    run: &'a Repeated,
    /// The run that the others are compared with.
    first: RunOfOrder,
    /// Limit of the orders.
    orders: usize,
    /// How often each is run.
    repeat: usize,
    report: OrderReport,
}

impl Exploration<'_> {
    /// Runs every order, within the budget.
    async fn all(&mut self) -> Result<(), Error> {
        let mut offers = Offers::default();
        let mut all_agree = offers.agree(&self.first.choices);
        let mut next = after(&self.first.choices);
        for _ in 1..self.orders {
            let Some(requested) = next else {
                break;
            };
            let order = Order::choices(requested.iter().copied());
            let mut tries = 1;
            let (choices, agrees) = loop {
                let choices = self.compare(order.clone()).await?;
                let agrees = starts_with(&choices, &requested) && offers.agree(&choices);
                if agrees || tries == MAX_TRIES {
                    break (choices, agrees);
                }
                tries += 1;
            };
            all_agree &= agrees;
            next = after(&choices);
        }
        if next.is_none() && all_agree {
            self.report.complete();
        }
        Ok(())
    }

    /// Repeats the first order.
    async fn repeat_first(&mut self) -> Result<(), Error> {
        self.report.add(&self.first.choices, self.repeat);
        self.repeat(&self.first.order.clone()).await
    }

    /// Runs an order and its repetitions, compares them with the first order, and returns the choices of the
    /// order.
    async fn compare(&mut self, order: Order) -> Result<Vec<Choice>, Error> {
        let choices = self.run_once(&order).await?;
        self.report.add(&choices, self.repeat);
        self.repeat(&order).await?;
        Ok(choices)
    }

    async fn repeat(&self, order: &Order) -> Result<(), Error> {
        for _ in 1..self.repeat {
            self.run_once(order).await?;
        }
        Ok(())
    }

    async fn run_once(&self, order: &Order) -> Result<Vec<Choice>, Error> {
        let scheduler = Scheduler::new(order);
        let explored = self.run.run_again(&[], Some(scheduler.clone())).await;
        let other = RunOfOrder::new(self.run, order.clone(), &scheduler, explored)?;
        self.agree(&other)?;
        Ok(other.choices)
    }

    fn agree(&self, other: &RunOfOrder) -> Result<(), Error> {
        let first = &self.first;
        let forbidden = self.run.forbidden(&first.explored.result, &other.explored);
        let Some(difference) = forbidden.into_iter().next() else {
            return Ok(());
        };
        Err(ErrorKind::OrdersDisagree(Box::new(OrdersDisagree {
            function: self.run.runner.function().to_owned(),
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
            reproduction: self.run.reproduction(),
        }))
        .into())
    }
}
