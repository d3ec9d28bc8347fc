//! Replays of recorded executions in this process.

mod heard;
mod later;
pub(crate) mod passes;
mod under_way;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use durable_replay::{Accepted, Call, Checked, Invoker, Replay, Replayer, When};
use durable_service::InvocationOutcome;
use durable_service::model::{CheckpointToken, ExecutionArn};
use durable_service::recording::Recording;
use tokio::time::Instant;

use super::invoke::{self, invoke};
use super::panic_location;
use super::quiescence::{Method, settle};
use super::watchdog::Watchdog;
use super::{LocalError, LocalHost};
use durable_runtime::BoxedService;
pub(crate) use heard::deafen;
pub use heard::{as_one_of_several, note_replayed};
use under_way::UnderWay;
pub use under_way::is_replayed;

impl LocalHost {
    /// Replays a recorded execution on the handler of a function; no body of a step runs.
    ///
    /// # Errors
    ///
    /// If there is no such function, or the handler does not come to an end within the time. A
    /// handler that does something else than was recorded is no error, but the outcome.
    pub async fn replay(
        &self,
        function: &str,
        arn: &ExecutionArn,
        recording: &Recording,
        accepted: Accepted,
        timeout: Duration,
    ) -> Result<Replay, LocalError> {
        let here = Here::new(self, function, timeout)?;
        let replayer = Replayer::new(&here, arn, recording);
        replayer.accepting(accepted).run().await
    }

    /// Whether a handler did the same in all invocations of an execution of this host that is over: what the
    /// SDK itself found in one of them, or else the first difference when each of them is replayed from what
    /// it recorded. None also if the handler did not end the execution itself; then there is nothing to
    /// compare with. No body of a step runs. An order of elements that is another one in each replay, as that of a
    /// `HashSet`, is not compared.
    ///
    /// Of a long execution the first and the last invocations are replayed. Where the host follows tokio's clock, the
    /// last one is replayed on a later day, too: that clock and the deadline in the Lambda context are ahead.
    /// `std::time` stays real.
    ///
    /// # Errors
    ///
    /// If there is no such execution, or the handler does not come to an end within the time.
    pub async fn check_determinism(
        &self,
        arn: &ExecutionArn,
        timeout: Duration,
    ) -> Result<Checked, LocalError> {
        let function = self.with_execution(arn, |execution| execution.function().to_owned())?;
        let here = Here::new(self, &function, timeout)?;
        let (replayer, error) = self.with_execution(arn, |execution| {
            (
                Replayer::of_execution(&here, execution),
                execution.error().cloned(),
            )
        })?;
        if let Some(found) = error.and_then(|error| replayer.found_by_the_sdk(&error)) {
            return Ok(Checked {
                nondeterminism: Some(found),
                ..Checked::default()
            });
        }
        replayer.check().await
    }
}

/// A handler of this host.
struct Here<'a> {
    host: &'a LocalHost,
    service: BoxedService,
    guard: Watchdog,
    timeout: Duration,
}

impl<'a> Here<'a> {
    fn new(host: &'a LocalHost, function: &str, timeout: Duration) -> Result<Self, LocalError> {
        Ok(Self {
            host,
            service: host.service_of(function)?,
            guard: Watchdog::start(timeout, format!("the replay of function \"{function}\"")),
            timeout,
        })
    }
}

impl Invoker for Here<'_> {
    type Error = LocalError;

    fn next_token(&self) -> CheckpointToken {
        self.host.0.passes.next_token()
    }

    fn refuses_other_kinds(&self) -> bool {
        true
    }

    fn sees_tasks(&self) -> bool {
        Method::here() != Method::Timed
    }

    async fn invoke(&self, call: Call) -> Result<Option<InvocationOutcome>, LocalError> {
        let Call {
            input,
            pass,
            starts_at,
            settles,
        } = call;
        let timed_out = || LocalError::TimedOut {
            timeout: self.timeout,
        };
        let turn = self.guard.limit(self.host.0.driving.lock()).await;
        let _turn = turn.ok_or_else(timed_out)?;
        let _under_way = UnderWay::new(&input.arn);
        let arn = input.arn.clone();
        let token = input.checkpoint_token.clone();
        self.host.0.passes.start(token.clone(), Arc::clone(&pass));
        let call = invoke::Call {
            now: starts_at,
            timeout: self.host.function_timeout(),
            host: self.host.0.id.clone(),
            reachable: Arc::clone(&self.host.0.reachable),
            first_pages: self.host.first_pages(true),
        };
        panic_location::watch();
        let mut running = invoke(Arc::clone(&self.service), input, &call);
        let outcome = poll_fn(|cx| {
            let polled = heard::hear(&arn, &pass, || running.as_mut().poll(cx));
            match polled {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if pass.lock().poll_stopped(cx.waker()) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        let outcome = self.guard.limit(outcome).await;
        // What is left of an invocation that was stopped is dropped, with its tasks.
        drop(running);
        if settles {
            self.guard.limit(settle()).await.ok_or_else(timed_out)?;
        }
        self.host.0.passes.end(&token);
        let mut outcome = outcome.ok_or_else(timed_out)?;
        if let Some(InvocationOutcome::Failed(error)) = &mut outcome
            && let Some(location) = panic_location::take()
            && let Some(message) = &mut error.error_message
        {
            *message = format!("{message} (at {location})");
        }
        Ok(outcome)
    }

    fn on_clock<T: Send>(
        &self,
        when: When,
        work: impl Future<Output = T> + Send,
    ) -> Result<Option<T>, LocalError> {
        if !self.host.follows_tokio() {
            return Ok(None);
        }
        let done = later::on_clock(Instant::now() + when.later_by(), work);
        done.map(Some)
            .map_err(|error| LocalError::Runtime(error.to_string()))
    }
}
