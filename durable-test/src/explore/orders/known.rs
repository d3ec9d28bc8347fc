//! States that another order led to: what comes after them is not explored again.

use std::collections::HashSet;
use std::sync::Arc;

use durable_host::SeenState;

use super::frontier::Requested;

/// The index of the state from which on a run is as another one. What comes after a state depends on nothing else, and
/// the run that came there first offered it all; `is_noted` is whether this one does, so that its states are noted.
pub(super) fn known_from(
    states: &mut HashSet<(bool, Arc<str>)>,
    requested: &Requested,
    all: &[SeenState],
    is_noted: bool,
) -> Option<usize> {
    let later = requested.later_states(all);
    let skipped = all.len() - later.len();
    let is_known = |state: &SeenState| {
        let Some(outlook) = state.outlook.clone() else {
            return false;
        };
        let state = (requested.newest_first, outlook);
        let is_known = states.contains(&state);
        if is_noted {
            states.insert(state);
        }
        is_known
    };
    let known = later.iter().position(is_known)?;
    Some(skipped + known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// States in which invocations start, each after one more choice; none for one that is not known.
    fn states(outlooks: &[Option<&str>]) -> Vec<SeenState> {
        let state = |(index, outlook): (usize, Option<&str>)| SeenState {
            outlook: outlook.map(Arc::from),
            execution:
                "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/n/i"
                    .parse()
                    .unwrap(),
            calls_before: u64::try_from(index).unwrap(),
            invocations_before: u64::try_from(index).unwrap(),
            choices_before: index,
            failures: 0,
        };
        outlooks.iter().copied().enumerate().map(state).collect()
    }

    #[test]
    fn a_run_is_as_another_one_from_the_first_state_on_that_is_known() {
        let mut known = HashSet::new();
        let order = Requested::default();
        let first = states(&[Some("a"), Some("b"), Some("c")]);
        assert_eq!(known_from(&mut known, &order, &first, true), None);
        let other = states(&[Some("x"), Some("b"), Some("c")]);
        assert_eq!(known_from(&mut known, &order, &other, true), Some(1));
        assert_eq!(known_from(&mut known, &order, &other, true), Some(0));
    }

    #[test]
    fn states_before_the_last_fixed_point_are_those_of_the_run_that_offered_it() {
        let mut known = HashSet::new();
        let all = states(&[Some("a"), Some("b"), Some("c")]);
        known_from(&mut known, &Requested::default(), &all, true);
        let later = Requested::fixed_at_choice(0);
        assert_eq!(known_from(&mut known, &later, &all, true), Some(1));
        let after_all = Requested::fixed_at_choice(2);
        assert_eq!(known_from(&mut known, &after_all, &all, true), None);
    }

    #[test]
    fn what_follows_a_known_state_is_noted_by_the_run_that_came_there_first() {
        let mut known = HashSet::new();
        let order = Requested::default();
        known_from(&mut known, &order, &states(&[Some("a")]), true);
        let beyond = states(&[Some("a"), Some("b")]);
        assert_eq!(known_from(&mut known, &order, &beyond, true), Some(0));
        let only_beyond = states(&[Some("b")]);
        assert_eq!(known_from(&mut known, &order, &only_beyond, true), None);
    }

    #[test]
    fn a_run_that_offers_nothing_notes_no_states() {
        let mut known = HashSet::new();
        let order = Requested::default();
        let all = states(&[Some("a")]);
        assert_eq!(known_from(&mut known, &order, &all, false), None);
        assert_eq!(known_from(&mut known, &order, &all, true), None);
        assert_eq!(known_from(&mut known, &order, &all, false), Some(0));
    }

    #[test]
    fn a_state_that_is_not_known_is_as_no_other_one() {
        let mut known = HashSet::new();
        let order = Requested::default();
        let all = states(&[None]);
        assert_eq!(known_from(&mut known, &order, &all, true), None);
        assert_eq!(known_from(&mut known, &order, &all, true), None);
    }

    #[test]
    fn tasks_that_run_newest_first_lead_to_states_of_their_own() {
        let mut known = HashSet::new();
        let all = states(&[Some("a")]);
        known_from(&mut known, &Requested::default(), &all, true);
        let newest_first = Requested::newest_first();
        assert_eq!(known_from(&mut known, &newest_first, &all, true), None);
        assert_eq!(known_from(&mut known, &newest_first, &all, true), Some(0));
    }
}
