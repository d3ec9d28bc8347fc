//! `durable replay-check` of functions on the official Python SDK.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::boto::Boto;
use crate::python;
use crate::serving::Serving;

pub(crate) const TESTS: &[(&str, fn())] = &[(
    "python_sdk_is_replayed_on_changed_code",
    is_replayed_on_changed_code,
)];

const FUNCTIONS: [&str; 4] = ["order", "batch", "approval", "review"];

/// A server of functions whose source stands in a folder.
fn serve(folder: &Path) -> Serving {
    let source = std::fs::read(python::file("functions.py")).unwrap();
    std::fs::write(folder.join("functions.py"), source).unwrap();
    let mut functions = json!({});
    for name in FUNCTIONS {
        functions[name] = python::durable(name, 86_400 * 30);
        functions[name]["WorkingDirectory"] = json!(folder);
    }
    Serving::start(
        &functions,
        &["--time", "virtual", "--skip-grace", "3600000"],
    )
}

/// The verdicts on the executions of a function.
fn verdicts(serving: &Serving, function: &str) -> Vec<Value> {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("durable"))
        .args(["replay-check", function, "--json", "--endpoint"])
        .arg(format!("http://{}", serving.address))
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let executions = answer["Executions"].as_array().unwrap();
    executions.iter().map(|it| it["Verdict"].clone()).collect()
}

fn is_replayed_on_changed_code() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(folder.path());
    let mut boto = Boto::of(&serving);
    for (ends, input) in [
        (
            "order",
            json!({"order_id": "o", "cents": 100, "failures": 1}),
        ),
        ("batch", json!({"items": [1, 2, 3]})),
    ] {
        let arn = boto.start(ends, &input);
        assert_eq!(boto.end_of(&arn)["Status"], "SUCCEEDED");
    }
    for open in ["approval", "review"] {
        let arn = boto.start(open, &json!({}));
        boto.callback_of(&arn);
    }

    for function in FUNCTIONS {
        assert_eq!(verdicts(&serving, function), ["SAME"], "{function}");
    }

    let path = folder.path().join("functions.py");
    let source = std::fs::read_to_string(&path).unwrap();
    let source = source.replace(r#"name="price""#, r#"name="amount""#);
    let source = source.replace(r#"name="approval""#, r#"name="consent""#);
    std::fs::write(&path, source).unwrap();
    for (function, verdict) in FUNCTIONS
        .into_iter()
        .zip(["BREAKS", "SAME", "BREAKS", "SAME"])
    {
        assert_eq!(verdicts(&serving, function), [verdict], "{function}");
    }
}
