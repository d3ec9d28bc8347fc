//! The local server that a command asks for what AWS does not have.

use std::fmt::Display;

use http::Uri;

use super::connection::Connection;
use super::error::CliError;

/// Its address.
#[derive(Debug)]
pub(super) struct LocalServer<'a> {
    endpoint: &'a str,
    uri: Uri,
}

impl<'a> LocalServer<'a> {
    /// The server that a connection leads to, or this error if it leads to AWS.
    pub(super) fn of(connection: &'a Connection, on_aws: CliError) -> Result<Self, CliError> {
        let endpoint = connection.endpoint().ok_or(on_aws)?;
        let uri = endpoint
            .parse()
            .map_err(|error: http::uri::InvalidUri| unreachable(endpoint, error))?;
        Ok(Self { endpoint, uri })
    }

    /// As it was given.
    pub(super) fn endpoint(&self) -> &str {
        self.endpoint
    }

    /// Host and port, as a request names them.
    pub(super) fn authority(&self) -> &str {
        self.uri
            .authority()
            .map_or("", |authority| authority.as_str())
    }

    /// Host and port to connect to.
    pub(super) fn address(&self) -> (&str, u16) {
        let host = self.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (host, self.uri.port_u16().unwrap_or(80))
    }

    /// That it cannot be reached, and why.
    pub(super) fn unreachable(&self, reason: impl Display) -> CliError {
        unreachable(self.endpoint, reason)
    }
}

fn unreachable(endpoint: &str, reason: impl Display) -> CliError {
    CliError::Unreachable {
        endpoint: endpoint.to_owned(),
        reason: reason.to_string(),
    }
}
