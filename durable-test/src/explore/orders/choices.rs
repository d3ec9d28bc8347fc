//! The choices of runs, and the next order to run.

use std::collections::HashMap;

use durable_host::Choice;

/// The number of options at each choice, by the choices before it.
#[derive(Default)]
pub(super) struct Offers(HashMap<Vec<usize>, usize>);

impl Offers {
    /// Whether these choices have as many options as earlier runs had after the same choices. Records new
    /// ones.
    pub(super) fn agree(&mut self, choices: &[Choice]) -> bool {
        let mut before = Vec::with_capacity(choices.len());
        choices.iter().all(|choice| {
            let options = choice.options.len();
            let known = *self.0.entry(before.clone()).or_insert(options);
            before.push(choice.chosen);
            known == options
        })
    }
}

/// Whether a run took the requested choices.
pub(super) fn starts_with(choices: &[Choice], requested: &[usize]) -> bool {
    let taken = choices.iter().map(|choice| &choice.chosen);
    taken.take(requested.len()).eq(requested)
}

/// The number of orders if every run has the same choices.
pub(super) fn count(choices: &[Choice]) -> usize {
    choices.iter().fold(1, |count, choice| {
        count.saturating_mul(choice.options.len())
    })
}

/// The next order, in depth-first order: the last choice changes first.
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
    fn choices_agree_if_they_have_as_many_options_after_the_same_choices() {
        let mut offers = Offers::default();
        assert!(offers.agree(&choices(&[(0, 3), (0, 2)])));
        assert!(offers.agree(&choices(&[(0, 3), (1, 2)])));
        assert!(offers.agree(&choices(&[(1, 3), (0, 4)])));
        assert!(!offers.agree(&choices(&[(1, 2), (0, 4)])));
        assert!(!offers.agree(&choices(&[(1, 3), (0, 2)])));
    }

    #[test]
    fn the_last_choice_changes_first() {
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
