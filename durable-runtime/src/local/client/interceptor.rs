//! The short path: an interceptor that answers calls before anything is serialized.
//!
//! It ends the client's orchestration early with an error of its own, and puts the answer in that
//! error's place when the orchestration completes. A refusal cannot be put there, for the client
//! expects one to come with an HTTP response; so a refused call goes on to the connector, which
//! delivers the refusal.

use std::sync::{Mutex, PoisonError};

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

use super::connector::Refusal;
use super::{LocalApi, convert};

/// Answers the calls of a running function, typed.
#[derive(Debug)]
pub(super) struct ShortPath {
    api: LocalApi,
}

/// The answer to a call, kept until its orchestration completes.
#[derive(Debug)]
enum Answer {
    Output(Mutex<Option<Output>>),
    Refused(Refusal),
}

impl Storable for Answer {
    type Storer = StoreReplace<Self>;
}

impl ShortPath {
    pub(super) fn new(api: LocalApi) -> Self {
        Self { api }
    }

    fn checkpoint(
        &self,
        input: &mut CheckpointDurableExecutionInput,
    ) -> Result<Output, ServiceError> {
        let updates = input.updates.take().unwrap_or_default();
        let request = CheckpointRequest {
            checkpoint_token: input.checkpoint_token.clone().unwrap_or_default(),
            client_token: input.client_token.clone(),
            updates: updates
                .into_iter()
                .map(convert::update)
                .collect::<Result<_, _>>()?,
        };
        let arn = input.durable_execution_arn.as_deref().unwrap_or_default();
        let response = self.api.checkpoint(arn, request)?;
        convert::checkpoint_output(response).map(Output::erase)
    }

    fn state(&self, input: &GetDurableExecutionStateInput) -> Result<Output, ServiceError> {
        let page = self.api.state(
            input.durable_execution_arn().unwrap_or_default(),
            input.checkpoint_token().unwrap_or_default(),
            input.marker(),
            usize::try_from(input.max_items().unwrap_or(0)).unwrap_or(usize::MAX),
        )?;
        convert::state_output(page).map(Output::erase)
    }
}

impl Intercept for ShortPath {
    fn name(&self) -> &'static str {
        "DurableShortPath"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        let answer = if let Some(input) = input.downcast_mut::<CheckpointDurableExecutionInput>() {
            self.checkpoint(input)
        } else if let Some(input) = input.downcast_ref::<GetDurableExecutionStateInput>() {
            self.state(input)
        } else {
            return Ok(());
        };
        match answer {
            Ok(output) => {
                cfg.interceptor_state()
                    .store_put(Answer::Output(Mutex::new(Some(output))));
                Err("answered by the local durable execution service".into())
            }
            Err(error) => {
                cfg.interceptor_state()
                    .store_put(Answer::Refused(Refusal(error)));
                Ok(())
            }
        }
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Answer::Refused(refusal)) = cfg.load::<Answer>() {
            context.request_mut().add_extension(refusal.clone());
        }
        Ok(())
    }

    fn modify_before_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Answer::Output(output)) = cfg.load::<Answer>()
            && let Some(output) = output.lock().unwrap_or_else(PoisonError::into_inner).take()
            && let Some(result) = context.output_or_error_mut()
        {
            *result = Ok(output);
        }
        Ok(())
    }
}
