//! The pages without a browser: what they guard, and what they show.

use http::{Method, StatusCode};
use serde_json::json;

use crate::client::Client;
use crate::fixture::{durable, serve, serve_with, settings};

/// The secret in the forms of a page.
async fn token(client: Client) -> String {
    let page = client.get("/start").await;
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    let (_, rest) = text.split_once("name=\"token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn form() -> (&'static str, &'static str) {
    ("content-type", "application/x-www-form-urlencoded")
}

#[tokio::test]
async fn pages_load_and_run_nothing_that_is_not_theirs() {
    let (running, client) = serve(&json!({"f": durable("fails")})).await;
    for path in ["/", "/functions", "/start", "/open"] {
        let page = client.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert!(
            !text.contains(" style=") && !text.contains("onclick"),
            "{text}"
        );
        assert!(!text.contains("//cdn"), "{text}");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn only_own_forms_with_their_secret_act() {
    let (running, client) = serve(&json!({"f": durable("approval")})).await;
    let own = format!("http://{}", running.addr());
    let token = token(client).await;
    let with_token = format!("function=f&input=%7B%7D&token={token}");
    let refused = [
        (own.as_str(), "function=f&input=%7B%7D".to_owned()),
        (
            own.as_str(),
            "function=f&input=%7B%7D&token=guess".to_owned(),
        ),
        ("https://example.com", with_token.clone()),
        ("http://localhost", with_token.clone()),
        ("null", with_token.clone()),
    ];
    for (origin, body) in refused {
        let headers = [form(), ("origin", origin)];
        let reply = client.send(Method::POST, "/do/start", &headers, body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let headers = [form()];
    let body = with_token.clone();
    let reply = client.send(Method::POST, "/do/start", &headers, body).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let rebound = [
        form(),
        ("host", "evil.example"),
        ("origin", "http://evil.example"),
    ];
    let reply = client
        .send(Method::POST, "/do/start", &rebound, with_token.clone())
        .await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    for path in ["/", "/start", "/live", "/assets/page.js"] {
        let page = [("sec-fetch-site", "cross-site")];
        let reply = client.send(Method::GET, path, &page, "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
    }
    let listed = "/2025-12-01/functions/f/durable-executions";
    assert_eq!(
        client.get(listed).await.json()["DurableExecutions"],
        json!([])
    );

    let headers = [form(), ("origin", own.as_str())];
    let reply = client
        .send(Method::POST, "/do/start", &headers, with_token)
        .await;

    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let page = client.get(reply.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn a_server_without_pages_has_the_api_alone() {
    let mut settings = settings(&json!({"f": durable("fails")}));
    settings.page = false;
    let (running, client) = serve_with(settings).await;
    assert_eq!(client.get("/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/start").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/health").await.status, StatusCode::OK);
    running.shutdown().await;
}

#[tokio::test]
async fn a_page_says_what_is_not_there() {
    let (running, client) = serve(&json!({"f": durable("fails")})).await;
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:f:$LATEST/durable-execution/n/i";
    for (path, status) in [
        (format!("/execution?arn={arn}"), StatusCode::NOT_FOUND),
        (
            "/execution?arn=nonsense".to_owned(),
            StatusCode::BAD_REQUEST,
        ),
        ("/execution/history.json".to_owned(), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(client.get(&path).await.status, status, "{path}");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn files_of_an_execution_are_saved_and_not_shown() {
    let (running, client) = serve(&json!({"f": durable("orders")})).await;
    let reply = client.invoke("f:$LATEST", r#"{"item": "</script>"}"#).await;
    let arn = reply.arn();
    for (file, content_type) in [
        ("history.json", "application/json"),
        ("timeline.svg", "image/svg+xml"),
        ("timeline.html", "text/html; charset=utf-8"),
        ("timeline.mmd", "text/plain; charset=utf-8"),
    ] {
        let reply = client.get(&format!("/execution/{file}?arn={arn}")).await;
        assert_eq!(reply.header("content-type"), content_type);
        assert!(
            reply
                .header("content-disposition")
                .starts_with("attachment;"),
            "{file}"
        );
        assert!(!reply.body.is_empty());
    }
    running.shutdown().await;
}
