//! Callbacks: answered up front, answered live by the test, and not answered.

#[path = "callbacks/answers.rs"]
mod answers;
#[path = "callbacks/live.rs"]
mod live;
#[path = "callbacks/timeouts.rs"]
mod timeouts;
#[path = "callbacks/unanswered.rs"]
mod unanswered;

durable_test::main!();
