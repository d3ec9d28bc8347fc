//! What a test takes: a runner, or the report of a replay.

use syn::PatType;

use crate::error::{self, Problems};
use crate::parse::function::Function;
use crate::parse::types::{self, Holding};

/// A test takes a runner first; what follows needs cases to set it.
pub(super) fn check_runner(
    inputs: &[&PatType],
    function: &Function,
    has_no_cases: bool,
    problems: &mut Problems,
) {
    let runner = |input: &PatType| types::holds(&input.ty, "DurableRunner");
    let Some((first, rest)) = inputs.split_first() else {
        if function.signature.receiver().is_none() {
            let span = function.signature.paren_token.span.join();
            problems.add(error::test_without_runner(span));
        }
        return;
    };
    match runner(first) {
        Some(Holding::Value) => {}
        Some(Holding::Reference) => problems.add(error::runner_by_reference(&first.ty)),
        None => problems.add(error::test_argument_type(first)),
    }
    for input in rest {
        match runner(input) {
            Some(_) => problems.add(error::second_runner(input)),
            None if has_no_cases => problems.add(error::test_argument_too_many(input)),
            None => {}
        }
    }
}

/// A test of recordings with cases takes the report of a recording first.
pub(super) fn check_report(inputs: &[&PatType], function: &Function, problems: &mut Problems) {
    match inputs.first() {
        Some(first) if types::holds(&first.ty, "ReplayReport") == Some(Holding::Value) => {}
        Some(first) => problems.add(error::replay_argument_type(first)),
        None => problems.add(error::replay_without_report(
            function.signature.paren_token.span.join(),
        )),
    }
}

/// A test of recordings takes the report of one, or nothing.
pub(super) fn check_replay_arguments(inputs: &[&PatType], problems: &mut Problems) {
    let mut inputs = inputs.iter();
    if let Some(first) = inputs.next()
        && types::holds(&first.ty, "ReplayReport") != Some(Holding::Value)
    {
        problems.add(error::replay_argument_type(first));
    }
    for input in inputs {
        problems.add(error::replay_argument_too_many(input));
    }
}
