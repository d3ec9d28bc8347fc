//! The Lambda Runtime API: how a process of a function asks for invocations and answers them.
//!
//! Each process has a port of its own, which identifies it.

mod answer;
mod exchange;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http::{
    AccessPolicy, BodyError, BodyLimits, ConnectionLimits, Request, Response, read, serve,
};

pub(crate) use exchange::{Answer, Exchange, Job};

/// Maximal size of a function's response in bytes: Lambda's own limit.
pub(crate) const MAX_RESPONSE_BYTES: usize = 6_291_556;

const PREFIX: &str = "/2018-06-01/runtime/";

/// A process may keep connections idle for as long as its function runs, so there is no time limit.
const CONNECTIONS: ConnectionLimits = ConnectionLimits {
    connections: 64,
    head_timeout: None,
    write_timeout: Duration::from_mins(15),
};

const BODY_LIMITS: BodyLimits = BodyLimits {
    max_bytes: MAX_RESPONSE_BYTES,
    timeout: Duration::from_mins(15),
    stall_timeout: Duration::from_mins(15),
};

/// The Runtime API of one process; it ends when dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    exchange: Arc<Exchange>,
    /// Ends the serving when dropped.
    _stop: watch::Sender<bool>,
}

impl RuntimeApi {
    /// Starts to serve on a loopback port of its own.
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let exchange = Arc::new(Exchange::default());
        let (stop, stopping) = watch::channel(false);
        let served = Arc::clone(&exchange);
        tokio::spawn(serve(listener, CONNECTIONS, stopping, move |request| {
            let exchange = Arc::clone(&served);
            async move { respond(&exchange, request).await }
        }));
        Ok(Self {
            address,
            exchange,
            _stop: stop,
        })
    }

    /// The address that it is served on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The exchange between the process and the server.
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }
}

/// A call of a process.
enum Call<'a> {
    Next,
    Report(Report<'a>),
}

/// A report of a process; a request id names the invocation.
enum Report<'a> {
    Response(&'a str),
    Error(&'a str),
    InitError,
}

fn call<'a>(method: &Method, path: &'a str) -> Option<Call<'a>> {
    let rest = path.strip_prefix(PREFIX)?;
    if *method == Method::GET {
        return (rest == "invocation/next").then_some(Call::Next);
    }
    if *method != Method::POST {
        return None;
    }
    if rest == "init/error" {
        return Some(Call::Report(Report::InitError));
    }
    match rest.strip_prefix("invocation/")?.split_once('/')? {
        (request_id, "response") => Some(Call::Report(Report::Response(request_id))),
        (request_id, "error") => Some(Call::Report(Report::Error(request_id))),
        _ => None,
    }
}

async fn respond(exchange: &Exchange, request: Request) -> Response {
    let (head, body) = request.into_parts();
    // The function runs on this machine, even where the API accepts calls from other machines.
    if let Err(rejected) = AccessPolicy::LocalOnly.admit(&head) {
        return answer::denied(&rejected);
    }
    let path = head.uri.path();
    let report = match call(&head.method, path) {
        None => return answer::unknown(&head.method, path),
        Some(Call::Next) => return answer::next(exchange.next().await),
        Some(Call::Report(report)) => report,
    };
    // The headers of a streamed response are ignored: its body is read completely.
    let body = match read(body, BODY_LIMITS).await {
        Ok(body) => Ok(body),
        Err(BodyError::TooLarge(bytes)) => Err(bytes),
        Err(BodyError::TimedOut(_) | BodyError::Broken(_)) => return answer::unread(),
    };
    match (report, body) {
        (Report::Response(request_id), Ok(body)) => {
            answer::reported(exchange.answer(request_id, Answer::Returned(body)))
        }
        (Report::Response(request_id), Err(bytes)) => {
            if exchange.answer(request_id, Answer::TooLarge(bytes)) {
                answer::too_large()
            } else {
                answer::reported(false)
            }
        }
        (Report::Error(request_id), body) => {
            let error = answer::error(&head.headers, body.ok());
            answer::reported(exchange.answer(request_id, Answer::Failed(error)))
        }
        (Report::InitError, body) => {
            exchange.fail_init(answer::error(&head.headers, body.ok()));
            answer::reported(true)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use durable_service::model::ErrorObject;
    use http_body_util::{BodyExt as _, Full};
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use serde_json::{Value, json};
    use tokio::net::TcpStream;

    use durable_service::model::InvocationContext;

    use super::*;

    /// The response that a process gets for a request.
    async fn send(api: &RuntimeApi, request: http::request::Builder, body: &str) -> Reply {
        let stream = TcpStream::connect(api.address()).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = request
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap();
        (head.status.as_u16(), head.headers, body)
    }

    type Reply = (u16, http::HeaderMap, Value);

    fn get(path: &str) -> http::request::Builder {
        http::Request::get(format!("{PREFIX}{path}")).header("host", "localhost")
    }

    fn post(path: &str) -> http::request::Builder {
        http::Request::post(format!("{PREFIX}{path}")).header("host", "localhost")
    }

    fn job() -> Job {
        let mut context = InvocationContext::new("arn", "1");
        context.trace_header = Some("Root=1".to_owned());
        context.tenant_id = Some("blue".to_owned());
        Job {
            request_id: "id".into(),
            event: Bytes::from_static(b"[1]"),
            deadline_ms: 5,
            context,
        }
    }

    #[tokio::test]
    async fn an_invocation_has_its_headers_and_accepts_one_answer() {
        let api = RuntimeApi::start().await.unwrap();
        let process = async {
            let (status, headers, event) = send(&api, get("invocation/next"), "").await;
            assert_eq!((status, event), (200, json!([1])));
            for (name, value) in [
                ("content-type", "application/json"),
                ("lambda-runtime-aws-request-id", "id"),
                ("lambda-runtime-deadline-ms", "5"),
                ("lambda-runtime-invoked-function-arn", "arn"),
                ("lambda-runtime-trace-id", "Root=1"),
                ("lambda-runtime-aws-tenant-id", "blue"),
            ] {
                assert_eq!(headers[name], value);
            }
            let (status, _, error) = send(&api, post("invocation/other/response"), "1").await;
            assert_eq!(status, 400);
            assert_eq!(error["errorType"], "InvalidRequestID");
            let streamed = post("invocation/id/response")
                .header("lambda-runtime-function-response-mode", "streaming");
            assert_eq!(send(&api, streamed, "2").await.0, 202);
            assert_eq!(send(&api, post("invocation/id/response"), "3").await.0, 400);
        };
        let (answer, ()) = tokio::join!(api.exchange().invoke(job()), process);
        assert!(matches!(answer, Answer::Returned(body) if body == "2"));
    }

    #[tokio::test]
    async fn an_error_may_name_its_type_in_a_header() {
        let api = RuntimeApi::start().await.unwrap();
        let process = async {
            send(&api, get("invocation/next"), "").await;
            let error = post("invocation/id/error")
                .header("lambda-runtime-function-error-type", "Function.Sad");
            send(&api, error, r#"{"errorMessage": "no"}"#).await;
        };
        let (answer, ()) = tokio::join!(api.exchange().invoke(job()), process);
        let sad = ErrorObject::new("Function.Sad", "no");
        assert!(matches!(answer, Answer::Failed(error) if error == sad));
    }

    #[tokio::test]
    async fn a_process_can_report_that_it_cannot_start() {
        let api = RuntimeApi::start().await.unwrap();
        let error = r#"{"errorType": "T", "errorMessage": "m", "stackTrace": []}"#;
        assert_eq!(send(&api, post("init/error"), error).await.0, 202);
        let started = api.exchange().started().await;
        assert_eq!(started, Err(ErrorObject::new("T", "m")));
    }

    #[tokio::test]
    async fn a_web_page_gets_no_invocation() {
        let api = RuntimeApi::start().await.unwrap();
        let page = get("invocation/next").header("origin", "https://example.com");
        let (status, _, error) = send(&api, page, "").await;
        assert_eq!(status, 403);
        assert_eq!(error["errorType"], "AccessDenied");
    }

    #[tokio::test]
    async fn an_unknown_path_is_named() {
        let api = RuntimeApi::start().await.unwrap();
        let (status, _, error) = send(&api, get("restore/next"), "").await;
        assert_eq!(status, 404);
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.starts_with("GET /2018-06-01/runtime/restore/next is not a call"));
    }
}
