//! The choices of runs, and which order comes next.

use std::collections::HashMap;

use durable_host::Choice;

/// How many options there were after the choices before.
#[derive(Default)]
pub(super) struct Offers(HashMap<Vec<usize>, usize>);

impl Offers {
    /// Whether these choices offer what others did; what is new is noted.
    pub(super) fn hold(&mut self, choices: &[Choice]) -> bool {
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
pub(super) fn begins_with(choices: &[Choice], wanted: &[usize]) -> bool {
    let taken = choices.iter().map(|choice| &choice.chosen);
    taken.take(wanted.len()).eq(wanted)
}

/// How many orders there are if every run has the same choices.
pub(super) fn count(choices: &[Choice]) -> usize {
    choices.iter().fold(1, |count, choice| {
        count.saturating_mul(choice.options.len())
    })
}

/// The next order, when orders are counted up with their last choices first.
pub(super) fn after(choices: &[Choice]) -> Option<Vec<usize>> {
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
