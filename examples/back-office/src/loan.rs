//! A loan, from the application to the letter.
//!
//! ```text
//! check_credit ─► by rule? ──yes──────────────────────────────► write_letter
//!                    │ no                                            ▲
//!                    ▼             no answer              no answer  │
//!                 officer (3 days) ─────────► manager (2 days) ──────┤ expired
//!                    │ answer                    │ answer            │
//!                    └───────────────────────────┴───────────────────┘
//! ```

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::callback::in_time;

/// How long the loan officer has.
pub const OFFICER_TIME: Duration = Duration::from_hours(3 * 24);
/// How long the manager has, after the officer.
pub const MANAGER_TIME: Duration = Duration::from_hours(2 * 24);
/// The largest loan that is granted by rule.
pub const BY_RULE_CENTS: u64 = 500_000;

/// Whoever scores below this is refused.
const LEAST_SCORE: u32 = 400;
/// Whoever scores this needs no person's decision on a small loan.
const GOOD_SCORE: u32 = 700;

/// Who wants how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Key of the application.
    pub id: String,
    /// The loan.
    pub cents: u64,
    /// Income of a month.
    pub income_cents: u64,
}

/// An answer of the bank's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the loan is granted.
    pub granted: bool,
    /// Who says so.
    pub by: String,
}

/// How an application ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// The money is paid out.
    Granted {
        /// Who granted it.
        by: String,
    },
    /// It is not.
    Refused {
        /// Who refused it.
        by: String,
    },
    /// Nobody decided in time.
    Expired,
}

impl From<Verdict> for Decision {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict { granted: true, by } => Self::Granted { by },
            Verdict { granted: false, by } => Self::Refused { by },
        }
    }
}

/// Why the credit bureau gave no score.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BureauError {
    /// It does not answer now, but may later.
    #[error("the credit bureau is busy")]
    Busy,
}

/// The score of an applicant: what they earn in a year, against the loan, up to 850.
#[durable_step(retry(max_attempts = 4, initial_delay = "10s", backoff_rate = 2.0))]
pub fn check_credit(application: Application) -> Result<u32, BureauError> {
    let of_loan = application.income_cents * 12 * 100 / application.cents.max(1);
    Ok(u32::try_from(of_loan).unwrap_or(u32::MAX).min(850))
}

/// Puts an application on a desk, with the key by which the answer comes.
#[durable_step]
pub fn put_on_desk(who: String, callback_id: String) -> String {
    format!("{who}: {callback_id}")
}

/// Writes to the applicant. A second letter would confuse, so one that was cut off is not written again.
#[durable_step(semantics = "at_most_once", retry(max_attempts = 1))]
pub fn write_letter(application_id: String, decision: Decision) -> String {
    format!("{application_id}: {decision:?}")
}

/// Asks one person, who has so long; `None` if they do not answer.
#[durable_with_child_context]
pub async fn ask(
    ctx: DurableContext,
    who: String,
    time: Duration,
) -> Result<Option<Verdict>, BoxError> {
    let callback = ctx
        .create_callback::<Verdict>()
        .name(format!("verdict of the {who}"))
        .timeout(time)
        .await?;
    put_on_desk(&ctx, who, callback.id().to_owned()).await?;
    Ok(in_time(callback.result().await)?)
}

/// Decides an application: by rule where a rule suffices, else by a person, else not at all.
///
/// # Errors
///
/// If the credit bureau stays busy, a person's answer cannot be read, or the letter was cut off.
#[durable_execution]
pub async fn loan_approval(event: Application, ctx: DurableContext) -> Result<Decision, BoxError> {
    let score = check_credit(&ctx, event.clone()).await?;
    let decision = match by_rule(&event, score) {
        Some(decision) => decision,
        None => by_people(&ctx).await?,
    };
    write_letter(&ctx, event.id, decision.clone()).await?;
    Ok(decision)
}

fn by_rule(application: &Application, score: u32) -> Option<Decision> {
    let by = || "rule".to_owned();
    if score < LEAST_SCORE {
        return Some(Decision::Refused { by: by() });
    }
    let is_small = application.cents <= BY_RULE_CENTS;
    (is_small && score >= GOOD_SCORE).then(|| Decision::Granted { by: by() })
}

async fn by_people(ctx: &DurableContext) -> Result<Decision, OperationError> {
    for (who, time) in [("officer", OFFICER_TIME), ("manager", MANAGER_TIME)] {
        if let Some(verdict) = ask(ctx, who.to_owned(), time).name(who).await? {
            return Ok(verdict.into());
        }
    }
    Ok(Decision::Expired)
}
