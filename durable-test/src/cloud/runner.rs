//! Starts executions of deployed functions.

use durable_host::Responder;
use durable_runtime::mode::CloudSettings;
use uuid::Uuid;

use super::api::Api;
use super::replies::Replies;
use super::{CloudError, CloudExecution, background};

/// Runs deployed functions behind one endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct CloudRunner {
    api: Api,
}

/// The parameters of an execution of a deployed function to start.
pub(crate) struct StartCloud {
    /// Qualified name or ARN of the function.
    pub(crate) function: String,
    /// The input, as JSON text.
    pub(crate) input: String,
    /// Name of the execution; without one it gets a unique name.
    pub(crate) name: Option<String>,
    /// Answers by the names of callbacks.
    pub(crate) replies: Vec<(String, Responder)>,
}

impl std::fmt::Debug for StartCloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartCloud")
            .field("function", &self.function)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl CloudRunner {
    /// A runner for the settings' Region and endpoint. Nothing is called yet.
    pub(crate) fn new(settings: &CloudSettings) -> Self {
        Self {
            api: Api::of(settings),
        }
    }

    /// Starts an execution. A repeated call finds the execution that an earlier try started, by its name.
    pub(crate) async fn start(&self, start: StartCloud) -> Result<CloudExecution, CloudError> {
        let api = self.api.clone();
        background::run(async move {
            let name = start.name.unwrap_or_else(unique_name);
            let arn = api.invoke(&start.function, start.input, &name).await?;
            let replies = Replies::new(start.replies);
            Ok(CloudExecution::new(api, arn, &start.function, replies))
        })
        .await
    }
}

/// A name that is unique across all test runs.
fn unique_name() -> String {
    format!("durable-test-{}", Uuid::new_v4())
}
