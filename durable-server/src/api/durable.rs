//! The calls about durable executions and their callbacks (docs/service.md, 1.4).

use durable_service::model::{CallbackCompletion, CallbackId, ExecutionArn};
use durable_service::wire::{api, rest};
use durable_service::{ExecutionList, InlineTimers, Service};
use http::StatusCode;
use serde_json::{Value, json};

use super::Api;
use super::answer::{self, Refusal};
use super::request::{self, Call};
use super::route::{CallbackCall, ExecutionCall};
use crate::ORPHANS;
use crate::http::{Lost, Response};

impl Api {
    pub(super) async fn execution(
        &self,
        which: ExecutionCall,
        arn: &str,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let arn: ExecutionArn = arn.parse()?;
        let ok = |body: Value| Ok(answer::json(StatusCode::OK, &body));
        match which {
            ExecutionCall::Checkpoint => self.checkpoint(&arn, call).await,
            ExecutionCall::State => ok(self.state(&arn, call).await?),
            ExecutionCall::Get => ok(self.get(&arn, call).await?),
            ExecutionCall::History => ok(self.history(&arn, call).await?),
            ExecutionCall::Logs => self.logs(&arn).await,
            ExecutionCall::Stop => ok(self.stop(&arn, call).await?),
            ExecutionCall::Pause => {
                let request = api::pause_request(&call.body)?;
                self.engine
                    .call_about(&arn, |world, now| world.service.pause(now, &arn, request))
                    .await??;
                Ok(answer::json(StatusCode::ACCEPTED, &json!({})))
            }
            ExecutionCall::Resume => {
                let request = api::pause_request(&call.body)?;
                self.engine
                    .call_about(&arn, |world, now| world.service.resume(now, &arn, request))
                    .await??;
                Ok(answer::json(StatusCode::ACCEPTED, &json!({})))
            }
            ExecutionCall::Delete => {
                let requested_at = self
                    .engine
                    .call_about(&arn, |world, now| world.service.delete(now, &arn))
                    .await??;
                let body = api::deletion_response(requested_at);
                Ok(answer::json(StatusCode::ACCEPTED, &body))
            }
        }
    }

    async fn checkpoint(&self, arn: &ExecutionArn, call: &Call) -> Result<Response, Refusal> {
        let request = rest::checkpoint_request(&call.body)?;
        let checkpointed = self.engine.call_about(arn, |world, now| {
            let service = &mut world.service;
            let response = service.checkpoint(now, arn, request, InlineTimers::Fire)?;
            Ok::<_, Refusal>((response, world.take_loss(arn)))
        });
        let (response, is_lost) = checkpointed.await??;
        let body = rest::checkpoint_response(&response);
        let mut response = answer::json(StatusCode::OK, &body);
        if is_lost {
            let note = format!("the answer to a checkpoint of {arn} is lost on purpose");
            self.engine.note(&note);
            response.extensions_mut().insert(Lost);
        }
        Ok(response)
    }

    async fn state(&self, arn: &ExecutionArn, call: &Call) -> Result<Value, Refusal> {
        let token = call
            .query
            .required_text("CheckpointToken", "checkpointToken")?
            .into();
        let max_items = call.query.page_items()?;
        let marker = call.query.text("Marker");
        let page = self
            .engine
            .read(arn, |world| {
                world.service.state(arn, &token, marker, max_items)
            })
            .await??;
        Ok(rest::state_response(&page))
    }

    async fn get(&self, arn: &ExecutionArn, call: &Call) -> Result<Value, Refusal> {
        let data = call.query.boolean("IncludeExecutionData")?.unwrap_or(true);
        let response = self.engine.read(arn, |world| {
            let execution = world.service.execution(arn)?;
            Ok::<_, Refusal>(api::execution_response(execution, data))
        });
        response.await?
    }

    async fn history(&self, arn: &ExecutionArn, call: &Call) -> Result<Value, Refusal> {
        let data = call.query.boolean("IncludeExecutionData")?;
        let reverse = call.query.boolean("ReverseOrder")?.unwrap_or(false);
        let max_items = call.query.page_items()?;
        let marker = call.query.text("Marker");
        let response = self.engine.read(arn, |world| {
            let data = world.service.history_has_data(data);
            let page = world.service.history(arn, marker, max_items, reverse)?;
            Ok::<_, Refusal>(api::history_response(&page, data))
        });
        response.await?
    }

    async fn stop(&self, arn: &ExecutionArn, call: &Call) -> Result<Value, Refusal> {
        let error = api::stop_request(&call.body)?;
        let stopped_at = self
            .engine
            .call_about(arn, |world, now| world.service.stop(now, arn, error))
            .await??;
        Ok(api::stop_response(stopped_at))
    }

    pub(super) async fn callback(
        &self,
        which: CallbackCall,
        id: &str,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let completion = match which {
            CallbackCall::Succeed => {
                let result = request::text(&call.body)?.to_owned();
                let result = Some(result).filter(|result| !result.is_empty());
                Some(CallbackCompletion::Success(result))
            }
            CallbackCall::Fail => Some(CallbackCompletion::Failure(api::callback_failure_request(
                &call.body,
            )?)),
            CallbackCall::Heartbeat => None,
        };
        let id = CallbackId::from(id);
        self.engine
            .call(|world, now| {
                if let Some(arn) = Service::execution_of_callback(&id) {
                    world.catch_up_with(now, &arn);
                }
                match completion {
                    Some(completion) => world.service.complete_callback(now, &id, completion),
                    None => world.service.heartbeat_callback(now, &id),
                }
            })
            .await??;
        Ok(answer::json(StatusCode::OK, &json!({})))
    }

    /// The executions that are held because their functions are not configured.
    async fn list_orphans(&self) -> Result<Response, Refusal> {
        let response = self.engine.call(|world, _| {
            api::list_response(&ExecutionList {
                executions: world.service.orphans().collect(),
                next_marker: None,
            })
        });
        Ok(answer::json(StatusCode::OK, &response.await?))
    }

    pub(super) async fn list_executions(
        &self,
        function: &str,
        call: &Call,
    ) -> Result<Response, Refusal> {
        if function == ORPHANS {
            return self.list_orphans().await;
        }
        let request = api::list_request(function, &call.query)?;
        let response = self.engine.call(|world, _| {
            let list = world.service.list(&request)?;
            Ok::<_, Refusal>(api::list_response(&list))
        });
        Ok(answer::json(StatusCode::OK, &response.await??))
    }
}
