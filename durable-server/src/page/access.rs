//! Who may read the pages, and who may act.
//!
//! The server needs no credentials, so a page of another origin must neither read these pages nor send their
//! forms. Reading is guarded by the access policy of the server, and by the browser. To act, a request needs
//! the `Origin` of the very address that it goes to, and a token that stands in the forms: no other page can
//! read it.

use durable_view::shortened;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use uuid::Uuid;

use crate::http::{AccessPolicy, Rejected};

/// The secret of the forms of this run of the server.
#[derive(Debug, Clone)]
pub(super) struct FormToken(String);

/// Why a form is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormRefused {
    /// It was not sent by a page of this server.
    #[error(
        "this form was not sent from this server's own page (origin: {0}), so nothing was done. Open the page and \
         use its own buttons"
    )]
    ForeignOrigin(String),
    /// Its token is missing or that of an earlier run.
    #[error(
        "this form is from an earlier run of the server, so nothing was done. Reload the page, and try again"
    )]
    StaleToken,
}

impl FormToken {
    /// A new secret.
    pub(super) fn new() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// The secret, for a form.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a form that is not one of this run's own pages.
    pub(super) fn check(&self, head: &Parts, token: Option<&str>) -> Result<(), FormRefused> {
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        let own = text(HOST).map(|host| format!("http://{host}"));
        let origin = text(ORIGIN);
        if origin.is_none() || origin != own.as_deref() {
            let origin = shortened(origin.unwrap_or("none"), 200);
            return Err(FormRefused::ForeignOrigin(origin));
        }
        if token != Some(self.0.as_str()) {
            return Err(FormRefused::StaleToken);
        }
        Ok(())
    }
}

/// Rejects a request that the policy of the server does not accept. A form has an `Origin`, which
/// [`FormToken::check`] judges.
pub(super) fn admit(policy: AccessPolicy, head: &Parts) -> Result<(), Rejected> {
    if head.method == http::Method::POST {
        policy.admit_form(head)
    } else {
        policy.admit(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(headers: &[(&str, &str)], token: Option<&str>) -> Result<(), FormRefused> {
        let mut request = http::Request::post("/do/stop");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        FormToken("secret".to_owned()).check(&head, token)
    }

    #[test]
    fn a_form_needs_the_origin_of_its_own_address_and_the_token() {
        let host = ("host", "127.0.0.1:9014");
        let own = [host, ("origin", "http://127.0.0.1:9014")];
        assert_eq!(checked(&own, Some("secret")), Ok(()));
        assert_eq!(checked(&own, Some("other")), Err(FormRefused::StaleToken));
        assert_eq!(checked(&own, None), Err(FormRefused::StaleToken));
        for origin in [
            "http://localhost:9014",
            "http://127.0.0.1:9015",
            "https://127.0.0.1:9014",
            "null",
            "",
        ] {
            let refused = Err(FormRefused::ForeignOrigin(origin.to_owned()));
            assert_eq!(
                checked(&[host, ("origin", origin)], Some("secret")),
                refused
            );
        }
        let none = Err(FormRefused::ForeignOrigin("none".to_owned()));
        assert_eq!(checked(&[host], Some("secret")), none);
    }
}
