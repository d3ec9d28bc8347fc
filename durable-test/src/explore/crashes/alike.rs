//! Crashes that leave what another run has left: their runs would be the same.

use std::collections::HashMap;

use durable_host::CallMark;

use crate::explore::repeated::{Explored, Job};
use crate::explore::steps::Step;
use crate::faults::CrashPoint;
use crate::plan::Loss;

/// Crashes to try.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    pub(super) crashes: Vec<CrashPoint>,
    /// The run that it would repeat, if it need not be made.
    pub(super) same_as: Option<SameAs>,
}

/// A run that has been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SameAs {
    /// The undisturbed one.
    First,
    /// That of an earlier trial. Its lost call is one that this trial does not make.
    Trial {
        /// By its position.
        position: usize,
        /// The body that ends with that call, by its number; this trial does not run it either.
        body: Option<u64>,
    },
}

impl Trial {
    pub(super) fn new(crashes: Vec<CrashPoint>) -> Self {
        Self {
            crashes,
            same_as: None,
        }
    }

    pub(super) fn job(&self) -> Job {
        Job {
            crashes: self.crashes.clone(),
            ..Job::default()
        }
    }
}

/// The trials of single points. By the marks of the calls of the undisturbed run, if there are any, those are found
/// that need no run.
pub(super) fn trials(points: &[(Loss, u64)], marks: &[CallMark]) -> Vec<Trial> {
    let marks: HashMap<u64, &CallMark> = marks.iter().map(|mark| (mark.call, mark)).collect();
    let mut killed_before = HashMap::new();
    let mut trials = Vec::with_capacity(points.len());
    for (position, (loss, number)) in points.iter().enumerate() {
        let same_as = match loss {
            Loss::BeforeStored => {
                killed_before.insert(*number, position);
                None
            }
            Loss::AfterStored | Loss::GivenUp => marks
                .get(&(number + 1))
                .filter(|next| *loss == Loss::AfterStored || is_the_last_of_all(next))
                .filter(|next| next.follows_at_once || next.ends_body.is_some())
                .and_then(|next| {
                    let body = next.ends_body.filter(|_| !next.follows_at_once);
                    let position = *killed_before.get(&next.call)?;
                    Some(SameAs::Trial { position, body })
                }),
            // The function does not see that an answer came from the second call.
            Loss::AnswerLost => marks
                .get(number)
                .filter(|call| call.repeats_alike)
                .map(|_| SameAs::First),
            _ => None,
        };
        trials.push(Trial {
            crashes: vec![loss.at(*number)],
            same_as,
        });
    }
    // At least one run is made: what undisturbed runs do not share shows beside another one only.
    if trials.iter().all(|trial| trial.same_as.is_some())
        && let Some(first) = trials.first_mut()
    {
        first.same_as = None;
    }
    trials
}

/// Whether a function that was given up after the call before, and runs on, does nothing else before this call: it is
/// refused, and so are all others.
fn is_the_last_of_all(call: &CallMark) -> bool {
    call.follows_at_once && call.is_alone
}

/// What is kept of a run, for the trials that would repeat it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// The steps to which anything happened.
    pub(super) steps: Vec<Step>,
    pub(super) calls: u64,
    pub(super) has_lost_token: bool,
}

impl Kept {
    pub(super) fn of(run: &Explored) -> Self {
        let steps = run.steps.iter().filter(|step| step.is_remarkable());
        Self {
            steps: steps.cloned().collect(),
            calls: run.calls,
            has_lost_token: run.lost_token.is_some(),
        }
    }

    /// The same, of a run that does not make the call that was lost, nor run that body before.
    pub(super) fn without_a_call(&self, body: Option<u64>) -> Self {
        let steps = self.steps.iter().map(|step| step.without_run(body));
        Self {
            steps: steps.filter(Step::is_remarkable).collect(),
            calls: self.calls.saturating_sub(1),
            has_lost_token: self.has_lost_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(call: u64, follows_at_once: bool, repeats_alike: bool) -> CallMark {
        CallMark {
            call,
            follows_at_once,
            is_alone: true,
            ends_body: None,
            repeats_alike,
        }
    }

    fn at(position: usize) -> SameAs {
        SameAs::Trial {
            position,
            body: None,
        }
    }

    fn same_as(points: &[(Loss, u64)], marks: &[CallMark]) -> Vec<Option<SameAs>> {
        let trials = trials(points, marks).into_iter();
        trials.map(|trial| trial.same_as).collect()
    }

    #[test]
    fn a_kill_after_a_call_is_one_before_the_next_if_nothing_happens_in_between() {
        let points = [
            (Loss::BeforeStored, 1),
            (Loss::BeforeStored, 2),
            (Loss::BeforeStored, 3),
            (Loss::AfterStored, 1),
            (Loss::AfterStored, 2),
            (Loss::AfterStored, 3),
        ];
        let marks = [
            mark(1, false, true),
            mark(2, true, true),
            mark(3, false, true),
        ];
        let expected = [None, None, None, Some(at(1)), None, None];
        assert_eq!(same_as(&points, &marks), expected);
        // The other one must have been tried.
        assert_eq!(same_as(&points[2..], &marks), [None; 4]);
        assert_eq!(same_as(&points, &[]), [None; 6]);
    }

    #[test]
    fn a_function_that_is_given_up_does_nothing_more_if_its_next_call_is_alone() {
        let points = [
            (Loss::BeforeStored, 2),
            (Loss::BeforeStored, 3),
            (Loss::GivenUp, 1),
            (Loss::GivenUp, 2),
            (Loss::GivenUp, 3),
        ];
        let mut marks = [
            mark(1, false, true),
            mark(2, true, true),
            mark(3, true, true),
        ];
        marks[2].is_alone = false;
        let expected = [None, None, Some(at(0)), None, None];
        assert_eq!(same_as(&points, &marks), expected);
    }

    #[test]
    fn a_kill_after_a_start_is_one_before_the_end_but_for_the_body() {
        let points = [
            (Loss::BeforeStored, 2),
            (Loss::AfterStored, 1),
            (Loss::GivenUp, 1),
        ];
        let mut marks = [mark(1, false, true), mark(2, false, true)];
        marks[1].ends_body = Some(7);
        let without_body = SameAs::Trial {
            position: 0,
            body: Some(7),
        };
        // A function that is given up runs the body.
        assert_eq!(same_as(&points, &marks), [None, Some(without_body), None]);
    }

    #[test]
    fn a_lost_answer_is_none_if_the_call_has_it_again() {
        let points = [(Loss::AnswerLost, 1), (Loss::AnswerLost, 2)];
        let marks = [mark(1, false, true), mark(2, true, false)];
        assert_eq!(same_as(&points, &marks), [Some(SameAs::First), None]);
        // One run is made.
        let marks = [mark(1, false, true), mark(2, true, true)];
        assert_eq!(same_as(&points, &marks), [None, Some(SameAs::First)]);
    }
}
