//! The Lambda Runtime API: how a process of a function asks for invocations and answers them.
//!
//! Each process has a port of its own, so that it is known by it.

mod answer;
mod exchange;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http::{BodyError, ConnectionLimits, Reading, Request, Response, read, serve};

pub(crate) use exchange::{Answer, Exchange, Job};

/// Largest response of a function, in bytes: Lambda's own bound.
pub(crate) const RESPONSE_BYTES: usize = 6_291_556;

const PREFIX: &str = "/2018-06-01/runtime/";

/// A process keeps its connections idle while its function works, for as long as that takes.
const CONNECTIONS: ConnectionLimits = ConnectionLimits {
    connections: 64,
    head_timeout: None,
};

const BODY: Reading = Reading {
    most: RESPONSE_BYTES,
    timeout: Duration::from_mins(15),
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
    /// Begins to serve, on a loopback port of its own.
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

    /// Where it is served.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What goes between the process and the server.
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }
}

/// What a process asks for.
enum Call<'a> {
    Next,
    Report(Report<'a>),
}

/// What a process reports; an invocation is named by its request id.
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
    let path = head.uri.path();
    let report = match call(&head.method, path) {
        None => return answer::unknown(&head.method, path),
        Some(Call::Next) => return answer::next(exchange.next().await),
        Some(Call::Report(report)) => report,
    };
    // Headers of streamed responses change nothing: the body counts as a whole.
    let body = match read(body, BODY).await {
        Ok(body) => Ok(body),
        Err(BodyError::TooLarge(bytes)) => Err(bytes),
        Err(BodyError::TimedOut(_) | BodyError::Broken(_)) => return answer::unread(),
    };
    match (report, body) {
        (Report::Response(request_id), Ok(body)) => {
            answer::taken(exchange.answer(request_id, Answer::Returned(body)))
        }
        (Report::Response(request_id), Err(bytes)) => {
            if exchange.answer(request_id, Answer::TooLarge(bytes)) {
                answer::too_large()
            } else {
                answer::taken(false)
            }
        }
        (Report::Error(request_id), body) => {
            let error = answer::error(&head.headers, body.ok());
            answer::taken(exchange.answer(request_id, Answer::Failed(error)))
        }
        (Report::InitError, body) => {
            exchange.fail_init(answer::error(&head.headers, body.ok()));
            answer::taken(true)
        }
    }
}
