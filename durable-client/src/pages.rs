//! Lists that the API returns page by page, in its own JSON.

use std::sync::Arc;

use aws_sdk_lambda::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::failure::{Failure, FailureKind};

/// Maximal number of items of a page: the service's own limit.
pub(crate) const MAX_PAGE_ITEMS: i32 = 1_000;

/// Keeps the body of an answer unchanged. The AWS client's types leave out members that they do not know,
/// and a newer service may send some.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body(Arc<Mutex<Vec<u8>>>);

impl Intercept for Body {
    fn name(&self) -> &'static str {
        "KeepBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock() = bytes.to_vec();
        Ok(())
    }
}

impl Body {
    /// The body as JSON; an empty one is an empty object.
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        let body = self.0.lock();
        if body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&body)
            .map_err(|error| Failure::new(FailureKind::Malformed, error.to_string()))
    }

    /// The items of a list in the body.
    pub(crate) fn items(&self, member: &str) -> Result<Vec<Value>, Failure> {
        match self.json()?.get_mut(member).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Failure::new(
                FailureKind::Malformed,
                format!("it has no list \"{member}\""),
            )),
        }
    }
}

/// The position in the pages of a list.
#[derive(Debug)]
pub(crate) struct Pages {
    list: &'static str,
    marker: Option<String>,
}

impl Pages {
    /// The first page of a list, such as `the history`.
    pub(crate) fn of(list: &'static str) -> Self {
        Self { list, marker: None }
    }

    /// The marker to send for the page.
    pub(crate) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Moves to the next page, by the marker of this one. Returns whether there is another one.
    pub(crate) fn turn(&mut self, next: Option<String>) -> Result<bool, Failure> {
        match next.filter(|marker| !marker.is_empty()) {
            None => Ok(false),
            same if same == self.marker => Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "the service returns the same page of {} again and again",
                    self.list
                ),
            )),
            next => {
                self.marker = next;
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_with_an_empty_marker_and_never_repeat() {
        let mut pages = Pages::of("the history");
        assert!(pages.turn(Some("a".to_owned())).unwrap());
        assert_eq!(pages.marker().as_deref(), Some("a"));
        let same = pages.turn(Some("a".to_owned())).unwrap_err();
        assert_eq!(
            same.to_string(),
            "the service returns the same page of the history again and again"
        );
        assert!(!pages.turn(Some(String::new())).unwrap());
        assert!(!pages.turn(None).unwrap());
    }
}
