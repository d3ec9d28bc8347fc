//! What the invocations of an execution wrote: a call that only this server has (docs/service.md, 1.5).

use durable_service::model::ExecutionArn;
use http::StatusCode;
use serde_json::{Value, json};

use super::Api;
use super::answer::{self, Refusal};
use crate::http::Response;
use crate::logs::{InvocationLog, LogLine};

impl Api {
    pub(super) async fn logs(&self, arn: &ExecutionArn) -> Result<Response, Refusal> {
        self.engine
            .read(arn, |world| world.service.execution(arn).map(drop))
            .await??;
        let logs = self.engine.fleet().book().of_execution(arn);
        let invocations: Vec<Value> = logs.iter().map(invocation).collect();
        let body = json!({"Invocations": invocations});
        Ok(answer::json(StatusCode::OK, &body))
    }
}

fn invocation(log: &InvocationLog) -> Value {
    json!({
        "RequestId": log.request_id.as_str(),
        "FunctionName": log.function,
        "Lines": log.lines.iter().map(line).collect::<Vec<Value>>(),
        "LinesLeftOut": log.left_out,
    })
}

fn line(line: &LogLine) -> Value {
    json!({
        "Timestamp": line.at.as_seconds(),
        "Source": line.source.name(),
        "Message": line.text,
    })
}
