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

/// One in so many of the orders that are run may be such a one.
const PROBES_OF_ORDERS: usize = 10;

/// Orders that were drawn to estimate how many there are.
#[derive(Default)]
pub(super) struct Probes {
    sampling: Sampling,
    runs: Vec<RunOfOrder>,
    /// Those in which the SDK lost its token.
    lost: usize,
}

impl Probes {
    /// About how many orders there are.
    pub(super) fn size(&self) -> usize {
        self.sampling.estimated_orders()
    }
}

impl Exploration {
    /// Draws a few of so many orders, and weighs them to estimate how many there are. They are to be compared with no
    /// other run, for the search through all orders may come to them again.
    pub(super) async fn probe(&mut self, orders: usize) -> Result<Probes, Error> {
        let number = MAX_PROBES.min(orders / PROBES_OF_ORDERS);
        let seeds: Vec<u64> = (self.plan.seed..).take(number).collect();
        let mut probes = Probes::default();
        for seeds in seeds.chunks(self.workers.number().max(1)) {
            if let Some(cut) = self.used_up() {
                self.report.cut = Some(cut);
                break;
            }
            for order in self.draw(seeds).await {
                let run = self.compare(&order).await?;
                self.report.runs += self.plan.repeat;
                if run.is_lost {
                    probes.lost += 1;
                } else {
                    self.reduction.look_at(&run.explored.trace);
                    probes.sampling.weigh(self.size_by(&run));
                    probes.runs.push(run);
                }
            }
        }
        if !probes.sampling.has_weights() {
            probes.sampling.weigh(self.least_size());
        }
        self.report.estimated = Some(probes.size());
        Ok(probes)
    }

    /// Runs so many orders drawn at random, the first one and these included.
    pub(super) async fn random(&mut self, orders: usize, probes: Probes) -> Result<(), Error> {
        let mut sampling = probes.sampling;
        self.report.lost_tokens += probes.lost;
        for run in &probes.runs {
            self.add_drawn(&mut sampling, run, 0);
        }
        // With the seeds of the probes the same choices would be drawn again.
        let drawn = probes.runs.len() + probes.lost;
        let number = orders.saturating_sub(1 + drawn);
        let seeds: Vec<u64> = (self.plan.seed..).skip(drawn).take(number).collect();
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
                self.add_drawn(&mut sampling, &run, self.plan.repeat);
            }
        }
        let cut = self.limits.runs.filter(|limit| orders >= *limit);
        self.report.cut = cut.map(Cut::Runs);
        Ok(())
    }

    /// Adds an order that was drawn to the report, with so many runs.
    fn add_drawn(&mut self, sampling: &mut Sampling, run: &RunOfOrder, runs: usize) {
        let late = late(&run.scheduler.calls());
        let order = Requested::drawn(run.scheduler.is_newest_first(), late);
        self.report.add(&run.choices, &order, runs);
        sampling.add(&run.choices);
        self.report.sampling = Some(*sampling);
        self.seen.insert(fingerprint(&run.explored.trace));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::exploration;

    #[tokio::test]
    async fn probes_are_few_and_count_as_runs_alone() {
        for (orders, probes) in [(9, 0), (30, 3), (5_000, 10)] {
            let mut exploration = exploration().await;
            let (seen, found) = (exploration.seen.clone(), exploration.report.orders());
            let drawn = exploration.probe(orders).await.unwrap();

            assert_eq!(drawn.runs.len(), probes);
            assert_eq!(exploration.runs(), 1 + probes);
            assert_eq!(
                (exploration.report.orders(), &exploration.seen),
                (found, &seen)
            );
            assert_eq!(exploration.report.estimated, Some(drawn.size()));
        }
    }

    #[tokio::test]
    async fn orders_drawn_before_are_some_of_those_to_draw() {
        let mut exploration = exploration().await;
        let drawn = exploration.probe(30).await.unwrap();
        exploration.random(30, drawn).await.unwrap();

        assert_eq!(exploration.runs(), 30);
        let lost = exploration.report.lost_tokens();
        assert_eq!(exploration.report.orders() + lost, 30);
        assert_eq!(exploration.report.cut, None);
        assert!(exploration.report.sampling.is_some());
    }
}
