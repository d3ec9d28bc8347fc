//! The local server whose page a command opens.

use std::fmt::Display;

use durable_client::full_url;
use http::Uri;

use super::connection::Connection;
use super::error::CliError;

/// Its address.
#[derive(Debug)]
pub(super) struct LocalServer {
    endpoint: String,
    uri: Uri,
}

impl LocalServer {
    /// The server that a connection leads to, or this error if it leads to AWS.
    pub(super) fn of(connection: &Connection, on_aws: CliError) -> Result<Self, CliError> {
        let endpoint = full_url(connection.endpoint().ok_or(on_aws)?);
        let uri = endpoint
            .parse()
            .map_err(|error: http::uri::InvalidUri| unreachable(&endpoint, error))?;
        Ok(Self { endpoint, uri })
    }

    /// Its URL.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Host and port to connect to.
    pub(super) fn address(&self) -> (&str, u16) {
        let host = self.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let usual = if self.uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        (host, self.uri.port_u16().unwrap_or(usual))
    }

    /// That it cannot be reached, and why.
    pub(super) fn unreachable(&self, reason: impl Display) -> CliError {
        unreachable(&self.endpoint, reason)
    }
}

fn unreachable(endpoint: &str, reason: impl Display) -> CliError {
    CliError::Unreachable {
        endpoint: endpoint.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        connection: Connection,
    }

    fn server(endpoint: &str) -> LocalServer {
        let command = Command::try_parse_from(["durable", "--endpoint", endpoint]).unwrap();
        LocalServer::of(&command.connection, CliError::NoPage).unwrap()
    }

    #[test]
    fn an_address_has_the_port_of_its_scheme() {
        let at = |endpoint: &str| {
            let server = server(endpoint);
            let (host, port) = server.address();
            (server.endpoint().to_owned(), host.to_owned(), port)
        };
        let expected = |url: &str, host: &str, port| (url.to_owned(), host.to_owned(), port);
        let plain = "http://127.0.0.1:9014";
        assert_eq!(at("127.0.0.1:9014"), expected(plain, "127.0.0.1", 9014));
        let tls = "https://page.example";
        assert_eq!(at(tls), expected(tls, "page.example", 443));
        assert_eq!(at("http://[::1]"), expected("http://[::1]", "::1", 80));
    }
}
