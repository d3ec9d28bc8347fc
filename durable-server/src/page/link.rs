//! Addresses of the pages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A value as a part of an address.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// The page of an execution.
pub(super) fn execution(arn: &str) -> String {
    format!("/execution?arn={}", encoded(arn))
}

/// The page of an execution, with an operation selected.
pub(super) fn operation(arn: &str, id: &str) -> String {
    format!("{}&op={}#details", execution(arn), encoded(id))
}

/// The page that starts an execution of a function.
pub(super) fn start(function: &str) -> String {
    format!("/start?function={}", encoded(function))
}

/// The page that starts an execution like another one.
pub(super) fn again(arn: &str) -> String {
    format!("/start?like={}", encoded(arn))
}

/// The list of the executions of a function.
pub(super) fn executions_of(function: &str) -> String {
    format!("/?function={}", encoded(function))
}
