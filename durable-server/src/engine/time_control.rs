//! Time that a client moves: to what is due next in an execution, or by a duration.

use std::sync::Arc;
use std::time::Duration;

use durable_service::Family;
use durable_service::model::{ExecutionArn, Timestamp};

use super::skipper::skip_family;
use super::{Engine, World};
use crate::store::StoreError;

/// Limit on the distance of one move. No execution lasts longer.
const MAX_MOVE: Duration = Duration::from_hours(24 * 367);

/// Why time does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimeStays {
    /// The execution has ended.
    #[error("the execution has ended, so nothing in it becomes due")]
    Ended,
    /// Nothing is due before something else happens.
    #[error(
        "nothing is due: the function runs, or is about to, or only a call from outside can go on with it"
    )]
    NothingDue,
    /// The distance is too large.
    #[error("time moves by no more than 367 days at once")]
    TooFar,
}

/// How far a client moves time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// To what is due next, the timeouts of callbacks included.
    ToNextDue,
    /// To a time of the execution.
    Until(Timestamp),
    /// By a duration.
    By(Duration),
}

impl Engine {
    /// Moves the time of an execution, which it shares with those that it invokes and is invoked by, and
    /// returns how far.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(crate) async fn move_time(
        self: &Arc<Self>,
        arn: &ExecutionArn,
        by: Move,
    ) -> Result<Result<Duration, TimeStays>, StoreError> {
        let (moved, lines) = self
            .call(|world, now| match world.distance(now, arn, by) {
                Ok((family, by)) => {
                    let lines = skip_family(&mut world.service, now, family, by);
                    (Ok(by), lines)
                }
                Err(stays) => (Err(stays), Vec::new()),
            })
            .await?;
        for line in lines {
            self.note(&line);
        }
        Ok(moved)
    }
}

impl World {
    fn distance(
        &self,
        now: Timestamp,
        arn: &ExecutionArn,
        by: Move,
    ) -> Result<(Family, Duration), TimeStays> {
        let family = self.service.family_of(arn).ok_or(TimeStays::Ended)?;
        let by = match by {
            Move::By(by) => by,
            Move::Until(time) => {
                let execution = self.service.execution(arn).ok().ok_or(TimeStays::Ended)?;
                time.since(execution.local(now))
            }
            Move::ToNextDue => {
                let skip = self.service.next_skip(now, family, true);
                skip.ok_or(TimeStays::NothingDue)?.by
            }
        };
        if by > MAX_MOVE {
            return Err(TimeStays::TooFar);
        }
        Ok((family, by))
    }
}
