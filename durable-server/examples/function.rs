//! Functions to try the server with; `_HANDLER` selects the one that a process runs.
//!
//! The server's tests run them. To try one by hand, build it and name it in `functions.json`:
//! `{"orders": {"Command": ["target/debug/examples/function"], "Handler": "orders", "DurableConfig": {}}}`.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;

use durable_runtime::prelude::*;
use durable_runtime::run;
use durable_runtime::sdk::lambda_runtime::{self, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[durable_step]
async fn reserve(item: String) -> Result<String, BoxError> {
    println!("reserving {item}");
    Ok(format!("reserved {item}"))
}

/// A value of an edition of the program, or that of all others.
fn in_edition<T>(edition: &str, other: T, usual: T) -> T {
    let is_it = std::env::var("EDITION").is_ok_and(|it| it == edition);
    if is_it { other } else { usual }
}

/// A step, a day's wait, and a step; something else in another `EDITION` of the program.
async fn orders(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let item = text(&event, "item").unwrap_or("book").to_owned();
    if in_edition("never-ends", true, false) {
        return std::future::pending().await;
    }
    let first = in_edition("other-first-step", "allocate", "reserve");
    let first = reserve(&ctx, item).name(first).await?;
    let hours = in_edition("longer-wait", 48, 24);
    ctx.wait(Duration::from_hours(hours))
        .name("cool-off")
        .await?;
    let second = in_edition("other-second-step", "wrap", "pack");
    let second = reserve(&ctx, "box".to_owned()).name(second).await?;
    Ok(json!([first, second]))
}

/// Waits for a callback, for an hour at most, or for the seconds of `CALLBACK_SECONDS`.
async fn approval(_event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let seconds = std::env::var("CALLBACK_SECONDS").ok();
    let seconds = seconds.map_or(Ok(3_600), |seconds| seconds.parse())?;
    let callback = ctx
        .create_callback::<Value>()
        .name("approval")
        .timeout(Duration::from_secs(seconds))
        .await?;
    Ok(callback.result().await?)
}

/// Invokes the function that its event names.
async fn caller(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let target = text(&event, "target").unwrap_or("plain");
    Ok(ctx
        .invoke::<Value, _>(target, json!({"item": "pen"}))
        .name("call")
        .await?)
}

/// Four steps with a wait of a second in the middle. It logs to the file `JOURNAL` when the body of a step
/// runs, and when its success is stored.
async fn journal(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let name = text(&event, "name").unwrap_or_default().to_owned();
    for number in 1..=4 {
        let step = format!("{name} {number}");
        let runs = format!("{step} runs");
        ctx.step(move |_| async move { Ok(write_down(&runs)?) })
            .name(format!("step-{number}"))
            .await?;
        write_down(&format!("{step} stored"))?;
        if number == 2 {
            ctx.wait(Duration::from_secs(1)).name("pause").await?;
        }
    }
    Ok(name.into())
}

fn write_down(line: &str) -> std::io::Result<()> {
    let path = std::env::var_os("JOURNAL").unwrap_or_else(|| "journal".into());
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?;
    // One write, so that the lines of several processes do not mix.
    file.write_all(format!("{line}\n").as_bytes())
}

/// Logs the name in its event to the file `JOURNAL`.
async fn records(event: LambdaEvent<Value>) -> Result<(), Error> {
    let name = text(&event.payload, "name").unwrap_or_default();
    Ok(write_down(&format!("{name} recorded"))?)
}

/// Its process ends in the middle of a step.
async fn exits(_event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let exit = ctx.step(|_| async {
        std::process::exit(3);
        #[expect(unreachable_code, reason = "it fixes the type of the step")]
        Ok::<Value, BoxError>(Value::Null)
    });
    Ok(exit.name("exit").await?)
}

/// Charges each of its items in a branch of a map. Its event names their number.
async fn batch(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let items: Vec<u64> = (0..number(&event, "items")).collect();
    let receipts = ctx
        .map(items, |ctx, item, _index| async move {
            let charge = ctx.step(move |_| async move { Ok(item * 100) });
            Ok(charge.name("charge").await?)
        })
        .name("batch")
        .await?;
    Ok(receipts.len().into())
}

/// Reserves, fails to charge for good after retries, and releases what it reserved.
async fn saga(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let item = text(&event, "item").unwrap_or("book").to_owned();
    let reserved = reserve(&ctx, item).name("reserve").await?;
    let charged = charge(&ctx, 3_000).await;
    if let Err(error) = charged {
        ctx.step(move |_| async move { Ok(format!("released {reserved}")) })
            .name("release")
            .await?;
        return Err(error.into());
    }
    Ok(json!("charged"))
}

#[durable_step(retry(max_attempts = 3, initial_delay = "10s", backoff_rate = 2.0))]
async fn charge(cents: u64) -> Result<u64, std::io::Error> {
    Err(std::io::Error::other(format!(
        "the card was declined for {cents} cents"
    )))
}

/// Takes real time in a step: it ends when the file that its event names exists.
async fn lingers(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let file = text(&event, "until").unwrap_or("until").to_owned();
    let step = ctx.step(move |_| async move {
        while !std::path::Path::new(&file).exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(file)
    });
    Ok(step.name("linger").await?.into())
}

fn number(event: &Value, member: &str) -> u64 {
    event
        .get(member)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// Fails.
async fn fails(_event: Value, _ctx: DurableContext) -> Result<Value, BoxError> {
    Err("no luck".into())
}

/// Fails with what its event says, after a step of that name.
async fn echoes(event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    let error = text(&event, "fail").unwrap_or("no luck").to_owned();
    let name: String = error.chars().filter(|c| !c.is_control()).collect();
    ctx.step(move |_| async move { Ok(event) })
        .name(name)
        .await?;
    Err(error.into())
}

/// Takes an invocation and never answers.
async fn hangs(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    std::future::pending().await
}

/// Starts a program in a process group of its own, which goes on after the answer, and returns its id.
async fn spawns(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    let child = std::process::Command::new("sleep")
        .arg("3600")
        .process_group(0)
        .spawn()?;
    Ok(child.id().into())
}

/// Writes two mebibytes in lines, then answers.
async fn chatters(event: LambdaEvent<Value>) -> Result<Value, Error> {
    for _ in 0..2_048 {
        println!("{}", "x".repeat(1_023));
    }
    Ok(event.payload)
}

/// Writes to each of its logs, waits for a day, and returns what its environment says about them.
async fn logs(_event: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    println!("to standard output");
    eprintln!("to standard error");
    println!(r#"{{"level": "debug", "message": "a detail"}}"#);
    write_frame("in a frame,\nof two lines\n")?;
    ctx.wait(Duration::from_hours(24)).name("day").await?;
    let names = ["FORMAT", "LEVEL", "GROUP_NAME", "STREAM_NAME"];
    let variables = names.map(|name| {
        let value = std::env::var(format!("AWS_LAMBDA_LOG_{name}")).ok();
        (name.to_owned(), Value::from(value))
    });
    Ok(Value::Object(variables.into_iter().collect()))
}

/// Writes to the pipe of the runtime's logger, as runtime interface clients do.
fn write_frame(message: &str) -> std::io::Result<()> {
    let pipe = std::env::var("_LAMBDA_TELEMETRY_LOG_FD").unwrap_or_default();
    let mut frame = 0xa55a_0003_u32.to_be_bytes().to_vec();
    frame.extend(
        u32::try_from(message.len())
            .unwrap_or_default()
            .to_be_bytes(),
    );
    frame.extend(1_500_000_u64.to_be_bytes());
    frame.extend(message.as_bytes());
    let mut pipe = std::fs::OpenOptions::new()
        .write(true)
        .open(format!("/dev/fd/{pipe}"))?;
    pipe.write_all(&frame)
}

/// Returns a response that is not that of a durable function.
async fn garbage(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    println!("\u{0}\u{1}garbage\u{fffd}");
    Ok(json!("garbage"))
}

/// Returns a response that exceeds the limit.
async fn large(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(Value::String("x".repeat(7 * 1024 * 1024)))
}

/// Returns its event, the id of its process, and what it sees of its invocation and environment.
async fn plain(event: LambdaEvent<Value>) -> Result<Value, Error> {
    if let Some(error) = text(&event.payload, "fail") {
        return Err(error.into());
    }
    eprintln!("answering {}", event.context.request_id);
    Ok(json!({
        "event": event.payload,
        "process": std::process::id(),
        "arn": event.context.invoked_function_arn,
        "trace": event.context.xray_trace_id,
        "region": std::env::var("AWS_REGION")?,
        "greeting": std::env::var("GREETING").ok(),
        "endpoint": std::env::var("AWS_ENDPOINT_URL_LAMBDA").ok(),
    }))
}

fn text<'a>(event: &'a Value, member: &str) -> Option<&'a str> {
    event.get(member)?.as_str()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handler = std::env::var("_HANDLER")?;
    match handler.as_str() {
        "orders" => run(orders).await,
        "approval" => run(approval).await,
        "caller" => run(caller).await,
        "journal" => run(journal).await,
        "batch" => run(batch).await,
        "saga" => run(saga).await,
        "lingers" => run(lingers).await,
        "logs" => run(logs).await,
        "exits" => run(exits).await,
        "fails" => run(fails).await,
        "echoes" => run(echoes).await,
        "hangs" => lambda_runtime::run(service_fn(hangs)).await,
        "spawns" => lambda_runtime::run(service_fn(spawns)).await,
        "chatters" => lambda_runtime::run(service_fn(chatters)).await,
        "garbage" => lambda_runtime::run(service_fn(garbage)).await,
        "large" => lambda_runtime::run(service_fn(large)).await,
        "records" => lambda_runtime::run(service_fn(records)).await,
        "plain" => lambda_runtime::run(service_fn(plain)).await,
        "exits_at_start" => std::process::exit(7),
        "never_asks" => std::future::pending().await,
        other => Err(format!("there is no handler {other:?}").into()),
    }
}
