//! Callbacks: answered up front, answered by the test's own hand, and not answered.

#[path = "callbacks/answers.rs"]
mod answers;
#[path = "callbacks/live.rs"]
mod live;
#[path = "callbacks/nobody.rs"]
mod nobody;
#[path = "callbacks/timeouts.rs"]
mod timeouts;

durable_test::main!();
