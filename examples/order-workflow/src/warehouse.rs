//! Packing and shipping.
//!
//! The simulated warehouse packs [`UNITS_PER_CHECK`] units between two looks at it.

use durable_runtime::prelude::*;
use sdk::builders::wait_for_condition::WaitStrategy;
use serde::{Deserialize, Serialize};

/// Time between two looks at the warehouse.
pub const CHECK_EVERY: Duration = Duration::from_mins(10);
/// Limit of the looks, after which the order fails.
pub const MOST_CHECKS: u32 = 12;
/// Units that are packed between two looks.
pub const UNITS_PER_CHECK: u32 = 20;

/// How far the warehouse is: the state that is carried from look to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packing {
    /// Units to pack.
    pub units: u32,
    /// Units packed.
    pub packed: u32,
}

impl Packing {
    fn is_done(&self) -> bool {
        self.packed >= self.units
    }

    /// How far it is at the next look.
    fn looked_at_again(self) -> Self {
        let packed = self.packed.saturating_add(UNITS_PER_CHECK).min(self.units);
        Self { packed, ..self }
    }
}

/// Looks at the warehouse until the parcel is packed. The function is suspended between two looks,
/// and costs nothing.
pub(crate) async fn pack(ctx: &DurableContext, units: u32) -> Result<Packing, OperationError> {
    let strategy = WaitStrategy::builder(Packing::is_done)
        .max_attempts(MOST_CHECKS)
        .initial_delay(CHECK_EVERY)
        .max_delay(CHECK_EVERY)
        .backoff_rate(1.0)
        .jitter(JitterStrategy::None)
        .build();
    ctx.wait_for_condition(
        |_, packing: Packing| async move { Ok(packing.looked_at_again()) },
        Packing { units, packed: 0 },
    )
    .wait_strategy(strategy)
    .name("pack")
    .await
}

/// Hands the parcel to the carrier. Returns its tracking number.
///
/// A parcel that leaves twice is worse than one that is late, so an attempt that was cut off counts
/// as failed instead of being repeated blindly.
#[durable_step(semantics = "at_most_once")]
pub fn ship_order(order_id: String, express: bool) -> String {
    let service = if express { "EX" } else { "ST" };
    format!("{service}-{order_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_stops_at_the_last_unit() {
        let packing = Packing {
            units: 30,
            packed: 0,
        };
        let packing = packing.looked_at_again();
        assert!(!packing.is_done());
        let packing = packing.looked_at_again();
        assert_eq!((packing.packed, packing.is_done()), (30, true));
    }
}
