//! The SDK's ways to run operations side by side, to pick among them, and to try them again.

pub mod join;
pub mod map;
pub mod parallel;
pub mod poll;
pub mod race;
pub mod with_retry;
