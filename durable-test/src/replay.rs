//! Executions in files: saved by one version of a handler, replayed on a later one.
//!
//! [`DurableRunner::replay`] has an example.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use durable_service::model::ExecutionArn;
use durable_service::recording::Recording;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::plan;
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult};
use durable_host::Accepted;
pub use durable_host::{Difference, Divergence, Effect, OperationSketch, Outcome};

/// Limit of a replay, in real time.
const TIMEOUT: Duration = Duration::from_mins(1);

impl ExecutionResult {
    /// Writes the history to a file that [`DurableRunner::replay`] reads, and creates missing folders. The
    /// file has the format of the API's response, so histories from AWS can be kept beside it.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let recording = Recording::new(self.arn().parse().ok(), self.history().to_vec());
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, format!("{:#}\n", recording.to_json()))
        };
        write().map_err(|source| ErrorKind::unusable_file(path, source.to_string()).into())
    }
}

impl DurableRunner {
    /// Replays a recorded execution on the handler under test: a file that [`ExecutionResult::save`] wrote,
    /// or one page that `aws lambda get-durable-execution-history --include-execution-data` printed.
    ///
    /// The handler is invoked once for each recorded invocation, and must start the recorded operations with
    /// the recorded inputs in the recorded order. AWS requires that of a new version of a handler that
    /// resumes executions of an old one. **No step body runs**: results come from the recording. The
    /// recording of an open execution is replayed as far as it goes.
    ///
    /// A difference is an error that says what it does to executions under way; [`Replay::allow`] accepts it.
    ///
    /// Not compared are operations in a completed map or parallel, operations after an attempt whose end is
    /// not recorded, and operations that were not awaited. A missing one of several concurrent operations is
    /// found only on a runtime with one thread, and only if all of them succeeded, came last, and were not
    /// inputs of a `race`, `select_ok` or another combinator.
    ///
    /// ```
    /// # use durable_runtime::prelude::*;
    /// # use durable_test::prelude::*;
    /// # #[durable_step]
    /// # async fn pay(cents: u64) -> u64 { cents }
    /// # async fn order(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    /// #     let paid = pay(&ctx, cents).await?;
    /// #     ctx.wait(Duration::from_secs(3600)).await?;
    /// #     Ok(paid)
    /// # }
    /// # async fn order_v2(cents: u64, ctx: DurableContext) -> Result<u64, BoxError> {
    /// #     let paid = pay(&ctx, cents).name("charge").await?;
    /// #     ctx.wait(Duration::from_secs(3600)).await?;
    /// #     Ok(paid)
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let file = std::env::temp_dir().join(format!("durable-replay-{}.json", std::process::id()));
    /// DurableRunner::local(order)?.run(4990).await?.save(&file)?;
    ///
    /// let report = DurableRunner::local(order)?.replay(&file).await?;
    /// assert_eq!(report.compared(), 2);
    /// assert!(report.is_to_the_end());
    ///
    /// let error = DurableRunner::local(order_v2)?.replay(&file).await.unwrap_err();
    /// assert!(error.to_string().contains("replayed: step \"charge\""));
    /// # std::fs::remove_file(file)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the file cannot be read, the handler diverges from the recording in a way that is not accepted, the
    /// environment asks for a plan with `DURABLE_PLAN`, which a recording has no part in, or the runner is in cloud mode.
    pub fn replay(&self, path: impl AsRef<Path>) -> Replay {
        Replay {
            request: Request {
                runner: self.clone(),
                path: path.as_ref().to_owned(),
                accepted: Accepted::default(),
            },
            running: None,
        }
    }
}

/// A replay of a recorded execution, with what it accepts; it starts when it is awaited.
///
/// Each difference has an [`Effect`]: it breaks executions under way, changes what they do from there on, or
/// is harmless to them. Any difference is an error, unless the replay accepts it:
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// use durable_test::replay::Effect;
/// # async fn version_1(_: (), ctx: DurableContext) -> Result<(), BoxError> {
/// #     Ok(ctx.wait(Duration::from_secs(60)).name("pause").await?)
/// # }
/// # async fn version_2(_: (), ctx: DurableContext) -> Result<(), BoxError> {
/// #     Ok(ctx.wait(Duration::from_secs(90)).name("pause").await?)
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let file = std::env::temp_dir().join(format!("durable-allow-{}.json", std::process::id()));
/// # DurableRunner::local(version_1)?.run(()).await?.save(&file)?;
/// let runner = DurableRunner::local(version_2)?; // it waits longer
/// let error = runner.replay(&file).await.unwrap_err();
/// assert!(error.to_string().contains("harmless to executions under way"));
///
/// let report = runner.replay(&file).allow(Effect::Harmless).await?;
/// assert_eq!(report.accepted().len(), 1);
/// runner.replay(&file).allow("pause").await?; // all differences of this operation
/// # std::fs::remove_file(file)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is awaited"]
pub struct Replay {
    request: Request,
    /// None until it is awaited.
    running: Option<Running>,
}

type Running = Pin<Box<dyn Future<Output = Result<ReplayReport, Error>> + Send>>;

#[derive(Debug, Clone)]
struct Request {
    runner: DurableRunner,
    path: PathBuf,
    accepted: Accepted,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Replay").field(&self.request).finish()
    }
}

impl Future for Replay {
    type Output = Result<ReplayReport, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { request, running } = &mut *self;
        let run = || -> Running { Box::pin(request.clone().run()) };
        running.get_or_insert_with(run).as_mut().poll(cx)
    }
}

/// What a replay accepts.
///
/// [`Replay::allow`] takes what becomes one: an [`Effect`], a name or a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allow {
    /// All differences with that effect or a milder one.
    Effect(Effect),
    /// All differences of the operation with that name or path.
    Operation(Cow<'static, str>),
}

impl From<Effect> for Allow {
    fn from(effect: Effect) -> Self {
        Self::Effect(effect)
    }
}

impl From<&str> for Allow {
    fn from(operation: &str) -> Self {
        Self::Operation(Cow::Owned(operation.to_owned()))
    }
}

impl From<String> for Allow {
    fn from(operation: String) -> Self {
        Self::Operation(Cow::Owned(operation))
    }
}

impl Replay {
    /// Accepts differences: those with an [`Effect`] or a milder one, or those of an operation, by its name or
    /// path. Call it once for each.
    pub fn allow(mut self, allow: impl Into<Allow>) -> Self {
        match allow.into() {
            Allow::Effect(effect) => self.request.accepted.effect(effect),
            Allow::Operation(name) => self.request.accepted.operation(name),
        }
        self
    }
}

impl Request {
    async fn run(self) -> Result<ReplayReport, Error> {
        let host = self.runner.local_backend("`replay`")?.host();
        // A person who asks for a plan is not to take the result for that of the plan.
        if plan::requested()?.is_some() {
            return Err(ErrorKind::PlanBesideRecording.into());
        }
        let path = &self.path;
        let unusable = |why: String| ErrorKind::unusable_file(path, why);
        let bytes = fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let recording =
            Recording::from_bytes(&bytes).map_err(|error| unusable(error.to_string()))?;
        let arn = arn(&recording)?;
        let function = self.runner.function();
        let replay = host
            .replay(function, &arn, &recording, self.accepted, TIMEOUT)
            .await
            .map_err(ErrorKind::Host)?;
        let report = ReplayReport {
            function: function.to_owned(),
            path: self.path,
            replay,
        };
        match report.replay.difference.clone() {
            None => Ok(report),
            Some(difference) => Err(ErrorKind::Diverged {
                path: report.path,
                function: report.function,
                invocation: difference.invocation,
                divergence: difference.divergence,
                effect: difference.effect,
                why: difference.why,
            }
            .into()),
        }
    }
}

/// The recorded ARN; a placeholder if the recording has none.
fn arn(recording: &Recording) -> Result<ExecutionArn, Error> {
    match recording.arn() {
        Some(arn) => Ok(arn.clone()),
        None => Ok("arn:aws:lambda:us-west-2:000000000000:function:recorded:$LATEST/durable-execution/recorded/recorded"
            .parse()?),
    }
}

/// The report of a replay without a difference that is not accepted.
///
/// Returned by [`DurableRunner::replay`](crate::DurableRunner::replay), with an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayReport {
    path: PathBuf,
    function: String,
    replay: durable_host::Replay,
}

impl ReplayReport {
    /// The recording.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of replayed invocations.
    #[must_use]
    pub fn invocations(&self) -> usize {
        self.replay.invocations
    }

    /// Number of recorded operations.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.replay.recorded
    }

    /// Number of recorded operations that were compared when the handler started them. The others are inside
    /// a completed map or parallel.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.replay.compared
    }

    /// Whether the recording contains the end of the execution, so that its result was compared too.
    #[must_use]
    pub fn is_to_the_end(&self) -> bool {
        self.replay.to_the_end
    }
}

impl ReplayReport {
    /// The differences that the replay accepts, each once.
    #[must_use]
    pub fn accepted(&self) -> &[Difference] {
        &self.replay.accepted
    }
}

impl Serialize for ReplayReport {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut report = to.serialize_struct("ReplayReport", 7)?;
        report.serialize_field("path", &self.path)?;
        report.serialize_field("function", &self.function)?;
        report.serialize_field("invocations", &self.invocations())?;
        report.serialize_field("operations", &self.operations())?;
        report.serialize_field("compared", &self.compared())?;
        report.serialize_field("is_to_the_end", &self.is_to_the_end())?;
        let accepted: Vec<String> = self.accepted().iter().map(ToString::to_string).collect();
        report.serialize_field("accepted", &accepted)?;
        report.end()
    }
}

/// `histories/order.json fits order_workflow: 4 of 4 operations in 2 invocations, to the end`
impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} fits {}: {} of {} operations in {} invocations{}",
            self.path.display(),
            self.function,
            self.compared(),
            self.operations(),
            self.invocations(),
            if self.is_to_the_end() {
                ", to the end"
            } else {
                ", as far as it goes"
            }
        )?;
        for accepted in self.accepted() {
            write!(f, "\n  accepted: {accepted}")?;
        }
        Ok(())
    }
}
