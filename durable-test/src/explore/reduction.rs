//! Orders that need not be run, for they lead to the same as others.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;

use durable_host::{Among, Body, Choice, SeenCall, SeenState, Trace};
use durable_service::model::OperationType;

use super::asleep::{awake, runs};
use crate::{Error, ErrorKind};

/// What need not be run, by what the service does and by what the test says about bodies of steps.
///
/// What is due together and noticed together has one order. Where all that competes in an invocation are bodies that
/// the test calls independent, it is enough that each comes before each other one once: the first order, and one more
/// for each body until all come in the opposite order. Where others compete with them, orders are left out that differ
/// from another one by two independent neighbours alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Reduction {
    /// Whether every order is run all the same.
    pub(super) is_off: bool,
    /// Steps whose bodies are independent, by name or path.
    pub(super) independent: Vec<String>,
    /// Those of them that some body has as a name.
    ran: BTreeSet<String>,
    /// Those of them whose bodies a handler gave up: something ended before all were over.
    given_up: BTreeSet<String>,
    /// Whether one was given up after orders had been left out for it.
    is_late: bool,
}

impl Reduction {
    /// One that left out orders for bodies that turned out not to be independent.
    #[cfg(test)]
    pub(super) fn incomplete() -> Self {
        Self {
            is_late: true,
            ..Self::default()
        }
    }

    /// The same without what the test says about bodies.
    pub(super) fn without_independent(&self) -> Self {
        Self {
            is_off: self.is_off,
            ..Self::default()
        }
    }

    /// Notes what a run shows that nothing disturbs; the first one comes first.
    pub(super) fn look_at(&mut self, trace: &[Trace]) {
        let is_first = self.ran.is_empty();
        let known = self.given_up.len();
        let mut open = HashMap::new();
        for entry in trace {
            match entry {
                Trace::BodyReady(body) => {
                    let names = self.names_of(body);
                    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                    self.ran.extend(names.iter().cloned());
                    open.insert(body.number, names);
                }
                Trace::BodyEnded(number, Some(_)) => {
                    open.remove(number);
                }
                _ => {}
            }
        }
        self.given_up.extend(open.into_values().flatten());
        self.is_late |= !is_first && self.given_up.len() > known;
    }

    /// Whether orders were left out for bodies that turned out not to be independent.
    pub(super) fn is_incomplete(&self) -> bool {
        self.is_late && !self.is_off
    }

    /// The names of bodies that are not independent, for a handler gave one up.
    pub(super) fn given_up(&self) -> Vec<String> {
        self.given_up.iter().cloned().collect()
    }

    /// Checks that each name is that of a body that ran.
    ///
    /// # Errors
    ///
    /// The first name that no body has, with the steps whose bodies ran.
    pub(super) fn check(&self, trace: &[Trace]) -> Result<(), Error> {
        let mut names = self.independent.iter();
        let Some(wanted) = names.find(|name| !self.ran.contains(*name)) else {
            return Ok(());
        };
        let known: BTreeSet<String> = bodies(trace)
            .map(|body| format!("\"{}\"", body.path))
            .collect();
        let known: Vec<String> = known.into_iter().collect();
        Err(ErrorKind::NoOperation {
            what: "#[durable_step]",
            wanted: wanted.clone(),
            known: format!("bodies that ran: {}", known.join(", ")),
        }
        .into())
    }

    /// The names among those of independent steps that a body has.
    fn names_of(&self, body: &Body) -> Vec<&str> {
        let names = self.independent.iter().map(String::as_str);
        names
            .filter(|name| body.name == *name || body.path == *name)
            .collect()
    }

    /// What a run with these choices and calls offers to be done otherwise; `possible` are the numbers of the calls whose
    /// answers may be late.
    pub(super) fn offers(
        &self,
        choices: &[Choice],
        segments: &[Segment],
        (calls, trace): (&[SeenCall], &[Trace]),
        possible: Vec<u64>,
    ) -> Offers {
        let mut offers = Offers {
            alternatives: choices.iter().map(|choice| self.others(choice)).collect(),
            late: possible,
        };
        let independent = self.independent_bodies(trace);
        // What a late answer leads to may depend on which of two bodies made its call first.
        let is_in_time = !calls.iter().any(|call| call.late_answer);
        for segment in segments {
            let within = segment.of(choices);
            let rest = offers.alternatives.iter_mut();
            let rest = rest.skip(segment.choices.start);
            if !are_of(within, &independent) {
                if is_in_time && segment.is_one {
                    for (options, awake) in rest.zip(awake(within, &paths(&independent))) {
                        options
                            .retain(|option| awake.get(*option).is_some_and(|is_awake| *is_awake));
                    }
                }
                continue;
            }
            let mut is_opposite = true;
            for (options, choice) in rest.zip(within) {
                let last = choice.options.len().saturating_sub(1);
                options.retain(|option| is_opposite && *option == last);
                is_opposite &= choice.chosen == last;
            }
            if has_only(trace, segment, &independent) {
                offers.late.retain(|call| !segment.has_call(*call));
            }
        }
        offers
    }

    /// About how many orders without late answers there are if every run has choices like these. Of the states in which
    /// its invocations start, `is_new` says whether other orders lead there: what follows a state is explored once.
    pub(super) fn estimate(
        &self,
        choices: &[Choice],
        segments: &[Segment],
        trace: &[Trace],
        is_new: impl Fn(usize) -> bool,
    ) -> usize {
        let independent = self.independent_bodies(trace);
        let of_invocation = |segment: &Segment| {
            let within = segment.of(choices);
            if are_of(within, &independent) {
                return within.len().saturating_add(1);
            }
            let none = BTreeSet::new();
            let paths = if segment.is_one {
                paths(&independent)
            } else {
                none
            };
            runs(within, &awake(within, &paths), |choice| {
                self.options(choice)
            })
        };
        let last_first = segments.iter().enumerate().rev();
        let mut later = 1_usize;
        for (index, segment) in last_first {
            let orders = of_invocation(segment);
            later = if is_new(index + 1) {
                orders.saturating_mul(later)
            } else {
                orders.saturating_sub(1).saturating_add(later)
            };
        }
        later
    }

    /// The options of a choice after the one that was taken, but for those that lead to the same.
    fn others(&self, choice: &Choice) -> Vec<usize> {
        (choice.chosen + 1..self.options(choice)).collect()
    }

    /// The number of options of a choice that are tried.
    fn options(&self, choice: &Choice) -> usize {
        if self.is_off {
            choice.options.len()
        } else {
            choice.different_options()
        }
    }

    /// The bodies of a run that are independent; none if every order is run.
    fn independent_bodies<'t>(&self, trace: &'t [Trace]) -> Vec<&'t Body> {
        let is_independent = |body: &&Body| {
            let names = self.names_of(body);
            !self.is_off
                && !names.is_empty()
                && names.iter().all(|name| !self.given_up.contains(*name))
        };
        bodies(trace).filter(is_independent).collect()
    }
}

fn bodies(trace: &[Trace]) -> impl Iterator<Item = &Body> {
    trace.iter().filter_map(|entry| match entry {
        Trace::BodyReady(body) => Some(body),
        _ => None,
    })
}

/// The paths of these bodies.
fn paths<'b>(bodies: &[&'b Body]) -> BTreeSet<&'b str> {
    bodies.iter().map(|body| body.path.as_str()).collect()
}

/// Whether there are choices, and all that they have are these bodies.
fn are_of(choices: &[Choice], these: &[&Body]) -> bool {
    !choices.is_empty() && choices.iter().all(|choice| is_of(choice, these))
}

/// Whether all that a choice has are these bodies.
fn is_of(choice: &Choice, these: &[&Body]) -> bool {
    choice.among == (Among::Held { late_answers: 0 })
        && choice
            .options
            .iter()
            .all(|path| these.iter().any(|body| body.path == *path))
}

/// Whether the calls of an invocation are about nothing but the steps of these bodies and the contexts around them: late
/// answers to them change the order of these bodies, and nothing else.
fn has_only(trace: &[Trace], segment: &Segment, these: &[&Body]) -> bool {
    let calls = trace.iter().filter_map(|entry| match entry {
        Trace::Call(call) if call.number.is_some_and(|call| segment.has_call(call)) => Some(call),
        _ => None,
    });
    calls.flat_map(|call| &call.updates).all(|update| {
        let is_of = |body: &&Body| body.operation.as_ref() == Some(&update.operation);
        update.operation_type == OperationType::Context || these.iter().any(is_of)
    })
}

/// What a run offers to be done otherwise.
#[derive(Debug)]
pub(super) struct Offers {
    /// The options to try at each of its choices, beside the one that it took and those before it.
    pub(super) alternatives: Vec<Vec<usize>>,
    /// The numbers of the calls whose answers to have late.
    pub(super) late: Vec<u64>,
}

/// An invocation of a run.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// The indexes of its choices.
    pub(super) choices: Range<usize>,
    /// The numbers of the checkpoint calls before it and of its last one.
    pub(super) calls: (u64, u64),
    /// Whether it is one invocation, and not all of several executions.
    pub(super) is_one: bool,
}

impl Segment {
    fn of<'c>(&self, choices: &'c [Choice]) -> &'c [Choice] {
        choices.get(self.choices.clone()).unwrap_or_default()
    }

    fn has_call(&self, number: u64) -> bool {
        self.calls.0 < number && number <= self.calls.1
    }
}

/// The invocations of a run; all of them together if several executions ran, for those may run beside each other, or if
/// the invocations were not noted.
pub(super) fn segments(choices: &[Choice], states: &[SeenState]) -> Vec<Segment> {
    let mut executions = states.iter().map(|state| &state.execution);
    let first = executions.next();
    let is_alone = executions.all(|other| Some(other) == first);
    if first.is_none() || !is_alone {
        let whole = Segment {
            choices: 0..choices.len(),
            calls: (0, u64::MAX),
            is_one: false,
        };
        return vec![whole];
    }
    invocations(states, choices.len(), u64::MAX).collect()
}

/// The invocations that started in these states, of a run with so many choices and calls in all: each ends where the next
/// one starts.
pub(super) fn invocations(
    states: &[SeenState],
    choices: usize,
    calls: u64,
) -> impl Iterator<Item = Segment> {
    let starts = states
        .iter()
        .map(|state| (state.choices_before, state.calls_before));
    let ends = starts.clone().skip(1).chain([(choices, calls)]);
    starts.zip(ends).map(|(start, end)| Segment {
        choices: start.0..end.0,
        calls: (start.1, end.1),
        is_one: true,
    })
}

/// The names of bodies that are not independent, as lines of a report.
pub(super) struct NotIndependent<'a>(pub(super) &'a [String]);

impl fmt::Display for NotIndependent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.0 {
            write!(
                f,
                "\nthe handler gave up a body of {name:?} before it ran, so it does not wait for all of them: \
                 leave it out of `.independent(..)`"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use durable_host::BodyEnd;
    use durable_runtime::sdk::StepSemantics;

    use super::*;

    fn choice(chosen: usize, options: &[&str]) -> Choice {
        Choice {
            chosen,
            options: options.iter().copied().map(str::to_owned).collect(),
            among: Among::Held { late_answers: 0 },
        }
    }

    fn ready(number: u64, name: &str) -> Trace {
        Trace::BodyReady(Body {
            number,
            execution:
                "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/n/i"
                    .parse()
                    .unwrap(),
            request_id: "r".into(),
            operation: None,
            name: name.to_owned(),
            path: name.to_owned(),
            attempt: 1,
            semantics: StepSemantics::default(),
        })
    }

    fn with_ends(ready: &[Trace], ended: &[u64]) -> Vec<Trace> {
        let ends = ended
            .iter()
            .map(|number| Trace::BodyEnded(*number, Some(BodyEnd::Succeeded)));
        ready.iter().cloned().chain(ends).collect()
    }

    fn independent(names: &[&str]) -> Reduction {
        Reduction {
            independent: names.iter().copied().map(str::to_owned).collect(),
            ..Reduction::default()
        }
    }

    /// One invocation that makes all choices.
    fn invocation(choices: &[Choice]) -> [Segment; 1] {
        [Segment {
            choices: 0..choices.len(),
            calls: (0, u64::MAX),
            is_one: true,
        }]
    }

    fn offers(reduction: &Reduction, choices: &[Choice]) -> Offers {
        let trace = [ready(1, "a"), ready(2, "b"), ready(3, "c")];
        reduction.offers(choices, &invocation(choices), (&[], &trace), vec![1, 2])
    }

    fn alternatives(reduction: &Reduction, choices: &[Choice]) -> Vec<Vec<usize>> {
        offers(reduction, choices).alternatives
    }

    #[test]
    fn late_answers_that_change_the_order_of_independent_bodies_alone_are_left_out() {
        let choices = [choice(0, &["a", "b", "c"])];
        assert_eq!(offers(&independent(&["a", "b"]), &choices).late, [1, 2]);
        assert!(
            offers(&independent(&["a", "b", "c"]), &choices)
                .late
                .is_empty()
        );
    }

    #[test]
    fn all_options_are_tried_unless_the_test_says_otherwise() {
        let choices = [choice(0, &["a", "b", "c"]), choice(1, &["b", "c"])];
        assert_eq!(
            alternatives(&independent(&[]), &choices),
            [vec![1, 2], vec![]]
        );
    }

    #[test]
    fn independent_bodies_are_reversed_one_by_one() {
        let all = independent(&["a", "b", "c"]);
        let first = [choice(0, &["a", "b", "c"]), choice(0, &["b", "c"])];
        assert_eq!(alternatives(&all, &first), [vec![2], vec![]]);
        let second = [choice(2, &["a", "b", "c"]), choice(0, &["a", "b"])];
        assert_eq!(alternatives(&all, &second), [vec![], vec![1]]);
    }

    #[test]
    fn another_body_beside_them_is_tried_everywhere() {
        let two = independent(&["a", "b"]);
        let choices = [choice(0, &["a", "b", "c"]), choice(0, &["b", "c"])];
        assert_eq!(alternatives(&two, &choices), [vec![1, 2], vec![1]]);
    }

    #[test]
    fn what_an_order_with_two_neighbours_swapped_leads_to_is_left_out() {
        let two = independent(&["a", "b"]);
        let choices = [choice(1, &["a", "b", "c"]), choice(0, &["a", "c"])];
        let swapped = alternatives(&two, &choices);
        assert_eq!(swapped, [vec![2], vec![1]]);
        let later = [choices.as_slice(), &[choice(0, &["c", "d"])]].concat();
        assert_eq!(alternatives(&two, &later), [vec![2], vec![1], vec![]]);
        let late = SeenCall {
            number: 1,
            choices_before: 0,
            late_answer: true,
        };
        let trace = [ready(1, "a"), ready(2, "b"), ready(3, "c")];
        let offers = two.offers(&later, &invocation(&later), (&[late], &trace), Vec::new());
        assert_eq!(offers.alternatives, [vec![2], vec![1], vec![1]]);
        // Another execution may have run in between.
        let several = segments(&later, &[]);
        let offers = two.offers(&later, &several, (&[], &trace), Vec::new());
        assert_eq!(offers.alternatives, [vec![2], vec![1], vec![1]]);
    }

    #[test]
    fn a_body_that_was_given_up_is_not_independent() {
        let mut all = independent(&["a", "b", "c", "d"]);
        let calm = [ready(1, "a"), ready(2, "b"), ready(3, "c")];
        let calm = with_ends(&calm, &[1, 2, 3]);
        let trace = with_ends(&calm[..3], &[1, 3]);
        let choices = [choice(0, &["a", "b", "c"])];
        all.look_at(&calm);
        all.look_at(&trace);
        assert_eq!(
            all.offers(
                &choices,
                &segments(&choices, &[]),
                (&[], &trace),
                Vec::new()
            )
            .alternatives,
            [vec![1, 2]]
        );
        assert_eq!(all.given_up(), ["b"]);
        assert!(all.is_incomplete());
        let error = all.check(&trace).unwrap_err().to_string();
        assert!(
            error.contains("\"d\"") && error.contains("\"a\", \"b\", \"c\""),
            "{error}"
        );
    }

    #[test]
    fn what_commutes_has_no_alternative_unless_every_order_is_run() {
        let due = Choice {
            among: Among::Due { commutes: true },
            ..choice(0, &["wait a", "wait b"])
        };
        let choices = [due];
        assert!(
            alternatives(&independent(&[]), &choices)
                .concat()
                .is_empty()
        );
        let off = Reduction {
            is_off: true,
            ..Reduction::default()
        };
        assert_eq!(alternatives(&off, &choices), [vec![1]]);
    }

    #[test]
    fn a_state_of_its_own_has_orders_of_its_own() {
        let choices = [choice(0, &["a", "b", "c"]), choice(0, &["d", "e"])];
        let segment = |choices, calls| Segment {
            choices,
            calls,
            is_one: true,
        };
        let two = [segment(0..1, (0, 3)), segment(1..2, (3, u64::MAX))];
        let estimate = |is_new: bool| {
            independent(&[]).estimate(&choices, &two, &[], |state| is_new && state == 1)
        };
        assert_eq!((estimate(true), estimate(false)), (6, 4));
    }

    #[test]
    fn the_number_of_orders_does_not_overflow() {
        let none = independent(&[]);
        let estimate =
            |choices: &[Choice]| none.estimate(choices, &segments(choices, &[]), &[], |_| true);
        let two = || choice(0, &["a", "b"]);
        assert_eq!(estimate(&[choice(0, &["a", "b", "c"]), two()]), 6);
        assert_eq!(estimate(&vec![two(); 64]), usize::MAX);
    }
}
