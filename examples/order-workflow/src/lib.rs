//! An order, from the shop's event to the receipt, as one durable function.
//!
//! ```text
//! validate_order ─► reserve each item ─► charge_payment ─► cool-off ─► pack ─► ship_order ─► write_receipt
//!                        │ short              │ declined     (1 hour,     │ too slow
//!                        ▼                    ▼              not when     ▼
//!                     release ◄──────────── release          express)   refund, release
//! ```
//!
//! # How an order ends
//!
//! - **Shipped**: the execution succeeds with [`Outcome::Shipped`].
//! - **Rejected**: stock is short, or the card is declined. Both are everyday answers that the shop
//!   shows to its customer, so the execution *succeeds* with [`Outcome::Rejected`], after it has put
//!   back what it had reserved.
//! - **Failed**: the event is invalid, the payment provider is down for longer than the retries
//!   last, or the warehouse does not get the order packed. An operator has to look, so the execution is
//!   FAILED with the error of the step, after everything done so far has been undone. The one
//!   failure that undoes nothing is a cut-off shipment: the parcel may be on its way.
//!
//! The same rule decides what a step returns: an answer is an `Ok`, however unwelcome, and an `Err`
//! is what is worth another attempt or a look.
//!
//! # The world outside
//!
//! There is no shop behind it: stock, cards and the warehouse are simulated by rules that depend on
//! nothing but the order ([`catalog`], [`payment`], [`warehouse`]), so every run of an order repeats.

pub mod catalog;
pub mod order;
pub mod payment;
pub mod stock;
pub mod warehouse;
mod workflow;

pub use order::{Item, Order, OrderError, Outcome, PaymentMethod, Receipt, RejectedBecause};
pub use workflow::{COOL_OFF, order_workflow};
