//! A catalogue of workflows that pass a plain test and fail in production, when something is lost: each
//! with the one line that finds its bug, what that says, and the workflow as it should be.
//!
//! `INSTA_UPDATE=always cargo test --test crash_bugs` keeps the messages as they are now.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "crash_bugs/acts_between_steps.rs"]
mod acts_between_steps;
#[path = "crash_bugs/charges_without_key.rs"]
mod charges_without_key;
#[path = "crash_bugs/checks_then_acts.rs"]
mod checks_then_acts;
#[path = "crash_bugs/compensates_twice.rs"]
mod compensates_twice;
#[path = "crash_bugs/counts_in_memory.rs"]
mod counts_in_memory;
#[path = "crash_bugs/drops_what_it_spawned.rs"]
mod drops_what_it_spawned;
#[path = "crash_bugs/loops_without_end.rs"]
mod loops_without_end;
#[path = "crash_bugs/mails_outside_a_step.rs"]
mod mails_outside_a_step;
#[path = "crash_bugs/passes_results_in_memory.rs"]
mod passes_results_in_memory;
#[path = "crash_bugs/retries_by_hand.rs"]
mod retries_by_hand;
#[path = "crash_bugs/returns_too_much.rs"]
mod returns_too_much;
#[path = "crash_bugs/sends_what_it_has_not_stored.rs"]
mod sends_what_it_has_not_stored;
#[path = "crash_bugs/swallows_an_error.rs"]
mod swallows_an_error;
#[path = "crash_bugs/uploads_in_one_step.rs"]
mod uploads_in_one_step;
#[path = "crash_bugs/world.rs"]
mod world;

/// Compares a message with the one that is kept.
macro_rules! assert_message {
    ($name:literal, $error:expr) => {
        insta::with_settings!({ prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(concat!("crash-bug-", $name), $error.to_string());
        });
    };
}
use assert_message;

durable_test::main!();
