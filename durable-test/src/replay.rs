//! Executions in files: saved by one version of a handler, replayed on a later one.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use durable_service::model::ExecutionArn;
use durable_service::recording::Recording;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{DurableRunner, Error, ErrorKind, ExecutionResult};
pub use durable_host::{Divergence, OperationSketch, Outcome};

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
    /// If the file cannot be read, the handler diverges from the recording, or the runner is in cloud mode.
    pub async fn replay(&self, path: impl AsRef<Path>) -> Result<ReplayReport, Error> {
        let host = self.local_backend("`replay`")?.host();
        let path = path.as_ref();
        let unusable = |why: String| ErrorKind::unusable_file(path, why);
        let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let recording = Recording::read(&text).map_err(|error| unusable(error.to_string()))?;
        let arn = arn(&recording)?;
        let replay = host
            .replay(self.function(), &arn, &recording, TIMEOUT)
            .await
            .map_err(ErrorKind::Host)?;
        let report = ReplayReport {
            path: path.to_owned(),
            function: self.function().to_owned(),
            replay,
        };
        match report.replay.divergence.clone() {
            None => Ok(report),
            Some((invocation, divergence)) => Err(ErrorKind::Diverged {
                path: report.path,
                function: report.function,
                invocation,
                divergence,
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

/// The report of a replay without a difference.
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

impl Serialize for ReplayReport {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut report = to.serialize_struct("ReplayReport", 6)?;
        report.serialize_field("path", &self.path)?;
        report.serialize_field("function", &self.function)?;
        report.serialize_field("invocations", &self.invocations())?;
        report.serialize_field("operations", &self.operations())?;
        report.serialize_field("compared", &self.compared())?;
        report.serialize_field("is_to_the_end", &self.is_to_the_end())?;
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
        )
    }
}
