//! Charging and refunding.
//!
//! The simulated provider knows its cards by their tokens:
//!
//! | Token | What happens |
//! |---|---|
//! | `tok_declined` | the bank declines the card |
//! | `tok_flaky_N` | the first `N` attempts meet a busy provider |
//! | anything else | the card is charged |

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::order::PaymentMethod;

/// The outcome of a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// It is paid, or will be on invoice.
    Accepted {
        /// The payment's key.
        payment_id: String,
    },
    /// The bank declined the card. That is an answer, not an error: a retry would not change it, so the
    /// retries of [`PaymentError`] must not apply.
    Declined,
}

/// Why the provider did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// The provider does not answer now, but may later.
    #[error("the payment provider is busy (attempt {attempt})")]
    ProviderBusy {
        /// Which attempt met it, counted from 1.
        attempt: u32,
    },
}

/// Asks for the money. A busy provider is asked again after 2, 4 and 8 seconds.
///
/// An attempt that was cut off after the provider took the money is repeated, so a real call passes
/// the payment's key as its idempotency key.
#[durable_step(retry(
    max_attempts = 4,
    initial_delay = "2s",
    backoff_rate = 2.0,
    max_delay = "30s"
))]
pub fn charge_payment(
    step: StepContext,
    order_id: String,
    method: PaymentMethod,
) -> Result<Charge, PaymentError> {
    let attempt = step.attempt();
    let token = match method {
        PaymentMethod::Invoice { reference } => {
            return Ok(Charge::Accepted {
                payment_id: format!("inv-{order_id}-{reference}"),
            });
        }
        PaymentMethod::Card { token } => token,
    };
    if token == "tok_declined" {
        return Ok(Charge::Declined);
    }
    if attempt <= busy_attempts(&token) {
        return Err(PaymentError::ProviderBusy { attempt });
    }
    Ok(Charge::Accepted {
        payment_id: format!("pay-{order_id}"),
    })
}

/// How many attempts with this card meet a busy provider.
fn busy_attempts(token: &str) -> u32 {
    token
        .strip_prefix("tok_flaky_")
        .and_then(|attempts| attempts.parse().ok())
        .unwrap_or(0)
}

/// Refunds the money, or cancels the invoice. Returns the refund's key.
#[durable_step]
pub fn refund_payment(payment_id: String) -> String {
    format!("refund-{payment_id}")
}

#[cfg(test)]
mod tests {
    use super::busy_attempts;

    #[test]
    fn only_flaky_cards_meet_a_busy_provider() {
        assert_eq!(busy_attempts("tok_flaky_3"), 3);
        assert_eq!(busy_attempts("tok_flaky_often"), 0);
        assert_eq!(busy_attempts("tok_visa"), 0);
    }
}
