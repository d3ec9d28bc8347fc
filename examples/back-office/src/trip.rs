//! A trip: flight, hotel and car, all or none.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

/// A trip to book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Who travels.
    pub traveller: String,
    /// Where to. `Atlantis` has no hotel, and `Venice` no cars.
    pub city: String,
}

/// A part of a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// There and back.
    Flight,
    /// Where to sleep.
    Hotel,
    /// How to get around.
    Car,
}

impl Part {
    /// The name that operations bear.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flight => "flight",
            Self::Hotel => "hotel",
            Self::Car => "car",
        }
    }
}

/// A part that is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// What.
    pub part: Part,
    /// The agency's key of it, which is the same however often it is booked.
    pub reference: String,
}

/// How a trip ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// All parts are booked.
    Booked {
        /// Their keys.
        references: Vec<String>,
    },
    /// One part could not be had, and nothing is booked any more.
    Undone {
        /// The part.
        missing: Part,
        /// What was cancelled, in that order.
        cancelled: Vec<String>,
    },
}

/// Why the agency did not do as it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgencyError {
    /// Nothing is left.
    #[error("no {0} to be had in {1}")]
    SoldOut(&'static str, String),
    /// It does not answer now, but may later.
    #[error("the agency does not answer")]
    Silent,
}

/// Books a part, by the traveller's name as key: what is booked already stays one booking.
#[durable_step(retry(max_attempts = 3, initial_delay = "5s", backoff_rate = 2.0))]
pub fn book(trip: Trip, part: Part) -> Result<Booking, AgencyError> {
    let Trip { traveller, city } = trip;
    match (part, city.as_str()) {
        (Part::Hotel, "Atlantis") | (Part::Car, "Venice") => {
            Err(AgencyError::SoldOut(part.name(), city))
        }
        _ => Ok(Booking {
            part,
            reference: format!("{}-{traveller}", part.name()),
        }),
    }
}

/// Cancels a booking. It is asked for as long as it takes, for money hangs on it.
#[durable_step(retry(
    max_attempts = 20,
    initial_delay = "30s",
    backoff_rate = 2.0,
    max_delay = "1h"
))]
pub fn cancel(booking: Booking) -> Result<String, AgencyError> {
    Ok(booking.reference)
}

/// Books all parts of a trip; where one cannot be had, cancels the others in reverse.
///
/// # Errors
///
/// If a booking cannot be cancelled.
#[durable_execution]
pub async fn trip_saga(event: Trip, ctx: DurableContext) -> Result<Outcome, BoxError> {
    let mut booked = Vec::new();
    for part in [Part::Flight, Part::Hotel, Part::Car] {
        let name = format!("book {}", part.name());
        match book(&ctx, event.clone(), part).name(name).await {
            Ok(booking) => booked.push(booking),
            Err(_) => {
                return Ok(Outcome::Undone {
                    missing: part,
                    cancelled: undo(&ctx, booked).await?,
                });
            }
        }
    }
    let references = booked.into_iter().map(|booking| booking.reference);
    Ok(Outcome::Booked {
        references: references.collect(),
    })
}

async fn undo(ctx: &DurableContext, booked: Vec<Booking>) -> Result<Vec<String>, OperationError> {
    let mut cancelled = Vec::new();
    for booking in booked.into_iter().rev() {
        let name = format!("cancel {}", booking.part.name());
        cancelled.push(cancel(ctx, booking).name(name).await?);
    }
    Ok(cancelled)
}
