//! An execution under the test's hand.

use std::time::Duration;

use durable_host::{DriveLimits, LocalError, LocalHost, Reached, Scheduler, Until};
use durable_service::model::{CallbackCompletion, ErrorObject, ExecutionArn};
use serde::Serialize;

use crate::cloud::{self, CloudError, CloudExecution};
use crate::determinism;
use crate::diagnosis::{self, advice, diagnosis};
use crate::faults;
use crate::results::Operation;
use crate::{DurableRunner, Error, ErrorKind, ExecutionResult};

/// A started execution. In local mode it moves only while one of its calls drives it; in cloud mode it
/// runs by itself, and its calls wait for it.
#[derive(Debug)]
pub struct RunningExecution {
    runner: DurableRunner,
    place: Place,
    limits: DriveLimits,
    /// Whether its end is checked for determinism.
    is_checked: bool,
    /// Whether the request began it, and no chained invoke: the faults of the run must have struck by its
    /// end.
    is_root: bool,
    /// The order of what is concurrent, if the test chose one.
    order: Option<KeptOrder>,
}

/// An order that is kept as long as the execution is in hand.
#[derive(Debug)]
struct KeptOrder(Scheduler);

impl Drop for KeptOrder {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Where the execution runs.
#[derive(Debug)]
enum Place {
    Local(ExecutionArn),
    Cloud(CloudExecution),
}

impl RunningExecution {
    pub(crate) fn local(runner: DurableRunner, arn: ExecutionArn, limits: DriveLimits) -> Self {
        Self {
            runner,
            place: Place::Local(arn),
            limits,
            is_checked: false,
            is_root: true,
            order: None,
        }
    }

    pub(crate) fn in_order(mut self, keeper: Option<Scheduler>) -> Self {
        self.order = keeper.map(KeptOrder);
        self
    }

    pub(crate) fn checked(mut self, is_checked: bool) -> Self {
        self.is_checked = is_checked;
        self
    }

    pub(crate) fn cloud(
        runner: DurableRunner,
        execution: CloudExecution,
        limits: DriveLimits,
    ) -> Self {
        Self {
            runner,
            place: Place::Cloud(execution),
            limits,
            is_checked: false,
            is_root: true,
            order: None,
        }
    }

    /// ARN of the execution.
    #[must_use]
    pub fn arn(&self) -> &str {
        match &self.place {
            Place::Local(arn) => arn.as_str(),
            Place::Cloud(execution) => execution.arn(),
        }
    }

    /// The execution as it stands now. In cloud mode that takes calls of the service, which block the
    /// thread.
    ///
    /// # Errors
    ///
    /// If the service does not know it any more, or cannot be reached.
    pub fn snapshot(&self) -> Result<ExecutionResult, Error> {
        match &self.place {
            Place::Local(arn) => self.take_local(arn),
            Place::Cloud(execution) => {
                let seen = execution.snapshot_blocking().map_err(ErrorKind::from)?;
                Ok(seen.into())
            }
        }
    }

    fn take_local(&self, arn: &ExecutionArn) -> Result<ExecutionResult, Error> {
        let host = self.runner.local_host("this execution")?;
        ExecutionResult::take(host, arn).map_err(|error| ErrorKind::Host(error).into())
    }

    /// The operation of that name, path or id, as it stands now.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the operations that there are.
    pub fn operation(&self, name: &str) -> Result<Operation, Error> {
        self.snapshot()?.get_operation(name).cloned()
    }

    /// The execution that a chained invoke of that name or path began, to be looked at, driven or
    /// stopped by itself.
    ///
    /// # Errors
    ///
    /// If there is no such chained invoke yet, or it began none because its target is a plain
    /// function.
    pub fn child(&self, name: &str) -> Result<RunningExecution, Error> {
        let snapshot = self.snapshot()?;
        let arn = snapshot.child(name)?.arn();
        let place = match &self.place {
            Place::Local(_) => Place::Local(arn.parse()?),
            Place::Cloud(execution) => Place::Cloud(execution.other(arn)),
        };
        Ok(Self {
            runner: self.runner.clone(),
            place,
            limits: self.limits,
            is_checked: self.is_checked,
            is_root: false,
            order: None,
        })
    }

    /// Runs the execution until a callback of that name, or any if it is `*`, waits for its
    /// completion, and gives the means to complete it.
    ///
    /// # Errors
    ///
    /// If the execution ends first, or cannot be driven that far.
    pub async fn wait_for_callback(&self, name: &str) -> Result<CallbackHandle, Error> {
        let open = match &self.place {
            Place::Local(arn) => {
                let until = Until::Callback(name);
                let (host, reached) = self.drive("`wait_for_callback`", arn, until).await?;
                match reached {
                    Reached::Condition => host
                        .open_callback(arn, name)
                        .map_err(ErrorKind::Host)?
                        .map(String::from),
                    Reached::Closed => None,
                }
            }
            Place::Cloud(execution) => {
                let until = cloud::Until::Callback(name.to_owned());
                match self.follow(execution, until).await? {
                    cloud::Reached::Callback(id) => Some(id),
                    cloud::Reached::Closed => None,
                }
            }
        };
        if let Some(id) = open {
            let place = match &self.place {
                Place::Local(_) => CallbackPlace::Local(self.runner.clone()),
                Place::Cloud(execution) => CallbackPlace::Cloud(execution.clone()),
            };
            return Ok(CallbackHandle { place, id });
        }
        let result = self.snapshot()?;
        self.keep(&result);
        Err(ErrorKind::NoCallback {
            name: name.to_owned(),
            status: result.status(),
        }
        .into())
    }

    /// Runs the execution until it is suspended and nothing is due at the present time, or it is
    /// over. The virtual clock stands still.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven, or the test runs in cloud mode.
    pub async fn run_until_suspended(&self) -> Result<(), Error> {
        let what = "`run_until_suspended`";
        let arn = self.local_arn(what)?;
        self.drive(what, arn, Until::Suspended).await.map(|_| ())
    }

    /// Moves the virtual clock by that much, with all that falls due on the way.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven, or the test runs in cloud mode.
    pub async fn advance(&self, time: Duration) -> Result<(), Error> {
        let what = "`advance`";
        let arn = self.local_arn(what)?;
        let until = self.runner.local_host(what)?.now().after(time);
        self.drive(what, arn, Until::Time(until)).await.map(|_| ())
    }

    /// Stops the execution, as `StopDurableExecution` does: its status is `Stopped`, unless it was
    /// over.
    ///
    /// # Errors
    ///
    /// If the service does not know it any more, or cannot be reached.
    pub async fn stop(
        &self,
        error_type: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        let error = ErrorObject::new(error_type, message);
        match &self.place {
            Place::Local(arn) => {
                let host = self.runner.local_host("this execution")?;
                host.stop(arn, Some(error)).map_err(ErrorKind::Host)?;
            }
            Place::Cloud(execution) => execution.stop(error).await.map_err(ErrorKind::from)?,
        }
        Ok(())
    }

    /// Runs the execution to its end.
    ///
    /// # Errors
    ///
    /// If the execution cannot be driven to its end, or its handler is not deterministic.
    pub async fn result(&self) -> Result<ExecutionResult, Error> {
        let result = match &self.place {
            Place::Local(arn) => {
                self.drive("this execution", arn, Until::Closed).await?;
                let result = self.take_local(arn)?;
                if self.is_root
                    && let Err(error) = faults::check_struck(&self.runner)
                {
                    self.keep(&result);
                    return Err(error);
                }
                result
            }
            Place::Cloud(execution) => {
                self.follow(execution, cloud::Until::Closed).await?;
                let seen = execution.snapshot().await.map_err(ErrorKind::from)?;
                seen.into()
            }
        };
        self.keep(&result);
        if self.is_checked {
            determinism::check(self.runner.local_host("this execution")?, &result).await?;
        }
        Ok(result)
    }

    fn local_arn(&self, what: &'static str) -> Result<&ExecutionArn, Error> {
        match &self.place {
            Place::Local(arn) => Ok(arn),
            Place::Cloud(_) => Err(ErrorKind::LocalOnly { what }.into()),
        }
    }

    async fn drive(
        &self,
        what: &'static str,
        arn: &ExecutionArn,
        until: Until<'_>,
    ) -> Result<(&LocalHost, Reached), Error> {
        let host = self.runner.local_host(what)?;
        match host.drive(arn, self.limits, until).await {
            Ok(reached) => Ok((host, reached)),
            Err(source) => {
                let result = self.take_local(arn)?;
                self.keep(&result);
                let mut diagnosis = diagnosis(&result);
                if matches!(source, LocalError::Stuck) {
                    let mut names = host.unasked_answers(arn);
                    if let Until::Callback(name) = until {
                        names.push(name.to_owned());
                    }
                    diagnosis += &diagnosis::without_callbacks(&names);
                }
                Err(ErrorKind::Local {
                    advice: advice(&source),
                    diagnosis,
                    source,
                }
                .into())
            }
        }
    }

    /// Follows an execution in the cloud.
    async fn follow(
        &self,
        execution: &CloudExecution,
        until: cloud::Until,
    ) -> Result<cloud::Reached, Error> {
        let source = match execution.drive(until, self.limits.timeout).await {
            Ok(reached) => return Ok(reached),
            Err(source) => source,
        };
        let last = execution.last_state().await.map(ExecutionResult::from);
        if let Some(result) = &last {
            self.keep(result);
        }
        let diagnosis = match &source {
            CloudError::TimedOut { .. } => {
                diagnosis::in_cloud(last.as_ref(), self.runner.function())
            }
            _ => String::new(),
        };
        Err(ErrorKind::Cloud { source, diagnosis }.into())
    }

    /// Keeps a result for the report of a failing test.
    fn keep(&self, result: &ExecutionResult) {
        self.runner.keep(result.clone());
    }
}

/// The means to complete a callback.
#[derive(Debug)]
pub struct CallbackHandle {
    place: CallbackPlace,
    id: String,
}

/// Where the callback waits.
#[derive(Debug)]
enum CallbackPlace {
    Local(DurableRunner),
    Cloud(CloudExecution),
}

impl CallbackHandle {
    /// The callback's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Completes the callback with a value, as JSON.
    ///
    /// # Errors
    ///
    /// If the callback is over, its time is up, or the value is not JSON.
    pub async fn succeed<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let json = serde_json::to_string(value).map_err(ErrorKind::Input)?;
        self.complete(CallbackCompletion::Success(Some(json))).await
    }

    /// Fails the callback.
    ///
    /// # Errors
    ///
    /// If the callback is over or its time is up.
    pub async fn fail(
        &self,
        error_type: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), Error> {
        let error = ErrorObject::new(error_type, message);
        self.complete(CallbackCompletion::Failure(error)).await
    }

    /// Sends a heartbeat.
    ///
    /// # Errors
    ///
    /// If the callback is over or its time is up.
    pub async fn heartbeat(&self) -> Result<(), Error> {
        match &self.place {
            CallbackPlace::Local(runner) => runner
                .local_host("this callback")?
                .heartbeat_callback(&self.id.as_str().into())
                .map_err(ErrorKind::Host)?,
            CallbackPlace::Cloud(execution) => execution
                .heartbeat(&self.id)
                .await
                .map_err(ErrorKind::from)?,
        }
        Ok(())
    }

    async fn complete(&self, completion: CallbackCompletion) -> Result<(), Error> {
        match &self.place {
            CallbackPlace::Local(runner) => runner
                .local_host("this callback")?
                .complete_callback(&self.id.as_str().into(), completion)
                .map_err(ErrorKind::Host)?,
            CallbackPlace::Cloud(execution) => execution
                .complete_callback(&self.id, completion)
                .await
                .map_err(ErrorKind::from)?,
        }
        Ok(())
    }
}
