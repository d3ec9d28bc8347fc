//! Small workflows, each explored: a test of the SDK and of the local service together.

pub(crate) mod enumerate;
pub(crate) mod handler;
pub(crate) mod program;
pub(crate) mod survey;
