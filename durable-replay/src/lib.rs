//! Replays of recorded executions on a handler, and what differs.
//!
//! A recording is replayed as AWS would replay it: the handler is invoked once for each recorded
//! invocation, with the operations of that time, and every operation that it makes is compared with
//! the recorded one. What its functions stored is not asked for again, except that it has to start
//! waits, callbacks and chained invokes anew, for their inputs to be compared, and to run the bodies of
//! child contexts anew in the invocation in which they ended. Where the handler runs is the affair of an
//! [`Invoker`]: in this process, or in one of its own, in any language.
//!
//! **No body of a step runs**, with the SDK for Rust. A step whose end was recorded is shown as over from the beginning
//! of the invocation that ran it, so the SDK takes its result from there. A step without a recorded end is
//! shown as one that waits for its next attempt, on which the SDK suspends. And the START of a step is
//! never accepted, without which the SDK runs no body. So nothing that an execution did to the world is
//! done again; only the code between the operations runs, as it does on every replay. SDKs of other languages store the
//! start of a step while its body runs, so that one which was not recorded has begun before it is refused.
//!
//! What cannot be compared is left out rather than guessed, so that nothing deterministic is called
//! the opposite: what is inside a map or parallel once that is over, for its end may have depended on
//! which branch was first; what comes after an attempt that was interrupted; and operations that
//! were never awaited.

mod divergence;
mod effect;
mod invoker;
pub mod names;
mod pass;
mod recorded;
mod replayer;
pub mod sdk;

pub use divergence::{Divergence, Outcome};
pub use effect::{Accepted, Difference, Effect};
pub use invoker::{Call, Invoker, When};
pub use pass::Pass;
pub use replayer::{Checked, Nondeterminism, Replay, Replayer};
