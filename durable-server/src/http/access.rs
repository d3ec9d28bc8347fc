//! Which requests are accepted: those of programs on this machine, and not those of web pages.
//!
//! Requests need no credentials, so a web page that is open in a browser on this machine must not reach
//! functions: neither by a cross-origin request (which runs a function even if the page cannot read the
//! response), nor by a host name of its own that resolves to this machine (DNS rebinding). Browsers send
//! headers that show both, and no AWS client sends such headers.

use durable_client::is_loopback_host;
use http::HeaderValue;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;

/// Which requests a listener accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessPolicy {
    /// Those of programs that address it by a name of this machine.
    LocalOnly,
    /// These, and those of containers, which know this machine as `host.docker.internal`.
    LocalAndContainers,
    /// All.
    Unrestricted,
}

/// Why a request is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    /// A web page sent the request.
    #[error(
        "the request comes from a web page ({0}), and pages in a browser must not run functions"
    )]
    CrossOrigin(String),
    /// The request names another machine.
    #[error(
        "the request is for {0}, which is not a name of this machine: use a loopback address such as \
         127.0.0.1, or localhost"
    )]
    ForeignHost(String),
}

impl AccessPolicy {
    /// Rejects a request that the policy does not accept.
    pub(crate) fn admit(self, head: &Parts) -> Result<(), Rejected> {
        match self {
            Self::LocalOnly | Self::LocalAndContainers => cross_origin(head)
                .or_else(|| self.foreign_host(head))
                .map_or(Ok(()), Err),
            Self::Unrestricted => Ok(()),
        }
    }
}

impl AccessPolicy {
    /// Rejects a form of the server's own pages that the policy does not accept. Its `Origin` is left to the
    /// caller.
    pub(crate) fn admit_form(self, head: &Parts) -> Result<(), Rejected> {
        match self {
            Self::LocalOnly | Self::LocalAndContainers => cross_site(head)
                .or_else(|| self.foreign_host(head))
                .map_or(Ok(()), Err),
            Self::Unrestricted => Ok(()),
        }
    }
}

/// The web page that sent the request, by the headers that browsers send.
fn cross_origin(head: &Parts) -> Option<Rejected> {
    marked(head, ORIGIN.as_str(), &[]).or_else(|| cross_site(head))
}

/// The page of another site that sent the request.
fn cross_site(head: &Parts) -> Option<Rejected> {
    marked(head, "sec-fetch-site", &["none", "same-origin"])
}

/// A page that a header shows, unless its value is harmless.
fn marked(head: &Parts, name: &'static str, harmless: &[&str]) -> Option<Rejected> {
    let value = head.headers.get(name)?;
    let is_harmful = !harmless.iter().any(|it| value == it);
    is_harmful
        .then(|| Rejected::CrossOrigin(format!("{name}: {}", value.as_bytes().escape_ascii())))
}

/// The name by which containers know the machine that they run on.
const HOST_OF_CONTAINERS: &str = "host.docker.internal";

impl AccessPolicy {
    /// The other machine that the request names. Browsers always send a host, so a request without one is
    /// accepted.
    fn foreign_host(self, head: &Parts) -> Option<Rejected> {
        let target = head.uri.authority().map(|it| it.as_str().as_bytes());
        let named = head.headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
        let mut foreign = target
            .into_iter()
            .chain(named)
            .filter(|it| !self.is_own(it));
        let name = foreign.next()?;
        Some(Rejected::ForeignHost(name.escape_ascii().to_string()))
    }

    /// Whether a host, with or without a port, is a name of this machine that needs no resolution, or that of
    /// containers, if they are allowed.
    fn is_own(self, host: &[u8]) -> bool {
        Authority::try_from(host).is_ok_and(|authority| {
            let host = authority.host();
            let is_containers = host.eq_ignore_ascii_case(HOST_OF_CONTAINERS);
            is_loopback_host(host) || self == Self::LocalAndContainers && is_containers
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(uri: &str, headers: &[(&str, &str)]) -> Result<(), Rejected> {
        let mut request = http::Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(AccessPolicy::Unrestricted.admit(&head), Ok(()));
        AccessPolicy::LocalOnly.admit(&head)
    }

    #[test]
    fn programs_of_this_machine_are_accepted() {
        assert_eq!(admitted("/", &[]), Ok(()));
        for host in [
            "127.0.0.1:9014",
            "127.8.8.8",
            "[::1]:9014",
            "[::ffff:127.0.0.1]",
            "localhost",
            "LocalHost.:80",
            "lambda.us-west-2.localhost:9014",
        ] {
            assert_eq!(admitted("/", &[("host", host)]), Ok(()), "{host}");
        }
        for site in ["none", "same-origin"] {
            assert_eq!(admitted("/", &[("sec-fetch-site", site)]), Ok(()));
        }
    }

    #[test]
    fn containers_are_accepted_if_they_are_allowed() {
        let request = http::Request::post("/").header("host", "host.docker.internal:9014");
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(AccessPolicy::LocalAndContainers.admit(&head), Ok(()));
        assert!(AccessPolicy::LocalOnly.admit(&head).is_err());
        let page = http::Request::post("/")
            .header("host", "host.docker.internal")
            .header("origin", "http://host.docker.internal");
        let (head, ()) = page.body(()).unwrap().into_parts();
        assert!(AccessPolicy::LocalAndContainers.admit(&head).is_err());
        let other = http::Request::post("/").header("host", "evil.docker.internal");
        let (head, ()) = other.body(()).unwrap().into_parts();
        assert!(AccessPolicy::LocalAndContainers.admit(&head).is_err());
    }

    #[test]
    fn web_pages_are_rejected() {
        for (name, value) in [
            ("origin", "https://example.com"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:9014"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let page = Rejected::CrossOrigin(format!("{name}: {value}"));
            let headers = [("host", "127.0.0.1:9014"), (name, value)];
            assert_eq!(admitted("/", &headers), Err(page));
        }
    }

    #[test]
    fn a_name_that_may_resolve_to_this_machine_is_rejected() {
        let elsewhere = |host: &str| Err(Rejected::ForeignHost(host.to_owned()));
        for host in [
            "example.com",
            "localhost.example.com:9014",
            "notlocalhost",
            "10.0.0.1",
            "0.0.0.0:9014",
            "[::]",
            "",
            "a b",
        ] {
            assert_eq!(admitted("/", &[("host", host)]), elsewhere(host), "{host}");
        }
        let both = [("host", "localhost"), ("host", "example.com")];
        assert_eq!(admitted("/", &both), elsewhere("example.com"));
        let target = admitted("http://example.com/", &[("host", "localhost")]);
        assert_eq!(target, elsewhere("example.com"));
    }
}
