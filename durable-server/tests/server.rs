//! The server as its clients and functions see it: real processes, and a plain HTTP client.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "server/client.rs"]
mod client;
#[path = "server/endpoints.rs"]
mod endpoints;
#[path = "server/failures.rs"]
mod failures;
#[path = "server/fixture.rs"]
mod fixture;
#[path = "server/invoke.rs"]
mod invoke;
#[path = "server/lifecycle.rs"]
mod lifecycle;
#[path = "server/limits.rs"]
mod limits;
#[path = "server/logs.rs"]
mod logs;
#[path = "server/pages.rs"]
mod pages;
#[path = "server/qualifiers.rs"]
mod qualifiers;
#[path = "server/refusals.rs"]
mod refusals;
#[path = "server/restart.rs"]
mod restart;
#[path = "server/skipped_time.rs"]
mod skipped_time;
#[path = "server/texts.rs"]
mod texts;
#[path = "server/unserved.rs"]
mod unserved;
#[path = "server/workflows.rs"]
mod workflows;
