//! Programs that change while executions are open: `durable serve --watch` and `durable replay-check`.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

#[path = "server/client.rs"]
mod client;
#[path = "server/serving.rs"]
mod serving;

use client::{Client, callback, eventually};
use serving::Serving;

fn durable() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("durable"))
}

/// A program that can change: editions of `examples/function.rs`.
struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    fn new() -> Self {
        let program = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        program.become_edition("first");
        program
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    fn store(&self) -> String {
        let store = self.folder.path().join("durable.db");
        store.to_str().unwrap().to_owned()
    }

    /// Puts another edition in its place, as cargo does: written beside it, then moved there.
    fn become_edition(&self, edition: &str) {
        let test = std::env::current_exe().unwrap();
        let function = test.ancestors().nth(2).unwrap().join("examples/function");
        let function = function.display();
        let started = self.marker(edition);
        let script = format!(
            "#!/bin/sh\n: > '{}'\nexport EDITION={edition} GREETING={edition}\nexec '{function}'\n",
            started.display()
        );
        let new = self.folder.path().join("new");
        std::fs::write(&new, script).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::rename(&new, self.path()).unwrap();
    }

    /// Whether a process of an edition has started.
    fn started(&self, edition: &str) -> bool {
        self.marker(edition).exists()
    }

    fn marker(&self, edition: &str) -> PathBuf {
        self.folder.path().join(format!("started-{edition}"))
    }

    fn functions(&self) -> Value {
        let durable = |handler: &str| {
            json!({
                "Command": [self.path()],
                "Handler": handler,
                "Timeout": 900,
                "DurableConfig": {"ExecutionTimeout": 31_622_400},
            })
        };
        json!({
            "orders": durable("orders"),
            "lingers": durable("lingers"),
            "approval": durable("approval"),
            "plain": {"Command": [self.path()], "Handler": "plain"},
        })
    }

    /// A server that watches it, and its log.
    fn watched(&self) -> (Serving, mpsc::Receiver<String>) {
        let mut command = durable();
        command.stderr(Stdio::piped());
        let mut serving = Serving::start_as(command, &self.functions(), &["--watch"]);
        let (lines, log) = mpsc::channel();
        let stderr = serving.child.stderr.take().unwrap();
        std::thread::spawn(move || {
            let read = BufReader::new(stderr).lines().map_while(Result::ok);
            // The test may not read all of them.
            read.for_each(|line| drop(lines.send(line)));
        });
        (serving, log)
    }
}

/// Waits for a line that contains a text.
fn wait_for(log: &mpsc::Receiver<String>, text: &str) -> String {
    loop {
        let line = log.recv_timeout(Duration::from_mins(1));
        let line = line.unwrap_or_else(|_| panic!("the log never says {text:?}"));
        if line.contains(text) {
            return line;
        }
    }
}

fn client(serving: &Serving) -> Client {
    Client(serving.address)
}

/// The page of an execution.
async fn page(serving: &Serving, arn: &str) -> String {
    let arn = arn.replace('$', "%24");
    let page = client(serving).get(&format!("/execution?arn={arn}")).await;
    String::from_utf8(page.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_program_that_changes_is_replaced_and_open_executions_are_named() {
    let program = Program::new();
    let (serving, log) = program.watched();
    let first = client(&serving).invoke("plain", "").await.json();
    assert_eq!(first["greeting"], "first");
    let arn = client(&serving).start("approval:$LATEST", "{}").await;
    let id = client(&serving).callback_id(&arn).await;
    client(&serving).event(&arn, "InvocationCompleted").await;
    assert!(!page(&serving, &arn).await.contains("Changed code"));

    program.become_edition("second");

    let line = wait_for(&log, "the program of function approval changed: 1 idle");
    assert!(
        line.contains("1 open executions meet the changed code"),
        "{line}"
    );
    assert!(line.contains(&arn), "{line}");
    wait_for(&log, "the program of function plain changed: 1 idle");
    let second = client(&serving).invoke("plain", "").await.json();
    assert_eq!(second["greeting"], "second");
    assert_ne!(first["process"], second["process"]);
    let shown = page(&serving, &arn).await;
    assert!(
        shown.contains("changed on disk after invocation 1"),
        "{shown}"
    );
    let list = client(&serving).get("/").await.body;
    assert!(String::from_utf8_lossy(&list).contains("meets changed code"));
    client(&serving).post(&callback(&id, "succeed"), "1").await;
    assert_eq!(client(&serving).ended(&arn).await["Status"], "SUCCEEDED");
    let shown = page(&serving, &arn).await;
    assert!(
        shown.contains("Invocation 2 was the first on the changed one"),
        "{shown}"
    );
}

#[tokio::test]
async fn an_invocation_that_runs_is_finished_by_the_earlier_program() {
    let program = Program::new();
    let (serving, log) = program.watched();
    let until = program.folder.path().join("until");
    let input = json!({"until": until}).to_string();
    let arn = client(&serving).start("lingers:$LATEST", input).await;
    client(&serving).event(&arn, "StepStarted").await;

    program.become_edition("second");
    wait_for(
        &log,
        "the program of function lingers changed: 0 idle processes ended, 1 finish",
    );
    std::fs::write(&until, "").unwrap();

    assert_eq!(client(&serving).ended(&arn).await["Status"], "SUCCEEDED");
    let history = client(&serving).history(&arn).await;
    let invocations = history
        .iter()
        .filter(|it| it["EventType"] == "InvocationCompleted");
    assert_eq!(invocations.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_program_that_is_being_built_is_waited_for() {
    let program = Program::new();
    let (serving, log) = program.watched();
    std::fs::remove_file(program.path()).unwrap();

    let call = tokio::spawn(client(&serving).invoke("plain", ""));
    wait_for(&log, "it is tried again, as it is watched");
    program.become_edition("second");

    assert_eq!(call.await.unwrap().json()["greeting"], "second");
}

#[tokio::test]
async fn an_invocation_that_waits_for_its_program_can_be_killed() {
    let program = Program::new();
    let (serving, log) = program.watched();
    std::fs::remove_file(program.path()).unwrap();
    let arn = client(&serving).start("approval:$LATEST", "{}").await;
    wait_for(&log, "it is tried again, as it is watched");

    let killed = eventually(|| async {
        // One that has given up waiting is followed by another one.
        submit(&serving, &arn, "kill", "").await;
        let history = client(&serving).history(&arn).await;
        let mut events = history.into_iter();
        events.find(|event| event.to_string().contains("signal: killed"))
    });
    assert_eq!(killed.await["EventType"], "InvocationCompleted");
    program.become_edition("second");
    client(&serving).callback_id(&arn).await;
}

/// A server with an execution of `orders` that waits for a day, and one that is over.
async fn with_orders(program: &Program) -> (Serving, [String; 2]) {
    let store = program.store();
    let arguments = ["--time", "manual", "--store", &store];
    let serving = Serving::start(&program.functions(), &arguments);
    let client = client(&serving);
    let open = client.start("orders:$LATEST", "{}").await;
    client.event(&open, "InvocationCompleted").await;
    let over = client.start("orders:$LATEST", "{}").await;
    client.event(&over, "InvocationCompleted").await;
    skip(&serving, &over).await;
    assert_eq!(client.ended(&over).await["Status"], "SUCCEEDED");
    (serving, [open, over])
}

/// Moves the time of an execution to what is due next, as the page does.
async fn skip(serving: &Serving, arn: &str) {
    assert_eq!(submit(serving, arn, "time", "&next=yes").await, 303);
}

/// Submits a form of the page of an execution, and returns the status of the answer.
async fn submit(serving: &Serving, arn: &str, action: &str, fields: &str) -> u16 {
    let shown = page(serving, arn).await;
    let (_, rest) = shown.split_once(r#"name="token" value=""#).unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    let origin = format!("http://{}", serving.address);
    let headers = [("origin", origin.as_str())];
    let arn = arn.replace('$', "%24");
    let form = format!("token={token}&arn={arn}{fields}");
    let path = format!("/do/{action}");
    let post = client(serving).send(http::Method::POST, &path, &headers, form);
    post.await.status.as_u16()
}

/// Exit code and answer of `durable replay-check orders --json`.
fn check(arguments: &[&str]) -> (i32, Value) {
    let mut command = durable();
    command
        .args(["replay-check", "orders", "--json"])
        .args(arguments);
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let answer = serde_json::from_slice(&output.stdout);
    let answer = answer.unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code().unwrap(), answer)
}

/// The verdicts by ARN, in the order of the ARNs.
fn verdicts(answer: &Value, arns: &[String]) -> Vec<String> {
    let executions = answer["Executions"].as_array().unwrap();
    let verdict = |arn: &String| {
        let is_it = |it: &&Value| it["DurableExecutionArn"] == arn.as_str();
        let found = executions.iter().find(is_it);
        found.map_or_else(
            || "none".to_owned(),
            |it| it["Verdict"].as_str().unwrap().to_owned(),
        )
    };
    arns.iter().map(verdict).collect()
}

#[tokio::test]
async fn executions_are_replayed_on_the_present_program() {
    let program = Program::new();
    let (serving, arns) = with_orders(&program).await;
    let endpoint = format!("http://{}", serving.address);
    let at_server = ["--endpoint", &endpoint];
    let before = client(&serving).history(&arns[0]).await;

    // The open one waits in front of its second step; the other one shows what becomes of those like it.
    for (edition, code, expected) in [
        ("first", 0, ["SAME", "SAME"]),
        ("other-first-step", 1, ["BREAKS", "BREAKS"]),
        ("longer-wait", 0, ["HARMLESS", "HARMLESS"]),
        ("other-second-step", 0, ["SAME", "CHANGES"]),
    ] {
        program.become_edition(edition);
        let (exited, answer) = check(&at_server);
        assert_eq!(
            (exited, verdicts(&answer, &arns)),
            (code, expected.map(str::to_owned).to_vec()),
            "{edition}: {answer:#}"
        );
    }

    let (code, answer) = check(&["--endpoint", &endpoint, "--strict"]);
    assert_eq!(code, 1, "{answer:#}");
    let (_, answer) = check(&["--endpoint", &endpoint, "--open"]);
    assert_eq!(verdicts(&answer, &arns), ["SAME", "none"]);
    let (_, answer) = check(&["--endpoint", &endpoint, "--limit", "1"]);
    assert_eq!(verdicts(&answer, &arns), ["none", "CHANGES"]);
    assert_eq!(client(&serving).history(&arns[0]).await, before);
}

#[tokio::test]
async fn a_check_says_what_differs_and_why() {
    let program = Program::new();
    let (serving, _) = with_orders(&program).await;
    program.become_edition("other-first-step");

    let output = durable()
        .args(["replay-check", "orders", "--endpoint"])
        .arg(format!("http://{}", serving.address))
        .output()
        .unwrap();

    let said = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "2 executions of orders replayed on its present program: 0 go on, 0 change, 2 break",
        "recorded: step \"reserve\"",
        "replayed: step \"allocate\"",
        "NonDeterministicExecutionError",
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn executions_of_a_store_are_replayed_without_a_server() {
    let program = Program::new();
    let (mut serving, arns) = with_orders(&program).await;
    let functions = program.folder.path().join("functions.json");
    std::fs::write(&functions, program.functions().to_string()).unwrap();
    let store = program.store();
    let offline = [
        "--store",
        &store,
        "--functions",
        functions.to_str().unwrap(),
    ];
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();

    let (code, answer) = check(&offline);
    assert_eq!(
        (code, verdicts(&answer, &arns)),
        (0, vec!["SAME".to_owned(); 2])
    );
    program.become_edition("other-first-step");
    let (code, answer) = check(&offline);
    assert_eq!(
        (code, verdicts(&answer, &arns)),
        (1, vec!["BREAKS".to_owned(); 2])
    );
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_its_turn_to_the_next() {
    let program = Program::new();
    let (serving, arns) = with_orders(&program).await;
    program.become_edition("never-ends");
    let mut gone = TcpStream::connect(serving.address).unwrap();
    let host = serving.address;
    write!(
        gone,
        "POST /replay-check/orders HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    eventually(|| async { program.started("never-ends").then_some(()) }).await;

    drop(gone);
    program.become_edition("first");

    let endpoint = format!("http://{}", serving.address);
    let (code, answer) = check(&["--endpoint", &endpoint]);
    assert_eq!(
        (code, verdicts(&answer, &arns)),
        (0, vec!["SAME".to_owned(); 2])
    );
}

#[tokio::test]
async fn what_cannot_be_replayed_is_said() {
    let program = Program::new();
    let mut functions = program.functions();
    functions["far"] = json!({
        "Endpoint": "http://127.0.0.1:9/2015-03-31/functions/far/invocations",
        "DurableConfig": {},
    });
    let serving = Serving::start(&functions, &[]);
    let endpoint = format!("http://{}", serving.address);
    let refused = |arguments: &[&str]| {
        let output = durable()
            .arg("replay-check")
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let at = |function: &str| refused(&[function, "--endpoint", &endpoint]);

    assert!(at("none").contains("Function not found: none"));
    assert!(
        at("far").contains("is run by another program"),
        "{}",
        at("far")
    );
    std::fs::remove_file(program.path()).unwrap();
    assert!(
        at("orders").contains("has no program to replay on"),
        "{}",
        at("orders")
    );
    let nowhere = refused(&["orders", "--endpoint", "http://127.0.0.1:9"]);
    assert!(nowhere.contains("no server answers"), "{nowhere}");
    assert!(refused(&["orders", "--aws"]).contains("only a local server replays"));
    let missing = Path::new("none.db");
    assert!(!missing.exists());
    let said = refused(&["orders", "--store", "none.db", "--functions", "f.json"]);
    assert!(said.contains("there is no such store"), "{said}");
    assert!(!missing.exists(), "it is not made");
}
