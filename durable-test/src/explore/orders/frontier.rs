//! The orders that are still to be run.
//!
//! A run is described by its choices and by the checkpoint calls whose answers are late. From each run others are
//! derived, each of which differs from it in one point after those that its own order fixes; so no two are the
//! same, and all are reached. Those with fewer late answers come first.

use std::collections::{BTreeMap, HashMap};

use durable_host::{Choice, Order, SeenCall, SeenState};

use crate::explore::reduction::Offers;

/// An order to run, and the last point that it fixes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Requested {
    pub(super) newest_first: bool,
    pub(super) choices: Vec<usize>,
    /// Numbers of the calls whose answers are late.
    pub(super) late: Vec<u64>,
    /// Points up to this one are fixed.
    fixed: Option<Point>,
}

/// A point of a run at which another order can differ: a choice by its index, after the calls before it, or
/// a checkpoint call by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Point {
    choices_before: usize,
    /// A choice comes after the calls before it.
    is_choice: bool,
    call: u64,
}

impl Point {
    fn of_choice(index: usize) -> Self {
        Self {
            choices_before: index,
            is_choice: true,
            call: 0,
        }
    }

    fn of_call(call: &SeenCall) -> Self {
        Self {
            choices_before: call.choices_before,
            is_choice: false,
            call: call.number,
        }
    }

    /// Whether it comes before an invocation starts.
    fn is_before(&self, state: &SeenState) -> bool {
        if self.is_choice {
            self.choices_before < state.choices_before
        } else {
            self.call <= state.calls_before
        }
    }
}

/// What a run offers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered<'a> {
    pub(super) choices: &'a [Choice],
    pub(super) calls: &'a [SeenCall],
    /// What to do otherwise.
    pub(super) offers: &'a Offers,
    /// Whether something happened in it that happened in no run before.
    pub(super) is_new: bool,
    /// The state from which on it is as another run.
    pub(super) until: Option<&'a SeenState>,
}

impl Requested {
    pub(super) fn order(&self) -> Order {
        let order = Order::choices(self.choices.iter().copied());
        let order = if self.newest_first {
            order.newest_first()
        } else {
            order
        };
        self.late.iter().copied().fold(order, Order::late_answer)
    }

    /// What an order that was drawn at random did beside its choices.
    pub(super) fn drawn(newest_first: bool, late: Vec<u64>) -> Self {
        Self {
            newest_first,
            late,
            ..Self::default()
        }
    }

    /// The first order in which tasks run newest first.
    pub(super) fn newest_first() -> Self {
        Self {
            newest_first: true,
            ..Self::default()
        }
    }

    /// The first of the states that comes after the last point that this order fixes, and those after it.
    pub(super) fn later_states<'s>(&self, states: &'s [SeenState]) -> &'s [SeenState] {
        let is_later = |state: &SeenState| self.fixed.is_none_or(|fixed| fixed.is_before(state));
        let first = states.iter().position(is_later);
        first
            .and_then(|first| states.get(first..))
            .unwrap_or_default()
    }

    /// The orders that differ from a run in this order at one later point, the last one first. If it did the
    /// same as a run before, only the choices are points at which a late answer competes: that run had none.
    fn later(&self, offered: Offered<'_>) -> Vec<Self> {
        let Offered {
            choices,
            calls,
            offers,
            is_new,
            until,
        } = offered;
        let mut derived: Vec<(Point, Self)> = Vec::new();
        let taken: Vec<usize> = choices.iter().map(|choice| choice.chosen).collect();
        let with = |point: Point, choice: Option<usize>, late: Option<u64>| {
            let fixed = taken.iter().take(point.choices_before).copied();
            let before = |number: &&u64| {
                let call = calls.iter().find(|call| call.number == **number);
                call.is_some_and(|call| Point::of_call(call) < point)
            };
            let late_before = self.late.iter().filter(before).copied();
            Self {
                newest_first: self.newest_first,
                choices: fixed.chain(choice).collect(),
                late: late_before.chain(late).collect(),
                fixed: Some(point),
            }
        };
        for (index, (choice, options)) in choices.iter().zip(&offers.alternatives).enumerate() {
            if !is_new && choice.late_answers() == 0 {
                continue;
            }
            let point = Point::of_choice(index);
            for option in options {
                derived.push((point, with(point, Some(*option), None)));
            }
        }
        for number in &offers.late {
            let call = calls.iter().find(|call| call.number == *number);
            if let Some(call) = call.filter(|call| !call.late_answer) {
                let point = Point::of_call(call);
                derived.push((point, with(point, None, Some(*number))));
            }
        }
        derived.retain(|(point, _)| {
            self.fixed.is_none_or(|fixed| *point > fixed)
                && until.is_none_or(|state| point.is_before(state))
        });
        // A stable sort: the options of one point stay in their order.
        derived.sort_by(|(one, _), (other, _)| other.cmp(one));
        derived.into_iter().map(|(_, order)| order).collect()
    }
}

/// Orders to run, in their order.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    /// By the number of late answers, and whether tasks run in another order; the next one is the last of a list.
    waiting: BTreeMap<usize, Vec<Requested>>,
}

impl Frontier {
    /// Adds the orders that differ from a run at one point after those that its order fixes.
    pub(super) fn extend(&mut self, requested: &Requested, offered: Offered<'_>) {
        let mut later = requested.later(offered);
        later.reverse();
        for order in later {
            self.push(order);
        }
    }

    /// Adds an order.
    pub(super) fn push(&mut self, order: Requested) {
        let changed = order.late.len() + usize::from(order.newest_first);
        self.waiting.entry(changed).or_default().push(order);
    }

    pub(super) fn pop(&mut self) -> Option<Requested> {
        let mut first = self.waiting.first_entry()?;
        let next = first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        next
    }

    /// The orders that come next, as far as is known now.
    pub(super) fn upcoming(&self, number: usize) -> impl Iterator<Item = &Requested> {
        let next = self.waiting.values().flat_map(|same| same.iter().rev());
        next.take(number)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// The number of options at each choice, by the order and the choices before it.
#[derive(Default)]
pub(super) struct OptionCounts(HashMap<(Requested, Vec<usize>), usize>);

impl OptionCounts {
    /// Whether these choices have as many options as earlier runs had after the same choices. Records new
    /// ones.
    pub(super) fn agree(&mut self, requested: &Requested, choices: &[Choice]) -> bool {
        let mut before = Vec::with_capacity(choices.len());
        choices.iter().all(|choice| {
            let options = choice.options.len();
            let order = Requested::drawn(requested.newest_first, requested.late.clone());
            let at = (order, before.clone());
            let known = *self.0.entry(at).or_insert(options);
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

#[cfg(test)]
mod tests {
    use durable_host::Among;

    use super::*;

    fn choices(taken: &[(usize, usize)]) -> Vec<Choice> {
        let choice = |(taken, of): &(usize, usize)| Choice {
            chosen: *taken,
            options: vec![String::new(); *of],
            among: Among::Held { late_answers: 0 },
        };
        taken.iter().map(choice).collect()
    }

    fn call(number: u64, choices_before: usize) -> SeenCall {
        SeenCall {
            number,
            choices_before,
            late_answer: false,
        }
    }

    fn extend(frontier: &mut Frontier, requested: &Requested, taken: &[(usize, usize)]) {
        let choices = choices(taken);
        let options = taken.iter().map(|(taken, of)| (taken + 1..*of).collect());
        let offers = Offers {
            alternatives: options.collect(),
            late: vec![1, 2],
        };
        let offered = Offered {
            choices: &choices,
            calls: &[call(1, 0), call(2, 1)],
            offers: &offers,
            is_new: true,
            until: None,
        };
        frontier.extend(requested, offered);
    }

    fn orders(mut frontier: Frontier) -> Vec<String> {
        std::iter::from_fn(|| frontier.pop())
            .map(|order| order.order().to_string())
            .collect()
    }

    /// The start of an invocation after so many choices and calls.
    fn state(choices_before: usize, calls_before: u64) -> SeenState {
        SeenState {
            outlook: None,
            execution:
                "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/n/i"
                    .parse()
                    .unwrap(),
            calls_before,
            invocations_before: 0,
            choices_before,
            failures: 0,
        }
    }

    fn fixed_at(point: Point) -> Requested {
        Requested {
            fixed: Some(point),
            ..Requested::default()
        }
    }

    impl Requested {
        /// An order whose last fixed point is a choice.
        pub(in crate::explore::orders) fn fixed_at_choice(index: usize) -> Self {
            fixed_at(Point::of_choice(index))
        }
    }

    #[test]
    fn a_choice_is_before_an_invocation_that_starts_after_it() {
        let choice = Point::of_choice(1);
        assert!(!choice.is_before(&state(0, 9)));
        assert!(!choice.is_before(&state(1, 9)));
        assert!(choice.is_before(&state(2, 0)));
    }

    #[test]
    fn a_call_is_before_an_invocation_that_starts_after_it() {
        let second = Point::of_call(&call(2, 1));
        assert!(!second.is_before(&state(9, 1)));
        assert!(second.is_before(&state(0, 2)));
        assert!(second.is_before(&state(0, 3)));
    }

    #[test]
    fn later_states_start_after_the_last_point_that_is_fixed() {
        let states = [state(0, 0), state(1, 2), state(2, 4)];
        let number_of_later = |order: &Requested| order.later_states(&states).len();
        assert_eq!(number_of_later(&Requested::default()), 3);
        assert_eq!(number_of_later(&fixed_at(Point::of_choice(0))), 2);
        assert_eq!(number_of_later(&fixed_at(Point::of_choice(1))), 1);
        assert_eq!(number_of_later(&fixed_at(Point::of_choice(2))), 0);
        assert_eq!(number_of_later(&fixed_at(Point::of_call(&call(2, 0)))), 2);
        assert_eq!(number_of_later(&fixed_at(Point::of_call(&call(3, 1)))), 1);
        assert_eq!(number_of_later(&fixed_at(Point::of_call(&call(5, 2)))), 0);
        let later = fixed_at(Point::of_choice(0));
        assert_eq!(later.later_states(&states), &states[1..]);
    }

    #[test]
    fn nothing_is_derived_from_the_state_on_from_which_a_run_is_as_another_one() {
        let choices = choices(&[(0, 2), (0, 2), (0, 2)]);
        let offers = Offers {
            alternatives: vec![vec![1]; 3],
            late: vec![1, 2, 3],
        };
        let derived = |until: Option<&SeenState>| {
            let mut frontier = Frontier::default();
            let offered = Offered {
                choices: &choices,
                calls: &[call(1, 0), call(2, 1), call(3, 2)],
                offers: &offers,
                is_new: true,
                until,
            };
            frontier.extend(&Requested::default(), offered);
            orders(frontier)
        };
        assert_eq!(derived(None).len(), 6);
        assert_eq!(
            derived(Some(&state(1, 2))),
            [
                "Order::choices([1])",
                "Order::choices([0]).late_answer(2)",
                "Order::choices([]).late_answer(1)",
            ]
        );
        assert_eq!(derived(Some(&state(0, 0))), [""; 0]);
    }

    #[test]
    fn choices_agree_if_they_have_as_many_options_after_the_same_choices() {
        let mut counts = OptionCounts::default();
        assert!(counts.agree(&Requested::default(), &choices(&[(0, 3), (0, 2)])));
        assert!(counts.agree(&Requested::default(), &choices(&[(0, 3), (1, 2)])));
        assert!(counts.agree(&Requested::default(), &choices(&[(1, 3), (0, 4)])));
        assert!(!counts.agree(&Requested::default(), &choices(&[(1, 2), (0, 4)])));
        assert!(!counts.agree(&Requested::default(), &choices(&[(1, 3), (0, 2)])));
        assert!(counts.agree(&Requested::newest_first(), &choices(&[(0, 4)])));
    }

    #[test]
    fn the_last_point_changes_first_and_late_answers_come_last() {
        let mut frontier = Frontier::default();
        extend(&mut frontier, &Requested::default(), &[(0, 3), (0, 2)]);
        assert_eq!(
            orders(frontier),
            [
                "Order::choices([0, 1])",
                "Order::choices([1])",
                "Order::choices([2])",
                "Order::choices([0]).late_answer(2)",
                "Order::choices([]).late_answer(1)",
            ]
        );
    }

    #[test]
    fn what_an_order_fixes_stays() {
        let mut frontier = Frontier::default();
        extend(&mut frontier, &Requested::default(), &[(0, 2)]);
        let other = frontier.pop().unwrap();
        assert_eq!(other.choices, [1]);
        extend(&mut frontier, &other, &[(1, 2)]);
        assert_eq!(
            orders(frontier),
            [
                "Order::choices([1]).late_answer(2)",
                "Order::choices([0]).late_answer(2)",
                "Order::choices([]).late_answer(1)",
            ]
        );
    }
}
