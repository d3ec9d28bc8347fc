//! A catalogue of workflows with bugs that pass a plain test: each with the one line that finds its
//! bug, the message, and the corrected workflow.
//!
//! `INSTA_UPDATE=always cargo test --test bugs` accepts the present messages.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "bugs/crash_and_order.rs"]
mod crash_and_order;
#[path = "bugs/crashes/mod.rs"]
mod crashes;
#[path = "bugs/nondeterminism.rs"]
mod nondeterminism;
#[path = "bugs/orders.rs"]
mod orders;
#[path = "bugs/outside.rs"]
mod outside;
#[path = "bugs/together.rs"]
mod together;
#[path = "bugs/unfinished.rs"]
mod unfinished;
#[path = "bugs/versions.rs"]
mod versions;

/// Compares a message with its snapshot. Large numbers and the temporary folder, which differ from run to
/// run, are replaced by `N` and `TMP`.
macro_rules! assert_message {
    ($name:literal, $error:expr) => {
        insta::with_settings!({ prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(concat!("bug-", $name), crate::steady(&$error.to_string()));
        });
    };
}
use assert_message;

fn steady(message: &str) -> String {
    let message = message.replace(env!("CARGO_TARGET_TMPDIR"), "TMP");
    let mut text = String::new();
    let mut digits = String::new();
    for c in message.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        // Small numbers are counts and the same in every run.
        text.push_str(if digits.len() > 4 { "N" } else { &digits });
        digits.clear();
        text.push(c);
    }
    text.trim_end_matches('\0').to_owned()
}

durable_test::main!();
