//! Orders that are drawn at random.

use durable_host::Order;

use super::delays::{fingerprint, late};
use super::exploration::{Exploration, RunOfOrder};
use super::frontier::Requested;
use super::sampling::Sampling;
use crate::Error;
use crate::explore::budget::Cut;

/// How many orders are drawn at most to estimate how many there are.
const MAX_PROBES: usize = 10;

/// One run in so many of the budget may be such a one.
const PROBES_OF_BUDGET: usize = 10;

impl Exploration {
    /// Draws a few orders within a limit of runs, and estimates by them how many orders there are. They are to be
    /// compared with no other run, for the search through all orders may come to them again.
    pub(super) async fn probe(&mut self, limit: usize) -> Result<Vec<RunOfOrder>, Error> {
        let number = MAX_PROBES.min(limit / PROBES_OF_BUDGET);
        let seeds: Vec<u64> = (self.plan.seed..).take(number).collect();
        let mut probes = Vec::with_capacity(number);
        let mut sampling = Sampling::default();
        for seeds in seeds.chunks(self.workers.number().max(1)) {
            if let Some(cut) = self.used_up() {
                self.report.cut = Some(cut);
                break;
            }
            for order in self.draw(seeds).await {
                let run = self.compare(&order).await?;
                self.report.runs += self.plan.repeat;
                if !run.is_lost {
                    self.reduction.look_at(&run.explored.trace);
                    sampling.add(&run.choices, self.weight(&run));
                    probes.push(run);
                }
            }
        }
        if !probes.is_empty() {
            self.report.estimated = Some(sampling.estimated_orders());
        }
        Ok(probes)
    }

    /// Runs so many orders drawn at random, the first one included, and these.
    pub(super) async fn random(
        &mut self,
        orders: usize,
        drawn: Vec<RunOfOrder>,
    ) -> Result<(), Error> {
        for run in drawn {
            self.add_drawn(&run, 0);
        }
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
                self.add_drawn(&run, self.plan.repeat);
            }
        }
        let cut = self.limits.runs.filter(|limit| orders >= *limit);
        self.report.cut = cut.map(Cut::Runs);
        Ok(())
    }

    /// Adds an order that was drawn to the report, with so many runs.
    fn add_drawn(&mut self, run: &RunOfOrder, runs: usize) {
        let late = late(&run.scheduler.calls());
        let order = Requested::drawn(run.scheduler.is_newest_first(), late);
        self.report.add(&run.choices, &order, runs);
        let weight = self.weight(run);
        let sampling = self.report.sampling.get_or_insert_default();
        sampling.add(&run.choices, weight);
        self.report.estimated = Some(sampling.estimated_orders());
        self.seen.insert(fingerprint(&run.explored.trace));
    }
}
