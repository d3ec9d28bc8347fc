//! The nightly batch: interest for every account.

use durable_runtime::prelude::*;
use sdk::builders::map_parallel::CompletionConfig;
use serde::{Deserialize, Serialize};

/// Accounts that are worked on at the same time.
pub const SIDE_BY_SIDE: usize = 25;
/// Percentage of the accounts that may fail; beyond it something is wrong with the batch itself.
pub const TOLERATED_PERCENT: usize = 10;

/// A night's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Night {
    /// The night, such as `2026-11-28`.
    pub date: String,
    /// Number of accounts.
    pub accounts: usize,
    /// Every account whose number is a multiple of this is frozen; none if it is absent.
    #[serde(default)]
    pub frozen_every: Option<usize>,
}

/// An account as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number, from 1.
    pub number: usize,
    /// What is on it.
    pub cents: u64,
    /// Whether nothing may be posted to it.
    pub frozen: bool,
}

/// What a night did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The night.
    pub date: String,
    /// Accounts that got their interest.
    pub posted: usize,
    /// The interest of all of them.
    pub cents: u64,
    /// The accounts that did not, by name.
    pub left_over: Vec<String>,
}

/// Why an account got no interest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Nothing may be posted to it.
    #[error("account {0} is frozen")]
    Frozen(usize),
}

/// Reads the accounts of the night.
#[durable_step]
pub fn list_accounts(night: Night) -> Vec<Account> {
    let is_frozen = |number: usize| {
        let every = night.frozen_every.filter(|every| *every > 0);
        every.is_some_and(|every| number.is_multiple_of(every))
    };
    let numbers = 1..=night.accounts;
    numbers
        .map(|number| Account {
            number,
            cents: 100_000,
            frozen: is_frozen(number),
        })
        .collect()
}

/// The interest of one night: a hundredth of a percent.
#[durable_step]
pub fn compute_interest(account: Account) -> u64 {
    account.cents / 10_000
}

/// Posts the interest. A frozen account stays frozen tonight, so it is not tried again.
#[durable_step(retry(max_attempts = 1))]
pub fn post_interest(account: Account, cents: u64) -> Result<u64, LedgerError> {
    if account.frozen {
        return Err(LedgerError::Frozen(account.number));
    }
    Ok(cents)
}

/// Files the report. Filing it twice is harmless: the date is its key.
#[durable_step]
pub fn file_report(report: Report) -> Report {
    report
}

async fn accrue(ctx: DurableContext, account: Account) -> Result<u64, BoxError> {
    let cents = compute_interest(&ctx, account.clone()).await?;
    Ok(post_interest(&ctx, account, cents).await?)
}

/// Gives every account its interest, and reports those that got none.
///
/// # Errors
///
/// If more than [`TOLERATED_PERCENT`] of the accounts fail.
#[durable_execution]
pub async fn nightly_batch(event: Night, ctx: DurableContext) -> Result<Report, BoxError> {
    let accounts = list_accounts(&ctx, event.clone()).await?;
    let batch = ctx
        .map(accounts, |ctx, account, _index| accrue(ctx, account))
        .name("accounts")
        .item_namer(|index| format!("account-{}", index + 1))
        .max_concurrency(SIDE_BY_SIDE)
        .completion(CompletionConfig::with_tolerated_failure_percentage(
            TOLERATED_PERCENT,
        ))
        .await_batch()
        .await?;
    if batch.total_count() < event.accounts {
        return Err(format!(
            "stopped after {} failures among {} accounts",
            batch.failure_count(),
            event.accounts
        )
        .into());
    }
    let report = Report {
        date: event.date,
        posted: batch.success_count(),
        cents: batch.results().into_iter().sum(),
        left_over: batch
            .errors()
            .iter()
            .map(|error| error.name.to_string())
            .collect(),
    };
    Ok(file_report(&ctx, report).await?)
}
