//! A server that keeps nothing forgets what an earlier one handed out.

use serde_json::json;

use crate::client::{callback, execution};
use crate::serving::Serving;
use crate::{client, functions};

#[tokio::test]
async fn what_a_server_in_memory_handed_out_dies_with_it() {
    let yesterday = Serving::start(&functions(), &[]);
    let old = client(&yesterday).start("approval:$LATEST", "{}").await;
    let old_id = client(&yesterday).callback_id(&old).await;
    drop(yesterday);

    let today = Serving::start(&functions(), &[]);
    let new = client(&today).start("approval:$LATEST", "{}").await;
    let new_id = client(&today).callback_id(&new).await;

    assert_ne!(old, new);
    assert_ne!(old_id, new_id);
    let completed = client(&today)
        .post(&callback(&old_id, "succeed"), "1")
        .await;
    assert_eq!(completed.status, 400, "{completed:?}");
    let gone = client(&today).get(&execution(&old, "")).await;
    assert_eq!(gone.status, 404, "{gone:?}");
    // A process of yesterday still knows its token.
    let checkpoint = json!({"CheckpointToken": "MQ==", "Updates": []}).to_string();
    let dead = client(&today)
        .post(&execution(&old, "/checkpoint"), checkpoint)
        .await;
    assert!(dead.status.is_client_error(), "{dead:?}");
    assert_eq!(client(&today).execution(&new).await["Status"], "RUNNING");
}
