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
    serving: tokio::task::JoinHandle<()>,
    /// Ends the serving in good order when dropped.
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
        let serving = tokio::spawn(serve(listener, CONNECTIONS, stopping, move |request| {
            let exchange = Arc::clone(&served);
            async move { respond(&exchange, request).await }
        }));
        Ok(Self {
            address,
            exchange,
            serving,
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

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What a process asks for.
enum Call<'a> {
    Next,
    Response(&'a str),
    Error(&'a str),
    InitError,
}

fn call<'a>(method: &Method, path: &'a str) -> Option<Call<'a>> {
    let rest = path.strip_prefix(PREFIX)?;
    match (method, rest) {
        (&Method::GET, "invocation/next") => return Some(Call::Next),
        (&Method::POST, "init/error") => return Some(Call::InitError),
        _ => {}
    }
    let (request_id, what) = rest.strip_prefix("invocation/")?.split_once('/')?;
    match (method, what) {
        (&Method::POST, "response") => Some(Call::Response(request_id)),
        (&Method::POST, "error") => Some(Call::Error(request_id)),
        _ => None,
    }
}

async fn respond(exchange: &Exchange, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let Some(call) = call(&head.method, path) else {
        return answer::unknown(&head.method, path);
    };
    if let Call::Next = call {
        return answer::next(exchange.next().await);
    }
    // Headers of streamed responses change nothing: the body counts as a whole.
    let body = read(body, BODY).await;
    match (call, body) {
        (_, Err(BodyError::TimedOut(_) | BodyError::Broken(_))) => answer::unread(),
        (Call::Response(request_id), Ok(body)) => {
            answer::taken(exchange.answer(request_id, Answer::Returned(body)))
        }
        (Call::Response(request_id), Err(BodyError::TooLarge(bytes))) => {
            match exchange.answer(request_id, Answer::TooLarge(bytes)) {
                true => answer::too_large(),
                false => answer::taken(false),
            }
        }
        (Call::Error(request_id), body) => {
            let error = answer::error(&head.headers, body.ok());
            answer::taken(exchange.answer(request_id, Answer::Failed(error)))
        }
        (Call::InitError | Call::Next, body) => {
            exchange.fail_init(answer::error(&head.headers, body.ok()));
            answer::taken(true)
        }
    }
}
