//! From plain data to tokens. What is emitted is small and calls functions of the runtime crates.

pub(crate) mod call;
pub(crate) mod child;
pub(crate) mod execution;
pub(crate) mod failure;
pub(crate) mod step;
pub(crate) mod test;
