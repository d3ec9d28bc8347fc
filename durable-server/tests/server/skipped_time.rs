//! Skipped time beside clients, callbacks and real work.

use std::time::{Duration, Instant};

use durable_server::{Running, TimeMode};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{Client, callback};
use crate::fixture::{durable, long, plain, serve_with, settings};

/// A server that skips time.
async fn skipping(functions: &Value, callbacks: bool) -> (Running, Client) {
    let mut settings = settings(functions);
    settings.time = TimeMode::Skip {
        grace: Duration::from_millis(50),
        callbacks,
    };
    serve_with(settings).await
}

#[tokio::test]
async fn an_open_callback_can_be_answered_and_holds_no_other_execution() {
    let functions = json!({"approval": durable("approval"), "orders": long("orders")});
    let (running, client) = skipping(&functions, false).await;
    let open = client.start("approval:$LATEST", "{}").await;
    let id = client.callback_id(&open).await;

    // Each takes a day, and more than the grace of real time.
    for _ in 0..3 {
        let order = client.start("orders:$LATEST", "{}").await;
        assert_eq!(client.ended(&order).await["Status"], "SUCCEEDED");
    }

    let reply = client.post(&callback(&id, "succeed"), "1").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(client.ended(&open).await["Status"], "SUCCEEDED");
    running.shutdown().await;
}

#[tokio::test]
async fn timeouts_of_callbacks_are_skipped_on_request() {
    let (running, client) = skipping(&json!({"approval": long("approval")}), true).await;
    let arn = client.start("approval:$LATEST", "{}").await;
    assert_eq!(client.ended(&arn).await["Status"], "FAILED");
    client.event(&arn, "CallbackTimedOut").await;
    running.shutdown().await;
}

#[tokio::test]
async fn a_short_callback_times_out_in_real_time_beside_a_busy_function() {
    let mut short = durable("approval");
    short["Environment"] = json!({"Variables": {"CALLBACK_SECONDS": "1"}});
    let functions = json!({"approval": short, "plain": plain("plain")});
    let (running, client) = skipping(&functions, false).await;
    let started = Instant::now();
    let arn = client.start("approval:$LATEST", "{}").await;
    let busy = tokio::spawn(async move {
        loop {
            client.invoke("plain", "{}").await;
        }
    });

    assert_eq!(client.ended(&arn).await["Status"], "FAILED");

    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    busy.abort();
    running.shutdown().await;
}

#[tokio::test]
async fn work_takes_the_time_that_it_takes() {
    let mut hangs = durable("hangs");
    hangs["DurableConfig"]["ExecutionTimeout"] = json!(1);
    let (running, client) = skipping(&json!({"hangs": hangs}), false).await;

    let reply = client.invoke("hangs:$LATEST", "{}").await;

    let execution = client.execution(&reply.arn()).await;
    assert_eq!(execution["Status"], "TIMED_OUT");
    let time = |member: &str| execution[member].as_f64().unwrap();
    let took = time("EndTimestamp") - time("StartTimestamp");
    assert!((took - 1.0).abs() < 0.001, "{took}");
    running.shutdown().await;
}

#[tokio::test]
async fn a_request_that_is_half_sent_does_not_stop_time() {
    let (running, client) = skipping(&json!({"orders": long("orders")}), false).await;
    let mut half = TcpStream::connect(client.0).await.unwrap();
    let head = b"POST /2015-03-31/functions/orders/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
    half.write_all(head).await.unwrap();

    let arn = client.start("orders:$LATEST", "{}").await;

    assert_eq!(client.ended(&arn).await["Status"], "SUCCEEDED");
    drop(half);
    running.shutdown().await;
}
