//! Who may ask: programs of this machine, and no page in its browser.
//!
//! Nobody needs credentials here, so a page of anywhere that somebody opens must not reach functions: by
//! sending without asking (it need not read the answer to have run one), or by a name of its own that it
//! lets lead to this machine. Browsers tell of both, and no AWS client sends what they do.

use std::net::IpAddr;

use http::HeaderValue;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;

/// Whom a listener answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Programs that reach it as a part of this machine.
    Local,
    /// Everybody.
    All,
}

/// Why somebody is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stranger {
    /// A web page sent the request.
    #[error(
        "the request comes from a web page ({0}), and pages in a browser must not run functions"
    )]
    Page(String),
    /// The request names another machine.
    #[error(
        "the request is for {0}, which is no name of this machine: use a loopback address such as \
         127.0.0.1, or localhost"
    )]
    Elsewhere(String),
}

impl Audience {
    /// Refuses what strangers send.
    pub(crate) fn admit(self, head: &Parts) -> Result<(), Stranger> {
        match self {
            Self::Local => page(head).or_else(|| elsewhere(head)).map_or(Ok(()), Err),
            Self::All => Ok(()),
        }
    }
}

/// The page that sent a request.
fn page(head: &Parts) -> Option<Stranger> {
    let tells = |name: &'static str, harmless: &[&str]| {
        let value = head.headers.get(name)?;
        let harms = !harmless.iter().any(|it| value == it);
        harms.then(|| Stranger::Page(format!("{name}: {}", value.as_bytes().escape_ascii())))
    };
    tells(ORIGIN.as_str(), &[]).or_else(|| tells("sec-fetch-site", &["none", "same-origin"]))
}

/// The other machine that a request names. One without a name is no browser's.
fn elsewhere(head: &Parts) -> Option<Stranger> {
    let target = head.uri.authority().map(|it| it.as_str().as_bytes());
    let named = head.headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let mut strange = target.into_iter().chain(named).filter(|it| !is_local(it));
    let name = strange.next()?;
    Some(Stranger::Elsewhere(name.escape_ascii().to_string()))
}

/// Whether a host, with a port or without, is this machine by its very name.
fn is_local(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else {
        return false;
    };
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    if let Ok(address) = address.unwrap_or(host).parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(uri: &str, headers: &[(&str, &str)]) -> Result<(), Stranger> {
        let mut request = http::Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(Audience::All.admit(&head), Ok(()));
        Audience::Local.admit(&head)
    }

    #[test]
    fn programs_of_this_machine_are_answered() {
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
    fn web_pages_are_not() {
        for (name, value) in [
            ("origin", "https://example.com"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:9014"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let page = Stranger::Page(format!("{name}: {value}"));
            let headers = [("host", "127.0.0.1:9014"), (name, value)];
            assert_eq!(admitted("/", &headers), Err(page));
        }
    }

    #[test]
    fn a_name_that_leads_here_is_no_name_of_this_machine() {
        let elsewhere = |host: &str| Err(Stranger::Elsewhere(host.to_owned()));
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
