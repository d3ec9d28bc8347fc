//! Checkpoint tokens: single use, bound to an execution, an invocation and a position in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ServiceError;
use crate::model::{CheckpointToken, ExecutionArn};

/// The part of a token that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenPosition {
    /// Number of the invocation, from 1.
    pub(crate) invocation: u64,
    /// Number of checkpoints accepted before it in the execution.
    pub(crate) sequence: u64,
}

/// The token of a position; standard base64, as the API's constraint asks.
pub(crate) fn encode(arn: &ExecutionArn, position: TokenPosition) -> CheckpointToken {
    let TokenPosition {
        invocation,
        sequence,
    } = position;
    STANDARD
        .encode(format!("{arn}|{invocation}|{sequence}"))
        .into()
}

/// Reads a token presented for an execution.
///
/// # Errors
///
/// `Invalid checkpoint token` if it is out of shape, and its own message if it belongs to another
/// execution (docs/service.md, 4.2).
pub(crate) fn decode(
    arn: &ExecutionArn,
    token: &CheckpointToken,
) -> Result<TokenPosition, ServiceError> {
    let (owner, position) = parse(token.as_str()).ok_or_else(invalid_token)?;
    if owner == arn.as_str() {
        Ok(position)
    } else {
        Err(ServiceError::invalid(
            "Checkpoint token is not valid for the durable execution ARN",
        ))
    }
}

/// The refusal of a token that is stale, superseded or unknown.
pub(crate) fn invalid_token() -> ServiceError {
    ServiceError::invalid("Invalid checkpoint token")
}

fn parse(token: &str) -> Option<(String, TokenPosition)> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let mut parts = text.rsplitn(3, '|');
    let sequence = number(parts.next()?)?;
    let invocation = number(parts.next()?)?;
    let position = TokenPosition {
        invocation,
        sequence,
    };
    Some((parts.next()?.to_owned(), position))
}

/// A number in the spelling of a token.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(id: &str) -> ExecutionArn {
        ExecutionArn::new(
            "arn:aws:lambda:us-west-2:123456789012:function:f:1",
            "n",
            id,
        )
    }

    #[test]
    fn a_token_belongs_to_one_execution() {
        let position = TokenPosition {
            invocation: 2,
            sequence: 7,
        };
        let token = encode(&arn("a"), position);
        assert_eq!(decode(&arn("a"), &token).unwrap(), position);
        assert_eq!(
            decode(&arn("b"), &token).unwrap_err().to_string(),
            "Checkpoint token is not valid for the durable execution ARN"
        );
        for garbage in ["", "?", "AAAA"] {
            assert_eq!(
                decode(&arn("a"), &garbage.into()).unwrap_err().to_string(),
                "Invalid checkpoint token"
            );
        }
    }
}
