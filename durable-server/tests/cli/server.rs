//! The commands against a real server.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::{Outcome, durable, run_at};

/// A server of two functions of `examples/function.rs`, and its endpoint.
fn serve() -> (Serving, String) {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/function");
    let durable = json!({"ExecutionTimeout": 7 * 86_400});
    let functions = json!({
        "orders": {"Command": [program], "Handler": "orders", "DurableConfig": durable},
        "approval": {"Command": [program], "Handler": "approval", "DurableConfig": durable},
        "short": {"Command": [program], "Handler": "approval", "DurableConfig": {"ExecutionTimeout": 900}},
    });
    // The grace is longer than this test, so no callback times out.
    let serving = Serving::start(&functions, &["--time", "skip", "--skip-grace", "600000"]);
    let endpoint = format!("http://{}", serving.address);
    (serving, endpoint)
}

fn succeed(endpoint: &str, arguments: &[&str]) -> Outcome {
    let outcome = run_at(endpoint, arguments);
    assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.stderr);
    outcome
}

#[test]
fn an_execution_is_invoked_listed_and_shown() {
    let (_serving, endpoint) = serve();

    let invoked = succeed(
        &endpoint,
        &[
            "invoke",
            "orders",
            "--wait",
            "--payload",
            r#"{"item": "pen"}"#,
        ],
    );
    let listed = succeed(&endpoint, &["executions", "orders", "--json"]);

    assert_eq!(invoked.stdout, "[\"reserved pen\",\"reserved box\"]\n");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let arn = listed["DurableExecutions"][0]["DurableExecutionArn"]
        .as_str()
        .unwrap();
    assert_eq!(invoked.stderr, format!("execution {arn}\n"));
    let shown = succeed(&endpoint, &["history", arn]).stdout;
    assert!(shown.starts_with("orders: SUCCEEDED in 1d"), "{shown}");
    assert!(shown.contains("├─ cool-off  wait  SUCCEEDED"), "{shown}");
    assert!(shown.ends_with(
        r#"result: ["reserved pen","reserved box"]
"#
    ));
}

#[test]
fn a_callback_is_found_and_answered() {
    let (_serving, endpoint) = serve();
    let start = ["invoke", "approval", "--name", "first", "--event"];
    let arn = succeed(&endpoint, &start).stdout.trim_end().to_owned();

    let id = callback_of(&endpoint, &arn);
    succeed(&endpoint, &["callback", "heartbeat", &id]);
    succeed(
        &endpoint,
        &["callback", "succeed", &id, "--result", r#""yes""#],
    );
    let again = run_at(&endpoint, &["callback", "succeed", &id]);

    // An execution of the same name and payload is the same one.
    let end = succeed(
        &endpoint,
        &["invoke", "approval", "--name", "first", "--wait"],
    );
    assert_eq!(end.stdout, "\"yes\"\n");
    assert!(
        again.stderr.contains("CallbackTimeoutException"),
        "{}",
        again.stderr
    );
    assert_eq!(again.code, 1);
}

#[test]
fn a_synchronous_invoke_prints_its_arn_before_it_waits() {
    let (_serving, endpoint) = serve();
    let mut caller = durable(&endpoint)
        .args(["invoke", "short"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stderr = BufReader::new(caller.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    let arn = line.trim_end().strip_prefix("execution ").unwrap();
    assert_eq!(caller.try_wait().unwrap(), None, "it waits");

    let id = callback_of(&endpoint, arn);
    succeed(&endpoint, &["callback", "succeed", &id, "--result", "1"]);

    let output = caller.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "1\n");
    // It is printed once.
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[test]
fn a_stopped_execution_has_its_reason() {
    let (_serving, endpoint) = serve();
    let arn = succeed(&endpoint, &["invoke", "approval", "--event"]).stdout;
    let arn = arn.trim_end();
    callback_of(&endpoint, arn);

    succeed(
        &endpoint,
        &["stop", arn, "--type", "Cancelled", "--message", "enough"],
    );

    let shown = succeed(&endpoint, &["history", arn]).stdout;
    assert!(shown.starts_with("approval: STOPPED in "), "{shown}");
    assert!(shown.contains("\n  Cancelled: enough\n"), "{shown}");
}

/// Waits for an open callback, and returns the id that `history` shows.
fn callback_of(endpoint: &str, arn: &str) -> String {
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        let shown = succeed(endpoint, &["history", arn]).stdout;
        if let Some((_, id)) = shown.split_once("durable callback succeed ") {
            return id.trim_end().to_owned();
        }
        assert!(Instant::now() < patience, "{shown}");
    }
}
