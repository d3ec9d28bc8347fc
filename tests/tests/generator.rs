//! Small workflows that one handler interprets, each explored: the SDK and the local service are tested together.
//!
//! `cargo run -p durable-workflow-tests --example generator` explores all of two operations, or of as many as
//! `--operations` says.
#![allow(clippy::panic, reason = "a check of a run fails by panicking")]

#[path = "generator/mod.rs"]
mod generator;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, OrderReport};
use durable_test::prelude::*;
use durable_test::results::Operation;
use generator::enumerate::programs;
use generator::program::{Op, Program};
use generator::survey::{Effort, Tally, run};

async fn nothing((): (), _: DurableContext) -> Result<(), BoxError> {
    Ok(())
}

/// Explores one program of so many.
async fn survey(all: &[Vec<Op>], every: usize, effort: Effort) -> Tally {
    let mut tally = Tally::default();
    for program in all.iter().step_by(every) {
        tally.add(program, effort).await;
    }
    tally
}

/// Every workflow of one operation, some of two and three, and a few of four.
#[durable_test(handler = nothing, local_only)]
async fn some_small_workflows_survive(_runner: DurableRunner) {
    let effort = Effort { plans: 24, runs: 6 };
    // The kinds of operations repeat in threes and sixes: other steps meet all of them.
    for (operations, every) in [(1, 1), (2, 5), (3, 77), (4, 1187)] {
        let all = programs(operations, 2);
        let tally = survey(&all, every, effort).await;
        assert!(tally.findings.is_empty(), "{}", tally.findings.join("\n\n"));
    }
}

/// The orders of a workflow that are run.
#[derive(Debug, Clone, Copy)]
enum Orders {
    Every,
    /// Those that do not lead to the same as others, where one in so many steps is independent.
    Reduced(usize),
}

/// The outcomes of orders of a workflow, each with its operations as a history has them.
async fn outcomes(
    program: &[Op],
    answer_after: Duration,
    budget: usize,
    which: Orders,
) -> Result<(OrderReport, BTreeSet<String>), durable_test::Error> {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let note = move |result: &ExecutionResult| {
        let ends = result.operations().iter();
        let ends =
            ends.map(|one| format!("{} {} {:?}", one.path(), one.status(), one.result_json()));
        let ends: BTreeSet<String> = ends.collect();
        let outcome = format!("{} {:?} {ends:?}", result.status(), result.result_json());
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.insert(outcome);
        Ok(())
    };
    // All answers are the same, so nothing outside changes.
    let orders = run(program, answer_after)?
        .explore_orders()
        .outside(|| 0)
        .budget(budget)
        .check(note)
        .allow(Allow::lost_token())
        .allow(Allow::outcome_if(|_, _| true))
        .allow(Allow::operations());
    let is_race = Program(program).any(|op| matches!(op, Op::Race(_)));
    let orders = match which {
        Orders::Every => orders.every_order(),
        Orders::Reduced(_) if is_race => orders,
        Orders::Reduced(one_in) => {
            let undisturbed = run(program, answer_after)?.await?;
            let names = undisturbed.steps().filter_map(Operation::name);
            let is_of_attribute = |name: &&str| !name.starts_with("poll");
            let names = names.filter(is_of_attribute).step_by(one_in);
            orders.independent(names)
        }
    };
    let report = orders.await?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((report, seen))
}

/// Of workflows with something side by side: orders that are left out lead to no other outcome.
#[durable_test(handler = nothing, local_only)]
async fn the_reduction_of_orders_loses_no_outcome(_runner: DurableRunner) -> TestOutcome {
    let is_concurrent =
        |op: &Op| matches!(op, Op::Map(_) | Op::Parallel(_) | Op::Join(_) | Op::Race(_));
    let (mut compared, mut reduced_runs, mut all_runs) = (0, 0, 0);
    let generated = [(2, 3), (3, 41), (4, 2011)].into_iter();
    let generated = generated.flat_map(|(operations, every)| {
        let all = programs(operations, 2).into_iter();
        let concurrent = all.filter(|program| Program(program).any(is_concurrent));
        concurrent.step_by(every).collect::<Vec<_>>()
    });
    // Three bodies side by side have more orders.
    let three = [vec![Op::Step], vec![Op::Step], vec![Op::Failing]];
    let three = vec![Op::Parallel(three.to_vec())];
    let generated = generated.map(|program| (program, 100));
    for (program, budget) in generated.chain([(three, 170)]) {
        // At the very time of what is due, or when waits end.
        let answer_after = Duration::from_secs(compared % 2);
        let (all, expected) = outcomes(&program, answer_after, budget, Orders::Every).await?;
        if all.cut().is_some() {
            continue;
        }
        compared += 1;
        // All of the bodies are independent, or some beside others.
        for one_in in [1, 2] {
            let reduced = outcomes(&program, answer_after, budget, Orders::Reduced(one_in));
            let (reduced, outcomes) = reduced.await?;
            let program = Program(&program);
            let both = format!("{program}, 1 in {one_in}\n{reduced}\n{all}");
            assert_eq!(outcomes, expected, "{both}");
            // Beside others, late answers may come to orders that were left out.
            assert!(one_in > 1 || reduced.runs() <= all.runs(), "{both}");
            assert_eq!(
                (reduced.is_exhaustive(), reduced.cut()),
                (all.is_exhaustive(), all.cut()),
                "{both}"
            );
            reduced_runs += reduced.runs();
            all_runs += all.runs();
        }
    }
    assert!(
        compared >= 8,
        "only {compared} workflows have few enough orders"
    );
    assert!(reduced_runs < all_runs, "{reduced_runs} and {all_runs}");
    Ok(())
}

#[durable_test(handler = nothing, local_only)]
async fn a_description_is_text(_runner: DurableRunner) -> TestOutcome {
    let json = r#"["step",{"race":[["wait"],["callback",{"child":["step"]}]]}]"#;
    let program: Vec<Op> = serde_json::from_str(json)?;
    assert_eq!(
        Program(&program).to_string(),
        "step, race(wait | callback, child(step))"
    );
    assert_eq!(serde_json::to_string(&program)?, json);
    assert!(Program(&program).may_return(&json!(["done", ["waited"]])));
    assert!(Program(&program).may_return(&json!(["done", ["answered", ["done"]]])));
    assert!(!Program(&program).may_return(&json!(["done", ["done"]])));
    Ok(())
}

#[durable_test(handler = nothing, local_only)]
async fn programs_are_all_different(_runner: DurableRunner) {
    let all: Vec<String> = programs(3, 2)
        .iter()
        .map(|program| Program(program).to_string())
        .collect();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), all.len());
    // Three leaves, a leaf beside an operation with one within it on either side, and an operation with two.
    assert_eq!(all.len(), 216 + 2 * (6 * 18) + 3 * (36 + 18) + 3 * 36);
}

durable_test::main!();
