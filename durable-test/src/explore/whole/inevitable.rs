//! Which ways to go on avoid a failure.

use durable_host::Trace;

use super::frontier::Point;
use crate::explore::crashes::report::call;

/// How many ways to go on are tried.
const MAX_TRIED: usize = 20;

/// Tries ways to go on after a failing plan's last deviation, spread over the rest of the run.
pub(super) struct Inevitable {
    /// Indexes of the ways that are still to be tried, the last one first.
    waiting: Vec<usize>,
    ways: usize,
    tried: usize,
    avoiding: usize,
    /// The latest point at which some way avoids the failure.
    latest: Option<Point>,
}

impl Inevitable {
    /// Out of so many ways, in the order of their points.
    pub(super) fn new(ways: usize) -> Self {
        let step = ways.div_ceil(MAX_TRIED).max(1);
        let mut waiting: Vec<usize> = (0..ways).step_by(step).collect();
        waiting.reverse();
        Self {
            waiting,
            ways,
            tried: 0,
            avoiding: 0,
            latest: None,
        }
    }

    pub(super) fn next(&mut self) -> Option<usize> {
        self.waiting.pop()
    }

    pub(super) fn answer(&mut self, fails: bool, at: Point) {
        self.tried += 1;
        if !fails {
            self.avoiding += 1;
            self.latest = Some(at);
        }
    }

    /// What came out; nothing if there was no way to try.
    pub(super) fn in_words(&self, trace: &[Trace]) -> Option<String> {
        let Self { tried, ways, .. } = self;
        if *tried == 0 {
            return None;
        }
        let place = |point: &Point| match point {
            Point::Call(number) => call(trace, *number)
                .map_or_else(|| format!("checkpoint call {number}"), ToString::to_string),
            Point::Invocation(number) => format!("invocation {number}"),
            Point::Choice(index) => format!("choice {index}"),
        };
        Some(match &self.latest {
            None => {
                format!("none of the {tried} ways to go on that were tried, of {ways}, avoids it")
            }
            Some(latest) => format!(
                "{} of the {tried} ways to go on that were tried, of {ways}, avoid it, the last one by a deviation at {}",
                self.avoiding,
                place(latest)
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of so many ways, at the calls from 1 on, of which some avoid the failure.
    fn words(ways: usize, avoids: impl Fn(u64) -> bool) -> Option<String> {
        let mut inevitable = Inevitable::new(ways);
        while let Some(index) = inevitable.next() {
            let call = u64::try_from(index).unwrap() + 1;
            inevitable.answer(!avoids(call), Point::Call(call));
        }
        inevitable.in_words(&[])
    }

    #[test]
    fn without_a_way_to_go_on_nothing_is_said() {
        assert_eq!(words(0, |_| true), None);
    }

    #[test]
    fn a_failure_that_no_way_avoids_is_inevitable() {
        assert_eq!(
            words(3, |_| false).unwrap(),
            "none of the 3 ways to go on that were tried, of 3, avoids it"
        );
    }

    #[test]
    fn the_last_point_at_which_it_can_be_avoided_is_named() {
        assert_eq!(
            words(9, |call| call <= 4).unwrap(),
            "4 of the 9 ways to go on that were tried, of 9, avoid it, the last one by a deviation at checkpoint call 4"
        );
    }

    #[test]
    fn many_ways_are_sampled_over_the_rest_of_the_run() {
        assert_eq!(
            words(100, |call| call > 90).unwrap(),
            "2 of the 20 ways to go on that were tried, of 100, avoid it, the last one by a deviation at checkpoint call 96"
        );
    }
}
