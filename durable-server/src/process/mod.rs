//! The processes of functions: started when needed, given one invocation at a time, kept while they
//! last, and ended with the server.

mod environment;
mod failure;
mod fleet;
mod launcher;
mod log;
mod sandbox;
mod server_log;
mod spawn;

pub(crate) use environment::Place;
pub(crate) use failure::Failure;
pub(crate) use fleet::{Ending, Fleet, FleetSettings, Function, Slot, Work};
pub use launcher::LaunchArgs;
pub(crate) use log::LogTail;
