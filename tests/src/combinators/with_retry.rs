//! `with_retry`: several operations that are tried again together.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// What is to be booked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seat {
    /// The train.
    pub train: String,
}

/// A booking system that is busy for its first calls.
#[derive(Debug, Clone, Default)]
pub struct BookingSystem {
    busy_calls: u32,
    calls: Arc<AtomicU32>,
}

impl BookingSystem {
    /// A system that refuses its first calls.
    #[must_use]
    pub fn busy_for(calls: u32) -> Self {
        Self {
            busy_calls: calls,
            calls: Arc::default(),
        }
    }

    /// Calls so far.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    fn book(&self, quote: &str) -> Result<String, BoxError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) < self.busy_calls {
            return Err("the booking system is busy".into());
        }
        Ok(format!("booked {quote}"))
    }
}

/// The future of [`booking`].
type Booking = Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>>;

/// A handler with a dependency: it takes a quote and books it; both are tried three times, one
/// second and two seconds apart.
pub fn booking(
    system: BookingSystem,
) -> impl Fn(Seat, DurableContext) -> Booking + Clone + Send + Sync + 'static {
    move |seat, ctx| Box::pin(book_seat(system.clone(), seat, ctx))
}

async fn book_seat(
    system: BookingSystem,
    seat: Seat,
    ctx: DurableContext,
) -> Result<String, BoxError> {
    let retry = RetryStrategyConfig::builder()
        .max_attempts(3)
        .initial_delay(Duration::from_secs(1))
        .jitter(JitterStrategy::None)
        .build();
    let booked = ctx
        .with_retry(move |ctx| {
            let system = system.clone();
            let train = seat.train.clone();
            async move {
                let quote = ctx
                    .step(move |_| async move { Ok(format!("a seat on {train}")) })
                    .name("quote")
                    .await?;
                let booked = ctx
                    .step(move |_| async move { system.book(&quote) })
                    .name("book")
                    .retry_strategy(|_, _| RetryDecision::Stop)
                    .await?;
                Ok(booked)
            }
        })
        .name("booking")
        .retry_strategy_config(retry)
        .await?;
    Ok(booked)
}
