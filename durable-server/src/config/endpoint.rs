//! URLs of functions that run elsewhere.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// The port of HTTP.
const DEFAULT_PORT: u16 = 80;

/// The URL of a function that another program runs, such as
/// `http://127.0.0.1:9000/2015-03-31/functions/orders/invocations`.
///
/// ```
/// use durable_server::config::Endpoint;
///
/// let url = "http://127.0.0.1:9000/2015-03-31/functions/orders/invocations";
/// assert_eq!(url.parse::<Endpoint>()?.to_string(), url);
/// assert!("orders".parse::<Endpoint>().is_err());
/// # Ok::<(), durable_server::config::EndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Uri);

/// Why a text is no URL of a function.
///
/// The error of parsing an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no URL of a function; it is one such as \
     http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations, over http"
)]
pub struct EndpointError {
    text: String,
}

impl Endpoint {
    /// The host, without brackets around an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(DEFAULT_PORT)
    }

    /// Host and port, as the URL has them.
    pub(crate) fn authority(&self) -> &str {
        self.0
            .authority()
            .map_or("", |authority| authority.as_str())
    }

    /// The path, with the query.
    pub(crate) fn path(&self) -> &str {
        self.0.path_and_query().map_or("/", |path| path.as_str())
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let uri: Option<Uri> = text.parse().ok();
        let uri = uri.filter(|uri| {
            let has_login = uri.authority().is_some_and(|it| it.as_str().contains('@'));
            uri.scheme_str() == Some("http")
                && uri.host().is_some_and(|it| !it.is_empty())
                && !has_login
        });
        uri.map(Self).ok_or_else(|| EndpointError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_a_host_a_port_and_a_path() {
        let endpoint: Endpoint = "http://[::1]:9000/2015-03-31/functions/f/invocations"
            .parse()
            .unwrap();
        assert_eq!((endpoint.host(), endpoint.port()), ("::1", 9000));
        assert_eq!(endpoint.authority(), "[::1]:9000");
        assert_eq!(endpoint.path(), "/2015-03-31/functions/f/invocations");
        let short: Endpoint = "http://function.local".parse().unwrap();
        assert_eq!((short.port(), short.path()), (80, "/"));
    }

    #[test]
    fn other_urls_are_refused() {
        for text in [
            "",
            "127.0.0.1:9000",
            "https://x/",
            "/path",
            "http://a:b@x/",
            "ftp://x/",
            "http://",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
