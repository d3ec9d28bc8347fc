//! Cloud mode against a scripted peer: what AWS does, and what goes wrong there.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets something else than it expects is to panic"
)]

#[path = "cloud/peer.rs"]
mod peer;

#[path = "cloud/callbacks.rs"]
mod callbacks;
#[path = "cloud/failures.rs"]
mod failures;
#[path = "cloud/local_only.rs"]
mod local_only;
#[path = "cloud/runs.rs"]
mod runs;
