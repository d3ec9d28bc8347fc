//! The exact-wire path: an HTTP connector that answers with the API's bytes.

use std::future::pending;

use aws_sdk_lambda::config::http::{HttpRequest, HttpResponse};
use aws_sdk_lambda::config::{HttpClient, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use durable_service::ServiceError;
use durable_service::wire::rest;
use http::Uri;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::hosts::Addressee;
use super::reply::{Deferred, Refusal, Reply};

const PREFIX: &str = "/2025-12-01/durable-executions/";

/// Answers HTTP requests from the local service.
#[derive(Debug)]
struct Connector;

/// The client of a connector.
pub(super) fn client() -> impl HttpClient + Into<SharedHttpClient> + 'static {
    http_client_fn(|_, _| SharedHttpConnector::new(Connector))
}

impl Connector {
    fn answer(request: &HttpRequest) -> Reply<Value> {
        match request.extension::<Deferred>() {
            None => {}
            Some(Deferred::Refuse(refusal)) => return Reply::Now(Err(refusal.clone())),
            Some(Deferred::Wait(wait, refusal)) => {
                let answer = refusal.clone().map_or_else(|| Ok(json!({})), Err);
                return Reply::Late(wait.clone(), answer);
            }
        }
        let uri: Uri = match request.uri().parse() {
            Ok(uri) => uri,
            Err(error) => {
                return Err::<_, ServiceError>(ServiceError::Serialization(error.to_string()))
                    .into();
            }
        };
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let call = path
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.rsplit_once('/'))
            .map(|(arn, call)| (percent_decode_str(arn).decode_utf8_lossy(), call));
        match (request.method(), call) {
            ("POST", Some((arn, "checkpoint"))) => {
                let body = request.body().bytes().unwrap_or_default();
                match rest::checkpoint_request(body) {
                    Ok(request) => match Addressee::of(request.checkpoint_token.as_str()) {
                        Some(host) => host
                            .checkpoint(&arn, request)
                            .and_then(|response| Ok(rest::checkpoint_response(&response))),
                        None => Reply::Never,
                    },
                    Err(error) => Err(error).into(),
                }
            }
            ("GET", Some((arn, "state"))) => Self::state(&arn, query),
            _ => Err(ServiceError::ResourceNotFound(format!(
                "no operation at {path}"
            )))
            .into(),
        }
    }

    fn state(arn: &str, query: &str) -> Reply<Value> {
        let parameter = |name| query_parameter(query, name);
        let token = parameter("CheckpointToken").unwrap_or_default();
        let Some(host) = Addressee::of(&token) else {
            return Reply::Never;
        };
        let max_items = match parameter("MaxItems") {
            None => Ok(0),
            Some(max_items) => max_items.parse().map_err(|_| {
                ServiceError::Serialization(format!(
                    "'{max_items}' can not be converted to Integer"
                ))
            }),
        };
        let page = max_items
            .and_then(|max_items| host.state(arn, parameter("Marker").as_deref(), max_items));
        page.map(|page| rest::state_response(&page)).into()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match Self::answer(&request) {
            Reply::Now(answer) => HttpConnectorFuture::ready(response(answer)),
            Reply::Late(wait, answer) => HttpConnectorFuture::new(async move {
                wait.over().await;
                response(answer)
            }),
            Reply::Never => HttpConnectorFuture::new(pending()),
        }
    }
}

fn response(answer: Result<Value, Refusal>) -> Result<HttpResponse, ConnectorError> {
    let (status, error_type, body) = match answer {
        Ok(body) => (200, None, body),
        Err(refusal) => (refusal.http_status, Some(refusal.code), refusal.body),
    };
    let status = status
        .try_into()
        .map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert("content-type", "application/json");
    if let Some(error_type) = error_type {
        headers.insert("x-amzn-errortype", error_type);
    }
    Ok(response)
}

fn query_parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
