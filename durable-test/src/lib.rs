//! stub
mod spec;
/// s
#[derive(Debug, Clone)]
pub struct DurableRunner;
/// s
pub type TestOutcome = Result<(), String>;
/// s
pub mod prelude {
    pub use crate::{DurableRunner, TestOutcome};
    pub use durable_macros::durable_test;
}
/// s
#[doc(hidden)]
pub mod __private {
    pub use crate::spec::{
        Handler, IntoOutcome, RuntimeSpec, ShouldPanic, TestEntry, TestFuture, TestSpec,
    };
    pub use inventory;
    /// s
    pub fn run_plain(_: &'static TestSpec) {}
}
