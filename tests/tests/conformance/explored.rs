//! Every handler of this target with crashes, in the orders of its concurrent events, and with both together on every
//! variant of the service: none of them is blamed for what it does not do.

use std::process::Command;

use durable_runtime::prelude::*;
use durable_test::explore::{Allow, Explore, ExploreCrashes, ExploreOrders};
use durable_test::prelude::*;
use serde_json::Value;

use crate::repetitions::repetitions;

/// How many runs each exploration makes.
const RUNS: usize = 8;

/// The name that handlers of callbacks take.
const NAME: &str = "approval";

/// Calls another handler of this binary.
async fn call((handler, input): (String, Value), ctx: DurableContext) -> Result<Value, BoxError> {
    let function = format!("{handler}:$LATEST");
    Ok(ctx
        .invoke::<Value, Value>(function, input)
        .name("call")
        .await?)
}

/// A handler with an input that it takes, if any of these is one.
struct Case {
    handler: &'static str,
    input: Value,
    /// The answer to each callback, if one comes.
    answer: Option<Value>,
}

impl Case {
    /// None if the handler takes none of the inputs.
    async fn of(runner: &DurableRunner, handler: &'static str) -> Option<Self> {
        let inputs = [
            json!(null),
            json!(NAME),
            json!(3),
            json!([1, 2]),
            json!(["first", "second"]),
            json!({"name": NAME, "value": 3, "payload": "text", "data": "text", "item_id": "a"}),
        ];
        let mut found = None;
        for input in inputs {
            for answer in [
                None,
                Some(json!("yes")),
                Some(json!({"status": "approved"})),
            ] {
                let case = Self {
                    handler,
                    input: input.clone(),
                    answer,
                };
                let Ok(result) = case.run(runner).check_determinism(false).await else {
                    continue;
                };
                if result.status() == ExecutionStatus::Succeeded {
                    return Some(case);
                }
                let error = result.error().map(ToString::to_string).unwrap_or_default();
                if !error.contains("deserialize customer input") {
                    found.get_or_insert(case);
                }
            }
        }
        found
    }

    fn run(&self, runner: &DurableRunner) -> durable_test::Run {
        let run = runner.run((self.handler, &self.input));
        match &self.answer {
            None => run,
            Some(answer) => {
                let later = CallbackReply::success(answer).after(Duration::from_secs(1));
                run.on_callback("*", later)
            }
        }
    }

    fn crashes(&self, runner: &DurableRunner, seed: u64) -> ExploreCrashes {
        let exploration = self.run(runner).explore_crashes().seed(seed);
        let exploration = exploration.sample(RUNS).allow(Allow::lost_token());
        let interruption = self.interruption().into_iter();
        interruption.fold(exploration, ExploreCrashes::allow)
    }

    /// On every variant of the service, without crashes.
    fn variants(&self, runner: &DurableRunner) -> Explore {
        let exploration = self.run(runner).explore().losses([]).orders(false);
        exploration.allow(Allow::lost_token())
    }

    /// With crashes, other orders and variants together.
    fn whole(&self, runner: &DurableRunner, runs: usize) -> Explore {
        let exploration = self.run(runner).explore().budget(runs);
        let allowed = std::iter::once(Allow::lost_token()).chain(self.interruption());
        allowed.fold(exploration, Explore::allow)
    }

    /// Its step runs at most once in each of two attempts, and loses the first by itself.
    fn interruption(&self) -> Option<Allow> {
        (self.handler == "at_most_once_with_retry")
            .then(|| Allow::interruption_of("crash_at_first"))
    }

    fn orders(&self, runner: &DurableRunner, runs: usize, seed: u64) -> ExploreOrders {
        let exploration = self.run(runner).explore_orders().seed(seed);
        exploration.budget(runs).allow(Allow::lost_token())
    }
}

async fn explore(runner: &DurableRunner, runs: usize) {
    let mut failures = Vec::new();
    let mut explored = 0;
    for entry in durable_runtime::handlers() {
        let handler = entry.name();
        let Some(case) = Case::of(runner, handler).await else {
            continue;
        };
        explored += 1;
        if let Err(error) = case.variants(runner).await {
            failures.push(format!("{handler} ({}): {error}", case.input));
        }
        for seed in repetitions() {
            if let Err(error) = case.crashes(runner, seed).await {
                failures.push(format!("{handler} ({}, {seed}): {error}", case.input));
            }
            if let Err(error) = case.whole(runner, runs).await {
                failures.push(format!("{handler} ({}, {seed}): {error}", case.input));
            }
            if let Err(error) = case.orders(runner, runs, seed).await {
                failures.push(format!("{handler} ({}, {seed}): {error}", case.input));
            }
        }
    }
    assert!(explored > 50, "{explored}");
    assert!(
        failures.is_empty(),
        "{} of {explored}:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[durable_test(handler = call, local_only)]
#[ignore = "run by the test below, in a process of its own"]
async fn explore_on_one_thread(runner: DurableRunner) {
    explore(&runner, RUNS).await;
}

#[durable_test(handler = call, local_only, flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test below, in a process of its own"]
async fn explore_on_two_threads(runner: DurableRunner) {
    explore(&runner, 3).await;
}

/// Other tests of this target count the bodies that run, in statics; so this is a process of its own.
#[durable_test(handler = call, local_only)]
async fn no_handler_is_blamed_without_cause(runner: DurableRunner) {
    let case = Case::of(&runner, "two_steps").await;
    assert!(case.is_some());
    let this = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    for test in ["explore_on_one_thread", "explore_on_two_threads"] {
        let ran = Command::new(&this)
            .args(["--ignored", "--exact", &format!("explored::{test}")])
            .output()
            .unwrap_or_else(|error| panic!("{error}"));
        let output = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success() && output.contains("1 passed"),
            "{output}"
        );
    }
}
