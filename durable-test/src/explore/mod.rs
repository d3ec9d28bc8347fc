//! Running a workflow many times, each time another way that must not matter.

mod again;
pub(crate) mod compare;
pub(crate) mod crashes;
pub(crate) mod orders;
