//! The SDK's loss of its checkpoint token: a call is stored, but its caller is dropped before the answer
//! arrives, so the next call presents a token that the service has replaced.

use std::fmt;

use durable_service::model::{CheckpointToken, ExecutionArn, RequestId};

use super::{CallTrace, UpdateTrace, World};

/// A checkpoint token that the SDK lost.
///
/// [`LocalHost::lost_tokens`](crate::LocalHost::lost_tokens) lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostToken {
    /// The call whose answer did not reach the SDK: its caller was dropped while the call was in flight.
    pub unanswered: CallTrace,
    /// What the first refused call after it asked to store.
    pub refused: Vec<UpdateTrace>,
}

impl fmt::Display for LostToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: Vec<String> = self.refused.iter().map(ToString::to_string).collect();
        write!(
            f,
            "version 0.1.0 of the SDK lost its checkpoint token here: the branch that made {} was dropped \
             before the answer arrived, as `race`, `select_ok`, a failed join or a dropped handle drop a branch \
             that is no longer needed. The service had stored the call, and it refused the next one ({}) for its old token, which fails the execution",
            self.unanswered,
            refused.join(", ")
        )
    }
}

/// A stored call whose answer is on its way.
#[derive(Debug, Clone)]
pub(crate) struct InFlight {
    pub(crate) execution: ExecutionArn,
    pub(crate) request_id: RequestId,
    /// The token that it presented.
    pub(crate) token: CheckpointToken,
    pub(crate) call: CallTrace,
}

impl World {
    /// Notes that the caller of a stored call was dropped before the answer arrived.
    pub(crate) fn drop_answer(&mut self, call: InFlight) {
        self.activity.note();
        let Some(active) = &mut self.active else {
            return;
        };
        if active.termination().is_none() && active.is(&call.execution, &call.request_id) {
            let number = call.call.number;
            active.lose_token(call);
            self.note(|| super::Trace::AnswerDropped(number.unwrap_or_default()));
        }
    }

    /// Notes that a call was refused, if that is for a token that the SDK has lost.
    pub(super) fn refused_for(&mut self, token: &CheckpointToken, updates: Vec<UpdateTrace>) {
        let lost = self
            .active
            .as_mut()
            .and_then(|active| active.take_lost(token));
        if let Some(InFlight { call, .. }) = lost {
            self.lost_tokens.push(LostToken {
                unanswered: call,
                refused: updates,
            });
        }
    }

    /// The checkpoint tokens that the SDK lost so far.
    pub(crate) fn lost_tokens(&self) -> &[LostToken] {
        &self.lost_tokens
    }
}
