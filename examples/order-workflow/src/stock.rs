//! Reserving stock, and putting it back.

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalog;
use crate::order::{Item, RejectedBecause};

/// Units taken off the shelf for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The reservation's key.
    pub id: String,
    /// The article.
    pub sku: String,
    /// Units taken.
    pub quantity: u32,
}

/// The outcome of a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reserved {
    /// They are reserved.
    Taken(Reservation),
    /// There are too few.
    Short {
        /// Units on the shelf.
        on_hand: u32,
    },
}

/// Reserves one item of an order: a block of its own in the history, with two steps inside.
#[durable_with_child_context]
pub(crate) async fn reserve_item(
    ctx: DurableContext,
    order_id: String,
    item: Item,
) -> Result<Reserved, OperationError> {
    let on_hand = check_stock(&ctx, item.sku.clone()).await?;
    if on_hand < item.quantity {
        return Ok(Reserved::Short { on_hand });
    }
    take_stock(&ctx, order_id, item).await.map(Reserved::Taken)
}

/// Units on the shelf.
#[durable_step]
pub fn check_stock(sku: String) -> u32 {
    catalog::find(&sku).map_or(0, |article| article.on_hand)
}

/// Takes units off the shelf. The key depends on nothing but the order, so an attempt that is
/// repeated takes them once.
#[durable_step]
fn take_stock(order_id: String, item: Item) -> Reservation {
    Reservation {
        id: format!("res-{order_id}-{}", item.sku),
        sku: item.sku,
        quantity: item.quantity,
    }
}

/// Puts the units of a reservation back. Returns the reservation's key.
#[durable_step]
pub fn release_stock(reservation: Reservation) -> String {
    reservation.id
}

/// The outcome for all items of an order.
pub(crate) enum AllReserved {
    Taken(Vec<Reservation>),
    /// One was short; what had been taken is back on the shelf.
    Short(RejectedBecause),
}

/// Reserves the items in their order, or nothing.
pub(crate) async fn reserve_all(
    ctx: &DurableContext,
    order_id: &str,
    items: &[Item],
) -> Result<AllReserved, OperationError> {
    let mut taken = Vec::new();
    for item in items {
        let reserved = reserve_item(ctx, order_id.to_owned(), item.clone())
            .name(format!("reserve {}", item.sku))
            .await?;
        match reserved {
            Reserved::Taken(reservation) => taken.push(reservation),
            Reserved::Short { on_hand } => {
                release_all(ctx, taken).await?;
                return Ok(AllReserved::Short(RejectedBecause::OutOfStock {
                    sku: item.sku.clone(),
                    wanted: item.quantity,
                    on_hand,
                }));
            }
        }
    }
    Ok(AllReserved::Taken(taken))
}

/// Puts everything back, the last first.
pub(crate) async fn release_all(
    ctx: &DurableContext,
    reservations: Vec<Reservation>,
) -> Result<(), OperationError> {
    for reservation in reservations.into_iter().rev() {
        let name = format!("release {}", reservation.sku);
        release_stock(ctx, reservation).name(name).await?;
    }
    Ok(())
}
