//! All workflows of the library, each with an input.
#![allow(dead_code, reason = "each test target uses a part of it")]

use std::time::Duration;

use durable_test::explore::{Explore, ExploreCrashes, ExploreOrders};
use durable_test::settings::Transport;
use durable_test::{CallbackReply, DurableRunner, ExecutionResult};
use durable_workflow_tests::combinators::{join, map, parallel, poll, race, with_retry};
use durable_workflow_tests::{
    callback_timeout, callbacks, child_context, conditional, invokes, long_wait, max_attempts,
    multiple_contexts, order, parallel_collection, parallel_ops, partial_failure, polling, retry,
    time, validation,
};
use serde_json::{Value, json};

/// A workflow with an input.
pub(crate) struct Case {
    /// Its unique name.
    pub(crate) name: &'static str,
    /// Name of the handler.
    pub(crate) handler: &'static str,
    /// What it is started with.
    pub(crate) input: Value,
    /// Answers to its callbacks, by name.
    replies: Vec<(&'static str, CallbackReply)>,
    runner: fn(Transport) -> Result<DurableRunner, durable_test::Error>,
}

impl Case {
    /// Runs it on a host of its own, with the given path between the SDK and the service.
    pub(crate) async fn run(
        &self,
        transport: Transport,
    ) -> Result<ExecutionResult, durable_test::Error> {
        let (_, result) = self.run_kept(transport).await?;
        Ok(result)
    }

    /// Runs it likewise, and returns its runner too.
    pub(crate) async fn run_kept(
        &self,
        transport: Transport,
    ) -> Result<(DurableRunner, ExecutionResult), durable_test::Error> {
        let runner = (self.runner)(transport)?;
        let mut run = runner.run(&self.input);
        for (name, reply) in &self.replies {
            run = run.on_callback(*name, reply.clone());
        }
        let result = run.await?;
        Ok((runner, result))
    }

    /// Its exploration, with the given path between the SDK and the service.
    pub(crate) fn explore(
        &self,
        transport: Transport,
    ) -> Result<ExploreCrashes, durable_test::Error> {
        let mut exploration = (self.runner)(transport)?.explore_crashes(&self.input);
        for (name, reply) in &self.replies {
            exploration = exploration.on_callback(*name, reply.clone());
        }
        Ok(exploration)
    }

    /// The exploration of its orders, likewise.
    pub(crate) fn explore_orders(
        &self,
        transport: Transport,
    ) -> Result<ExploreOrders, durable_test::Error> {
        let mut exploration = (self.runner)(transport)?.explore_orders(&self.input);
        for (name, reply) in &self.replies {
            exploration = exploration.on_callback(*name, reply.clone());
        }
        Ok(exploration)
    }

    /// The exploration of everything, likewise.
    pub(crate) fn explore_all(&self, transport: Transport) -> Result<Explore, durable_test::Error> {
        let mut exploration = (self.runner)(transport)?.explore(&self.input);
        for (name, reply) in &self.replies {
            exploration = exploration.on_callback(*name, reply.clone());
        }
        Ok(exploration)
    }

    /// Answers the callbacks of a name.
    fn reply(mut self, name: &'static str, reply: CallbackReply) -> Self {
        self.replies.push((name, reply));
        self
    }
}

macro_rules! case {
    ($name:literal, $module:ident :: $handler:ident $(($($argument:expr),*))?, $input:tt) => {
        Case {
            name: $name,
            handler: stringify!($handler),
            input: json!($input),
            replies: Vec::new(),
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
    cases.extend(callbacks());
    cases.extend(invokes());
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
        case!("callback-timeout", callback_timeout::callback_timeout, {}),
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

fn callbacks() -> Vec<Case> {
    let decision = json!({"approved": true, "by": "Ada"});
    let after = |hours| Duration::from_hours(hours);
    vec![
        case!("approval", callbacks::approval, null).reply(
            "approval",
            CallbackReply::success(&decision)
                .after(after(24))
                .heartbeat_every(Duration::from_mins(30)),
        ),
        case!("approval-refused", callbacks::approval, null).reply(
            "approval",
            CallbackReply::failure("Refused", "too expensive").after(Duration::from_mins(20)),
        ),
        case!(
            "approval-without-heartbeat",
            callbacks::approval_or_manager,
            null
        ),
        case!(
            "approval-without-answer",
            callbacks::approval_or_manager,
            null
        )
        .reply(
            "approval",
            CallbackReply::never().heartbeat_every(Duration::from_mins(30)),
        ),
        case!("signature", callbacks::signature, null).reply(
            "signature",
            CallbackReply::success("A. Lovelace").after(after(24)),
        ),
        case!("review-beside-timer", callbacks::review_beside_timer, null),
        case!("opinion-at-once", callbacks::opinion, null)
            .reply("opinion", CallbackReply::success("good").while_running()),
    ]
}

fn invokes() -> Vec<Case> {
    vec![
        case!("payment", invokes::payment, {"customer": "ada", "cents": 500}),
        case!("shop", invokes::shop, {"customer": "ada", "cents": 500}),
        case!("shop-without-funds", invokes::shop, {"customer": "ada", "cents": 10_001}),
        case!("mall", invokes::mall, {"customer": "ada", "cents": 500}),
        case!("two-payments", invokes::two_payments, [{"customer": "ada", "cents": 500}, {"customer": "grace", "cents": 700}]),
        case!("opinion-of-another", invokes::opinion_of_another, null).reply(
            "opinion",
            CallbackReply::success("good").after(Duration::from_hours(1)),
        ),
        case!("call-of-nobody", invokes::caller, {"function": "nobody:$LATEST", "payload": null}),
        case!("call-without-qualifier", invokes::caller, {"function": "payment", "payload": null}),
    ]
}
