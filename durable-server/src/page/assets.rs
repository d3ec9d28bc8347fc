//! The files that the pages load: a style sheet, htmx, one script, an icon. All are part of the program, so the
//! pages need no network.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use durable_view::Timeline;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::http::{Response, ResponseBody};

/// The style sheet of the pages.
pub(super) const STYLE: &str = "/assets/page.css";

/// The style sheet of charts, with the colours that the pages share with them.
pub(super) const PLOT_STYLE: &str = "/assets/plot.css";

/// htmx, of the version in its name; its licence stands beside it.
pub(super) const HTMX: &str = "/assets/htmx-4.0.1.min.js";

/// The script of the pages.
pub(super) const SCRIPT: &str = "/assets/page.js";

/// The icon.
pub(super) const ICON: &str = "/assets/icon.svg";

/// The file of a path, and its type.
fn file(path: &str) -> Option<(&'static str, &'static str)> {
    match path {
        STYLE => Some((include_str!("assets/page.css"), "text/css; charset=utf-8")),
        PLOT_STYLE => Some((Timeline::PLOT_STYLE, "text/css; charset=utf-8")),
        HTMX => Some((
            include_str!("assets/htmx-4.0.1.min.js"),
            "text/javascript; charset=utf-8",
        )),
        "/assets/htmx-4.0.1.LICENSE" => Some((
            include_str!("assets/htmx-4.0.1.LICENSE"),
            "text/plain; charset=utf-8",
        )),
        SCRIPT => Some((
            include_str!("assets/page.js"),
            "text/javascript; charset=utf-8",
        )),
        ICON | "/favicon.ico" => Some((include_str!("assets/icon.svg"), "image/svg+xml")),
        _ => None,
    }
}

/// Whether a path is that of a file.
pub(super) fn has(path: &str) -> bool {
    file(path).is_some()
}

/// The response with a file; a browser that has it already gets none.
pub(super) fn respond(path: &str, headers: &HeaderMap) -> Option<Response> {
    let (content, content_type) = file(path)?;
    let tag = tag(content);
    let mut response = Response::new(ResponseBody::from(Bytes::from_static(content.as_bytes())));
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        *response.body_mut() = ResponseBody::from(Bytes::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    own.insert(header::ETAG, tag);
    Some(response)
}

/// A tag that changes with the content.
fn tag(content: &str) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_loads_anything_from_elsewhere() {
        for path in [STYLE, PLOT_STYLE, SCRIPT, ICON] {
            let (content, _) = file(path).unwrap();
            let foreign = content.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("http://"), "{path}");
            assert!(!foreign.contains("https://"), "{path}");
            assert!(!foreign.contains("@import"), "{path}");
        }
        let (htmx, _) = file(HTMX).unwrap();
        assert!(HTMX.contains("4.0.1") && htmx.contains("4.0.1"));
    }

    #[test]
    fn a_file_that_a_browser_has_is_not_sent_again() {
        let first = respond(STYLE, &HeaderMap::new()).unwrap();
        let headers =
            HeaderMap::from_iter([(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone())]);
        let second = respond(STYLE, &headers).unwrap();
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }
}
