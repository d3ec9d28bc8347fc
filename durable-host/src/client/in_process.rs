//! The in-process path: an interceptor that answers calls before anything is serialized.
//!
//! It ends the client's orchestration with an error of its own, at the first hook that there is, and puts the
//! answer in that error's place when the orchestration completes. A refusal cannot be put there, for the
//! client expects one to come with an HTTP response, and an interceptor cannot wait; so a call that is refused
//! or answered late goes on to the connector.

use std::error::Error;
use std::fmt;

use aws_sdk_lambda::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    FinalizerInterceptorContextMut,
};
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use aws_sdk_lambda::operation::checkpoint_durable_execution::CheckpointDurableExecutionInput;
use aws_sdk_lambda::operation::get_durable_execution_state::GetDurableExecutionStateInput;
use aws_smithy_runtime_api::client::interceptors::context::Output;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use durable_service::model::CheckpointToken;
use durable_service::{CheckpointRequest, ServiceError};
use parking_lot::Mutex;

use super::convert;
use super::hosts::Addressee;
use super::reply::{Deferred, Refusal, Reply};
use super::unanswered;

/// Answers the calls of a running function, typed.
#[derive(Debug)]
pub(super) struct InProcess;

/// What ends the orchestration of a call that has its answer.
#[derive(Debug)]
struct Answered;

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("answered by the local durable execution service")
    }
}

impl Error for Answered {}

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

    /// None if there is none.
    fn of(reply: Reply<Output>) -> Option<Self> {
        Some(match reply {
            Reply::Now(Ok(output)) => Self::new(Some(output), None),
            Reply::Now(Err(refusal)) => Self::new(None, Some(Deferred::Refuse(refusal))),
            Reply::Late(wait, Ok(output)) => {
                Self::new(Some(output), Some(Deferred::Wait(wait, None)))
            }
            Reply::Late(wait, Err(refusal)) => {
                Self::new(None, Some(Deferred::Wait(wait, Some(refusal))))
            }
            Reply::Never => return None,
        })
    }
}

impl Storable for Answer {
    type Storer = StoreReplace<Self>;
}

fn checkpoint(input: &CheckpointDurableExecutionInput) -> Reply<Output> {
    let Some(host) = Addressee::of(input.checkpoint_token().unwrap_or_default()) else {
        return Reply::Never;
    };
    let updates = input.updates().iter().map(convert::update).collect();
    let updates = match updates {
        Ok(updates) => updates,
        Err(error) => return Err::<_, ServiceError>(error).into(),
    };
    let request = CheckpointRequest {
        checkpoint_token: CheckpointToken::default(),
        client_token: input.client_token.clone(),
        updates,
    };
    let arn = input.durable_execution_arn().unwrap_or_default();
    host.checkpoint(arn, request).and_then(|response| {
        convert::checkpoint_output(response)
            .map(Output::erase)
            .map_err(Refusal::from)
    })
}

fn state(input: &GetDurableExecutionStateInput) -> Reply<Output> {
    let Some(host) = Addressee::of(input.checkpoint_token().unwrap_or_default()) else {
        return Reply::Never;
    };
    let max_items = usize::try_from(input.max_items().unwrap_or(0)).unwrap_or(usize::MAX);
    let arn = input.durable_execution_arn().unwrap_or_default();
    let page = host.state(arn, input.marker(), max_items);
    page.and_then(convert::state_output)
        .map(Output::erase)
        .into()
}

impl Intercept for InProcess {
    fn name(&self) -> &'static str {
        "DurableInProcess"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input();
        let reply = if let Some(input) = input.downcast_ref::<CheckpointDurableExecutionInput>() {
            checkpoint(input)
        } else if let Some(input) = input.downcast_ref::<GetDurableExecutionStateInput>() {
            state(input)
        } else {
            return Ok(());
        };
        let Some(answer) = Answer::of(reply) else {
            unanswered::hang(cfg);
            return Ok(());
        };
        let is_ready = answer.deferred.is_none();
        cfg.interceptor_state().store_put(answer);
        if is_ready {
            return Err(Box::new(Answered));
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
