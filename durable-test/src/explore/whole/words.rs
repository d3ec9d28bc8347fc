//! What sets a run apart, in the words of the workflow.

use super::deviations::Ran;
use crate::explore::crashes::report::{self, location};
use crate::explore::reordered::reordered;

/// A line for each deviation of a run, and the order of operations that it changed.
pub(super) fn of(ran: &Ran, first: &Ran) -> Vec<String> {
    let trace = &ran.explored.trace;
    let crashes = ran.plan.crashes().iter();
    let mut words: Vec<String> = crashes.map(|point| location(point, trace)).collect();
    words.extend(ran.plan.faults().iter().map(|(number, kind)| {
        if kind.is_of_call() {
            format!("{kind} at checkpoint call {number}")
        } else {
            format!("{kind} of invocation {number}")
        }
    }));
    words.extend(
        ran.plan
            .variants()
            .iter()
            .map(|variant| format!("on the service's variant \"{variant}\"")),
    );
    let has_order = ran.plan.clone().without_order().deviations() < ran.plan.deviations();
    if has_order {
        let (one, other) = (&first.explored.result, &ran.explored.result);
        words.extend(reordered(one, other).or_else(|| Some(chosen(ran))));
    }
    words
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
