//! The processes of functions: started when needed, each with one invocation at a time, reused while
//! they live, and ended with the server.

mod elsewhere;
mod environment;
mod failure;
mod fleet;
mod function;
mod guard;
mod inherited;
mod kills;
mod launcher;
mod memory;
mod remote;
mod sandbox;
mod settings;
mod spawn;
mod strays;
mod work;

pub(crate) use failure::Failure;
pub(crate) use fleet::Fleet;
pub(crate) use function::{Function, Slot};
pub use guard::GuardArgs;
pub(crate) use inherited::Inherited;
pub use launcher::LaunchArgs;
pub(crate) use launcher::launcher;
pub(crate) use sandbox::program_of;
pub(crate) use settings::FleetSettings;
pub(crate) use strays::Run;
pub(crate) use work::{Ending, Work};
