//! What random orders say about all orders.

use durable_host::Choice;
use serde::Serialize;

/// Orders that were drawn at random, every choice uniformly among its options.
///
/// [`OrderReport::sampling`](super::OrderReport::sampling) holds it.
///
/// [`Run::explore_orders`](crate::Run::explore_orders) has an example of an exploration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sampling {
    /// How many were drawn.
    drawn: usize,
    /// How many were weighed.
    weighed: usize,
    /// The sum of their weights: the number of options at each choice, multiplied, as far as they lead to something
    /// different.
    weights: u128,
    smallest: usize,
    largest: usize,
    /// The largest number of options at a choice.
    widest: usize,
}

impl Sampling {
    /// Adds an order.
    pub(super) fn add(&mut self, choices: &[Choice]) {
        let widest = choices.iter().map(Choice::different_options).max();
        self.widest = self.widest.max(widest.unwrap_or(1));
        self.drawn += 1;
    }

    /// Weighs an order of them without late answers, or the first order if there is none.
    pub(super) fn weigh(&mut self, weight: usize) {
        self.smallest = if self.weighed == 0 {
            weight
        } else {
            self.smallest.min(weight)
        };
        self.largest = self.largest.max(weight);
        self.weights += weight as u128;
        self.weighed += 1;
    }

    /// Whether one was weighed.
    pub(super) fn has_weights(&self) -> bool {
        self.weighed > 0
    }

    /// An estimate of the number of all orders without late answers, by Knuth's method: the mean of the weights. It is too
    /// large where orders lead to states to which others will lead, too.
    #[must_use]
    pub fn estimated_orders(&self) -> usize {
        let weighed = self.weighed.max(1) as u128;
        usize::try_from(self.weights / weighed).unwrap_or(usize::MAX)
    }

    /// The smallest and the largest weight, between which the estimate lies.
    #[must_use]
    pub fn spread(&self) -> (usize, usize) {
        (self.smallest, self.largest)
    }

    /// The probability, in percent and rounded up, that none of these orders makes some `choices` particular choices:
    /// with which a bug that needs them is missed at most. Late answers are not counted among them.
    #[must_use]
    pub fn missed_percent(&self, choices: u32) -> u32 {
        let options = u32::try_from(self.widest).unwrap_or(u32::MAX);
        let hit = f64::from(options.max(1)).powi(-i32::try_from(choices).unwrap_or(i32::MAX));
        let drawn = i32::try_from(self.drawn).unwrap_or(i32::MAX);
        let missed = (1.0 - hit).powi(drawn) * 100.0;
        (0..100)
            .find(|percent| missed <= f64::from(*percent))
            .unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use durable_host::Among;

    use super::*;

    fn choices(options: &[usize]) -> Vec<Choice> {
        let choice = |options: &usize| Choice {
            chosen: 0,
            options: vec![String::new(); *options],
            among: Among::Held { late_answers: 0 },
        };
        options.iter().map(choice).collect()
    }

    #[test]
    fn the_estimate_is_the_mean_of_the_weights() {
        let mut sampling = Sampling::default();
        sampling.weigh(6);
        sampling.weigh(12);
        assert_eq!(sampling.estimated_orders(), 9);
        assert_eq!(sampling.spread(), (6, 12));
    }

    #[test]
    fn the_bound_falls_with_each_order() {
        let mut sampling = Sampling::default();
        assert_eq!(sampling.missed_percent(2), 100);
        sampling.add(&choices(&[2, 2]));
        // One of four pairs of choices.
        assert_eq!(sampling.missed_percent(2), 75);
        for _ in 0..9 {
            sampling.add(&choices(&[2, 2]));
        }
        assert_eq!(sampling.missed_percent(2), 6);
        assert_eq!(sampling.missed_percent(1), 1);
    }
}
