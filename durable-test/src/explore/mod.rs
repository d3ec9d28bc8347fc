//! Running a workflow many times, each time another way that must not matter.

pub(crate) mod compare;
pub(crate) mod crashes;
pub(crate) mod orders;
