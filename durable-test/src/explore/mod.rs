//! Running a workflow many times, under conditions that must not change its outcome: with a crash at every
//! checkpoint, or in every order of its concurrent events.

mod allow;
mod compare;
mod crashes;
mod orders;
mod reproduction;
mod steps;
mod template;

pub use allow::Allow;
pub use compare::{Difference, Subject};
pub use crashes::{CrashFailure, CrashReport, ExploreCrashes, Finding, Loss, RepeatedStep};
pub use durable_host::{MissedChoice, Order};
pub use orders::{ExploreOrders, OrderReport, OrdersDisagree, Side};
