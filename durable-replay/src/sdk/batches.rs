//! How the SDK records the ends of maps and parallels.
//!
//! ```
//! use durable_replay::sdk::batches::is_decision;
//!
//! assert!(is_decision(r#"{"totalCount": 2, "completionReason": "ALL_COMPLETED"}"#));
//! assert!(!is_decision(r#"{"totalCount": 2, "completionReason": "ALL_COMPLETED", "results": []}"#));
//! ```

/// Whether the result of a map or parallel only says which branches ended: then it was too large, and
/// theirs make it.
///
/// The [module](self) has an example.
#[must_use]
pub fn is_decision(result: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(result).is_ok_and(|value| {
        let has = |member| value.get(member).is_some();
        has("totalCount") && has("completionReason") && !has("results")
    })
}
