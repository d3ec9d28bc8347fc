//! Running a workflow many times, under conditions that must not change its outcome: with a crash at every
//! checkpoint, or in every order of its concurrent events.

mod allow;
mod allowed;
mod budget;
mod compare;
mod crashes;
mod identity;
mod judge;
mod moments;
mod orders;
mod progress;
mod reduction;
mod reordered;
mod repeated;
mod reproduction;
mod shrink;
mod steps;
mod template;
mod unstable;
mod whole;
mod workers;

pub use crate::faults::Variant;
pub use crate::plan::{FaultKind, Loss, Plan, PlanError};
pub use allow::Allow;
pub use budget::{Budget, Cut};
pub use compare::{Difference, Subject};
pub use crashes::{CrashFailure, CrashReport, ExploreCrashes, Finding, RepeatedStep};
pub use durable_host::{LostToken, MissedChoice, Order};
pub use orders::{ExploreOrders, OrderReport, OrdersDisagree, Sampling, Side};
pub use unstable::Unstable;
pub use whole::{ExplorationFailure, ExplorationReport, Explore, StepCoverage};
