//! Names, texts and bytes of requests, and lists of functions.

use http::Method;
use http::StatusCode;
use serde_json::{Value, json};

use crate::client::callback;
use crate::fixture::{durable, plain, serve};

#[tokio::test]
async fn names_and_tenants_that_are_not_ascii_are_refused() {
    let (running, client) = serve(&json!({"orders": durable("orders")})).await;
    for header in ["x-amz-durable-execution-name", "x-amz-tenant-id"] {
        let event = [("x-amz-invocation-type", "Event"), (header, "grün")];
        let reply = client.invoke_with("orders:$LATEST", &event, "{}").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{header}: {reply:?}");
        assert_eq!(reply.header("x-amzn-errortype"), "ValidationException");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_and_not_changed() {
    let functions = json!({"approval": durable("approval"), "plain": plain("plain")});
    let (running, client) = serve(&functions).await;
    let refused = "InvalidRequestContentException";
    let payloads: [&[u8]; 3] = [b"\"\xff\xfe\"", br#""\ud800""#, br#""\uDC00x""#];
    for payload in payloads {
        let reply = client.invoke("plain", payload).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{payload:?}");
        assert_eq!(reply.header("x-amzn-errortype"), refused);
    }
    let pair = client.invoke("plain", &br#""\ud83d\ude00""#[..]).await;
    assert_eq!(pair.json()["event"], "😀");

    let arn = client.start("approval:$LATEST", "{}").await;
    let id = client.callback_id(&arn).await;
    let path = callback(&id, "succeed");
    let reply = client.post(&path, &b"\"\xff\""[..]).await;
    assert_eq!(reply.header("x-amzn-errortype"), refused);
    assert_eq!(client.post(&path, "1").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn functions_are_listed_in_pages() {
    let names = ["a", "b", "c"];
    let functions: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), plain("plain")))
        .collect();
    let (running, client) = serve(&functions).await;
    let mut listed = Vec::new();
    let mut marker = String::new();
    loop {
        let path = format!("/2015-03-31/functions/?MaxItems=2{marker}");
        let page = client.get(&path).await.json();
        let functions = page["Functions"].as_array().unwrap();
        listed.extend(functions.iter().map(|it| it["FunctionName"].clone()));
        match page["NextMarker"].as_str() {
            Some(next) => marker = format!("&Marker={next}"),
            None => break,
        }
    }
    assert_eq!(listed, names);
    for query in ["MaxItems=0", "Marker=none"] {
        let reply = client.get(&format!("/2015-03-31/functions/?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
    running.shutdown().await;
}

#[tokio::test]
async fn what_is_below_a_function_is_not_mistaken_for_a_function() {
    let (running, client) = serve(&json!({"plain": plain("plain")})).await;
    for resource in ["aliases", "aliases/live", "versions", "policy"] {
        let path = format!("/2015-03-31/functions/plain/{resource}");
        let reply = client.send(Method::GET, &path, &[], "").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert_eq!(
            reply.header("x-amzn-errortype"),
            "UnknownOperationException"
        );
    }
    running.shutdown().await;
}
