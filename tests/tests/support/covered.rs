//! What test processes left for `durable coverage`.

use std::path::Path;

use durable_view::coverage::Coverage;
use serde_json::Value;

/// What the processes of a folder saw.
pub(crate) fn coverage(folder: &Path) -> Coverage {
    let mut coverage = Coverage::default();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let file = serde_json::from_str(&text).unwrap();
        coverage.add_json(&file).unwrap();
    }
    coverage
}

/// The counts of a function: succeeded, failed, retried, replayed, cut off, timed out.
pub(crate) fn counts(report: &Value, name: &str) -> [u64; 6] {
    let functions = report["functions"].as_array().unwrap();
    let function = functions.iter().find(|function| function["name"] == name);
    let function = function.unwrap();
    [
        "succeeded",
        "failed",
        "retried",
        "replayed",
        "cut_off",
        "timed_out",
    ]
    .map(|member| function[member].as_u64().unwrap())
}
