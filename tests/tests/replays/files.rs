//! What a recording may look like as a file.

use std::path::PathBuf;

use durable_test::prelude::*;
use durable_workflow_tests::long_wait::long_wait;
use serde_json::Value;

/// Changes a recording of the workflow and replays it.
async fn replay(
    runner: &DurableRunner,
    name: &str,
    change: impl FnOnce(&mut Value) -> Vec<u8>,
) -> Result<durable_test::replay::ReplayReport, durable_test::Error> {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("files/{name}.json"));
    runner.run(json!({})).await?.save(&file)?;
    let mut history: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
    let bytes = change(&mut history);
    std::fs::write(&file, bytes)?;
    runner.replay(file).await
}

#[durable_test(handler = long_wait, local_only)]
async fn a_part_of_a_history_is_refused(runner: DurableRunner) {
    let part = |history: &mut Value| {
        history["Events"].as_array_mut().unwrap().truncate(3);
        history["NextToken"] = json!("eyJNYXJrZXIiOiBudWxsfQ==");
        history.to_string().into_bytes()
    };
    let error = replay(&runner, "part", part).await.unwrap_err().to_string();
    assert!(error.contains("without --max-items"), "{error}");
}

#[durable_test(handler = long_wait, local_only)]
async fn a_history_without_events_is_refused(runner: DurableRunner) {
    let none = |_: &mut Value| br#"{"Events": []}"#.to_vec();
    let error = replay(&runner, "none", none).await.unwrap_err().to_string();
    assert!(error.contains("\"Events\" is empty"), "{error}");
}

#[durable_test(handler = long_wait, local_only)]
async fn text_as_windows_writes_it_is_read(runner: DurableRunner) -> TestOutcome {
    let marked = |history: &mut Value| format!("\u{feff}{history}").into_bytes();
    assert!(replay(&runner, "marked", marked).await?.is_to_the_end());
    let wide = |history: &mut Value| {
        let text = format!("\u{feff}{history}");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    assert!(replay(&runner, "wide", wide).await?.is_to_the_end());
    Ok(())
}
