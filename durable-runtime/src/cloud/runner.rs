//! Starts executions of deployed functions.

use uuid::Uuid;

use super::api::Api;
use super::client::SharedClient;
use super::replies::Replies;
use super::{CloudError, CloudExecution, background};
use crate::mode::CloudSettings;
use crate::reply::Responder;

/// Runs deployed functions behind one endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CloudRunner {
    api: Api,
}

/// An execution to be of a deployed function.
pub struct StartCloud {
    /// Qualified name or ARN of the function.
    pub function: String,
    /// The input, as JSON text.
    pub input: String,
    /// Name of the execution; without one it gets a name that nothing else has.
    pub name: Option<String>,
    /// Answers by the names of callbacks.
    pub replies: Vec<(String, Responder)>,
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
    #[must_use]
    pub fn new(settings: &CloudSettings) -> Self {
        Self {
            api: Api(SharedClient::of(settings)),
        }
    }

    /// Starts an execution. A call that has to be repeated finds the execution that it started
    /// already, by its name.
    ///
    /// # Errors
    ///
    /// If the function cannot be invoked, is not durable, or failed outside any execution.
    pub async fn start(&self, start: StartCloud) -> Result<CloudExecution, CloudError> {
        let api = self.api.clone();
        background::run(async move {
            let name = start.name.unwrap_or_else(unique_name);
            let arn = api.invoke(&start.function, start.input, name).await?;
            let replies = Replies::new(start.replies);
            Ok(CloudExecution::new(api, arn, &start.function, replies))
        })
        .await
    }
}

/// A name that no other execution has, in this run of the tests or any other.
fn unique_name() -> String {
    format!("durable-test-{}", Uuid::new_v4())
}
