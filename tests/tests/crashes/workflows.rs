use durable_test::explore::Loss;
use durable_test::prelude::*;
use durable_test::settings::Transport;
use durable_workflow_tests::order::order_workflow;

use crate::catalogue;

/// Asserts that every workflow of the library survives crashes of these kinds, over that path.
async fn survive(losses: &[Loss], transport: Transport) {
    let mut failures = Vec::new();
    for case in catalogue::all() {
        // The booking system of these keeps state across runs.
        if case.name.starts_with("with-retry") {
            continue;
        }
        let exploration = case.explore(transport).unwrap().losses(losses.to_vec());
        // With code of the test in the runs, every one of them is made.
        if let Err(error) = exploration.setup(|| ()).await {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[durable_test(handler = order_workflow, lambda_function_name = "local-only")]
async fn every_workflow_survives_being_killed_anywhere(_runner: DurableRunner) {
    let killed = [Loss::BeforeStored, Loss::AfterStored, Loss::ResponseLost];
    survive(&killed, Transport::InProcess).await;
}

#[durable_test(handler = order_workflow, lambda_function_name = "local-only")]
async fn every_workflow_survives_a_fenced_predecessor(_runner: DurableRunner) {
    survive(&[Loss::GivenUp], Transport::InProcess).await;
}

#[durable_test(handler = order_workflow, lambda_function_name = "local-only")]
async fn every_workflow_survives_lost_answers_over_both_paths(_runner: DurableRunner) {
    survive(&[Loss::AnswerLost], Transport::InProcess).await;
    survive(&[Loss::AnswerLost, Loss::AfterStored], Transport::Http).await;
}
