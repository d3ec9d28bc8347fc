//! The deviations that a run offers: each is one more thing to do differently, after those of its plan.

use std::sync::Arc;

use durable_host::{Among, Choice as Chosen, Order, Scheduler, SeenCall, SeenState};

use super::Choice;
use super::frontier::{After, Point, Waiting};
use crate::explore::crashes::call_beside_others;
use crate::explore::reduction::{self, Offers, invocations};
use crate::explore::repeated::Explored;
use crate::plan::Loss;
use crate::plan::{FaultKind, Plan};

/// A run of a plan, with what its scheduler saw.
pub(super) struct Ran {
    pub(super) plan: Plan,
    pub(super) explored: Explored,
    pub(super) choices: Vec<Chosen>,
    pub(super) calls: Vec<SeenCall>,
}

/// The part of a run from the start of an invocation to the start of the next one, or a rest of it.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// What the invocation started with; none if that is not known.
    pub(super) state: Option<Arc<str>>,
    /// Numbers of its calls: above the first, up to the second.
    calls: (u64, u64),
    /// Indexes of its choices: from the first on, below the second.
    choices: (usize, usize),
    /// Number of the invocation.
    invocation: u64,
    /// Failed invocations in a row before it.
    failures: usize,
    /// Whether its start is part of it.
    is_whole: bool,
    /// Whether the response of the invocation is still to come.
    has_end: bool,
}

/// A deviation, before it is known whether it leads to anything new.
pub(super) struct Deviation {
    pub(super) waiting: Waiting,
    /// The loss and the number of its call, if it kills the function.
    pub(super) kill: Option<(Loss, u64)>,
}

impl Segment {
    /// The state that it starts with, as what deviations of it come from.
    fn from(&self) -> Arc<str> {
        self.state.clone().unwrap_or_else(|| Arc::from(""))
    }
}

impl Ran {
    pub(super) fn new(plan: Plan, scheduler: Option<&Scheduler>, explored: Explored) -> Self {
        Self {
            plan,
            choices: scheduler.map(Scheduler::choices).unwrap_or_default(),
            calls: scheduler.map(Scheduler::calls).unwrap_or_default(),
            explored,
        }
    }

    /// The invocations of the run, in order.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let states = &self.explored.states;
        let invocations = invocations(states, self.choices.len(), self.explored.calls);
        let segment = |(state, of): (&SeenState, reduction::Segment)| Segment {
            state: state.outlook.clone(),
            calls: of.calls,
            choices: (of.choices.start, of.choices.end),
            invocation: state.invocations_before + 1,
            failures: state.failures,
            is_whole: true,
            has_end: true,
        };
        states.iter().zip(invocations).map(segment).collect()
    }

    /// The position among the segments of the one with that point.
    pub(super) fn position(segments: &[Segment], at: Point) -> Option<usize> {
        segments.iter().position(|segment| match at {
            Point::Call(number) => segment.calls.0 < number && number <= segment.calls.1,
            Point::Invocation(number) => segment.invocation == number,
            Point::Choice(index) => segment.choices.0 <= index && index < segment.choices.1,
        })
    }

    /// What of a segment comes after a point of it.
    pub(super) fn rest(&self, segment: &Segment, at: Point) -> Segment {
        let mut rest = segment.clone();
        rest.is_whole = false;
        match at {
            Point::Call(number) => {
                rest.calls.0 = number;
                let call = self.calls.iter().find(|call| call.number == number);
                let before = call.map_or(rest.choices.0, |call| call.choices_before);
                rest.choices.0 = rest.choices.0.max(before);
            }
            Point::Choice(index) => {
                if self.choices.get(index).is_some_and(is_after_invocation) {
                    rest = self.after_invocation(segment);
                }
                rest.choices.0 = index + 1;
                let before = self
                    .calls
                    .iter()
                    .filter(|call| call.choices_before <= index);
                let last = before.map(|call| call.number).max().unwrap_or_default();
                rest.calls.0 = rest.calls.0.max(last.min(rest.calls.1));
            }
            // What happens to an invocation as a whole happens at its end.
            Point::Invocation(_) => rest = self.after_invocation(segment),
        }
        rest
    }

    /// What of a segment comes after the end of its invocation.
    pub(super) fn after_invocation(&self, segment: &Segment) -> Segment {
        let (start, end) = segment.choices;
        let choices = self.choices.get(start..end).unwrap_or_default();
        let within = choices
            .iter()
            .take_while(|choice| !is_after_invocation(choice));
        Segment {
            calls: (segment.calls.1, segment.calls.1),
            choices: (start + within.count(), end),
            is_whole: false,
            has_end: false,
            ..segment.clone()
        }
    }

    /// The crashes and faults within a segment, crashes loss by loss first.
    pub(super) fn deviations(
        &self,
        segment: &Segment,
        choice: &Choice,
        attempts: usize,
    ) -> Vec<Deviation> {
        let from = segment.from();
        let deviation =
            |plan: Plan, at: Point, after: After, kill: Option<(Loss, u64)>| Deviation {
                waiting: Waiting {
                    plan,
                    at,
                    after,
                    from: Arc::clone(&from),
                },
                kill,
            };
        let calls = || segment.calls.0 + 1..=segment.calls.1;
        // One failure more, and the service gives the execution up.
        let may_fail = segment.failures + 1 < attempts;
        let mut found = Vec::new();
        for loss in choice.losses.iter().copied() {
            let fails = loss != Loss::AnswerLost && loss != Loss::AnswerLate;
            if fails && !may_fail {
                continue;
            }
            if loss == Loss::ResponseLost {
                if segment.has_end {
                    let plan = self.plan.clone().crash(loss.at(segment.invocation));
                    let at = Point::Invocation(segment.invocation);
                    found.push(deviation(plan, at, After::NextInvocation, None));
                }
                continue;
            }
            let after = match loss {
                Loss::BeforeStored | Loss::AfterStored | Loss::GivenUp => After::NextInvocation,
                _ => After::SameInvocation,
            };
            let is_kill = matches!(loss, Loss::BeforeStored | Loss::AfterStored);
            for number in calls() {
                if loss == Loss::AnswerLate && !self.is_beside_others(number) {
                    continue;
                }
                let plan = self.plan.clone().crash(loss.at(number));
                let kill = is_kill.then_some((loss, number));
                found.push(deviation(plan, Point::Call(number), after, kill));
            }
        }
        for kind in choice.faults.iter().copied().filter(|_| may_fail) {
            if kind.is_of_call() {
                let plans = calls().map(|number| (number, self.plan.clone().fault(number, kind)));
                found.extend(plans.map(|(number, plan)| {
                    deviation(plan, Point::Call(number), After::SameInvocation, None)
                }));
            } else if segment.is_whole || (segment.has_end && kind == FaultKind::Overrun) {
                // A second delivery runs beside the invocation from its start on.
                let plan = self.plan.clone().fault(segment.invocation, kind);
                let at = Point::Invocation(segment.invocation);
                found.push(deviation(plan, at, After::NextInvocation, None));
            }
        }
        found
    }

    /// One more choice within a segment that is not the first option, or one more late answer, of what the run
    /// offers.
    pub(super) fn reorders(&self, segment: &Segment, offers: &Offers) -> Vec<Deviation> {
        let from = segment.from();
        let mut found = Vec::new();
        let taken: Vec<usize> = self.choices.iter().map(|choice| choice.chosen).collect();
        let base = self.plan.chosen_order().cloned();
        let base = base.unwrap_or_else(|| Order::choices([]));
        let with = |choices: Vec<usize>, late: Option<u64>| {
            let order = base
                .late_calls()
                .chain(late)
                .fold(Order::choices(choices), Order::late_answer);
            self.plan.clone().order(order)
        };
        for (index, options) in offers.alternatives.iter().enumerate() {
            if index < segment.choices.0 || index >= segment.choices.1 {
                continue;
            }
            let before = taken.get(..index).unwrap_or_default();
            for option in options {
                let choices = before.iter().copied().chain([*option]).collect();
                found.push((with(choices, None), Point::Choice(index)));
            }
        }
        for number in offers.late.iter().copied() {
            let is_within = segment.calls.0 < number && number <= segment.calls.1;
            if is_within && !base.late_calls().any(|late| late == number) {
                let choices = base.first_choices().to_vec();
                found.push((with(choices, Some(number)), Point::Call(number)));
            }
        }
        let deviation = |(plan, at): (Plan, Point)| Deviation {
            waiting: Waiting {
                plan,
                at,
                after: After::SameInvocation,
                from: Arc::clone(&from),
            },
            kill: None,
        };
        found.into_iter().map(deviation).collect()
    }

    fn is_beside_others(&self, number: u64) -> bool {
        let mut beside = self.explored.trace.iter().filter_map(call_beside_others);
        beside.any(|call| call == number)
    }

    /// What a crash at a call leaves, if that was noted.
    pub(super) fn left_by(&self, (loss, number): (Loss, u64)) -> Option<Arc<str>> {
        let mut instants = self.explored.instants.iter();
        let instant = instants.find(|instant| instant.call == number)?;
        Some(Arc::clone(match loss {
            Loss::BeforeStored => &instant.before,
            _ => &instant.after,
        }))
    }
}

/// Whether a choice is made between two invocations.
fn is_after_invocation(choice: &Chosen) -> bool {
    !matches!(choice.among, Among::Held { .. })
}

#[cfg(test)]
mod tests {
    use durable_runtime::prelude::*;

    use super::super::tests::{run, search};
    use super::*;
    use crate::DurableRunner;

    /// A step, and after a while two waits that end together, each with a step after it.
    async fn naps((): (), ctx: DurableContext) -> Result<u64, BoxError> {
        ctx.step(|_| async { Ok(()) }).name("lie-down").await?;
        let naps = ctx.map(vec![1_u64, 2], |ctx, number, _| async move {
            ctx.wait(Duration::from_secs(5)).await?;
            Ok(ctx.step(move |_| async move { Ok(number) }).await?)
        });
        Ok(naps.await?.into_iter().sum())
    }

    #[tokio::test]
    async fn a_segment_is_an_invocation_and_what_is_chosen_after_it() {
        let search = search(DurableRunner::local(naps)).await;
        let ran = run(&search, "order:1").await;
        let segments = ran.segments();
        let states = &ran.explored.states;
        assert_eq!(segments.len(), 3);

        let invocations: Vec<u64> = segments.iter().map(|one| one.invocation).collect();
        assert_eq!(invocations, [1, 2, 3]);
        let mut calls = 0;
        let mut choices = 0;
        for (segment, state) in segments.iter().zip(states) {
            assert_eq!(segment.state, state.outlook);
            assert_eq!((segment.calls.0, segment.choices.0), (calls, choices));
            assert!(segment.is_whole && segment.has_end);
            (calls, choices) = (segment.calls.1, segment.choices.1);
        }
        assert_eq!((calls, choices), (ran.explored.calls, ran.choices.len()));
    }

    #[tokio::test]
    async fn a_point_is_within_one_segment() {
        let search = search(DurableRunner::local(naps)).await;
        let ran = run(&search, "order:1").await;
        let segments = ran.segments();
        let position = |at| Ran::position(&segments, at);
        for (index, segment) in segments.iter().enumerate() {
            assert_eq!(position(Point::Call(segment.calls.0 + 1)), Some(index));
            assert_eq!(position(Point::Call(segment.calls.1)), Some(index));
            let invocation = Point::Invocation(segment.invocation);
            assert_eq!(position(invocation), Some(index));
        }
        assert_eq!(position(Point::Choice(0)), Some(0));
        assert_eq!(position(Point::Call(ran.explored.calls + 1)), None);
        assert_eq!(position(Point::Choice(ran.choices.len())), None);
        assert_eq!(position(Point::Invocation(4)), None);
    }

    #[tokio::test]
    async fn nothing_of_an_invocation_comes_after_its_end() {
        let search = search(DurableRunner::local(naps)).await;
        let ran = run(&search, "order:1").await;
        let segments = ran.segments();
        let first = &segments[0];
        assert_eq!(ran.choices[0].among, Among::Notice);

        let attempts = 5;
        let offers = |segment: &Segment| {
            let found = ran.deviations(segment, &search.trials.choice, attempts);
            found.len()
        };
        assert!(offers(first) > 0);
        for at in [Point::Invocation(1), Point::Choice(0)] {
            let rest = ran.rest(first, at);
            assert_eq!(offers(&rest), 0);
            assert!(!rest.has_end && !rest.is_whole);
        }
        // The choices after it are still to come.
        assert_eq!(ran.rest(first, Point::Invocation(1)).choices, first.choices);
        let later = (1, first.choices.1);
        assert_eq!(ran.rest(first, Point::Choice(0)).choices, later);
    }

    #[tokio::test]
    async fn a_kill_leaves_what_is_stored_before_or_after_its_call() {
        let search = search(DurableRunner::local(naps)).await;
        let ran = &search.trials.first;
        let instant = &ran.explored.instants[0];
        let left = |loss| ran.left_by((loss, instant.call)).unwrap();

        assert_ne!(instant.before, instant.after);
        assert_eq!(left(Loss::BeforeStored), instant.before);
        assert_eq!(left(Loss::AfterStored), instant.after);
        assert_eq!(ran.left_by((Loss::AfterStored, 99)), None);
    }
}
