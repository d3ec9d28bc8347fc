//! `parallel`: named branches with work of their own.

use durable_runtime::prelude::*;
use durable_runtime::sdk::builders::map_parallel::{CompletionConfig, NestingMode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A trip to book.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trip {
    /// Where it goes.
    pub city: String,
    /// Whether the hotel is fully booked.
    #[serde(default)]
    pub no_room: bool,
}

#[durable_step]
async fn book_flight(city: String) -> Result<String, BoxError> {
    Ok(format!("flight to {city}"))
}

#[durable_step(retry(max_attempts = 1))]
async fn book_hotel(trip: Trip) -> Result<String, BoxError> {
    if trip.no_room {
        return Err(format!("no room in {}", trip.city).into());
    }
    Ok(format!("hotel in {}", trip.city))
}

/// Books flight and hotel at the same time.
///
/// # Errors
///
/// If one of them cannot be booked.
#[durable_execution]
pub async fn book_trip(event: Trip, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let city = event.city.clone();
    let bookings = ctx
        .parallel([
            Branch::new("flight", |ctx: DurableContext| async move {
                Ok(book_flight(&ctx, city).await?)
            }),
            Branch::new("hotel", |ctx: DurableContext| async move {
                Ok(book_hotel(&ctx, event).await?)
            }),
        ])
        .name("bookings")
        .completion(CompletionConfig::with_tolerated_failure_count(0))
        .await?;
    Ok(bookings)
}

#[durable_step]
fn note(text: String) -> String {
    text
}

/// A branch that waits for some seconds, then takes a step.
fn pause(name: &'static str, seconds: u64) -> Branch<String> {
    Branch::new(name, move |ctx: DurableContext| async move {
        ctx.wait(Duration::from_secs(seconds)).name("pause").await?;
        Ok(note(&ctx, format!("{name} after {seconds} s")).await?)
    })
}

/// Three branches that wait for one, two and five seconds.
///
/// # Errors
///
/// The error of the branch that failed.
#[durable_execution]
pub async fn paced_branches(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let notes = ctx
        .parallel([pause("short", 1), pause("middle", 2), pause("long", 5)])
        .name("paced")
        .await?;
    Ok(notes)
}

/// The same three branches, of which only the first to succeed is waited for.
///
/// # Errors
///
/// If all branches fail.
#[durable_execution]
pub async fn first_branch(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let notes = ctx
        .parallel([pause("long", 5), pause("short", 1)])
        .name("first")
        .completion(CompletionConfig::with_min_successful(1))
        .await?;
    Ok(notes)
}

/// A `parallel` in each item of a `map`.
///
/// # Errors
///
/// If a booking fails.
#[durable_execution]
pub async fn book_tour(
    event: Vec<String>,
    ctx: DurableContext,
) -> Result<Vec<Vec<String>>, BoxError> {
    let stops = ctx
        .map(event, |ctx, city: String, _index| async move {
            let hotel = Trip {
                city: city.clone(),
                no_room: false,
            };
            let bookings = ctx
                .parallel([
                    Branch::new("flight", |ctx: DurableContext| async move {
                        Ok(book_flight(&ctx, city).await?)
                    }),
                    Branch::new("hotel", |ctx: DurableContext| async move {
                        Ok(book_hotel(&ctx, hotel).await?)
                    }),
                ])
                .name("bookings")
                .await?;
            Ok(bookings)
        })
        .name("tour")
        .item_namer(|index| format!("stop-{index}"))
        .await?;
    Ok(stops)
}

/// Branches without contexts of their own: their operations stand under the `parallel` itself.
///
/// # Errors
///
/// If a step fails.
#[durable_execution]
pub async fn flat_branches(_event: Value, ctx: DurableContext) -> Result<Vec<String>, BoxError> {
    let branch = |name: &'static str| {
        Branch::new(name, move |ctx: DurableContext| async move {
            Ok(note(&ctx, name.to_owned()).name(name).await?)
        })
    };
    let notes = ctx
        .parallel([branch("left"), branch("right")])
        .name("flat")
        .max_concurrency(1)
        .nesting(NestingMode::Flat)
        .await?;
    Ok(notes)
}
