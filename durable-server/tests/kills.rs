//! A server with a store, killed at many moments of a workload, and started again, at times without one of
//! its functions. `DURABLE_KILLS` asks for more kills.

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

use client::{Client, eventually, execution};
use serving::Serving;

const KILLS: usize = 12;
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

/// A world of two functions: a durable one, `journal`, and a plain one, `records`.
struct Workload {
    folder: tempfile::TempDir,
    random: fastrand::Rng,
    executions: Executions,
    /// The names of asynchronous calls of the plain function that were accepted.
    accepted: BTreeSet<String>,
}

impl Workload {
    fn journal(&self) -> std::path::PathBuf {
        self.folder.path().join("journal")
    }

    fn lines(&self) -> Vec<String> {
        lines(&self.journal())
    }

    /// Starts the server, without one of the functions if one is named.
    fn serve(&self, without: Option<&str>) -> Serving {
        let test = std::env::current_exe().unwrap();
        let program = test.ancestors().nth(2).unwrap().join("examples/function");
        let variables = json!({"Variables": {"JOURNAL": self.journal()}});
        let function =
            |handler| json!({"Command": [program], "Handler": handler, "Environment": variables});
        let mut functions = json!({"journal": function("journal"), "records": function("records")});
        functions["journal"]["DurableConfig"] = json!({});
        if let (Some(name), Some(functions)) = (without, functions.as_object_mut()) {
            functions.remove(name);
        }
        let store = self.folder.path().join("durable.db");
        let store = store.to_str().unwrap();
        Serving::start(&functions, &["--time", "skip", "--store", store])
    }

    /// Starts two executions.
    async fn start(&mut self, round: usize, client: Client) {
        for number in 0..2 {
            let name = format!("{round}-{number}");
            let arn = client.start("journal:$LATEST", json!({"name": name}).to_string());
            self.executions.insert(name, arn.await);
        }
    }

    /// Calls the plain function without waiting for its end.
    async fn call(&mut self, round: usize, client: Client) {
        let name = format!("call-{round}");
        let event = [("x-amz-invocation-type", "Event")];
        let body = json!({"name": name}).to_string();
        let reply = client.invoke_with("records", &event, body).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        self.accepted.insert(name);
    }

    /// Checks that the open executions, whose function is not there, are held and listed.
    async fn are_held(&self, client: Client) {
        let mut open = BTreeSet::new();
        for arn in self.executions.values() {
            let status = client.get(&execution(arn, "")).await.json()["Status"].clone();
            match status.as_str() {
                Some("RUNNING") => drop(open.insert(arn.clone())),
                status => assert_eq!(status, Some("SUCCEEDED"), "{arn}"),
            }
        }
        let path = "/2025-12-01/functions/%24orphans/durable-executions?MaxItems=1000";
        let listed = client.get(path).await.json();
        let listed = listed["DurableExecutions"].as_array().unwrap().iter();
        let listed = listed.map(|it| it["DurableExecutionArn"].as_str().unwrap().to_owned());
        assert_eq!(listed.collect::<BTreeSet<_>>(), open);
    }

    /// The accepted calls that were not made yet.
    fn not_made(&self) -> Vec<&String> {
        let lines: BTreeSet<String> = self.lines().into_iter().collect();
        let accepted = self.accepted.iter();
        accepted
            .filter(|name| !lines.contains(&format!("{name} recorded")))
            .collect()
    }
}

#[tokio::test]
async fn a_store_loses_nothing_over_kills_and_changes_of_functions() {
    let kills = std::env::var("DURABLE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut workload = Workload {
        folder: tempfile::tempdir().unwrap(),
        random: fastrand::Rng::with_seed(50),
        executions: Executions::new(),
        accepted: BTreeSet::new(),
    };
    let mut cut_off = 0;

    for round in 0..kills {
        let without = match round % 6 {
            2 => Some("journal"),
            4 => Some("records"),
            _ => None,
        };
        // The lines from before the kill: the functions continue from here.
        let said = workload.lines();
        let mut serving = workload.serve(without);
        let client = Client(serving.address);
        nothing_is_lost(client, &workload.executions, &said).await;
        if without == Some("journal") {
            workload.are_held(client).await;
        } else {
            workload.start(round, client).await;
        }
        if without != Some("records") {
            workload.call(round, client).await;
        }
        // Somewhere in the work of this round: ten lines for each execution, two of them from its replay, and
        // one for the call.
        let more = if without == Some("journal") { 2 } else { 20 };
        let until = said.len() + workload.random.usize(0..more);
        let journal = workload.journal();
        eventually(|| async { (lines(&journal).len() >= until).then_some(()) }).await;
        kill_process(Pid::from_child(&serving.child), Signal::KILL).unwrap();
        serving.child.wait().unwrap();
        let finished = stored(&workload.lines()).len();
        cut_off += usize::from(finished < workload.executions.len() * STEPS);
    }

    let said = workload.lines();
    let serving = workload.serve(None);
    let client = Client(serving.address);
    nothing_is_lost(client, &workload.executions, &said).await;
    for (name, arn) in &workload.executions {
        let execution = client.ended(arn).await;
        assert_eq!(execution["Status"], "SUCCEEDED", "{name}: {execution:#}");
        assert_eq!(execution["Result"], json!(name).to_string());
    }
    eventually(|| async { workload.not_made().is_empty().then_some(()) }).await;
    let lines = workload.lines();
    assert_eq!(stored(&lines).len(), workload.executions.len() * STEPS);
    nothing_runs_again(&lines);
    assert!(cut_off * 3 > kills, "{cut_off} kills hit work");
}
