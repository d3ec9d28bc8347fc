//! Query, headers and body of a request.

use bytes::Bytes;
use durable_service::wire::api::Query;
use http::{HeaderMap, header};

use super::answer::Refusal;
use crate::http::Client;

/// A request, read completely.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) client: Option<Client>,
}

impl Call {
    /// The text of a header, if the request has it. Bytes that are no text are replaced, so that the
    /// constraint of the member refuses them.
    pub(super) fn header_text(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?.as_bytes();
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// The text of a header, if the request has it.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A body that is text.
pub(super) fn text(body: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(body).map_err(|_| Refusal::NotUtf8)
}

/// Reads a query string. A `+` stays a `+`, because base64 and UTC offsets contain it, and SDKs encode a
/// space as `%20`.
pub(super) fn query(text: &str) -> Query {
    let text = text.replace('+', "%2B");
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

/// Refuses a request that is signed for another Region (docs/service.md, 1.1). The signature itself is
/// not verified.
pub(super) fn check_region(headers: &HeaderMap, own: &str) -> Result<(), Refusal> {
    let signed = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(scope_region);
    match signed {
        Some(signed) if signed != own => Err(Refusal::OtherRegion {
            signed: signed.to_owned(),
            own: own.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The Region in the credential scope of a signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn scope_region(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    scope.split('/').nth(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_read_from_the_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/lambda/aws4_request, \
                      SignedHeaders=host, Signature=0";
        assert_eq!(scope_region(header), Some("eu-west-1"));
        assert_eq!(scope_region("Bearer x"), None);
    }

    #[test]
    fn a_query_keeps_its_plus_signs() {
        let query = query("CheckpointToken=a+b%3D&Marker=&x");
        assert_eq!(query.text("CheckpointToken"), Some("a+b="));
        assert_eq!(query.text("Marker"), None);
    }
}
