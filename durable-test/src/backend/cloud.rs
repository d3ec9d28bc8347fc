//! The backend on AWS, or behind another endpoint of its API: the function is deployed.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{self, CloudExecution, CloudRunner, StartCloud};
use durable_runtime::mode::{CloudSettings, RunnerMode};
use durable_service::model::CallbackCompletion;

use super::{Backend, Callbacks, Execution, Launch, Pending, local_only};
use crate::diagnosis;
use crate::error::CloudError;
use crate::recent::RecentResults;
use crate::results::ErrorObject;
use crate::{Error, ErrorKind, ExecutionResult};

/// How long a run may take by default.
const TIMEOUT: Duration = Duration::from_mins(5);

/// A deployed function.
#[derive(Debug)]
pub(crate) struct Cloud {
    runner: CloudRunner,
    /// Qualified name or ARN.
    function: String,
}

impl Cloud {
    pub(crate) fn new(function: String, settings: &CloudSettings) -> Self {
        Self {
            runner: CloudRunner::new(settings),
            function,
        }
    }

    async fn launch(&self, launch: Launch) -> Result<RunningCloudExecution, Error> {
        let options = launch.options;
        if options.execution_timeout.is_some() {
            let what = "`execution_timeout`, which the deployed function has in its DurableConfig,";
            return Err(local_only(what));
        }
        if options.order.is_some() {
            return Err(local_only("`order`"));
        }
        let timeout = options.limits(TIMEOUT).timeout;
        let start = StartCloud {
            function: self.function.clone(),
            input: launch.input,
            name: options.name,
            replies: options.replies,
        };
        let execution = self.runner.start(start).await.map_err(ErrorKind::from)?;
        Ok(RunningCloudExecution {
            execution,
            function: self.function.clone(),
            timeout,
            recent: launch.recent,
        })
    }
}

impl Backend for Cloud {
    fn mode(&self) -> RunnerMode {
        RunnerMode::Cloud
    }

    fn function(&self) -> &str {
        &self.function
    }

    fn start(&self, launch: Launch) -> Pending<'_, Box<dyn Execution>> {
        Box::pin(async move {
            let execution: Box<dyn Execution> = Box::new(self.launch(launch).await?);
            Ok(execution)
        })
    }
}

/// An execution of a deployed function; it runs by itself, and the calls wait for it.
#[derive(Debug)]
struct RunningCloudExecution {
    execution: CloudExecution,
    /// The function, as the settings name it.
    function: String,
    timeout: Duration,
    recent: RecentResults,
}

impl RunningCloudExecution {
    async fn follow(&self, until: cloud::Until) -> Result<cloud::Reached, Error> {
        let source = match self.execution.drive(until, self.timeout).await {
            Ok(reached) => return Ok(reached),
            Err(source) => source,
        };
        let last = self.execution.last_state().await.map(ExecutionResult::from);
        if let Some(result) = &last {
            self.recent.record(result);
        }
        let diagnosis = match &source {
            CloudError::TimedOut { .. } => diagnosis::in_cloud(last.as_ref(), &self.function),
            _ => String::new(),
        };
        Err(ErrorKind::Cloud { source, diagnosis }.into())
    }
}

impl Execution for RunningCloudExecution {
    fn arn(&self) -> &str {
        self.execution.arn()
    }

    fn snapshot(&self) -> Result<ExecutionResult, Error> {
        let seen = self.execution.snapshot_blocking();
        Ok(seen.map_err(ErrorKind::from)?.into())
    }

    fn child(&self, arn: &str) -> Result<Box<dyn Execution>, Error> {
        Ok(Box::new(Self {
            execution: self.execution.other(arn),
            function: self.function.clone(),
            timeout: self.timeout,
            recent: self.recent.clone(),
        }))
    }

    fn callbacks(&self) -> Arc<dyn Callbacks> {
        Arc::new(self.execution.clone())
    }

    fn wait_for_callback<'a>(&'a self, name: &'a str) -> Pending<'a, Option<String>> {
        Box::pin(async move {
            match self.follow(cloud::Until::Callback(name.to_owned())).await? {
                cloud::Reached::Callback(id) => Ok(Some(id)),
                cloud::Reached::Closed => Ok(None),
            }
        })
    }

    fn result(&self) -> Pending<'_, ExecutionResult> {
        Box::pin(async move {
            self.follow(cloud::Until::Closed).await?;
            let seen = self.execution.snapshot().await.map_err(ErrorKind::from)?;
            let result = seen.into();
            self.recent.record(&result);
            Ok(result)
        })
    }

    fn stop(&self, error: ErrorObject) -> Pending<'_, ()> {
        Box::pin(async move { Ok(self.execution.stop(error).await.map_err(ErrorKind::from)?) })
    }
}

impl Callbacks for CloudExecution {
    fn complete<'a>(&'a self, id: &'a str, completion: CallbackCompletion) -> Pending<'a, ()> {
        Box::pin(async move {
            let completed = self.complete_callback(id, completion).await;
            Ok(completed.map_err(ErrorKind::from)?)
        })
    }

    fn heartbeat<'a>(&'a self, id: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            let sent = CloudExecution::heartbeat(self, id).await;
            Ok(sent.map_err(ErrorKind::from)?)
        })
    }
}
