//! Responses with pages and files, and the headers that guard them.

use bytes::Bytes;
use durable_view::visible_lines;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{Markup, html};

use super::json::{self, Level};
use crate::http::{Response, ResponseBody};

/// What a browser must not do with what it gets here. Nothing is loaded from elsewhere, nothing runs that
/// stands in a page, no other page shows this one in a frame, or learns its address.
const GUARDS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// A page. It is not kept: what it shows changes, and its forms belong to this run of the server.
pub(super) fn page(html: String) -> Response {
    let mut response = guarded(html, "text/html; charset=utf-8");
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// Whether a page asks for itself once more, to show what has changed.
pub(super) fn renews(request: &Parts) -> bool {
    request.headers.contains_key("hx-request")
}

/// A file, to be saved under a name, or to be looked at.
pub(super) fn attachment(
    content: String,
    content_type: &'static str,
    name: Option<&str>,
) -> Response {
    let mut response = guarded(content, content_type);
    let disposition = name.map(|name| format!("attachment; filename=\"{name}\""));
    if let Some(Ok(value)) = disposition.map(|it| HeaderValue::from_str(&it)) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn guarded(content: String, content_type: &'static str) -> Response {
    let mut response = Response::new(ResponseBody::from(Bytes::from(content)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in GUARDS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

/// The way to another page, after a form.
pub(super) fn see_other(address: &str) -> Response {
    let mut response = page(String::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

/// The refusal of a request that did not come from the server's own pages. It holds no form, and no secret.
pub(super) fn refused(message: &str) -> Response {
    let html = html! {
        (maud::DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Refused" } }
            body { h1 { "Refused" } p { (message) } }
        }
    };
    let mut response = page(html.into_string());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

/// What a plain function answered.
pub(super) fn answered(function: &str, answer: &str, failed: bool) -> Markup {
    html! {
        h1 { (function) @if failed { " failed" } @else { " answered" } }
        section.payloads { (json::payload(Level::Page, "Answer", "answer", &visible_lines(answer))) }
    }
}
