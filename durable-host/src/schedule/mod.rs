//! Orders: which of several things that could happen next does.
//!
//! Six things leave a host a choice: which of the bodies of durable steps that run side by side runs and
//! ends first; which of the timers and replies that are due at the same time comes first; whether those
//! are noticed together, or each by an invocation of its own; which of the executions that are due is
//! invoked next; how late the answer to a checkpoint call is; and which of several tasks that can run
//! does. A [`Scheduler`] makes the choices by an [`Order`] and writes them down. It runs one body at a
//! time, so a body must not wait for what another one does beside it.

mod calls;
mod due;
mod labels;
mod order;
mod ready;
mod scheduler;

pub use calls::SeenCall;
pub(crate) use due::fire_due;
pub(crate) use labels::path;
pub use order::Order;
pub(crate) use ready::next_invocation;
pub use scheduler::{Among, Choice, MissedChoice, Scheduler};
