//! What sets a run apart, in the words of the workflow, and where in its history that was.

use super::deviations::Ran;
use crate::explore::crashes::report::{self, location};
use crate::explore::moments::Moments;
use crate::explore::reordered::reordered;
use crate::faults::CrashPoint;
use crate::plan::Loss;
use crate::results::Deviation;

/// Each deviation of a run, and the order of operations that it changed.
pub(super) fn of(ran: &Ran, first: &Ran) -> Vec<Deviation> {
    let trace = &ran.explored.trace;
    let moments = Moments::new(&ran.explored.result, trace);
    let crashes = ran.plan.crashes().iter().map(|point| Deviation {
        event: crash(point, &moments),
        text: location(point, trace),
    });
    let mut found: Vec<Deviation> = crashes.collect();
    found.extend(ran.plan.faults().iter().map(|(number, kind)| {
        if kind.is_of_call() {
            Deviation {
                event: moments.of_call(*number),
                text: format!("{kind} at checkpoint call {number}"),
            }
        } else {
            Deviation {
                event: moments.of_invocation(*number),
                text: format!("{kind} of invocation {number}"),
            }
        }
    }));
    found.extend(ran.plan.variants().iter().map(|variant| Deviation {
        event: None,
        text: format!("on the service's variant \"{variant}\""),
    }));
    let has_order = ran.plan.clone().without_order().deviations() < ran.plan.deviations();
    if has_order {
        let (one, other) = (&first.explored.result, &ran.explored.result);
        found.push(Deviation {
            event: first_choice(ran).and_then(|number| moments.of_call(number)),
            text: reordered(one, other).unwrap_or_else(|| chosen(ran)),
        });
    }
    found
}

fn crash(point: &CrashPoint, moments: &Moments<'_>) -> Option<usize> {
    let number = point.number();
    match Loss::of(point)? {
        Loss::BeforeStored | Loss::AfterStored => moments.of_kill(number?),
        Loss::AnswerLost | Loss::AnswerLate | Loss::GivenUp => moments.of_call(number?),
        Loss::ResponseLost => moments.of_invocation(number?),
    }
}

/// The number of the last checkpoint call before the first choice that is not the first option, or of the first call
/// whose answer was late.
fn first_choice(ran: &Ran) -> Option<u64> {
    let chosen = ran.choices.iter().position(|choice| choice.chosen > 0);
    let chosen = chosen.and_then(|index| {
        let before = ran.calls.iter().filter(|call| call.choices_before <= index);
        before.map(|call| call.number).max()
    });
    let mut late = ran.calls.iter().filter(|call| call.late_answer);
    chosen.or_else(|| late.next().map(|call| call.number))
}

/// The choices that are not the first ones, and the late answers, in words.
fn chosen(ran: &Ran) -> String {
    let choices = ran.choices.iter().filter(|choice| choice.chosen > 0);
    let choices = choices.filter_map(|choice| choice.options.get(choice.chosen).cloned());
    let late = ran.calls.iter().filter(|call| call.late_answer);
    let late = late.map(|call| {
        let call = report::call(&ran.explored.trace, call.number);
        let call = call.map_or_else(|| "a checkpoint call".to_owned(), ToString::to_string);
        format!("a late answer to {call}")
    });
    let all: Vec<String> = choices.chain(late).collect();
    if all.is_empty() {
        "in another order".to_owned()
    } else {
        all.join(", then ")
    }
}
