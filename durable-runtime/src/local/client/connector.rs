//! The exact-wire path: an HTTP connector that answers with the API's bytes.

use aws_sdk_lambda::config::http::{HttpRequest, HttpResponse};
use aws_sdk_lambda::config::{HttpClient, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, http_client_fn};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use durable_service::ServiceError;
use durable_service::wire::rest;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::LocalApi;

const PREFIX: &str = "/2025-12-01/durable-executions/";

/// A refusal that the short path decided on, and that this connector is to deliver.
#[derive(Debug, Clone)]
pub(super) struct Refusal(pub(super) ServiceError);

/// Answers HTTP requests from the local service.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    api: LocalApi,
}

/// The client of a connector.
pub(super) fn client(connector: Connector) -> impl HttpClient + Into<SharedHttpClient> + 'static {
    http_client_fn(move |_, _| connector.clone().into_shared())
}

impl Connector {
    pub(super) fn new(api: LocalApi) -> Self {
        Self { api }
    }

    fn into_shared(self) -> aws_smithy_runtime_api::client::http::SharedHttpConnector {
        aws_smithy_runtime_api::client::http::SharedHttpConnector::new(self)
    }

    fn answer(&self, request: &HttpRequest) -> Result<Value, ServiceError> {
        if let Some(Refusal(error)) = request.extension::<Refusal>() {
            return Err(error.clone());
        }
        let (path, query) = split_uri(request.uri());
        let unknown = || ServiceError::ResourceNotFound(format!("no operation at {path}"));
        let (arn, call) = path
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.rsplit_once('/'))
            .ok_or_else(unknown)?;
        let arn = percent_decode_str(arn).decode_utf8_lossy();
        match (request.method(), call) {
            ("POST", "checkpoint") => {
                let body = request.body().bytes().unwrap_or_default();
                let request = rest::checkpoint_request(body)?;
                Ok(rest::checkpoint_response(
                    &self.api.checkpoint(&arn, request)?,
                ))
            }
            ("GET", "state") => {
                let parameter = |name| query_parameter(query, name);
                let token = parameter("CheckpointToken").unwrap_or_default();
                let marker = parameter("Marker");
                let most = match parameter("MaxItems") {
                    None => 0,
                    Some(most) => most.parse().map_err(|_| {
                        ServiceError::Serialization(format!(
                            "'{most}' can not be converted to Integer"
                        ))
                    })?,
                };
                let page = self.api.state(&arn, &token, marker.as_deref(), most)?;
                Ok(rest::state_response(&page))
            }
            _ => Err(unknown()),
        }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, kind, body) = match self.answer(&request) {
            Ok(body) => (200, None, body),
            Err(error) => (
                error.http_status(),
                Some(error.code()),
                rest::error_response(&error),
            ),
        };
        HttpConnectorFuture::ready(response(status, kind, &body))
    }
}

fn response(
    status: u16,
    error_type: Option<&'static str>,
    body: &Value,
) -> Result<HttpResponse, ConnectorError> {
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

/// Path and query of a URI, whatever its scheme and host.
fn split_uri(uri: &str) -> (&str, &str) {
    let path = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|begin| rest.get(begin..)))
        .unwrap_or(uri);
    path.split_once('?').unwrap_or((path, ""))
}

fn query_parameter(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
}
