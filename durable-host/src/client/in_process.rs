//! The in-process path: an interceptor that answers calls before anything is serialized.
//!
//! It ends the client's orchestration early with an error of its own, and puts the answer in that
//! error's place when the orchestration completes. A refusal cannot be put there, for the client
//! expects one to come with an HTTP response, and an interceptor cannot wait; so a call that is refused
//! or answered late goes on to the connector.

use aws_sdk_lambda::config::interceptors::{
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
    FinalizerInterceptorContextMut,
};
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use aws_sdk_lambda::operation::checkpoint_durable_execution::CheckpointDurableExecutionInput;
use aws_sdk_lambda::operation::get_durable_execution_state::GetDurableExecutionStateInput;
use aws_smithy_runtime_api::client::interceptors::context::Output;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use durable_service::{CheckpointRequest, ServiceError};
use parking_lot::Mutex;

use super::reply::{Deferred, Refusal, Reply};
use super::{LocalApi, convert};

/// Answers the calls of a running function, typed.
#[derive(Debug)]
pub(super) struct InProcess {
    api: LocalApi,
}

/// The answer to a call, kept until its orchestration completes.
#[derive(Debug)]
struct Answer {
    output: Mutex<Option<Output>>,
    /// What the connector is to do before.
    deferred: Option<Deferred>,
}

impl Answer {
    fn new(output: Option<Output>, deferred: Option<Deferred>) -> Self {
        Self {
            output: Mutex::new(output),
            deferred,
        }
    }
}

impl From<Reply<Output>> for Answer {
    fn from(reply: Reply<Output>) -> Self {
        match reply {
            Reply::Now(Ok(output)) => Self::new(Some(output), None),
            Reply::Now(Err(refusal)) => Self::new(None, Some(Deferred::Refuse(refusal))),
            Reply::Late(wait, Ok(output)) => {
                Self::new(Some(output), Some(Deferred::Wait(wait, None)))
            }
            Reply::Late(wait, Err(refusal)) => {
                Self::new(None, Some(Deferred::Wait(wait, Some(refusal))))
            }
            Reply::Never => Self::new(None, Some(Deferred::Hang)),
        }
    }
}

impl Storable for Answer {
    type Storer = StoreReplace<Self>;
}

impl InProcess {
    pub(super) fn new(api: LocalApi) -> Self {
        Self { api }
    }

    fn checkpoint(&self, input: &mut CheckpointDurableExecutionInput) -> Reply<Output> {
        let updates = input.updates.take().unwrap_or_default();
        let updates = updates.into_iter().map(convert::update).collect();
        let updates = match updates {
            Ok(updates) => updates,
            Err(error) => return Err::<_, ServiceError>(error).into(),
        };
        let request = CheckpointRequest {
            checkpoint_token: input.checkpoint_token.as_deref().unwrap_or_default().into(),
            client_token: input.client_token.clone(),
            updates,
        };
        let arn = input.durable_execution_arn.as_deref().unwrap_or_default();
        self.api.checkpoint(arn, request).and_then(|response| {
            convert::checkpoint_output(response)
                .map(Output::erase)
                .map_err(Refusal::from)
        })
    }

    fn state(&self, input: &GetDurableExecutionStateInput) -> Result<Output, ServiceError> {
        let page = self.api.state(
            input.durable_execution_arn().unwrap_or_default(),
            &input.checkpoint_token().unwrap_or_default().into(),
            input.marker(),
            usize::try_from(input.max_items().unwrap_or(0)).unwrap_or(usize::MAX),
        )?;
        convert::state_output(page).map(Output::erase)
    }
}

impl Intercept for InProcess {
    fn name(&self) -> &'static str {
        "DurableInProcess"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        let reply = if let Some(input) = input.downcast_mut::<CheckpointDurableExecutionInput>() {
            self.checkpoint(input)
        } else if let Some(input) = input.downcast_ref::<GetDurableExecutionStateInput>() {
            self.state(input).into()
        } else {
            return Ok(());
        };
        let answer = Answer::from(reply);
        let is_ready = answer.deferred.is_none();
        cfg.interceptor_state().store_put(answer);
        if is_ready {
            return Err("answered by the local durable execution service".into());
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(deferred) = cfg
            .load::<Answer>()
            .and_then(|answer| answer.deferred.clone())
        {
            context.request_mut().add_extension(deferred);
        }
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(answer) = cfg.load::<Answer>()
            && let Some(output) = answer.output.lock().take()
            && let Some(result) = context.output_or_error_mut()
        {
            *result = Ok(output);
        }
        Ok(())
    }
}
