//! Many timers that are due at once.

use serde_json::{Value, json};

use crate::client::eventually;
use crate::serving::Serving;
use crate::{client, pid};

use rustix::process::{Signal, kill_process};

/// How many executions wait.
const COUNT: usize = 100;

#[tokio::test]
async fn the_server_answers_while_many_timers_are_due() {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    let functions =
        json!({"orders": {"Command": [program], "Handler": "orders", "DurableConfig": {}}});
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("durable.db");
    let store = ["--store", store.to_str().unwrap()];

    // In real time each waits for a day.
    let mut first = Serving::start(&functions, &store);
    for _ in 0..COUNT {
        client(&first)
            .start("orders:$LATEST", r#"{"item": "pen"}"#)
            .await;
    }
    for arn in arns(&first, "RUNNING").await {
        client(&first).event(&arn, "InvocationCompleted").await;
    }
    kill_process(pid(&first), Signal::TERM).unwrap();
    first.child.wait().unwrap();

    // The next server skips the day of all of them at once.
    let second = Serving::start(&functions, &[&store[..], &["--time", "skip"]].concat());
    let mut answers = 0;
    while !arns(&second, "RUNNING").await.is_empty() {
        assert_eq!(client(&second).get("/health").await.status, 200);
        answers += 1;
    }
    assert!(answers > 0, "all had ended before the first look");
    eventually(|| async { (arns(&second, "SUCCEEDED").await.len() == COUNT).then_some(()) }).await;
}

/// The executions of a status.
async fn arns(serving: &Serving, status: &str) -> Vec<String> {
    let path =
        format!("/2025-12-01/functions/orders/durable-executions?Statuses={status}&MaxItems=1000");
    let listed: Value = client(serving).get(&path).await.json();
    let executions = listed["DurableExecutions"].as_array().unwrap().iter();
    executions
        .map(|it| it["DurableExecutionArn"].as_str().unwrap().to_owned())
        .collect()
}
