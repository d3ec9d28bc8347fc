//! The AWS client: one for each endpoint in the process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_lambda::Client;
use tokio::sync::OnceCell;

use super::failure::chain;
use super::pace::Pace;
use super::{Failure, FailureKind, Place};
use crate::mode::{CloudSettings, Endpoint};

/// The longest that credentials may take. Where there are none, the last place to look is the
/// instance metadata service of EC2, which elsewhere nobody answers for.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(15);

/// Tries of a call, the first included, before its failure counts.
const ATTEMPTS: u32 = 4;

/// A client that is made when it is first needed.
#[derive(Debug)]
pub(super) struct SharedClient {
    region: String,
    endpoint: Option<Endpoint>,
    /// The failure is kept too, so that missing credentials are looked for once and not in each test.
    client: OnceCell<Result<Client, Failure>>,
}

impl SharedClient {
    /// The client of this process for the settings' Region and endpoint.
    pub(super) fn of(settings: &CloudSettings) -> Arc<Self> {
        static CLIENTS: Mutex<Vec<Arc<SharedClient>>> = Mutex::new(Vec::new());
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = clients.iter().find(|client| {
            client.region == settings.region && client.endpoint == settings.endpoint
        });
        if let Some(client) = known {
            return Arc::clone(client);
        }
        let client = Arc::new(Self {
            region: settings.region.clone(),
            endpoint: settings.endpoint.clone(),
            client: OnceCell::new(),
        });
        clients.push(Arc::clone(&client));
        client
    }

    /// Where the service is.
    pub(super) fn place(&self) -> Place {
        Place {
            region: self.region.clone(),
            endpoint: self.endpoint.as_ref().map(ToString::to_string),
        }
    }

    /// How often to poll.
    pub(super) fn pace(&self) -> Pace {
        if self.is_loopback() {
            Pace::LOOPBACK
        } else {
            Pace::AWS
        }
    }

    fn is_loopback(&self) -> bool {
        self.endpoint.as_ref().is_some_and(Endpoint::is_loopback)
    }

    /// The client.
    pub(super) async fn get(&self) -> Result<&Client, Failure> {
        self.client
            .get_or_init(|| self.connect())
            .await
            .as_ref()
            .map_err(Clone::clone)
    }

    async fn connect(&self) -> Result<Client, Failure> {
        let credentials = self.credentials().await?;
        let (backoff, longest) = if self.is_loopback() {
            (Duration::from_millis(50), Duration::from_secs(1))
        } else {
            (Duration::from_secs(1), Duration::from_secs(10))
        };
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(credentials)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS)
                    .with_initial_backoff(backoff)
                    .with_max_backoff(longest),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_secs(30))
                    .build(),
            );
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint.as_str());
        }
        Ok(Client::new(&loader.load().await))
    }

    /// Credentials that were found: those of the environment, a profile, SSO and so on. An endpoint on
    /// this machine gets those of the environment or dummy ones, for it verifies no signature; any
    /// other gets real ones only.
    async fn credentials(&self) -> Result<SharedCredentialsProvider, Failure> {
        if self.is_loopback() {
            let dummy = Credentials::new("local", "local", None, None, "loopback endpoint");
            let chain = CredentialsProviderChain::first_try(
                "Environment",
                EnvironmentVariableCredentialsProvider::new(),
            )
            .or_else("Loopback", dummy);
            return Ok(SharedCredentialsProvider::new(chain));
        }
        let find = async {
            let metadata = imds::Client::builder()
                .max_attempts(1)
                .connect_timeout(Duration::from_secs(1))
                .read_timeout(Duration::from_secs(1))
                .build();
            let chain = DefaultCredentialsChain::builder()
                .region(Region::new(self.region.clone()))
                .imds_client(metadata)
                .build()
                .await;
            let found = chain.provide_credentials().await;
            found.map(|_| SharedCredentialsProvider::new(chain))
        };
        match tokio::time::timeout(CREDENTIALS_TIMEOUT, find).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(no_credentials(&chain(&error))),
            Err(_) => Err(no_credentials(&format!(
                "no source of credentials answered within {} s",
                CREDENTIALS_TIMEOUT.as_secs()
            ))),
        }
    }
}

fn no_credentials(reason: &str) -> Failure {
    Failure::new(
        FailureKind::Credentials,
        format!("no AWS credentials: {reason}"),
    )
}
