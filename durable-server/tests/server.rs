//! The server as its clients and functions see it: real processes, and a plain HTTP client.

#[path = "server/client.rs"]
mod client;
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
#[path = "server/refusals.rs"]
mod refusals;
#[path = "server/workflows.rs"]
mod workflows;
