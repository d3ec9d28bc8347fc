//! `durable serve` as a process.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

#[path = "serve/burst.rs"]
mod burst;
#[path = "server/client.rs"]
mod client;
#[cfg(target_os = "linux")]
#[path = "serve/process_one.rs"]
mod process_one;
#[path = "serve/runs.rs"]
mod runs;
#[path = "server/serving.rs"]
mod serving;

use client::{Client, callback, eventually, execution};
use serving::Serving;

fn durable() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("durable"))
}

fn client(serving: &Serving) -> Client {
    Client(serving.address)
}

fn pid(serving: &Serving) -> Pid {
    Pid::from_child(&serving.child)
}

/// The living processes whose parent is this one.
fn children(parent: Pid) -> Vec<i32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent.as_raw_nonzero().get()))
        .collect()
}

/// The parent of a living process.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    let stat = stat.ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    // A zombie has ended, but its parent has not read its status yet.
    (state != "Z").then_some(parent)
}

fn functions() -> Value {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    json!({
        "hangs": {"Command": [program], "Handler": "hangs", "Timeout": 900, "DurableConfig": {}},
        "plain": {"Command": [program], "Handler": "plain"},
        "chatters": {"Command": [program], "Handler": "chatters"},
        "spawns": {"Command": [program], "Handler": "spawns"},
        "approval": {"Command": [program], "Handler": "approval", "DurableConfig": {}},
        "waited-for": {"Command": [program], "Handler": "approval", "DurableConfig": {"ExecutionTimeout": 900}},
    })
}

/// A server with an idle and a busy process, and their ids.
async fn with_processes() -> (Serving, Vec<i32>) {
    let serving = Serving::start(&functions(), &[]);
    let reply = client(&serving).invoke("plain", "").await;
    assert_eq!(reply.status, 200);
    client(&serving).start("hangs:$LATEST", "{}").await;
    let server = pid(&serving);
    let processes = eventually(|| async {
        let children = children(server);
        (children.len() == 2).then_some(children)
    })
    .await;
    (serving, processes)
}

async fn all_end(processes: &[i32]) {
    eventually(|| async {
        let all_ended = processes.iter().all(|pid| parent_of(*pid).is_none());
        all_ended.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_signal_ends_the_processes_and_then_the_server() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let (mut serving, processes) = with_processes().await;

        kill_process(pid(&serving), signal).unwrap();

        assert_eq!(serving.child.wait().unwrap().code(), Some(0));
        for process in processes {
            assert_eq!(parent_of(process), None, "{process} outlives {signal:?}");
        }
    }
}

/// What `durable serve` says with a template and these arguments, and its exit code.
fn checked(template: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, template).unwrap();
    std::fs::write(folder.path().join("app.py"), "").unwrap();
    let mut command = durable();
    command
        .args(["serve", "--check", "--template"])
        .arg(&path)
        .args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn what_would_be_served_is_said_without_a_server() {
    let template = "
Parameters: {Stage: {Type: String}}
Resources:
  Order:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: !Sub '${Stage}-order', Runtime: python3.13, Handler: app.handler, Layers: [a], DurableConfig: {ExecutionTimeout: 60}}
  Old: {Type: AWS::Serverless::Function, Properties: {Runtime: java21, Handler: A}}
";
    let chosen = [
        "--parameter-overrides",
        "ParameterKey=Stage,ParameterValue=dev",
    ];
    let (code, stdout, stderr) = checked(template, &chosen);
    assert_eq!(code, Some(0));
    let old =
        "durable serve: function \"Old\" is not served: this server does not run java21 by itself";
    assert!(stderr.starts_with(old), "{stderr}");
    assert!(
        stdout.contains("serves \"dev-order\" (Order): durable, python3.13, "),
        "{stdout}"
    );
    assert!(
        stdout.contains("ignored of \"dev-order\": Layers"),
        "{stdout}"
    );

    let (code, stdout, stderr) = checked(template, &[]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.contains("choose it with --parameter-overrides Stage=VALUE"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("durable serve: no function is left to serve\n"),
        "{stderr}"
    );

    let (code, _, stderr) = checked(template, &["--parameter-overrides", "Stage"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("write KEY=VALUE"), "{stderr}");
}

#[test]
fn a_template_cannot_act_on_the_terminal() {
    let template = r#"
Resources:
  "Order\e[2J":
    Type: AWS::Serverless::Function
    Properties: {FunctionName: "a\e]0;x\a\u202e", Runtime: python3.13, Handler: app.handler}
  Good: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.13, Handler: "app.\e[31m\u2066"}}
"#;
    let (code, stdout, stderr) = checked(template, &[]);
    assert_eq!(code, Some(0), "{stderr}");
    for text in [stdout, stderr] {
        let acts =
            |it: char| it.is_control() && it != '\n' || ('\u{202a}'..='\u{2069}').contains(&it);
        assert!(!text.contains(acts), "{text:?}");
        assert!(text.contains("\\u{1b}"), "{text:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_raises_its_soft_limit_of_open_files_to_the_hard_one() {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -Sn 128 && ulimit -Hn 512 && exec \"$0\" \"$@\"",
        ])
        .arg(assert_cmd::cargo::cargo_bin!("durable"));
    let serving = Serving::start_as(command, &functions(), &["--quiet"]);

    let limits = Path::new("/proc").join(serving.child.id().to_string());
    let limits = std::fs::read_to_string(limits.join("limits")).unwrap();
    let files = limits.lines().find(|it| it.starts_with("Max open files"));
    let numbers: Vec<&str> = files.unwrap().split_whitespace().skip(3).collect();
    assert_eq!(numbers, ["512", "512", "files"]);
}

#[tokio::test]
async fn a_server_with_an_unread_log_keeps_answering() {
    let mut command = durable();
    command.stderr(Stdio::piped());
    let mut serving = Serving::start_as(command, &functions(), &[]);
    // More than a pipe holds, and then more than the server keeps.
    for _ in 0..4 {
        let call = client(&serving).invoke("chatters", "1");
        let reply = tokio::time::timeout(Duration::from_secs(30), call).await;
        assert_eq!(reply.expect("the server hangs").body, "1");
    }
    assert_eq!(client(&serving).get("/health").await.status, 200);

    kill_process(pid(&serving), Signal::TERM).unwrap();

    let server = pid(&serving).as_raw_nonzero().get();
    all_end(&[server]).await;
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    let mut log = Vec::new();
    let mut pipe = serving.child.stderr.take().unwrap();
    pipe.read_to_end(&mut log).unwrap();
    let mut lines = log.split(|byte| *byte == b'\n');
    let of_function = lines.find(|line| line.starts_with(b"chatters "));
    assert!(of_function.is_some(), "{} bytes", log.len());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_that_is_killed_leaves_no_process() {
    let (mut serving, processes) = with_processes().await;

    kill_process(pid(&serving), Signal::KILL).unwrap();

    serving.child.wait().unwrap();
    all_end(&processes).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_function_started_ends_with_the_server() {
    for signal in [Signal::TERM, Signal::KILL] {
        let mut serving = Serving::start(&functions(), &[]);
        let started = client(&serving).invoke("spawns", "").await.json();
        let started = i32::try_from(started.as_i64().unwrap()).unwrap();
        assert!(parent_of(started).is_some());

        kill_process(pid(&serving), signal).unwrap();

        serving.child.wait().unwrap();
        all_end(&[started]).await;
    }
}

#[tokio::test]
async fn a_server_that_others_can_reach_says_so() {
    let mut command = durable();
    command.stderr(Stdio::piped());
    let arguments = ["--quiet", "--allow-remote"];
    let mut serving = Serving::start_as(command, &functions(), &arguments);
    let said = wait_for(&log_of(&mut serving), "--allow-remote");
    assert!(said.contains("without credentials"), "{said}");
}

#[tokio::test]
async fn a_store_loses_nothing_over_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("durable.db");
    let serve = || Serving::start(&functions(), &["--store", store.to_str().unwrap()]);
    let mut serving = serve();
    let suspended = client(&serving).start("approval:$LATEST", "{}").await;
    let running = client(&serving).start("hangs:$LATEST", "{}").await;
    let id = client(&serving).callback_id(&suspended).await;
    client(&serving)
        .event(&suspended, "InvocationCompleted")
        .await;
    let before = client(&serving).history(&suspended).await;

    kill_process(pid(&serving), Signal::KILL).unwrap();
    serving.child.wait().unwrap();
    let serving = serve();

    assert_eq!(client(&serving).history(&suspended).await, before);
    let lost = client(&serving)
        .event(&running, "InvocationCompleted")
        .await;
    assert_eq!(lost["Error"]["Payload"]["ErrorType"], "Server.Restarted");
    let reply = client(&serving).post(&callback(&id, "succeed"), "1").await;
    assert_eq!(reply.status, 200);
    let execution = client(&serving).ended(&suspended).await;
    assert_eq!(execution["Result"], "1");
}

#[test]
fn an_error_says_why_a_server_does_not_start() {
    let refused = |arguments: &[&str]| {
        let output = durable().arg("serve").args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), error)
    };

    let (code, error) = refused(&["--functions", "/nowhere/functions.json"]);
    assert_eq!(code, 1);
    assert!(error.starts_with("durable serve: "), "{error}");
    assert!(error.contains("/nowhere/functions.json"), "{error}");

    let (code, error) = refused(&[]);
    assert_eq!(code, 2);
    assert!(
        error.contains("<--functions <FILE>|--template <FILE>|--function <NAME=URL>"),
        "{error}"
    );

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), functions().to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let (code, error) = refused(&["--functions", path, "--addr", "0.0.0.0:0"]);
    assert_eq!(code, 1);
    assert!(error.contains("--allow-remote"), "{error}");

    let (code, error) = refused(&[
        "--functions",
        path,
        "--addr",
        "127.0.0.1:0",
        "--store",
        path,
    ]);
    assert_eq!(code, 1);
    assert!(error.contains("is not a store of executions"), "{error}");

    let (code, error) = refused(&["--functions", path, "--account", "1"]);
    assert_eq!(code, 2);
    assert!(error.contains("twelve digits"), "{error}");
}

/// A command that runs `durable` with files that cannot grow past a quarter of a mebibyte, as on a disk that
/// is full.
fn with_small_disk() -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -S -f 512; exec \"$0\" \"$@\""])
        .arg(assert_cmd::cargo::cargo_bin!("durable"));
    command
}

/// The lines that a server writes to its log from now on.
fn log_of(serving: &mut Serving) -> mpsc::Receiver<String> {
    let (lines, log) = mpsc::channel();
    let stderr = serving.child.stderr.take().unwrap();
    std::thread::spawn(move || {
        let read = BufReader::new(stderr).lines().map_while(Result::ok);
        // The test may not read all of them.
        read.for_each(|line| drop(lines.send(line)));
    });
    log
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

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_that_fails_is_in_the_log_and_recovers_when_there_is_room() {
    use rustix::process::{Resource, Rlimit, prlimit};

    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("durable.db");
    let mut command = with_small_disk();
    command.stderr(Stdio::piped());
    let arguments = ["--quiet", "--store", store.to_str().unwrap()];
    let mut serving = Serving::start_as(command, &functions(), &arguments);
    let log = log_of(&mut serving);
    let stored = client(&serving).start("approval:$LATEST", "{}").await;
    client(&serving).event(&stored, "InvocationCompleted").await;
    let input = format!("\"{}\"", "x".repeat(20_000));
    let event = [("x-amz-invocation-type", "Event")];
    let start = || client(&serving).invoke_with("approval:$LATEST", &event, input.clone());
    let mut starts = 0;
    while start().await.status == 202 {
        starts += 1;
        assert!(starts < 100, "the disk never gets full");
    }
    wait_for(&log, "durable serve: cannot write to the store");
    assert_eq!(client(&serving).get("/health").await.status, 500);
    let read = client(&serving).get(&execution(&stored, "")).await;
    assert_eq!(read.status, 200, "what is stored can be read");
    for _ in 0..3 {
        assert_eq!(start().await.status, 500);
        let plain = client(&serving).invoke_with("plain:$LATEST", &event, "{}");
        assert_eq!(plain.await.status, 500);
    }

    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    prlimit(Some(pid(&serving)), Resource::Fsize, unlimited).unwrap();

    wait_for(&log, "durable serve: the store can be written again");
    assert_eq!(client(&serving).get("/health").await.status, 200);
    assert_eq!(start().await.status, 202);

    // No invocation is lost that was about to start while the store failed.
    let path = "/2025-12-01/functions/approval/durable-executions?MaxItems=1000";
    let listed = client(&serving).get(path).await.json();
    let listed = listed["DurableExecutions"].as_array().unwrap();
    for listed in listed {
        let arn = listed["DurableExecutionArn"].as_str().unwrap();
        client(&serving).event(arn, "InvocationCompleted").await;
    }
    // A call that was refused is not made after all, but for the one that found the disk full.
    let accepted = starts + 2;
    assert!(
        listed.len() <= accepted + 1,
        "{} of {accepted}",
        listed.len()
    );
}

#[tokio::test]
async fn the_log_says_what_is_refused_and_what_ends() {
    let mut command = durable();
    command.stderr(Stdio::piped());
    let arguments = ["--quiet", "--time", "skip", "--skip", "callbacks"];
    let mut serving = Serving::start_as(command, &functions(), &arguments);
    let log = log_of(&mut serving);

    client(&serving).get("/2015-03-31/functions/none").await;
    let refused = wait_for(&log, "refused: GET /2015-03-31/functions/none");
    assert!(
        refused.contains("404 ResourceNotFoundException"),
        "{refused}"
    );
    let arn = client(&serving).start("waited-for:$LATEST", "{}").await;
    wait_for(&log, "skipped: ");
    let ended = wait_for(&log, &format!("{arn} TIMED_OUT after "));
    assert!(ended.starts_with("durable serve: "), "{ended}");
}

#[tokio::test]
async fn functions_get_variables_of_the_environment_by_name_only() {
    let start = |arguments: &[&str]| {
        let mut command = durable();
        command.env("GREETING", "hello").stderr(Stdio::piped());
        Serving::start_as(command, &functions(), arguments)
    };
    let mut serving = start(&["--quiet"]);
    let withheld = wait_for(&log_of(&mut serving), "functions do not get ");
    assert!(
        withheld.contains("--pass-env NAME passes one on"),
        "{withheld}"
    );
    let seen = client(&serving).invoke("plain", "").await.json();
    assert_eq!(seen["greeting"], Value::Null);

    let serving = start(&["--quiet", "--pass-env", "OTHER,GREET*"]);
    let seen = client(&serving).invoke("plain", "").await.json();
    assert_eq!(seen["greeting"], "hello");
}

#[tokio::test]
async fn functions_reach_the_server_past_proxies() {
    let mut command = durable();
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        // Nothing listens there.
        command.env(name, "http://127.0.0.1:1");
    }
    let serving = Serving::start_as(command, &functions(), &["--quiet"]);
    let arn = client(&serving).start("approval:$LATEST", "{}").await;

    let id = client(&serving).callback_id(&arn).await;
    client(&serving).post(&callback(&id, "succeed"), "1").await;

    assert_eq!(client(&serving).ended(&arn).await["Status"], "SUCCEEDED");
}

#[test]
fn a_region_that_is_none_is_refused() {
    let refused = |environment: Option<&str>, arguments: &[&str]| {
        let mut command = durable();
        command.args(["serve", "--functions", "f"]).args(arguments);
        if let Some(region) = environment {
            command.env("AWS_REGION", region);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    for error in [
        refused(None, &["--region", "x/y"]),
        refused(None, &["--region", ""]),
        refused(Some(""), &[]),
        refused(Some("mars"), &[]),
    ] {
        assert!(
            error.contains("an AWS Region reads like us-west-2"),
            "{error}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_node_function_is_one_process() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let function = functions()["plain"]["Command"][0].clone();
    // An npx that has found the client.
    let npx = folder.path().join("npx");
    let found = format!(
        "#!/bin/sh\n[ \"$*\" = \"--yes --package aws-lambda-ric -c command -v aws-lambda-ric\" ] && echo '{}'\n",
        function.as_str().unwrap()
    );
    std::fs::write(&npx, found).unwrap();
    std::fs::set_permissions(&npx, std::fs::Permissions::from_mode(0o700)).unwrap();
    let template = folder.path().join("template.yaml");
    std::fs::write(
        &template,
        "Resources: {Fn: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs24.x, Handler: plain}}}",
    )
    .unwrap();
    let mut command = durable();
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
    let template = ["--quiet", "--template", template.to_str().unwrap()];
    let serving = Serving::run(command, &template);

    let reply = client(&serving).invoke("Fn", "1").await;

    let process = reply.json()["process"].as_i64().unwrap();
    assert_eq!(i64::from(children(pid(&serving))[0]), process);
    assert_eq!(children(pid(&serving)).len(), 1);
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    assert_eq!(children(process), [0; 0]);
}

#[tokio::test]
async fn a_server_with_a_full_disk_refuses_calls_and_keeps_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("durable.db");
    let store = ["--store", store.to_str().unwrap()];
    let arguments = [&["--quiet"], &store[..]].concat();
    let mut serving = Serving::start_as(with_small_disk(), &functions(), &arguments);
    let caller = tokio::spawn(client(&serving).invoke("waited-for:$LATEST", "{}"));
    eventually(|| async {
        let path = "/2025-12-01/functions/waited-for/durable-executions";
        let list = client(&serving).get(path).await.json();
        list["DurableExecutions"].get(0).map(drop)
    })
    .await;
    let input = format!("\"{}\"", "x".repeat(20_000));
    let first = client(&serving)
        .start("approval:$LATEST", input.clone())
        .await;
    client(&serving).event(&first, "InvocationCompleted").await;
    let mut stored = vec![first];
    let event = [("x-amz-invocation-type", "Event")];
    let refusal = loop {
        let start = client(&serving).invoke_with("approval:$LATEST", &event, input.clone());
        let reply = start.await;
        if reply.status != 202 {
            break reply;
        }
        stored.push(reply.arn());
        assert!(stored.len() < 100, "the disk never gets full");
    };
    assert_eq!(refusal.status, 500);
    assert_eq!(refusal.header("x-amzn-errortype"), "ServiceException");
    let message = refusal.json()["Message"].to_string();
    assert!(message.contains("the store"), "{message}");
    let mut read = Vec::new();
    for arn in &stored {
        let path = execution(arn, "/history?IncludeExecutionData=true");
        let reply = client(&serving).get(&path).await;
        if reply.status == 200 {
            read.push((arn, reply.json()["Events"].clone()));
        } else {
            assert_eq!(reply.status, 500);
        }
    }
    assert!(!read.is_empty(), "what is stored can be read");
    assert_eq!(client(&serving).get("/health").await.status, 500);
    // The failure also ends calls that wait.
    let caller = tokio::time::timeout(Duration::from_secs(30), caller).await;
    let reply = caller.expect("the caller waits").unwrap();
    assert_eq!(reply.status, 500);
    let message = reply.json()["Message"].to_string();
    assert!(message.contains("the store"), "{message}");

    kill_process(pid(&serving), Signal::KILL).unwrap();
    serving.child.wait().unwrap();
    let serving = Serving::start(&functions(), &store);

    for arn in &stored {
        let execution = client(&serving).execution(arn).await;
        assert_eq!(execution["Status"], "RUNNING");
        assert_eq!(execution["InputPayload"], input);
    }
    // Nothing was returned that the restart has undone.
    for (arn, events) in read {
        let events = events.as_array().unwrap();
        assert!(client(&serving).history(arn).await.starts_with(events));
    }
    assert_eq!(client(&serving).get("/health").await.status, 200);
}
