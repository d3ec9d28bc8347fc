//! Handlers that wait, between their operations, for something that the SDK knows nothing of. Each replay waits once
//! more, and may get something else.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use durable_runtime::prelude::*;
use durable_runtime::sdk::serdes::FileSystemSerdes;
use durable_test::prelude::*;
use durable_test::{Error, ErrorKind};
use tokio::sync::{Notify, oneshot};

use crate::assert_message;

#[durable_step]
async fn quote(item: String) -> usize {
    item.len()
}

/// What woke the handler that waited outside.
fn woken_by(error: &Error) -> String {
    match error.kind() {
        ErrorKind::WaitedOutside { wait, .. } => wait.woken_by.to_string(),
        other => panic!("{other}"),
    }
}

async fn sleeps((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let length = quote(&ctx, "tea".to_owned()).await?;
    tokio::time::sleep(Duration::from_mins(5)).await;
    Ok(length + quote(&ctx, "sugar".to_owned()).name("again").await?)
}

#[durable_test(handler = sleeps, start_paused, local_only)]
async fn a_timer_between_two_steps_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_eq!(woken_by(&error), "a timer of tokio");
    assert_message!("timer", error);
}

#[durable_test(handler = sleeps, start_paused, check_waits = false, local_only)]
async fn a_test_allows_waits(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(()).await?.result::<usize>()?, 8);
    Ok(())
}

#[durable_test(handler = sleeps, start_paused, local_only)]
async fn a_run_allows_waits(runner: DurableRunner) -> TestOutcome {
    let result = runner.run(()).check_waits(false).await?;
    assert_eq!(result.result::<usize>()?, 8);
    Ok(())
}

async fn sleeps_in_a_child((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let child = ctx.run_in_child_context(|child| async move {
        tokio::time::sleep(Duration::from_mins(5)).await;
        Ok(quote(&child, "tea".to_owned()).await?)
    });
    Ok(child.name("lazy").await?)
}

#[durable_test(handler = sleeps_in_a_child, start_paused, local_only)]
async fn a_timer_in_a_child_context_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_eq!(woken_by(&error), "a timer of tokio");
    let message = error.to_string();
    assert!(
        message.contains("after context \"lazy\" and before step \"quote\""),
        "{message}"
    );
}

async fn sleeps_in_a_branch((): (), ctx: DurableContext) -> Result<Vec<usize>, BoxError> {
    let lengths = ctx.map(vec!["tea", "sugar"], |item_ctx, item, _| async move {
        tokio::time::sleep(Duration::from_mins(5)).await;
        Ok(quote(&item_ctx, item.to_owned()).await?)
    });
    Ok(lengths.name("lengths").await?)
}

#[durable_test(handler = sleeps_in_a_branch, start_paused, local_only)]
async fn a_timer_in_a_branch_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_eq!(woken_by(&error), "something outside the SDK");
}

async fn waits_for_a_task((): (), _: DurableContext) -> Result<(), BoxError> {
    let task = tokio::spawn(tokio::time::sleep(Duration::from_mins(5)));
    Ok(task.await?)
}

#[durable_test(handler = waits_for_a_task, start_paused, local_only)]
async fn a_task_of_its_own_is_found(runner: DurableRunner) {
    let error = runner.run(()).await.unwrap_err();

    assert_eq!(woken_by(&error), "something outside the SDK");
    assert_message!("task", error);
}

/// What a thread answers once it is let go.
#[derive(Clone)]
struct Answer(Arc<Mutex<Option<oneshot::Receiver<usize>>>>);

/// Lets the thread of an answer go.
struct Thread {
    go: mpsc::Sender<()>,
    gone: mpsc::Receiver<()>,
}

impl Thread {
    /// Has it answer, and waits until it has: the handler is polled when it has been woken, and not in between.
    fn answers(self) {
        self.go.send(()).unwrap();
        self.gone.recv().unwrap();
    }
}

impl Answer {
    fn new() -> (Self, Thread) {
        let (go, let_go) = mpsc::channel();
        let (is_gone, gone) = mpsc::channel();
        let (sender, receiver) = oneshot::channel();
        thread::spawn(move || {
            if let_go.recv().is_ok() {
                let _ = sender.send(5);
                let _ = is_gone.send(());
            }
        });
        (
            Self(Arc::new(Mutex::new(Some(receiver)))),
            Thread { go, gone },
        )
    }

    async fn get(&self) -> Result<usize, BoxError> {
        let receiver = self.0.lock().unwrap().take();
        Ok(receiver.ok_or("it answers once")?.await?)
    }
}

/// Awaits a run, and does something once the runtime had nothing to run: a timer fires only then.
async fn once_idle<T>(run: impl IntoFuture<Output = T>, then: impl FnOnce()) -> T {
    let idle = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        then();
    };
    tokio::join!(run.into_future(), idle).0
}

async fn nothing((): (), _: DurableContext) -> Result<(), BoxError> {
    Ok(())
}

#[durable_test(handler = nothing, check_determinism = false, local_only)]
async fn an_answer_of_a_thread_is_found_outside_of_a_step(runner: DurableRunner) {
    let (answer, thread) = Answer::new();
    let runner = runner.with_handler(move |(): (), ctx| {
        let answer = answer.clone();
        async move { Ok(answer.get().await? + quote(&ctx, "tea".to_owned()).await?) }
    });

    let error = once_idle(runner.run(()), || thread.answers()).await;

    assert_eq!(woken_by(&error.unwrap_err()), "another thread");
}

#[durable_test(handler = nothing, local_only)]
async fn an_answer_of_a_thread_belongs_into_a_step(runner: DurableRunner) -> TestOutcome {
    let (answer, thread) = Answer::new();
    let runner = runner.with_handler(move |(): (), ctx: DurableContext| {
        let answer = answer.clone();
        async move {
            Ok(ctx
                .step(|_| async move { answer.get().await })
                .name("ask")
                .await?)
        }
    });

    let result = once_idle(runner.run(()), || thread.answers()).await?;

    assert_eq!(result.result::<usize>()?, 5);
    Ok(())
}

/// Branches that wait for each other and for the scheduler, but for nothing outside.
async fn signals((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    let ready = Notify::new();
    let first = async {
        let length = quote(&ctx, "tea".to_owned()).await?;
        tokio::task::yield_now().await;
        ready.notify_one();
        Ok::<_, BoxError>(length)
    };
    let (length, ()) = tokio::join!(first, ready.notified());
    tokio::task::yield_now().await;
    ctx.wait(Duration::from_secs(5)).await?;
    Ok(length? + tokio::spawn(async { 1 }).await?)
}

#[durable_test(handler = signals, local_only)]
async fn signals_between_branches_are_no_waits(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(()).await?.result::<usize>()?, 4);
    Ok(())
}

async fn keeps_files((): (), ctx: DurableContext) -> Result<String, BoxError> {
    let files = FileSystemSerdes::new(env!("CARGO_TARGET_TMPDIR"));
    let text = ctx.step(|_| async { Ok("large".to_owned()) });
    let text = text.name("large").serdes(files).await?;
    ctx.wait(Duration::from_secs(5)).await?;
    Ok(text)
}

#[durable_test(handler = keeps_files, local_only)]
async fn the_sdks_own_files_are_no_waits(runner: DurableRunner) -> TestOutcome {
    assert_eq!(runner.run(()).await?.result::<String>()?, "large");
    Ok(())
}

#[durable_with_child_context]
async fn block(ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(quote(&ctx, "tea".to_owned()).await?)
}

async fn calls_a_block((): (), ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(block(&ctx).await?)
}

#[durable_test(handler = calls_a_block, start_paused, local_only)]
async fn the_mock_of_a_block_may_wait(runner: DurableRunner) -> TestOutcome {
    runner.mock(block).with(|| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        7
    });
    assert_eq!(runner.run(()).await?.result::<usize>()?, 7);
    Ok(())
}
