//! The exploration itself: the runs that it makes, and how they compare with the first one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use durable_host::{Choice, Order, Scheduler};

use super::delays::fingerprint;
use super::frontier::Requested;
use super::report::{self, OrderReport, OrdersDisagree, Side};
use crate::explore::budget::{Cut, Limits, Meter};
use crate::explore::progress::Progress;
use crate::explore::reduction::{Reduction, segments};
use crate::explore::reordered::reordered;
use crate::explore::repeated::{Explored, Job, Repeated};
use crate::explore::workers::Workers;
use crate::plan::{self, Repeat};
use crate::{Error, ErrorKind};

/// Which orders are run, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) repeat: usize,
}

/// A run in an order.
pub(super) struct RunOfOrder {
    /// Whether the SDK lost its checkpoint token in it, as the test allows.
    pub(super) is_lost: bool,
    order: Order,
    pub(super) scheduler: Scheduler,
    pub(super) choices: Vec<Choice>,
    pub(super) explored: Explored,
}

/// A run that was made ahead of its turn.
type Made = (Scheduler, Result<Explored, Error>);

/// The state of an exploration.
pub(super) struct Exploration {
    run: Arc<Repeated>,
    pub(super) workers: Workers,
    /// The run that the others are compared with.
    pub(super) first: RunOfOrder,
    pub(super) limits: Limits,
    meter: Meter,
    pub(super) plan: Plan,
    pub(super) report: OrderReport,
    progress: Progress,
    /// What happened in the runs so far.
    pub(super) seen: HashSet<Vec<String>>,
    /// Runs that were made ahead.
    ahead: HashMap<Order, Made>,
    pub(super) reduction: Reduction,
    /// The states in which invocations started so far, and whether tasks ran newest first.
    pub(super) states: HashSet<(bool, Arc<str>)>,
}

impl Exploration {
    /// Makes the first run.
    pub(super) async fn start(
        run: Arc<Repeated>,
        workers: Workers,
        limits: Limits,
        plan: Plan,
        reduction: Reduction,
    ) -> Result<Self, Error> {
        let meter = limits.start();
        let order = Order::choices([]);
        let scheduler = Scheduler::new(&order);
        let explored = run.run(Some(scheduler.clone())).await;
        let first = finished(&run, order, scheduler, explored)?;
        let function = run.runner.function();
        let mut exploration = Self {
            report: OrderReport::new(function),
            progress: Progress::new(format!("orders of {function}")),
            run,
            workers,
            first,
            limits,
            meter,
            plan,
            seen: HashSet::new(),
            ahead: HashMap::new(),
            reduction,
            states: HashSet::new(),
        };
        exploration
            .seen
            .insert(fingerprint(&exploration.first.explored.trace));
        let first = &exploration.first.explored.trace;
        exploration.reduction.look_at(first);
        exploration.report.add(
            &exploration.first.choices,
            &Requested::default(),
            plan.repeat,
        );
        exploration.repeat(&Order::choices([])).await?;
        Ok(exploration)
    }

    /// The one plan to run, if the exploration is to repeat one.
    pub(super) fn plan_to_repeat(&self) -> Option<plan::Plan> {
        self.run.plan().cloned()
    }

    /// Runs the one plan that is to be repeated, and compares it with the first run.
    pub(super) async fn repeat_plan(mut self, plan: &plan::Plan) -> Result<OrderReport, Error> {
        let order = plan.chosen_order().cloned();
        let order = order.unwrap_or_else(|| Order::choices([]));
        let scheduler = Scheduler::new(&order);
        let job = Job {
            scheduler: Some(scheduler.clone()),
            ..Job::of(plan)
        };
        let mut explored = self.run.run_job(job).await?;
        let missed = explored.missed.take();
        let other = finished(&self.run, order.clone(), scheduler, Ok(explored))?;
        if let Some(missed) = missed {
            return Err(plan.not_reached(missed));
        }
        self.agree(&other).await?;
        let requested = Requested::drawn(order.is_newest_first(), order.late_calls().collect());
        self.report.add(&other.choices, &requested, 1);
        Ok(self.report)
    }

    /// Makes the others.
    pub(super) async fn finish(mut self) -> Result<OrderReport, Error> {
        let limit = self.limits.runs.unwrap_or(usize::MAX);
        match self.limits.sample {
            Some(sample) => {
                let probes = self.probe(sample).await?;
                self.random(sample, probes).await?;
                self.report.cut.get_or_insert(Cut::Sample(sample));
            }
            None => self.within(limit).await?,
        }
        self.run.check_answers(&self.first.explored.result)?;
        self.run.check_sometimes()?;
        self.report.classes = self.seen.len();
        self.report.unstable = self.run.unstable();
        if self.report.cut.is_none() {
            self.reduction.check(&self.first.explored.trace)?;
        }
        self.report.not_independent = self.reduction.given_up();
        if self.report.is_exhaustive {
            self.report.unused = self.run.unused(&self.first.explored.result)?;
        }
        Ok(self.report)
    }

    /// About how many orders there are, by the first run: if all orders of an invocation lead to the same state.
    pub(super) fn least_size(&self) -> usize {
        self.weight(&self.first, |_| false)
    }

    /// About how many orders there are, by one run that was drawn at random: a state of it that no other run came to has
    /// orders of its own after it.
    pub(super) fn size_by(&self, run: &RunOfOrder) -> usize {
        let states = &run.explored.states;
        self.weight(run, |index| {
            let outlook = states.get(index).map(|state| state.outlook.as_ref());
            outlook.is_some_and(|outlook| {
                outlook.is_none_or(|outlook| !self.states.contains(&(false, Arc::clone(outlook))))
            })
        })
    }

    fn weight(&self, run: &RunOfOrder, is_new: impl Fn(usize) -> bool) -> usize {
        let RunOfOrder {
            choices, explored, ..
        } = run;
        let segments = segments(choices, &explored.states);
        self.reduction
            .estimate(choices, &segments, &explored.trace, is_new)
    }

    /// Number of runs so far, without repetitions.
    pub(super) fn runs(&self) -> usize {
        self.report.runs / self.plan.repeat.max(1)
    }

    /// The limit that forbids another run, if one does.
    pub(super) fn used_up(&mut self) -> Option<Cut> {
        let runs = self.runs();
        let of = self.limits.sample.or(self.limits.runs);
        self.progress.show(runs, of);
        self.meter.used_up(runs)
    }

    /// Makes the next of these runs side by side, unless one thread makes them all.
    pub(super) async fn make_ahead(&mut self, upcoming: Vec<Order>) {
        let is_made = upcoming
            .first()
            .is_none_or(|next| self.ahead.contains_key(next));
        if self.workers.number() < 2 || is_made {
            return;
        }
        let missing: Vec<(Order, Scheduler)> = upcoming
            .into_iter()
            .filter(|order| !self.ahead.contains_key(order))
            .map(|order| {
                let scheduler = Scheduler::new(&order);
                (order, scheduler)
            })
            .collect();
        let jobs = missing.iter().map(|(_, scheduler)| Job {
            scheduler: Some(scheduler.clone()),
            ..Job::default()
        });
        let made = self.workers.make(jobs.collect()).await;
        for ((order, scheduler), explored) in missing.into_iter().zip(made) {
            self.ahead.insert(order, (scheduler, explored));
        }
    }

    /// Makes runs whose choices are drawn at random by these seeds, and nothing else is; returns their orders.
    pub(super) async fn draw(&mut self, seeds: &[u64]) -> Vec<Order> {
        let schedulers: Vec<_> = seeds.iter().copied().map(Scheduler::drawing).collect();
        let jobs = schedulers.iter().map(|scheduler| Job {
            scheduler: Some(scheduler.clone()),
            ..Job::default()
        });
        let made = self.workers.make(jobs.collect()).await;
        let mut orders = Vec::with_capacity(made.len());
        for (scheduler, explored) in schedulers.into_iter().zip(made) {
            let order = scheduler.order();
            orders.push(order.clone());
            self.ahead.insert(order, (scheduler, explored));
        }
        orders
    }

    /// Runs an order and its repetitions, and compares them with the first order, unless the SDK lost its token, as
    /// the test allows.
    pub(super) async fn compare(&mut self, order: &Order) -> Result<RunOfOrder, Error> {
        let run = self.run_once(order).await?;
        if !run.is_lost {
            self.repeat(order).await?;
        }
        Ok(run)
    }

    async fn repeat(&mut self, order: &Order) -> Result<(), Error> {
        for _ in 1..self.plan.repeat {
            self.run_once(order).await?;
        }
        Ok(())
    }

    async fn run_once(&mut self, order: &Order) -> Result<RunOfOrder, Error> {
        let (scheduler, explored) = if let Some(made) = self.ahead.remove(order) {
            made
        } else {
            let scheduler = Scheduler::new(order);
            let job = Job {
                scheduler: Some(scheduler.clone()),
                ..Job::default()
            };
            (scheduler, self.run.run_job(job).await)
        };
        match explored {
            Ok(explored) if self.run.is_lost_as_allowed(&explored) => Ok(RunOfOrder {
                is_lost: true,
                order: order.clone(),
                choices: scheduler.choices(),
                scheduler,
                explored,
            }),
            explored => {
                let other = finished(&self.run, order.clone(), scheduler, explored)?;
                self.agree(&other).await?;
                Ok(other)
            }
        }
    }

    async fn agree(&self, other: &RunOfOrder) -> Result<(), Error> {
        let first = &self.first;
        let undisturbed = Job {
            scheduler: Some(Scheduler::new(&first.order)),
            ..Job::default()
        };
        let forbidden = self
            .run
            .forbidden(&first.explored.result, &other.explored, undisturbed)
            .await?;
        let Some(difference) = forbidden.into_iter().next() else {
            return Ok(());
        };
        let side = |run: &RunOfOrder, found: String| Side {
            order: run.order.clone(),
            choices: report::described(
                run.scheduler.is_newest_first(),
                &run.choices,
                &run.scheduler.calls(),
                &run.explored.trace,
            ),
            found,
        };
        Err(ErrorKind::OrdersDisagree(Box::new(OrdersDisagree {
            function: self.run.runner.function().to_owned(),
            what: difference.to_string(),
            first: side(first, difference.expected),
            other: side(other, difference.actual),
            lost_token: other.explored.lost_token.clone(),
            reordered: reordered(&first.explored.result, &other.explored.result),
            repeat: Repeat::of(plan::Plan::new().order(other.order.clone())),
            reproduction: self.run.reproduction(),
        }))
        .into())
    }
}

/// A run that has finished, and passed the test's own check.
fn finished(
    run: &Repeated,
    order: Order,
    scheduler: Scheduler,
    explored: Result<Explored, Error>,
) -> Result<RunOfOrder, Error> {
    let failed = |order: &Order, error: Error| -> Error {
        ErrorKind::OrderFailed {
            order: order.clone(),
            error: Box::new(error),
        }
        .into()
    };
    let mut explored = explored.map_err(|error| failed(&order, error))?;
    if let Some(error) = explored.error.take() {
        return Err(failed(&order, error));
    }
    // What a lost token does is not for the test's check to find out.
    if let (Err(message), None) = (&explored.checked, &explored.lost_token) {
        run.runner.recent().record(&explored.result);
        let message = message.clone();
        return Err(failed(&order, ErrorKind::Check { message }.into()));
    }
    Ok(RunOfOrder {
        is_lost: false,
        order,
        choices: scheduler.choices(),
        scheduler,
        explored,
    })
}
