//! The event that starts the workflow, what makes it valid, and what comes out.

use std::collections::HashSet;

use durable_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalog;

/// What express handling costs, in cents.
pub const EXPRESS_FEE_CENTS: u64 = 990;

/// The event: an order as the shop's checkout sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order's key; it goes into every key that the workflow hands out.
    pub id: String,
    /// The customer's key.
    pub customer: String,
    /// What is ordered.
    pub items: Vec<Item>,
    /// How it is paid.
    pub payment: PaymentMethod,
    /// Whether the customer waives the cool-off, for a fee.
    #[serde(default)]
    pub express: bool,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The article's SKU.
    pub sku: String,
    /// Units ordered.
    pub quantity: u32,
    /// Price of one unit, in cents.
    pub price_cents: u64,
}

/// How an order is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum PaymentMethod {
    /// By card: the provider is asked for the money.
    Card {
        /// The provider's token of the card; see [`crate::payment`] for the known tokens.
        token: String,
    },
    /// By invoice: nothing is charged up front.
    Invoice {
        /// The customer's reference on the invoice.
        reference: String,
    },
}

/// An order that passed validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidOrder {
    /// What is to be paid, in cents: the items and the express fee.
    pub total_cents: u64,
    /// Units over all items.
    pub units: u32,
}

/// Why an order is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A key is missing.
    #[error("the order has an empty {0}")]
    EmptyKey(&'static str),
    /// Nothing is ordered.
    #[error("order {0} has no items")]
    NoItems(String),
    /// The shop does not sell that.
    #[error("item {position} of order {order}: there is no article \"{sku}\"")]
    UnknownSku {
        /// The order.
        order: String,
        /// The item, counted from 1.
        position: usize,
        /// What was asked for.
        sku: String,
    },
    /// An item of nothing.
    #[error("item {position} of order {order} ({sku}): the quantity is 0")]
    ZeroQuantity {
        /// The order.
        order: String,
        /// The item, counted from 1.
        position: usize,
        /// Its article.
        sku: String,
    },
    /// Two items of the same article: their reservations would share a key.
    #[error("item {position} of order {order} ({sku}): the article is listed twice")]
    DuplicateSku {
        /// The order.
        order: String,
        /// The later one of the items, counted from 1.
        position: usize,
        /// Their article.
        sku: String,
    },
    /// The sum does not fit its type.
    #[error("order {0} is too large to be summed up")]
    TooLarge(String),
}

/// Checks an order and sums it up. An invalid order stays invalid, so there is one attempt.
#[durable_step(retry(max_attempts = 1))]
pub(crate) fn validate_order(order: Order) -> Result<ValidOrder, OrderError> {
    for (key, value) in [("id", &order.id), ("customer", &order.customer)] {
        if value.trim().is_empty() {
            return Err(OrderError::EmptyKey(key));
        }
    }
    if order.items.is_empty() {
        return Err(OrderError::NoItems(order.id));
    }
    let mut seen = HashSet::new();
    for (item, position) in order.items.iter().zip(1..) {
        let (order, sku) = (order.id.clone(), item.sku.clone());
        if catalog::find(&item.sku).is_none() {
            return Err(OrderError::UnknownSku {
                order,
                position,
                sku,
            });
        }
        if item.quantity == 0 {
            return Err(OrderError::ZeroQuantity {
                order,
                position,
                sku,
            });
        }
        if !seen.insert(item.sku.as_str()) {
            return Err(OrderError::DuplicateSku {
                order,
                position,
                sku,
            });
        }
    }
    sum_up(&order).ok_or(OrderError::TooLarge(order.id))
}

/// Total and units; none if they overflow.
fn sum_up(order: &Order) -> Option<ValidOrder> {
    let mut total_cents = if order.express { EXPRESS_FEE_CENTS } else { 0 };
    let mut units = 0_u32;
    for item in &order.items {
        let price = item.price_cents.checked_mul(item.quantity.into())?;
        total_cents = total_cents.checked_add(price)?;
        units = units.checked_add(item.quantity)?;
    }
    Some(ValidOrder { total_cents, units })
}

/// What the workflow returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The order's key.
    pub order_id: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is on its way.
    Shipped {
        /// What was charged, or is to be invoiced, in cents.
        total_cents: u64,
        /// The payment's key.
        payment_id: String,
        /// The parcel's tracking number.
        tracking: String,
    },
    /// It was turned down, and nothing of it remains.
    Rejected {
        /// Why, for the customer.
        reason: RejectedBecause,
    },
}

/// Why an order was turned down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum RejectedBecause {
    /// There are fewer units on the shelf than were ordered.
    OutOfStock {
        /// The article.
        sku: String,
        /// Units ordered.
        wanted: u32,
        /// Units on the shelf.
        on_hand: u32,
    },
    /// The bank declined the card.
    PaymentDeclined,
}

/// Writes the receipt down.
#[durable_step]
pub(crate) fn write_receipt(order_id: String, outcome: Outcome) -> Receipt {
    Receipt { order_id, outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(items: &[(&str, u32, u64)]) -> Order {
        Order {
            id: "A-1".to_owned(),
            customer: "C-1".to_owned(),
            items: items
                .iter()
                .map(|(sku, quantity, price_cents)| Item {
                    sku: (*sku).to_owned(),
                    quantity: *quantity,
                    price_cents: *price_cents,
                })
                .collect(),
            payment: PaymentMethod::Invoice {
                reference: "R".to_owned(),
            },
            express: false,
        }
    }

    #[test]
    fn a_valid_order_is_summed_up() {
        let order = order(&[("MUG-BLUE", 2, 1_250), ("FILTER-100", 1, 399)]);
        assert_eq!(
            validate_order::body(order),
            Ok(ValidOrder {
                total_cents: 2_899,
                units: 3
            })
        );
    }

    #[test]
    fn express_adds_its_fee() {
        let order = Order {
            express: true,
            ..order(&[("MUG-BLUE", 1, 1_000)])
        };
        assert_eq!(validate_order::body(order).unwrap().total_cents, 1_990);
    }

    #[test]
    fn each_mistake_has_a_message_that_names_its_position() {
        for (items, message) in [
            (vec![], "order A-1 has no items"),
            (
                vec![("MUG-BLUE", 1, 1), ("MUG-PINK", 1, 1)],
                "item 2 of order A-1: there is no article \"MUG-PINK\"",
            ),
            (
                vec![("MUG-BLUE", 0, 1)],
                "item 1 of order A-1 (MUG-BLUE): the quantity is 0",
            ),
            (
                vec![("MUG-BLUE", 1, 1), ("MUG-BLUE", 2, 1)],
                "item 2 of order A-1 (MUG-BLUE): the article is listed twice",
            ),
            (
                vec![("MUG-BLUE", 2, u64::MAX)],
                "order A-1 is too large to be summed up",
            ),
        ] {
            let error = validate_order::body(order(&items)).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn an_order_without_a_customer_is_invalid() {
        let order = Order {
            customer: " ".to_owned(),
            ..order(&[("MUG-BLUE", 1, 1)])
        };
        assert_eq!(
            validate_order::body(order),
            Err(OrderError::EmptyKey("customer"))
        );
    }
}
