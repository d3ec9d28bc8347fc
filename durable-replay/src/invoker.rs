//! What a replay needs of the place where handlers run.

use std::sync::Arc;
use std::time::Duration;

use durable_service::model::{CheckpointToken, Timestamp};
use durable_service::{InvocationInput, InvocationOutcome};
use parking_lot::Mutex;

use crate::pass::Pass;

/// How much later the later replay is.
const LATER: Duration = Duration::from_hours(25);

/// Which clocks a replay has.
///
/// [`Call::starts_at`] follows from it, and an [`Invoker`] starts the invocation then: the
/// [crate](crate#example) has an example of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Those of the recorded invocation.
    Recorded,
    /// Later ones.
    Later,
}

impl When {
    /// How much later than recorded the invocation starts.
    #[must_use]
    pub fn later_by(self) -> Duration {
        match self {
            Self::Recorded => Duration::ZERO,
            Self::Later => LATER,
        }
    }
}

/// An invocation of the handler.
///
/// [`Invoker::invoke`] takes it: the [crate](crate#example) has an example.
#[derive(Debug)]
pub struct Call {
    /// What the handler is invoked with. The checkpoint token in it is that of the pass alone.
    pub input: InvocationInput,
    /// Answers its checkpoints.
    pub pass: Arc<Mutex<Pass>>,
    /// When the recorded invocation started, or later.
    pub starts_at: Timestamp,
    /// Whether tasks that the handler leaves behind are to come to rest before the invocation counts as over.
    pub settles: bool,
}

/// The place where handlers run.
///
/// A [`Replayer`](crate::Replayer) is made with one: the [crate](crate#example) has an example.
pub trait Invoker: Sync {
    /// Why a handler cannot be replayed.
    type Error: Send;

    /// A checkpoint token that no other pass has.
    fn next_token(&self) -> CheckpointToken;

    /// Whether it is known when the tasks of a handler have come to rest.
    fn sees_tasks(&self) -> bool;

    /// Whether the SDK of the handler surely refuses a record of another kind than it makes.
    fn refuses_other_kinds(&self) -> bool;

    /// Invokes the handler; none if the pass stopped it ([`Pass::poll_stopped`]).
    ///
    /// # Errors
    ///
    /// If the handler cannot be invoked, or does not come to an end in time.
    fn invoke(
        &self,
        call: Call,
    ) -> impl Future<Output = Result<Option<InvocationOutcome>, Self::Error>> + Send;

    /// Runs work with the clocks of a time; none where clocks are not the place's own.
    ///
    /// # Errors
    ///
    /// If the clocks cannot be set.
    fn on_clock<T: Send>(
        &self,
        when: When,
        work: impl Future<Output = T> + Send,
    ) -> Result<Option<T>, Self::Error> {
        drop((when, work));
        Ok(None)
    }
}
