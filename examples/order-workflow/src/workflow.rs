//! The handler.

use durable_runtime::prelude::*;

use crate::order::{Order, Outcome, Receipt, RejectedBecause, validate_order, write_receipt};
use crate::payment::{Charge, charge_payment, refund_payment};
use crate::stock::{AllReserved, release_all, reserve_all};
use crate::warehouse::{pack, ship_order};

/// How long a customer may change their mind before packing starts.
pub const COOL_OFF: Duration = Duration::from_hours(1);

/// Takes an order from its event to its receipt; the crate's documentation lists how it can end.
#[durable_execution]
pub async fn order_workflow(event: Order, ctx: DurableContext) -> Result<Receipt, OperationError> {
    let order = validate_order(&ctx, event.clone()).await?;

    let reservations = match reserve_all(&ctx, &event.id, &event.items).await? {
        AllReserved::Taken(reservations) => reservations,
        AllReserved::Short(reason) => return reject(&ctx, event.id, reason).await,
    };

    let payment_id = match charge_payment(&ctx, event.id.clone(), event.payment).await {
        Ok(Charge::Accepted { payment_id }) => payment_id,
        Ok(Charge::Declined) => {
            release_all(&ctx, reservations).await?;
            return reject(&ctx, event.id, RejectedBecause::PaymentDeclined).await;
        }
        Err(error) => {
            release_all(&ctx, reservations).await?;
            return Err(error);
        }
    };

    if !event.express {
        ctx.wait(COOL_OFF).name("cool-off").await?;
    }

    if let Err(error) = pack(&ctx, order.units).await {
        refund_payment(&ctx, payment_id).await?;
        release_all(&ctx, reservations).await?;
        return Err(error);
    }

    let tracking = ship_order(&ctx, event.id.clone(), event.express).await?;
    let shipped = Outcome::Shipped {
        total_cents: order.total_cents,
        payment_id,
        tracking,
    };
    write_receipt(&ctx, event.id, shipped).await
}

/// Ends an order that the shop does not fulfil.
async fn reject(
    ctx: &DurableContext,
    order_id: String,
    reason: RejectedBecause,
) -> Result<Receipt, OperationError> {
    write_receipt(ctx, order_id, Outcome::Rejected { reason }).await
}
