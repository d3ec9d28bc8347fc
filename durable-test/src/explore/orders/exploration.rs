//! The exploration itself: which orders run, and how they compare with the first one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use durable_host::{Choice, Order, Scheduler};

use super::delays::{fingerprint, has_free_bodies, late, possible};
use super::frontier::{Frontier, Offers, Requested, count, starts_with};
use super::report::{self, OrderReport, OrdersDisagree, Side};
use crate::explore::budget::{Cut, Limits, Meter};
use crate::explore::compare::Threads;
use crate::explore::progress::Progress;
use crate::explore::reordered::reordered;
use crate::explore::template::{Explored, Job, Repeated};
use crate::explore::workers::Workers;
use crate::plan::{self, Repeat};
use crate::{Error, ErrorKind};

/// Maximum number of runs of an order until it has the options that other runs had after the same choices. On
/// several threads a body may start too late to be an option.
const MAX_TRIES: usize = 5;

/// Which orders are run, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) repeat: usize,
}

/// A run in an order.
struct RunOfOrder {
    order: Order,
    scheduler: Scheduler,
    choices: Vec<Choice>,
    explored: Explored,
}

/// A run that was made ahead of its turn.
type Made = (Scheduler, Result<Explored, Error>);

/// The state of an exploration.
pub(super) struct Exploration {
    run: Arc<Repeated>,
    workers: Workers,
    /// The run that the others are compared with.
    first: RunOfOrder,
    limits: Limits,
    meter: Meter,
    plan: Plan,
    report: OrderReport,
    progress: Progress,
    /// What happened in the runs so far.
    seen: HashSet<Vec<String>>,
    /// Runs that were made ahead.
    ahead: HashMap<Order, Made>,
}

impl Exploration {
    /// Makes the first run.
    pub(super) async fn start(
        run: Arc<Repeated>,
        workers: Workers,
        limits: Limits,
        plan: Plan,
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
        };
        exploration
            .seen
            .insert(fingerprint(&exploration.first.explored.trace));
        exploration.report.add(
            &exploration.first.choices,
            &Requested::default(),
            plan.repeat,
        );
        exploration.repeat(&Order::choices([])).await?;
        Ok(exploration)
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
                self.random(sample).await?;
                self.report.cut.get_or_insert(Cut::Sample(sample));
            }
            None if count(&self.first.choices) > limit => self.random(limit).await?,
            None => self.systematic().await?,
        }
        self.run.check_answers(&self.first.explored.result)?;
        self.run.check_sometimes()?;
        self.report.classes = self.seen.len();
        self.report.unstable = self.run.unstable();
        if self.report.is_exhaustive {
            self.report.unused = self.run.unused(&self.first.explored.result)?;
        }
        Ok(self.report)
    }

    /// Runs so many orders drawn at random, the first one included.
    async fn random(&mut self, orders: usize) -> Result<(), Error> {
        let seeds: Vec<u64> = (self.plan.seed..).take(orders.saturating_sub(1)).collect();
        for (index, seed) in seeds.iter().enumerate() {
            if let Some(cut) = self.used_up() {
                self.report.cut = Some(cut);
                return Ok(());
            }
            let upcoming = seeds.get(index..).unwrap_or_default();
            let upcoming: Vec<Order> = upcoming
                .iter()
                .take(self.workers.number())
                .map(|seed| Order::seed(*seed))
                .collect();
            self.make_ahead(upcoming).await;
            if let Some(run) = self.compare(&Order::seed(*seed)).await? {
                let late = late(&run.scheduler.calls());
                let order = Requested::drawn(run.scheduler.is_newest_first(), late);
                self.report.add(&run.choices, &order, self.plan.repeat);
                self.report
                    .sampling
                    .get_or_insert_default()
                    .add(&run.choices);
                self.seen.insert(fingerprint(&run.explored.trace));
            }
        }
        let cut = self.limits.runs.filter(|limit| orders >= *limit);
        self.report.cut = cut.map(Cut::Runs);
        Ok(())
    }

    /// Runs every order, within the limits.
    async fn systematic(&mut self) -> Result<(), Error> {
        let mut offers = Offers::default();
        let mut frontier = Frontier::default();
        let mut all_agree = offers.agree(&Requested::default(), &self.first.choices);
        let late = possible(&self.first.explored.trace);
        // Calls of several threads have no fixed numbers.
        let can_delay = Threads::here() == Threads::One;
        all_agree &= can_delay || late.is_empty();
        if has_free_bodies(&self.first.explored.trace) {
            // Tasks in their order and in the opposite one are not all orders of such bodies.
            all_agree = false;
            if can_delay {
                frontier.push(Requested::newest_first());
            }
        }
        frontier.extend(
            &Requested::default(),
            &self.first.choices,
            &self.first.scheduler.calls(),
            if can_delay { &late } else { &[] },
            true,
        );
        while let Some(requested) = frontier.pop() {
            if let Some(cut) = self.used_up() {
                self.report.cut = Some(cut);
                return Ok(());
            }
            let upcoming = frontier.upcoming(self.workers.number().saturating_sub(1));
            let upcoming = std::iter::once(&requested).chain(upcoming);
            let upcoming = upcoming.map(Requested::order).collect();
            self.make_ahead(upcoming).await;
            let mut tries = 1;
            let order = requested.order();
            let (run, agrees) = loop {
                let Some(run) = self.compare(&order).await? else {
                    break (None, true);
                };
                let agrees = starts_with(&run.choices, &requested.choices)
                    && run.scheduler.missed_call().is_none()
                    && offers.agree(&requested, &run.choices);
                if agrees || tries == MAX_TRIES {
                    break (Some(run), agrees);
                }
                tries += 1;
            };
            all_agree &= agrees;
            let Some(run) = run else {
                continue;
            };
            let is_new = self.seen.insert(fingerprint(&run.explored.trace));
            let calls = run.scheduler.calls();
            if !is_new && (requested.newest_first || !requested.late.is_empty()) {
                // It made no difference, and would make none later.
                self.report.runs += self.plan.repeat;
                frontier.extend(&requested, &run.choices, &calls, &[], false);
                continue;
            }
            self.report.add(&run.choices, &requested, self.plan.repeat);
            let late = if can_delay {
                possible(&run.explored.trace)
            } else {
                Vec::new()
            };
            frontier.extend(&requested, &run.choices, &calls, &late, true);
        }
        if all_agree && frontier.is_empty() {
            self.report.is_exhaustive = true;
        }
        Ok(())
    }

    fn used_up(&mut self) -> Option<Cut> {
        let runs = self.report.runs / self.plan.repeat.max(1);
        let of = self.limits.sample.or(self.limits.runs);
        self.progress.show(runs, of);
        self.meter.used_up(runs)
    }

    /// Makes the next of these runs side by side, unless one thread makes them all.
    async fn make_ahead(&mut self, upcoming: Vec<Order>) {
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

    /// Runs an order and its repetitions, and compares them with the first order; returns the run, unless
    /// the SDK lost its token in it, as the test allows.
    async fn compare(&mut self, order: &Order) -> Result<Option<RunOfOrder>, Error> {
        let run = self.run_once(order).await?;
        if run.is_none() {
            self.report.runs += self.plan.repeat;
            self.report.lost_tokens += 1;
            return Ok(None);
        }
        self.repeat(order).await?;
        Ok(run)
    }

    async fn repeat(&mut self, order: &Order) -> Result<(), Error> {
        for _ in 1..self.plan.repeat {
            self.run_once(order).await?;
        }
        Ok(())
    }

    async fn run_once(&mut self, order: &Order) -> Result<Option<RunOfOrder>, Error> {
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
        if let Ok(explored) = &explored
            && self.run.is_lost_as_allowed(explored)
        {
            return Ok(None);
        }
        let other = finished(&self.run, order.clone(), scheduler, explored)?;
        self.agree(&other).await?;
        Ok(Some(other))
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
        order,
        choices: scheduler.choices(),
        scheduler,
        explored,
    })
}
