//! The search through all orders: from each run others are derived, until there are no more.

use super::delays::{fingerprint, has_free_bodies, possible};
use super::exploration::{Exploration, RunOfOrder};
use super::frontier::{Frontier, Offered, OptionCounts, Requested, starts_with};
use super::known::known_from;
use crate::Error;
use crate::explore::compare::Threads;
use crate::explore::reduction::segments;

/// Maximum number of runs of an order until it has the options that other runs had after the same choices. On
/// several threads a body may start too late to be an option.
const MAX_TRIES: usize = 5;

/// The part of the budget that the search through all orders uses before it is known whether they fit.
const SEARCHED_FIRST: usize = 4;

/// How far a search through all orders has come.
struct Systematic {
    counts: OptionCounts,
    frontier: Frontier,
    /// Whether nothing has shown that some orders are not reached.
    all_agree: bool,
}

/// Why a search pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// There are no more orders, or a limit forbids them.
    Over,
    /// It has made as many runs as it was to.
    Runs,
}

impl Systematic {
    /// Begins with what the first run offers.
    fn new(exploration: &mut Exploration) -> Self {
        let mut counts = OptionCounts::default();
        let mut frontier = Frontier::default();
        let run = &exploration.first;
        let mut all_agree = counts.agree(&Requested::default(), &run.choices);
        // Calls of several threads have no fixed numbers.
        let can_delay = Threads::here() == Threads::One;
        let trace = &run.explored.trace;
        all_agree &= can_delay || possible(trace).is_empty();
        if has_free_bodies(trace) {
            // Tasks in their order and in the opposite one are not all orders of such bodies.
            all_agree = false;
            if can_delay {
                frontier.push(Requested::newest_first());
            }
        }
        let seen = &run.explored.states;
        let known = known_from(&mut exploration.states, &Requested::default(), seen, true);
        exploration.extend(&mut frontier, &Requested::default(), run, true, known);
        Self {
            counts,
            frontier,
            all_agree,
        }
    }
}

impl Exploration {
    /// Runs all orders if they fit this limit, and some that are drawn at random if not.
    ///
    /// The first run says how many there may be, and a few random ones do if it says too many, or if the orders turn
    /// out not to be few.
    pub(super) async fn within(&mut self, limit: usize) -> Result<(), Error> {
        let mut search = Systematic::new(self);
        let is_over = self.least_size() <= limit
            && self.search(&mut search, limit / SEARCHED_FIRST).await? == Pause::Over;
        if is_over || self.report.cut.is_some() {
            return Ok(());
        }
        let probes = self.probe(limit).await?;
        if self.report.cut.is_some() {
            return Ok(());
        }
        if probes.size() > limit {
            return self.random(limit, probes).await;
        }
        self.search(&mut search, usize::MAX).await?;
        Ok(())
    }

    /// Goes on with a search until so many runs were made in all, within the limits.
    async fn search(&mut self, search: &mut Systematic, runs: usize) -> Result<Pause, Error> {
        while !search.frontier.is_empty() {
            if self.runs() >= runs {
                return Ok(Pause::Runs);
            }
            if let Some(cut) = self.used_up() {
                self.report.cut = Some(cut);
                return Ok(Pause::Over);
            }
            if let Some(requested) = search.frontier.pop() {
                self.run_next(search, requested).await?;
            }
        }
        self.report.is_exhaustive = search.all_agree && !self.reduction.is_incomplete();
        Ok(Pause::Over)
    }

    /// Runs an order, and adds those that differ from it at one later point.
    async fn run_next(
        &mut self,
        search: &mut Systematic,
        requested: Requested,
    ) -> Result<(), Error> {
        let others = self.workers.number().saturating_sub(1);
        let upcoming = search.frontier.upcoming(others);
        let upcoming = std::iter::once(&requested).chain(upcoming);
        let upcoming = upcoming.map(Requested::order).collect();
        self.make_ahead(upcoming).await;
        let mut tries = 1;
        let order = requested.order();
        let (run, agrees) = loop {
            let run = self.compare(&order).await?;
            let agrees = starts_with(&run.choices, &requested.choices)
                && run.scheduler.missed_call().is_none()
                && search.counts.agree(&requested, &run.choices);
            if agrees || tries == MAX_TRIES {
                break (run, agrees);
            }
            tries += 1;
        };
        search.all_agree &= agrees;
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
        let seen = &run.explored.states;
        let known = known_from(&mut self.states, &requested, seen, is_told);
        self.extend(&mut search.frontier, &requested, &run, is_told, known);
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
        let calls = run.scheduler.calls();
        let happened = (calls.as_slice(), explored.trace.as_slice());
        let offers = self
            .reduction
            .offers(choices, &segments, happened, possible);
        let offered = Offered {
            choices,
            calls: &calls,
            offers: &offers,
            is_new,
            until: until.and_then(|index| explored.states.get(index)),
        };
        frontier.extend(requested, offered);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::exploration;
    use super::*;
    use crate::explore::reduction::Reduction;

    #[tokio::test]
    async fn a_search_pauses_after_so_many_runs_and_goes_on() {
        let mut whole = exploration().await;
        let mut search = Systematic::new(&mut whole);
        assert_eq!(
            whole.search(&mut search, usize::MAX).await.unwrap(),
            Pause::Over
        );
        assert!(whole.runs() > 3);

        let mut paused = exploration().await;
        let mut search = Systematic::new(&mut paused);
        assert_eq!(paused.search(&mut search, 3).await.unwrap(), Pause::Runs);
        assert_eq!(paused.runs(), 3);
        paused.search(&mut search, usize::MAX).await.unwrap();
        assert_eq!(paused.report, whole.report);
    }

    #[tokio::test]
    async fn orders_left_out_for_bodies_that_a_handler_gives_up_are_not_all() {
        for (reduction, is_incomplete) in [
            (Reduction::default(), false),
            (Reduction::incomplete(), true),
        ] {
            let mut exploration = exploration().await;
            // The choices of this handler are what counts here, not its plain steps.
            let mut search = Systematic::new(&mut exploration);
            search.all_agree = true;
            exploration.reduction = reduction;
            exploration.search(&mut search, usize::MAX).await.unwrap();
            assert_eq!(exploration.report.is_exhaustive, !is_incomplete);
        }
    }
}
