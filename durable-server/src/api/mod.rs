//! The AWS Lambda API over HTTP (docs/service.md, 1).

mod answer;
mod durable;
mod emulator;
mod functions;
mod invoke;
mod logs;
mod replay_check;
mod request;
mod route;
mod served;
mod waiting;

use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use durable_view::one_line;
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Body;
use uuid::Uuid;

use crate::HttpLimits;
use crate::config::LeftOut;
use crate::engine::Engine;
use crate::http::{AccessPolicy, BodyLimits, Response, read};
use answer::{Refusal, insert};
use request::Call;
use route::{Route, route};
use waiting::Waiting;

/// Limit on the characters of a line about a refusal.
const MAX_LINE_CHARS: usize = 1_000;

/// The API of an engine.
#[derive(Debug)]
pub(crate) struct Api {
    engine: Arc<Engine>,
    access: AccessPolicy,
    body_limits: BodyLimits,
    waiting: Waiting,
    left_out: Vec<LeftOut>,
}

impl Api {
    pub(crate) fn new(
        engine: Arc<Engine>,
        access: AccessPolicy,
        limits: HttpLimits,
        left_out: Vec<LeftOut>,
    ) -> Self {
        Self {
            left_out,
            engine,
            access,
            body_limits: BodyLimits {
                max_bytes: limits.body_bytes,
                timeout: limits.body_timeout,
                stall_timeout: limits.stall_timeout,
            },
            waiting: Waiting::new(limits.max_waiting_invokes()),
        }
    }

    /// Answers a request.
    pub(crate) async fn answer<B>(&self, request: http::Request<B>) -> Response
    where
        B: Body<Data = Bytes>,
        B::Error: Display,
    {
        let request_id = Uuid::new_v4().to_string();
        let call = format!("{} {}", request.method(), request.uri().path());
        let mut response = match self.dispatch(request).await {
            Ok(response) => response,
            Err(refusal) => {
                let (response, refused) = refusal.into_response();
                let line = format!("refused: {call}: {refused}");
                self.engine.note(&one_line(&line, MAX_LINE_CHARS));
                response
            }
        };
        insert(&mut response, "x-amzn-requestid", &request_id);
        response
    }

    async fn dispatch<B>(&self, request: http::Request<B>) -> Result<Response, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Display,
    {
        let (head, body) = request.into_parts();
        self.access.admit(&head)?;
        let path = head.uri.path();
        // Tools that wait for a server ask for the head alone.
        let is_read = head.method == Method::GET || head.method == Method::HEAD;
        if path == "/health" && is_read {
            // While the store cannot be written, the server refuses all but reads of single executions.
            self.engine.settled().await?;
            return Ok(answer::json(StatusCode::OK, &self.health()));
        }
        let route = route(&head.method, path).ok_or_else(|| Refusal::UnknownCall {
            method: head.method.clone(),
            path: path.to_owned(),
        })?;
        request::check_region(&head.headers, self.engine.region())?;
        let body = match head.method {
            Method::GET => Bytes::new(),
            _ => read(body, self.body_limits)
                .await
                .map_err(|error| Refusal::of_body(error, self.body_limits.max_bytes))?,
        };
        let call = Call {
            query: request::query(head.uri.query().unwrap_or_default()),
            client: head.extensions.get().cloned(),
            headers: head.headers,
            body,
        };
        self.perform(route, call).await
    }

    /// Makes a call for the server itself. A refusal is returned as the message that a client gets, with its
    /// status.
    pub(crate) async fn call(
        &self,
        method: &Method,
        path_and_query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response, (StatusCode, String)> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let query = request::query(query);
        let done = match route(method, path) {
            Some(route) => {
                let call = Call {
                    query,
                    client: None,
                    headers,
                    body,
                };
                self.perform(route, call).await
            }
            None => Err(Refusal::UnknownCall {
                method: method.clone(),
                path: path.to_owned(),
            }),
        };
        done.map_err(Refusal::into_message)
    }

    async fn perform(&self, route: Route, call: Call) -> Result<Response, Refusal> {
        match route {
            Route::Execution(which, arn) => self.execution(which, &arn, &call).await,
            Route::Callback(which, id) => self.callback(which, &id, &call).await,
            Route::ListExecutions(function) => self.list_executions(&function, &call).await,
            Route::Invoke(function) => self.invoke(&function, call).await,
            Route::EmulatedStart => self.emulated_start(&call).await,
            Route::EmulatedEndpoint => self.emulated_endpoint(&call),
            Route::ReplayCheck(function) => self.replay_check(&function, &call).await,
            Route::ListFunctions => self.list_functions(&call),
            Route::GetFunction(function) => self.get_function(&function, &call),
            Route::GetFunctionConfiguration(function) => {
                self.get_function_configuration(&function, &call)
            }
        }
    }
}
