//! The present program of a function, in a process of its own, as the place where a replay runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use durable_replay::{Call, Invoker};
use durable_service::InvocationOutcome;
use durable_service::model::CheckpointToken;
use durable_service::wire::event::invocation_event;
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use super::scratch::Scratch;
use crate::config::{FunctionConfig, program_fault};
use crate::process::{Ending, Fleet, FleetSettings, Function, Run, Work, program_of};

/// The program of a function. Dropping it ends its process.
#[derive(Debug)]
pub(crate) struct Program {
    fleet: Arc<Fleet>,
    function: Arc<Function>,
    scratch: Scratch,
    tokens: AtomicU64,
    /// Held until the program is dropped.
    _stop: watch::Sender<bool>,
}

impl Program {
    /// The program of a function, with the settings of its processes; the endpoint in them does not matter.
    ///
    /// # Errors
    ///
    /// If there is no program that can be started here.
    pub(crate) async fn new(
        mut config: FunctionConfig,
        mut settings: FleetSettings,
    ) -> Result<Self, String> {
        let name = config.name.clone();
        if let Some(endpoint) = &config.endpoint {
            return Err(format!(
                "function {name} is run by another program, at {endpoint}, whose calls cannot be led to a replay; give \
                 it a Command in a functions.json, and name that file with --functions"
            ));
        }
        let program = program_of(&config).ok_or_else(|| {
            let command = config.command.join(" ");
            format!("function {name} has no program to replay on: its command is {command:?}; build it first")
        })?;
        if let Some(fault) = program_fault(&program) {
            return Err(format!("{}: {fault}", program.display()));
        }
        // One that is switched off can be replayed, too.
        config.concurrency = 1;
        // Its calls come to the replay, whatever endpoint it has of its own.
        for name in ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"] {
            config.environment.shift_remove(name);
        }
        let (stop, stopping) = watch::channel(false);
        let scratch = Scratch::start(stopping.clone());
        let scratch = scratch
            .await
            .map_err(|error| format!("no port for the replay: {error}"))?;
        settings.location.endpoint = Some(scratch.url());
        // The end of this run must not end the processes of the server's.
        settings.run = Run::new();
        settings.quiet = true;
        settings.silent = true;
        settings.watch = false;
        let fleet = Fleet::new(vec![config], settings, stopping)
            .map_err(|error| format!("a thread cannot be started: {error}"))?;
        let fleet = Arc::new(fleet);
        let function = fleet.function(&name).cloned();
        let function = function.ok_or_else(|| format!("there is no function {name}"))?;
        scratch.kill_by(&fleet);
        Ok(Self {
            function,
            fleet,
            scratch,
            tokens: AtomicU64::new(0),
            _stop: stop,
        })
    }

    /// Ends its process.
    pub(crate) async fn end(self) {
        self.fleet.end_idle().await;
    }
}

impl Invoker for Program {
    type Error = String;

    fn next_token(&self) -> CheckpointToken {
        let number = self.tokens.fetch_add(1, Ordering::Relaxed);
        CheckpointToken::from(format!("replay{number}"))
    }

    /// SDKs of other languages compare less.
    fn refuses_other_kinds(&self) -> bool {
        false
    }

    /// Tasks of another process are not seen.
    fn sees_tasks(&self) -> bool {
        false
    }

    async fn invoke(&self, call: Call) -> Result<Option<InvocationOutcome>, String> {
        let stopped = || "the replay was interrupted".to_owned();
        let work = Work {
            request_id: Uuid::new_v4().to_string().into(),
            event: Bytes::from(invocation_event(&call.input).to_string()),
            context: call.input.context.clone(),
            execution: None,
            tails: Vec::new(),
        };
        let slot = self.function.slot().await.ok_or_else(stopped)?;
        let token = &call.input.checkpoint_token;
        self.scratch.open(token, &call.pass, &work.request_id);
        let ending = self.fleet.invoke(&self.function, &work, slot).await;
        self.scratch.close(token);
        if call.pass.lock().is_stopped() {
            return Ok(None);
        }
        Ok(Some(match ending {
            Ending::Returned(body) => {
                let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
                InvocationOutcome::Returned(value)
            }
            Ending::Failed(failure) => {
                InvocationOutcome::Failed(failure.into_error(&work.request_id, call.starts_at))
            }
            Ending::Interrupted => return Err(stopped()),
        }))
    }
}
