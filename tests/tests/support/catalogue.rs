//! All workflows of the library, each with an input.

use durable_test::{DurableRunner, ExecutionResult, Transport};
use durable_workflow_tests::combinators::{join, map, parallel, poll, race, with_retry};
use durable_workflow_tests::{
    child_context, conditional, long_wait, max_attempts, multiple_contexts, order,
    parallel_collection, parallel_ops, partial_failure, polling, retry, time, validation,
};
use serde_json::{Value, json};

/// A workflow with an input.
pub(crate) struct Case {
    /// Tells it apart from the others.
    pub(crate) name: &'static str,
    /// Name of the handler.
    pub(crate) handler: &'static str,
    /// What it is started with.
    pub(crate) input: Value,
    runner: fn(Transport) -> Result<DurableRunner, durable_test::Error>,
}

impl Case {
    /// Runs it on a host of its own, with the given path between the SDK and the service.
    pub(crate) async fn run(
        &self,
        transport: Transport,
    ) -> Result<ExecutionResult, durable_test::Error> {
        (self.runner)(transport)?.run(&self.input).await
    }
}

macro_rules! case {
    ($name:literal, $module:ident :: $handler:ident $(($($argument:expr),*))?, $input:tt) => {
        Case {
            name: $name,
            handler: stringify!($handler),
            input: json!($input),
            runner: |transport| {
                DurableRunner::builder($module::$handler $(($($argument),*))?)
                    .function_name($name)
                    .transport(transport)
                    .build()
            },
        }
    };
}

/// Every workflow, some of them with several inputs.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = patterns();
    cases.extend(maps());
    cases.extend(combinators());
    cases
}

fn patterns() -> Vec<Case> {
    vec![
        case!("order", order::order_workflow, {"order_id": "order-123"}),
        case!("high-value", conditional::conditional_workflow, {"amount": 1500}),
        case!("standard-value", conditional::conditional_workflow, {"amount": 500}),
        case!("child-context", child_context::child_context_workflow, {"item_id": "item-123"}),
        case!("multiple-contexts", multiple_contexts::multiple_contexts, {"data": {"value": 42}}),
        case!("parallel-ops", parallel_ops::parallel_ops, {}),
        case!("collection", parallel_collection::parallel_collection, {"numbers": [1, 2, 3]}),
        case!("invalid-input", validation::validation_workflow, {"value": -5}),
        case!("retry", retry::retry_workflow, {}),
        case!("partial-failure", partial_failure::partial_failure, {}),
        case!("long-wait", long_wait::long_wait, {}),
        case!("polling", polling::polling, {}),
        case!("max-attempts", max_attempts::max_attempts, {"target": 10}),
        case!("year-of-reminders", time::year_of_reminders, null),
        case!("patient-payment", time::patient_payment, {"attempts": 3}),
        case!("payment-given-up", time::patient_payment, {"attempts": 4}),
        case!("waits-in-contexts", time::wait_in_child_contexts, null),
    ]
}

fn maps() -> Vec<Case> {
    vec![
        case!("map", map::charge_batch, [{"account": "a", "cents": 5}, {"account": "b", "cents": 7}]),
        case!("map-fails", map::charge_in_turn, [{"account": "a", "cents": 5}, {"account": "b", "cents": 0}, {"account": "c", "cents": 1}]),
        case!("map-tolerates", map::charge_tolerantly, [{"account": "a", "cents": 0}, {"account": "b", "cents": 7}]),
        case!("map-until-two", map::charge_until_two, [{"account": "a", "cents": 1}, {"account": "b", "cents": 2}, {"account": "c", "cents": 3}]),
        case!("map-in-context", map::nightly_batch, [{"account": "a", "cents": 5}, {"account": "b", "cents": 7}]),
    ]
}

fn combinators() -> Vec<Case> {
    vec![
        case!("parallel", parallel::book_trip, {"city": "Rome"}),
        case!("parallel-fails", parallel::book_trip, {"city": "Rome", "no_room": true}),
        case!("parallel-paced", parallel::paced_branches, null),
        case!("parallel-first", parallel::first_branch, null),
        case!("parallel-in-map", parallel::book_tour, ["Rome", "Oslo"]),
        case!("parallel-flat", parallel::flat_branches, null),
        case!("try-join-all", join::all_offers, [{"name": "a", "price": 10}, {"name": "b", "price": 12}]),
        case!("try-join-all-fails", join::all_offers, [{"name": "a", "price": 10}, {"name": "b", "price": null}]),
        case!("join-all", join::every_answer, [{"name": "a", "price": 10}, {"name": "b", "price": null}]),
        case!("select-ok", join::any_offer, [{"name": "a", "price": null}, {"name": "b", "price": 12}]),
        case!("select-ok-fails", join::any_offer, [{"name": "a", "price": null}]),
        case!("race-of-waits", race::race_of_waits, null),
        case!("race-of-contexts", race::race_of_contexts, null),
        case!("race-to-failure", race::race_to_failure, null),
        case!("with-retry", with_retry::booking(with_retry::BookingSystem::busy_for(2)), {"train": "ICE 1"}),
        case!("with-retry-fails", with_retry::booking(with_retry::BookingSystem::busy_for(3)), {"train": "ICE 1"}),
        case!("wait-for-condition", poll::wait_for_job, {"done_after": 3}),
        case!("wait-for-condition-fails", poll::wait_for_job, {"done_after": 9}),
    ]
}
