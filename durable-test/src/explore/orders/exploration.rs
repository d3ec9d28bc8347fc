//! The exploration itself: which orders run, and how they compare with the first one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use durable_host::{Choice, Order, Scheduler};

use super::delays::{fingerprint, has_free_bodies, late, possible};
use super::frontier::{Frontier, Offered, OptionCounts, Requested, starts_with};
use super::known::known_from;
use super::report::{self, OrderReport, OrdersDisagree, Side};
use crate::explore::budget::{Cut, Limits, Meter};
use crate::explore::compare::Threads;
use crate::explore::progress::Progress;
use crate::explore::reduction::{Reduction, segments};
use crate::explore::reordered::reordered;
use crate::explore::repeated::{Explored, Job, Repeated};
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
    /// Whether the SDK lost its checkpoint token in it, as the test allows.
    is_lost: bool,
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
    reduction: Reduction,
    /// The states in which invocations started so far, and whether tasks ran newest first.
    states: HashSet<(bool, Arc<str>)>,
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
            None if self.estimate() > limit => self.random(limit).await?,
            None => self.systematic().await?,
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
            let run = self.compare(&Order::seed(*seed)).await?;
            if run.is_lost {
                self.report.lost_tokens += 1;
                self.report.runs += self.plan.repeat;
            } else {
                self.reduction.look_at(&run.explored.trace);
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

    /// The number of orders, by the first run.
    fn estimate(&self) -> usize {
        let RunOfOrder {
            choices, explored, ..
        } = &self.first;
        let segments = segments(choices, &explored.states);
        self.reduction.estimate(choices, &segments, &explored.trace)
    }

    /// Runs every order, within the limits.
    async fn systematic(&mut self) -> Result<(), Error> {
        let mut counts = OptionCounts::default();
        let mut frontier = Frontier::default();
        let mut all_agree = counts.agree(&Requested::default(), &self.first.choices);
        // Calls of several threads have no fixed numbers.
        let can_delay = Threads::here() == Threads::One;
        let first = &self.first.explored.trace;
        all_agree &= can_delay || possible(first).is_empty();
        if has_free_bodies(first) {
            // Tasks in their order and in the opposite one are not all orders of such bodies.
            all_agree = false;
            if can_delay {
                frontier.push(Requested::newest_first());
            }
        }
        let known = known_from(
            &mut self.states,
            &Requested::default(),
            &self.first.explored.states,
            true,
        );
        let first = &self.first;
        self.extend(&mut frontier, &Requested::default(), first, true, known);
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
                let run = self.compare(&order).await?;
                let agrees = starts_with(&run.choices, &requested.choices)
                    && run.scheduler.missed_call().is_none()
                    && counts.agree(&requested, &run.choices);
                if agrees || tries == MAX_TRIES {
                    break (run, agrees);
                }
                tries += 1;
            };
            all_agree &= agrees;
            if !run.is_lost {
                self.reduction.look_at(&run.explored.trace);
            }
            let is_new = self.seen.insert(fingerprint(&run.explored.trace));
            // What made no difference would make none later.
            let is_told = is_new || (!requested.newest_first && requested.late.is_empty());
            if run.is_lost {
                self.report.lost_tokens += 1;
                self.report.runs += self.plan.repeat;
            } else if is_told {
                self.report.add(&run.choices, &requested, self.plan.repeat);
            } else {
                self.report.runs += self.plan.repeat;
            }
            let known = known_from(&mut self.states, &requested, &run.explored.states, is_told);
            self.extend(&mut frontier, &requested, &run, is_told, known);
        }
        if all_agree && frontier.is_empty() && !self.reduction.is_incomplete() {
            self.report.is_exhaustive = true;
        }
        Ok(())
    }

    /// Adds the orders that differ from a run at one later point.
    fn extend(
        &self,
        frontier: &mut Frontier,
        requested: &Requested,
        run: &RunOfOrder,
        is_new: bool,
        until: Option<usize>,
    ) {
        let RunOfOrder {
            choices, explored, ..
        } = run;
        let mut possible = if is_new && Threads::here() == Threads::One {
            possible(&explored.trace)
        } else {
            Vec::new()
        };
        if let Some(lost) = &explored.lost_token {
            // Whatever comes after that is refused.
            let last = lost.unanswered.number.unwrap_or(u64::MAX);
            possible.retain(|number| *number <= last);
        }
        let segments = segments(choices, &explored.states);
        let offers = self
            .reduction
            .offers(choices, &segments, &explored.trace, possible);
        let offered = Offered {
            choices,
            calls: &run.scheduler.calls(),
            offers: &offers,
            is_new,
            until: until.and_then(|index| explored.states.get(index)),
        };
        frontier.extend(requested, offered);
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

    /// Runs an order and its repetitions, and compares them with the first order, unless the SDK lost its token, as
    /// the test allows.
    async fn compare(&mut self, order: &Order) -> Result<RunOfOrder, Error> {
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
