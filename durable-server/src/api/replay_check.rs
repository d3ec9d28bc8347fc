//! The call behind `durable replay-check`, which AWS does not have.

use durable_service::ServiceError;
use http::StatusCode;

use super::Api;
use super::answer::{self, Refusal};
use super::request::Call;
use crate::http::Response;
use crate::replay_check::Wanted;

impl Api {
    /// Replays the executions of a function on its present program.
    pub(super) async fn replay_check(
        &self,
        function: &str,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let invalid = ServiceError::InvalidParameterValue;
        let limit = call.query.text("Limit").map(str::parse).transpose();
        let wanted = Wanted {
            open: call.query.boolean("Open")?.unwrap_or(false),
            limit: limit.map_err(|_| invalid("Limit must be a number".to_owned()))?,
        };
        let served = self.engine.fleet().function(function);
        let served = served.ok_or_else(|| {
            ServiceError::ResourceNotFound(format!("Function not found: {function}"))
        })?;
        let client = call.client.as_ref();
        let report = self.engine.replay_check(served, wanted, client).await;
        let report = report.map_err(invalid)?;
        let body = serde_json::to_value(&report);
        let body = body.map_err(|error| Refusal::Server(error.to_string()))?;
        Ok(answer::json(StatusCode::OK, &body))
    }
}
