//! How fast the server is: executions of ten steps each, side by side.
//!
//! ```console
//! cargo bench -p durable-server --bench load                # a function in Rust
//! cargo bench -p durable-server --bench load -- python      # one on the Python SDK
//! cargo bench -p durable-server --bench load -- emulator    # the same, on the Python SDK's own emulator
//! ```
//!
//! The last two need what `.ci/install-peers` installs. The emulator runs no functions itself: it invokes
//! them at a Lambda endpoint, which is our server, where the function is a plain one.
//!
//! `--open` adds executions that wait meanwhile, which are started first; for several numbers of them, it compares the
//! steps beside each with those beside the first. `--due` adds executions whose waits end at once after the last
//! measurement: how long the slowest of the calls takes that come then.
//!
//! A step's time is how long the function waits for it: two checkpoints, each a round trip and the server's own work.
//! CPU time and memory are those of the measured server, without its functions and clients.

#![expect(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a measurement that fails is none"
)]

#[path = "../tests/server/client.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod client;
#[path = "load/emulator.rs"]
mod emulator;
#[path = "load/process.rs"]
mod process;
#[path = "../tests/peers/python.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod python;
#[path = "../tests/server/serving.rs"]
mod serving;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use durable_runtime::prelude::*;
use durable_runtime::sdk::lambda_runtime;
use http::Method;
use serde_json::{Value, json};

use client::{Client, execution};
use emulator::Emulator;
use process::Usage;
use serving::Serving;

const STEPS: usize = 10;

/// Limit on the execution timeout of a durable function that is invoked synchronously.
const MAX_SYNCHRONOUS_SECONDS: u64 = 900;

/// Processes of the function that waits.
const WAITING: usize = 4;

/// Clients that start executions side by side.
const CLIENTS: usize = 8;

/// Measure the server under load
#[derive(Parser)]
struct Arguments {
    /// What runs the function, and its language
    #[arg(value_enum, default_value = "rust")]
    subject: Subject,
    /// How many executions run side by side
    #[arg(long, value_delimiter = ',', default_value = "1,8,64")]
    concurrency: Vec<usize>,
    /// Number of executions to measure at each concurrency
    #[arg(long, default_value_t = 500)]
    executions: usize,
    /// Where the server keeps executions; a file is in the folder of TMPDIR, or else in /tmp
    #[arg(long, value_enum, default_value = "memory")]
    store: Keeps,
    /// How many executions wait meanwhile; of a function in Rust
    #[arg(long, value_delimiter = ',', default_value = "0")]
    open: Vec<usize>,
    /// How many waits end at once at the end; of a function in Rust
    #[arg(long, default_value_t = 0)]
    due: usize,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keeps {
    Memory,
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    Rust,
    Python,
    Emulator,
}

/// Ten steps; returns the microseconds that each took until its result was recorded.
async fn measured(_event: Value, ctx: DurableContext) -> Result<Vec<u64>, BoxError> {
    let mut took = Vec::new();
    for _ in 0..STEPS {
        let started_at = Instant::now();
        ctx.step(|_| async { Ok(()) }).name("step").await?;
        took.push(u64::try_from(started_at.elapsed().as_micros())?);
    }
    Ok(took)
}

/// Waits for that many seconds.
async fn waiting(seconds: u64, ctx: DurableContext) -> Result<(), BoxError> {
    ctx.wait(Duration::from_secs(seconds)).await?;
    Ok(())
}

fn main() -> Result<(), lambda_runtime::Error> {
    // The server runs this very program as its function.
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::var("_HANDLER").as_deref() {
        Ok("waiting") => return runtime.block_on(durable_runtime::run(waiting)),
        Ok(_) => return runtime.block_on(durable_runtime::run(measured)),
        Err(_) => {}
    }
    let arguments = Arguments::parse();
    println!(
        "{:?}, {STEPS} steps of two checkpoints each",
        arguments.subject
    );
    println!(
        "  open  side by side  executions/s  step p50 µs  step p99 µs  CPU ms/execution  peak MB"
    );
    for concurrency in &arguments.concurrency {
        let mut first = None;
        for open in &arguments.open {
            let is_last = Some(concurrency) == arguments.concurrency.last()
                && Some(open) == arguments.open.last();
            let level = Level {
                open: *open,
                concurrency: *concurrency,
                due: if is_last { arguments.due } else { 0 },
            };
            let p50 = runtime.block_on(measure_level(&arguments, level));
            let (fewer, base) = *first.get_or_insert((open, p50));
            if open != fewer {
                let times = p50 as f64 / base as f64;
                println!(
                    "steps beside {open} open executions take {times:.2} times those beside {fewer} (p50)"
                );
            }
        }
    }
    Ok(())
}

/// What one server is measured with.
#[derive(Clone, Copy)]
struct Level {
    /// Executions that wait.
    open: usize,
    /// Executions that run side by side.
    concurrency: usize,
    /// Executions whose waits end at once afterwards.
    due: usize,
}

/// Measures executions on a new server, and returns the median time of a step in microseconds.
async fn measure_level(arguments: &Arguments, level: Level) -> u64 {
    let concurrency = level.concurrency;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("durable.db");
    let store = match arguments.store {
        Keeps::Memory => "memory",
        Keeps::File => file.to_str().unwrap(),
    };
    match arguments.subject {
        Subject::Rust => {
            let program = std::env::current_exe().unwrap();
            let function = |handler, timeout, concurrency| {
                json!({
                    "Command": [program],
                    "Handler": handler,
                    "Timeout": 60,
                    "DurableConfig": {"ExecutionTimeout": timeout},
                    "ReservedConcurrentExecutions": concurrency,
                })
            };
            let serving = Serving::start(
                &json!({
                    "measured": function("measured", MAX_SYNCHRONOUS_SECONDS, concurrency),
                    "waiting": function("waiting", 86_400, WAITING),
                }),
                &["--time", "real", "--store", store],
            );
            let client = Client(serving.address);
            open(client, level.open, Duration::from_hours(1)).await;
            let server = serving.child.id();
            let p50 = measure(arguments, level, server, move || invoked(client)).await;
            end_at_once(client, level.due).await;
            p50
        }
        Subject::Python => {
            let serving = serve(python::durable("measured", 600), concurrency, store);
            let client = Client(serving.address);
            measure(arguments, level, serving.child.id(), move || {
                started(client)
            })
            .await
        }
        Subject::Emulator => {
            let emulator = Emulator::start(|endpoint| {
                let mut function = python::function("measured");
                function["Environment"]["Variables"]["AWS_ENDPOINT_URL_LAMBDA"] = json!(endpoint);
                serve(function, concurrency, "memory")
            })
            .await;
            let client = Client(emulator.address());
            let number = Arc::new(AtomicUsize::new(0));
            measure(arguments, level, emulator.pid(), move || {
                let number = number.fetch_add(1, Ordering::Relaxed);
                emulated(client, number)
            })
            .await
        }
    }
}

/// Starts executions that wait until that much later, and returns one of them once they do.
async fn open(client: Client, number: usize, later: Duration) -> Option<String> {
    let started_at = Instant::now();
    let until = started_at + later;
    let next = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let next = Arc::clone(&next);
            tokio::spawn(async move {
                let mut last = None;
                while next.fetch_add(1, Ordering::Relaxed) < number {
                    let seconds = until.saturating_duration_since(Instant::now()).as_secs();
                    let event = seconds.to_string();
                    last = Some(client.start("waiting:$LATEST", event).await);
                }
                last
            })
        })
        .collect();
    let mut last = Vec::new();
    for client in clients {
        last.extend(client.await.unwrap());
    }
    let accepted = started_at.elapsed();
    // They are invoked in the order of their starts.
    for arn in &last {
        client.event(arn, "WaitStarted").await;
    }
    let waiting = started_at.elapsed();
    if number > 0 {
        println!(
            "{number} starts accepted in {:.1} s, waiting after {:.1} s",
            accepted.as_secs_f64(),
            waiting.as_secs_f64()
        );
    }
    last.pop()
}

/// Has waits end at once, and prints how long the slowest of the calls takes that come meanwhile, by their kinds.
async fn end_at_once(client: Client, number: usize) {
    let starts_take = Duration::from_secs(8 + number as u64 / 100);
    let later = starts_take + Duration::from_secs(2);
    let called_from = Instant::now() + starts_take;
    let due_at = called_from + Duration::from_secs(2);
    let Some(arn) = open(client, number, later).await else {
        return;
    };
    tokio::time::sleep_until(called_from.into()).await;
    let called_until = due_at + Duration::from_secs(3);
    let list = "/2025-12-01/functions/waiting/durable-executions?MaxItems=100";
    let (get, list, start, step) = tokio::join!(
        slowest(called_until, || async {
            client.execution(&arn).await;
        }),
        slowest(called_until, || async {
            client.get(list).await;
        }),
        slowest(called_until, || async {
            client.start("waiting:$LATEST", "3600").await;
        }),
        slowest_step(called_until, client),
    );
    println!(
        "{number} waits ended at once; the slowest calls took, in ms: get {}, list {}, start {}, step of two \
         checkpoints {}",
        get.as_millis(),
        list.as_millis(),
        start.as_millis(),
        step.as_millis(),
    );
}

/// Calls again and again until an instant, and returns how long the slowest call took.
async fn slowest<F: Future<Output = ()>>(until: Instant, call: impl Fn() -> F) -> Duration {
    let mut slowest = Duration::ZERO;
    while Instant::now() < until {
        let called_at = Instant::now();
        call().await;
        slowest = slowest.max(called_at.elapsed());
    }
    slowest
}

/// Runs executions until an instant, and returns how long the slowest of their steps took.
async fn slowest_step(until: Instant, client: Client) -> Duration {
    let mut slowest = 0;
    while Instant::now() < until {
        slowest = invoked(client).await.into_iter().fold(slowest, u64::max);
    }
    Duration::from_micros(slowest)
}

fn serve(mut function: Value, concurrency: usize, store: &str) -> Serving {
    function["ReservedConcurrentExecutions"] = json!(concurrency);
    Serving::start(
        &json!({"measured": function}),
        &["--time", "real", "--store", store],
    )
}

/// Runs executions, each of which returns the times of its steps, and prints the statistics. Returns the median.
async fn measure<R, F>(arguments: &Arguments, level: Level, server: u32, run: R) -> u64
where
    R: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = Vec<u64>> + Send,
{
    let Level {
        open, concurrency, ..
    } = level;
    // The first execution of each process would measure its start. Processes start a few at a time, because
    // all at once would exceed the time limit of a start.
    for warming in (1..concurrency).step_by(4).chain([concurrency]) {
        side_by_side(warming, warming, &run).await;
    }
    let before = Usage::of(server);
    let started_at = Instant::now();
    let mut steps = side_by_side(concurrency, arguments.executions, &run).await;
    let seconds = started_at.elapsed().as_secs_f64();
    let usage = Usage::of(server);

    steps.sort_unstable();
    let executions = steps.len() / STEPS;
    let percentile = |percent: usize| steps[(steps.len() - 1) * percent / 100];
    println!(
        "{open:6}  {concurrency:12}  {:12.1}  {:11}  {:11}  {:16.2}  {:7}",
        executions as f64 / seconds,
        percentile(50),
        percentile(99),
        usage.cpu.abs_diff(before.cpu).as_secs_f64() * 1000.0 / executions as f64,
        usage.peak_bytes >> 20,
    );
    percentile(50)
}

/// The times of the steps of at least this number of executions.
async fn side_by_side<R, F>(concurrency: usize, executions: usize, run: &R) -> Vec<u64>
where
    R: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = Vec<u64>> + Send,
{
    let clients: Vec<_> = (0..concurrency)
        .map(|_| {
            let run = run.clone();
            tokio::spawn(async move {
                let mut steps = Vec::new();
                for _ in 0..executions.div_ceil(concurrency) {
                    steps.extend(run().await);
                }
                steps
            })
        })
        .collect();
    let mut steps = Vec::new();
    for client in clients {
        steps.extend(client.await.unwrap());
    }
    steps
}

/// Runs an execution by a synchronous invoke.
async fn invoked(client: Client) -> Vec<u64> {
    let reply = client.invoke("measured:$LATEST", "{}").await;
    serde_json::from_slice(&reply.body).expect("the execution succeeds")
}

/// Starts an execution, then polls it.
async fn started(client: Client) -> Vec<u64> {
    let arn = client.start("measured:$LATEST", "{}").await;
    end_of(client, &arn).await
}

/// Starts an execution on the emulator, then polls it.
async fn emulated(client: Client, number: usize) -> Vec<u64> {
    let request = json!({
        "AccountId": "123456789012",
        "FunctionName": "measured",
        "FunctionQualifier": "$LATEST",
        "ExecutionName": format!("execution-{number}"),
        "ExecutionTimeoutSeconds": 600,
        "ExecutionRetentionPeriodDays": 1,
        "InvocationId": format!("invocation-{number}"),
        "Input": "{}",
    });
    let reply = client
        .send(
            Method::POST,
            "/start-durable-execution",
            &[("content-type", "application/json")],
            request.to_string(),
        )
        .await;
    let arn = reply.json()["ExecutionArn"]
        .as_str()
        .unwrap()
        .replace('/', "%2F");
    end_of(client, &arn).await
}

async fn end_of(client: Client, arn: &str) -> Vec<u64> {
    loop {
        let answer = client.get(&execution(arn, "")).await.json();
        match answer["Status"].as_str() {
            Some("RUNNING") => tokio::time::sleep(Duration::from_millis(5)).await,
            Some("SUCCEEDED") => {
                return serde_json::from_str(answer["Result"].as_str().unwrap()).unwrap();
            }
            _ => panic!("{answer}"),
        }
    }
}
