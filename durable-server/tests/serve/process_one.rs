//! The server as process 1 of a container.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::client::{Client, eventually};
use crate::serving::Serving;
use crate::{children, durable};

/// A command that runs another one as process 1 of a process namespace of its own; none where that is not
/// allowed.
fn as_process_one() -> Option<Command> {
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--fork", "--pid", "--mount-proc", "--kill-child"]);
        command
    };
    let allowed = unshare().arg("true").stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine allows no process namespaces");
        return None;
    }
    let mut command = unshare();
    command.arg(durable().get_program());
    Some(command)
}

/// The ids of the children of a process, zombies included.
fn children_and_zombies(parent: Pid) -> Vec<String> {
    let path = format!("/proc/{0}/task/{0}/children", parent.as_raw_nonzero());
    let children = std::fs::read_to_string(path).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn processes_that_lost_their_parent_are_reaped() {
    let Some(command) = as_process_one() else {
        return;
    };
    // The shell ends before its child does, so the child becomes one of process 1.
    let orphan = "(setsid sleep 0.1 &) ; exec \"$0\"";
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    let functions = json!({
        "orphans": {"Command": ["/bin/sh", "-c", orphan, program], "Handler": "exits_at_start"},
        "plain": {"Command": [program], "Handler": "plain"},
    });
    let mut serving = Serving::start_as(command, &functions, &["--quiet"]);
    let client = Client(serving.address);
    let unshare = Pid::from_child(&serving.child);
    let process_one = Pid::from_raw(children(unshare)[0]).unwrap();

    let before = children_and_zombies(process_one);

    for _ in 0..3 {
        let failed = client.invoke("orphans", "").await;
        assert_eq!(failed.header("x-amz-function-error"), "Unhandled");
    }

    // The server and its guard are left.
    eventually(|| async { (children_and_zombies(process_one) == before).then_some(()) }).await;
    assert_eq!(client.invoke("plain", "").await.status, 200);
    kill_process(process_one, Signal::TERM).unwrap();
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}
