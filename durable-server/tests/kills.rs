//! A server with a store, killed at fifty moments of a workload.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

#[expect(dead_code, reason = "this test needs some of the client's calls only")]
#[path = "server/client.rs"]
mod client;
#[path = "server/serving.rs"]
mod serving;

use client::{Client, eventually};
use serving::Serving;

const KILLS: usize = 50;
const STEPS: usize = 4;

/// The executions that were started, by their names.
type Executions = BTreeMap<String, String>;

fn lines(journal: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The steps whose success was acknowledged to the function, by execution and number.
fn stored(lines: &[String]) -> BTreeSet<(String, String)> {
    let steps = lines.iter().filter_map(|line| line.strip_suffix(" stored"));
    steps
        .map(|step| {
            let (name, number) = step.split_once(' ').unwrap();
            (name.to_owned(), format!("step-{number}"))
        })
        .collect()
}

/// Checks that the history of each execution has every step that was acknowledged as stored.
async fn nothing_is_lost(client: Client, executions: &Executions, journal: &[String]) {
    let mut histories: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, arn) in executions {
        histories.insert(name, client.history(arn).await);
    }
    for (name, step) in stored(journal) {
        let history = &histories[name.as_str()];
        let successes = history.iter().filter(|event| {
            event["EventType"] == "StepSucceeded" && event["Name"] == step.as_str()
        });
        assert_eq!(successes.count(), 1, "{step} of {name} in {history:#?}");
    }
}

/// Checks that the body of a step does not run again once its success is stored.
fn nothing_runs_again(lines: &[String]) {
    let mut over = BTreeSet::new();
    for line in lines {
        let (step, what) = line.rsplit_once(' ').unwrap();
        if what == "stored" {
            over.insert(step);
        } else {
            assert!(!over.contains(step), "{step} runs again");
        }
    }
}

#[tokio::test]
async fn a_store_loses_nothing_over_fifty_kills() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let store = folder.path().join("durable.db");
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    let functions = json!({"journal": {
        "Command": [program],
        "Handler": "journal",
        "Environment": {"Variables": {"JOURNAL": journal}},
        "DurableConfig": {},
    }});
    let store = store.to_str().unwrap();
    let serve = || Serving::start(&functions, &["--time", "skip", "--store", store]);
    let mut random = fastrand::Rng::with_seed(50);
    let mut executions = Executions::new();
    let mut cut_off = 0;

    for round in 0..KILLS {
        // The lines from before the kill: the functions continue from here.
        let said = lines(&journal);
        let mut serving = serve();
        let client = Client(serving.address);
        nothing_is_lost(client, &executions, &said).await;
        for number in 0..2 {
            let name = format!("{round}-{number}");
            let arn = client.start("journal:$LATEST", json!({"name": name}).to_string());
            executions.insert(name, arn.await);
        }
        // Somewhere in the work of these two: eight lines each, and more for replays.
        let until = lines(&journal).len() + random.usize(0..20);
        eventually(|| async { (lines(&journal).len() >= until).then_some(()) }).await;
        kill_process(Pid::from_child(&serving.child), Signal::KILL).unwrap();
        serving.child.wait().unwrap();
        let finished = stored(&lines(&journal)).len();
        cut_off += usize::from(finished < executions.len() * STEPS);
    }

    let said = lines(&journal);
    let serving = serve();
    let client = Client(serving.address);
    nothing_is_lost(client, &executions, &said).await;
    for (name, arn) in &executions {
        let execution = client.ended(arn).await;
        assert_eq!(execution["Status"], "SUCCEEDED", "{name}: {execution:#}");
        assert_eq!(execution["Result"], json!(name).to_string());
    }
    let lines = lines(&journal);
    assert_eq!(stored(&lines).len(), executions.len() * STEPS);
    nothing_runs_again(&lines);
    assert!(cut_off > KILLS / 2, "{cut_off} kills hit work");
}
