//! Running a workflow many times, under conditions that must not change its outcome: with a crash at every
//! checkpoint, or in every order of its concurrent events.

mod allow;
mod allowed;
mod budget;
mod compare;
mod crashes;
mod identity;
mod orders;
mod progress;
mod reproduction;
mod steps;
mod template;
mod unstable;
mod workers;

pub use allow::Allow;
pub use budget::{Budget, Cut};
pub use compare::{Difference, Subject};
pub use crashes::{CrashFailure, CrashReport, ExploreCrashes, Finding, Loss, RepeatedStep};
pub use durable_host::{LostToken, MissedChoice, Order};
pub use orders::{ExploreOrders, OrderReport, OrdersDisagree, Side};
pub use unstable::Unstable;
