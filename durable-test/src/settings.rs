//! Settings of runners: of the local service, and of cloud mode.

pub use durable_host::Transport;
pub use durable_runtime::mode::{CloudSettings, Endpoint, Functions, SettingsError, SkipReason};
pub use durable_service::{Limits, Policy};
