//! One test from its settings to its verdict.

use std::path::Path;

use durable_host::quiescence::{OwnedRuntime, notify_idle};
use durable_runtime::mode::{CloudSettings, Settings};
use tokio::runtime::{Builder, Runtime};

use super::current;
use super::ends;
use super::logs;
use super::panics::{Caught, catch};
use super::verdict::Verdict;
use crate::builder::RunnerBuilder;
use crate::plan::{self, Plan};
use crate::replay::Replay;
use crate::spec::{RuntimeSpec, Setup, ShouldPanic, TestBody, TestSpec};
use crate::{DurableRunner, Error, ErrorKind, screen};

/// What a body did.
enum Ending {
    Returned(Result<(), String>),
    Panicked(Caught),
}

/// Runs a test in the mode of this process, on one recording if it replays recordings.
pub(super) fn run(spec: &'static TestSpec, recording: Option<&Path>) -> Verdict {
    current::during(spec, recording, || match Settings::from_env() {
        Err(error) => Verdict::Failed(error.to_string()),
        Ok(Settings::Local) => run_local(spec, recording).unwrap_or_else(|error| failed(&error)),
        Ok(Settings::Cloud(cloud)) => run_cloud(spec, cloud).unwrap_or_else(|error| failed(&error)),
    })
}

fn failed(error: &Error) -> Verdict {
    Verdict::Failed(format!("{error:?}"))
}

fn run_local(spec: &'static TestSpec, recording: Option<&Path>) -> Result<Verdict, Error> {
    for turn in 1..=spec.repeat {
        match run_local_once(spec, recording)? {
            Verdict::Failed(message) if spec.repeat > 1 => {
                let repeat = spec.repeat;
                let message = format!("{message}\n\n(in repetition {turn} of {repeat})");
                return Ok(Verdict::Failed(message));
            }
            Verdict::Passed => {}
            other => return Ok(other),
        }
    }
    Ok(Verdict::Passed)
}

fn run_local_once(spec: &'static TestSpec, recording: Option<&Path>) -> Result<Verdict, Error> {
    if matches!(spec.body, TestBody::Replay { .. }) && plan::requested()?.is_some() {
        let reason = ErrorKind::PlanBesideRecording.to_string();
        return Ok(Verdict::Skipped(reason));
    }
    let runtime = runtime(spec.runtime)?;
    let runner = {
        let _inside = runtime.enter();
        let builder = RunnerBuilder::new((spec.handler)());
        let builder = match plan(spec)? {
            Some(plan) => builder.plan(plan),
            None => builder,
        };
        builder
            .function_name(&function_name(spec.function_name()))
            .ids_of(&format!("{}::{}", spec.module, spec.name))
            .follow_tokio(spec.runtime.start_paused)
            .check_determinism(spec.check_determinism)
            .check_waits(spec.check_waits)
            .build()?
    };
    Ok(run_body(spec, runtime, &runner, recording))
}

/// The plan that the test repeats.
fn plan(spec: &TestSpec) -> Result<Option<Plan>, Error> {
    let plan = spec.plan.map(str::parse).transpose();
    plan.map_err(|error| plan::invalid("`plan` of `#[durable_test]`", error))
}

/// The name of the function in this process, as ARNs have it: that of the test's `lambda_function_name`,
/// which may be any text, with `-` for each character that a function's name cannot hold.
fn function_name(lambda_function_name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name = lambda_function_name.chars().take(64);
    name.map(|c| if is_word(c) { c } else { '-' }).collect()
}

fn run_cloud(spec: &'static TestSpec, cloud: &CloudSettings) -> Result<Verdict, Error> {
    if let Some(reason) = spec.local_only {
        return Ok(Verdict::Skipped(local_only(reason)));
    }
    if spec.plan.is_some() {
        let reason = "plans are repeated in local mode";
        return Ok(Verdict::Skipped(reason.to_owned()));
    }
    if plan::requested()?.is_some() {
        return Err(ErrorKind::LocalOnly {
            what: "the plan in `DURABLE_PLAN`".into(),
            at: None,
        }
        .into());
    }
    if matches!(spec.body, TestBody::Replay { .. }) {
        let reason = "recordings are replayed in local mode";
        return Ok(Verdict::Skipped(reason.to_owned()));
    }
    let function = match cloud.functions.target(spec.function_name()) {
        Ok(function) => function,
        Err(reason) => return Ok(Verdict::Skipped(reason.to_string())),
    };
    let runner = DurableRunner::cloud(function, cloud);
    // Cloud mode runs in real time, even if the test declares a paused clock.
    let runtime = runtime(RuntimeSpec {
        start_paused: false,
        ..spec.runtime
    })?;
    Ok(run_body(spec, runtime, &runner, None))
}

fn local_only(reason: &str) -> String {
    if reason.is_empty() {
        return "the test is for local mode (local_only)".to_owned();
    }
    format!("the test is for local mode: {reason}")
}

fn run_body(
    spec: &'static TestSpec,
    runtime: Runtime,
    runner: &DurableRunner,
    recording: Option<&Path>,
) -> Verdict {
    current::watch(runner.recent());
    let body = async {
        if let Some(Setup(setup)) = spec.setup {
            setup();
        }
        match spec.body {
            TestBody::Run(body) => body(runner.clone()).await,
            TestBody::Replay { body, allow, .. } => {
                let path = recording.unwrap_or(Path::new(""));
                let replay = runner.replay(path);
                let replayed = allow.iter().cloned().fold(replay, Replay::allow).await;
                body(replayed.map_err(|error| format!("{error:?}"))?).await
            }
        }
    };
    let logs = logs::print();
    let owned = (!spec.runtime.multi_thread).then(OwnedRuntime::enter);
    let ending = match catch(|| runtime.block_on(body)) {
        Ok(returned) => Ending::Returned(returned),
        Err(caught) => Ending::Panicked(caught),
    };
    drop((owned, logs));
    // A blocking task that a body left behind must not hold up the other tests.
    runtime.shutdown_background();
    let mut problems: Vec<String> = judge(spec.should_panic, ending).err().into_iter().collect();
    problems.extend(runner.mocks().take_unmet());
    // A test that failed may have left its executions for that reason.
    let left = runner.uses().take_left();
    if problems.is_empty() {
        problems = left;
    }
    if problems.is_empty() && ran_nothing(spec, runner) {
        if runner.uses().has_asked_mode() {
            return Verdict::Skipped(NOT_IN_THIS_MODE.to_owned());
        }
        problems.push(RAN_NOTHING.to_owned());
    }
    if problems.is_empty() {
        return Verdict::Passed;
    }
    let message = problems.join("\n\n");
    Verdict::Failed(screen::failure(&message, &runner.recent().shown()))
}

/// Why a test fails that would pass for want of anything to fail.
const RAN_NOTHING: &str = "the test ran nothing: it neither ran nor started, explored or replayed anything with its \
                           runner. A run does nothing until it is awaited; if the test needs no execution, \
                           name the argument `_runner`";

/// Why a test that looked at the mode and then ran nothing does not count as passed.
const NOT_IN_THIS_MODE: &str = "the test asked for the runner's mode, and ran nothing in this one";

fn ran_nothing(spec: &TestSpec, runner: &DurableRunner) -> bool {
    spec.uses_runner && spec.should_panic == ShouldPanic::No && !runner.uses().has_run()
}

fn runtime(spec: RuntimeSpec) -> Result<Runtime, Error> {
    let mut builder = if spec.multi_thread {
        Builder::new_multi_thread()
    } else {
        Builder::new_current_thread()
    };
    if !spec.multi_thread {
        builder.on_thread_park(notify_idle);
    }
    ends::watch_threads(&mut builder, move || {
        if spec.multi_thread {
            // The subscriber stays for as long as the thread.
            std::mem::forget(logs::print());
        }
    });
    if let Some(threads) = spec.worker_threads {
        builder.worker_threads(threads);
    }
    if spec.start_paused {
        builder.start_paused(true);
    }
    Ok(builder.enable_all().build()?)
}

/// Checks that the test ended as it declares.
fn judge(should_panic: ShouldPanic, ending: Ending) -> Result<(), String> {
    match (should_panic, ending) {
        (ShouldPanic::No, Ending::Returned(outcome)) => outcome,
        (ShouldPanic::No, Ending::Panicked(caught)) => Err(match caught.location {
            Some(location) => format!("panicked at {location}:\n{}", caught.message),
            None => caught.message,
        }),
        (ShouldPanic::Yes, Ending::Panicked(_)) => Ok(()),
        (ShouldPanic::Expecting(text), Ending::Panicked(caught))
            if caught.message.contains(text) =>
        {
            Ok(())
        }
        (ShouldPanic::Expecting(text), Ending::Panicked(caught)) => Err(format!(
            "the test panicked, but not with the expected message\n  panic message: {:?}\n  \
             expected it to contain: {text:?}",
            caught.message
        )),
        (ShouldPanic::Yes | ShouldPanic::Expecting(_), Ending::Returned(Ok(()))) => {
            Err("the test did not panic as expected".to_owned())
        }
        (ShouldPanic::Yes | ShouldPanic::Expecting(_), Ending::Returned(Err(error))) => Err(
            format!("the test did not panic as expected, but returned an error: {error}"),
        ),
    }
}
