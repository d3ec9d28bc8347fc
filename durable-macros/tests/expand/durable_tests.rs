//! `#[durable_test]`

use durable_runtime::prelude::*;
use durable_test::__private::{ShouldPanic, TestEntry, TestSpec, inventory};
use durable_test::prelude::*;

#[durable_execution]
async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

const LINE_OF_DEFAULTS: u32 = line!() + 4;

/// Is documented.
#[durable_test(handler = workflow)]
async fn defaults(_runner: DurableRunner) -> TestOutcome {
    Ok(())
}

#[durable_test(
    handler = workflow,
    lambda_function_name = "hello world",
    flavor = "multi_thread",
    worker_threads = 2,
    start_paused = false,
    ignore = "takes long",
    local_only = "counts virtual time",
    should_panic = "on purpose"
)]
async fn every_option(_runner: DurableRunner) {
    panic!("on purpose");
}

#[durable_test(handler = workflow, start_paused)]
#[ignore = "shows the attribute"]
#[should_panic]
async fn by_attributes(_: DurableRunner) -> Result<(), std::io::Error> {
    Ok(())
}

#[durable_test(handler = |event: u32, ctx: DurableContext| workflow(event, ctx), lambda_function_name = "closure")]
#[cfg_attr(all(), ignore = "on all")]
#[cfg_attr(any(), should_panic(expected = "never"))]
#[cfg_attr(all(), should_panic(expected = "always"))]
async fn by_conditions(_: DurableRunner) {}

#[durable_test(handler = workflow)]
#[cfg(any())]
async fn absent(_: MissingRunner) {}

#[durable_test(handler = workflow)]
#[should_panic(expected = "on purpose")]
async fn panics(_: DurableRunner) {
    panic!("this test panics on purpose");
}

#[durable_execution(name = "order-workflow")]
async fn renamed(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = renamed)]
async fn of_a_renamed_handler(_: DurableRunner) {}

#[durable_test(handler = renamed, lambda_function_name = "renamed")]
async fn of_a_declared_name(_: DurableRunner) {}

#[durable_test(handler = workflow, case("small", 1), case("very large", 2_000), should_panic = "2000")]
#[ignore = "shows the attribute"]
async fn cases(_: DurableRunner, label: &str, n: u64) {
    panic!("{label}: {n}");
}

fn spec(name: &str) -> Option<&'static TestSpec> {
    let mut entries = inventory::iter::<TestEntry>.into_iter();
    entries
        .find(|entry| entry.0.name == name)
        .map(|entry| entry.0)
}

#[test]
fn a_test_is_registered_where_it_stands() {
    let spec = spec("defaults").unwrap();
    assert_eq!((spec.file, spec.line), (file!(), LINE_OF_DEFAULTS));
    assert_eq!(spec.module, module_path!());
    assert_eq!(spec.lambda_function_name, "workflow");
    assert_eq!(spec.ignore, None);
    assert_eq!(spec.local_only, None);
    assert_eq!(spec.should_panic, ShouldPanic::No);
    assert!(!spec.runtime.multi_thread && !spec.runtime.start_paused);
    assert_eq!(spec.runtime.worker_threads, None);
}

#[test]
fn options_are_registered() {
    let spec = spec("every_option").unwrap();
    assert_eq!(spec.lambda_function_name, "hello world");
    assert_eq!(spec.ignore, Some("takes long"));
    assert_eq!(spec.local_only, Some("counts virtual time"));
    assert_eq!(spec.should_panic, ShouldPanic::Expecting("on purpose"));
    assert!(spec.runtime.multi_thread && !spec.runtime.start_paused);
    assert_eq!(spec.runtime.worker_threads, Some(2));
}

#[test]
fn attributes_are_registered() {
    let spec = spec("by_attributes").unwrap();
    assert_eq!(spec.ignore, Some("shows the attribute"));
    assert_eq!(spec.should_panic, ShouldPanic::Yes);
    assert!(spec.runtime.start_paused);
}

#[test]
fn attributes_are_registered_under_their_conditions() {
    let spec = spec("by_conditions").unwrap();
    assert_eq!(spec.lambda_function_name, "closure");
    assert_eq!(spec.ignore, Some("on all"));
    assert_eq!(spec.should_panic, ShouldPanic::Expecting("always"));
}

#[test]
fn a_test_under_a_false_condition_is_not_registered() {
    assert!(spec("absent").is_none());
}

#[test]
fn a_test_has_the_name_of_its_handler_unless_it_declares_one() {
    let name = |test| spec(test).unwrap().function_name();
    assert_eq!(name("of_a_renamed_handler"), "order-workflow");
    assert_eq!(name("of_a_declared_name"), "renamed");
    assert_eq!(name("defaults"), "workflow");
    assert_eq!(name("by_conditions"), "closure");
}

#[test]
fn each_case_is_a_test_with_the_options_of_all() {
    assert!(spec("cases").is_none());
    for name in ["cases::small", "cases::very_large"] {
        let spec = spec(name).unwrap();
        assert_eq!(spec.test_name(), format!("durable_tests::{name}"));
        assert_eq!(spec.ignore, Some("shows the attribute"));
        assert_eq!(spec.should_panic, ShouldPanic::Expecting("2000"));
        assert_eq!(spec.lambda_function_name, "workflow");
    }
}
