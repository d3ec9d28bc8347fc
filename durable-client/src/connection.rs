//! Endpoint, Region, credentials, retries and timeouts of a client.

use std::fmt;
use std::net::IpAddr;
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
use aws_sdk_lambda::config::Builder;
use http::Uri;

use crate::failure::{Failure, FailureKind, chain};

/// Time limit for finding credentials. The last source is the instance metadata service of EC2, whose
/// address does not answer outside of EC2.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(15);

/// Region of a service on this machine, unless `AWS_REGION` or the connection names one.
const LOOPBACK_REGION: &str = "us-west-2";

/// Which service to call, with which credentials, retries and timeouts.
///
/// ```
/// use durable_client::{Connection, Endpoint};
///
/// let local = Connection::to_endpoint("http://127.0.0.1:9014");
/// assert!(local.is_loopback());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// AWS Region. By default, `AWS_REGION` or `us-west-2` for an endpoint on this machine, and else that of
    /// the AWS configuration.
    pub region: Option<String>,
    /// Address of the service.
    pub endpoint: Endpoint,
    /// Profile of the AWS configuration, if it is not the default. It is not used for an endpoint on this
    /// machine.
    pub profile: Option<String>,
    /// Retries and timeouts.
    pub policy: CallPolicy,
    /// Time limit of an attempt, unless it is an invocation whose caller waits; by default that of the
    /// policy.
    pub attempt_timeout: Option<Duration>,
}

/// The address of a service.
///
/// [`Connection::endpoint`] holds one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// That of the AWS configuration (`AWS_ENDPOINT_URL` and the like), by default AWS's own.
    #[default]
    Configured,
    /// AWS's own, even if the AWS configuration sets another.
    Aws,
    /// A URL.
    Url(String),
}

impl Endpoint {
    /// The URL, if the address is one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Configured | Self::Aws => None,
            Self::Url(url) => Some(url),
        }
    }
}

/// How a client retries calls, and how long it waits for answers.
///
/// [`Connection::policy`] holds one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CallPolicy {
    /// For commands: a call to this machine is not retried, a call to AWS is retried by the AWS
    /// configuration. Each attempt has 5 s to connect and 15 s in total, except an invocation whose caller
    /// waits, which may take as long as AWS lets it.
    #[default]
    Interactive,
    /// For programs that run alone: a call has up to four attempts, each with 5 s to connect and 30 s in
    /// total.
    Unattended,
}

/// Where a service is.
///
/// ```
/// use durable_client::Location;
///
/// let aws = Location { region: "us-west-2".to_owned(), endpoint: None };
/// assert_eq!(aws.to_string(), "in Region us-west-2");
/// let local = Location { endpoint: Some("http://127.0.0.1:9014".to_owned()), ..aws };
/// assert_eq!(local.to_string(), "at http://127.0.0.1:9014");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// AWS Region.
    pub region: String,
    /// Endpoint URL, if it is not AWS's.
    pub endpoint: Option<String>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Some(endpoint) => write!(f, "at {endpoint}"),
            None => write!(f, "in Region {}", self.region),
        }
    }
}

impl Connection {
    /// The service at a URL, with the defaults of everything else.
    #[must_use]
    pub fn to_endpoint(url: impl Into<String>) -> Self {
        Self {
            endpoint: Endpoint::Url(url.into()),
            ..Self::default()
        }
    }

    /// Whether the endpoint is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.endpoint.url().is_some_and(is_loopback)
    }

    /// Creates the AWS client. Only the search for credentials makes calls.
    ///
    /// # Errors
    ///
    /// If there are no credentials.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        let mut settings = match &self.endpoint {
            Endpoint::Url(url) if is_loopback(url) => self.loopback(&full_url(url)),
            _ => self.aws().await?,
        };
        if self.policy == CallPolicy::Unattended {
            settings = settings.retry_config(self.retries());
        }
        settings = settings.timeout_config(timeouts(
            self.attempt_timeout
                .unwrap_or_else(|| self.policy.time_limit()),
        ));
        Ok(Client::from_conf(settings.build()))
    }

    /// Settings for a service on this machine. It verifies no signatures, so calls are signed with the
    /// credentials of the environment or dummy ones, and no file of the AWS configuration is read.
    fn loopback(&self, url: &str) -> Builder {
        let dummy = Credentials::new("local", "local", None, None, "loopback endpoint");
        let credentials = CredentialsProviderChain::first_try(
            "Environment",
            EnvironmentVariableCredentialsProvider::new(),
        )
        .or_else("Loopback", dummy);
        let region = self.region.clone().unwrap_or_else(loopback_region);
        let mut settings = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .endpoint_url(url);
        if url.starts_with("http:") {
            // The usual client would ask the proxy of HTTP_PROXY, which cannot reach this machine.
            settings = settings.http_client(aws_smithy_http_client::Builder::new().build_http());
        }
        settings
    }

    /// Settings for AWS, or for another service that verifies signatures.
    async fn aws(&self) -> Result<Builder, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .credentials_provider(self.credentials().await?);
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let mut settings = Builder::from(&loader.load().await);
        match &self.endpoint {
            Endpoint::Configured => {}
            Endpoint::Aws => {
                settings.set_endpoint_url(None);
            }
            Endpoint::Url(url) => {
                settings.set_endpoint_url(Some(full_url(url)));
            }
        }
        Ok(settings)
    }

    /// Finds the credentials: of the environment, a profile, SSO and so on.
    async fn credentials(&self) -> Result<SharedCredentialsProvider, Failure> {
        let find = async {
            let metadata = imds::Client::builder()
                .max_attempts(1)
                .connect_timeout(Duration::from_secs(1))
                .read_timeout(Duration::from_secs(1))
                .build();
            let mut chain = DefaultCredentialsChain::builder().imds_client(metadata);
            if let Some(region) = &self.region {
                chain = chain.region(Region::new(region.clone()));
            }
            if let Some(profile) = &self.profile {
                chain = chain.profile_name(profile);
            }
            let chain = chain.build().await;
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

    /// Four attempts, with shorter delays for a service on this machine.
    fn retries(&self) -> RetryConfig {
        let (initial, max) = if self.is_loopback() {
            (Duration::from_millis(50), Duration::from_secs(1))
        } else {
            (Duration::from_secs(1), Duration::from_secs(10))
        };
        RetryConfig::standard()
            .with_max_attempts(4)
            .with_initial_backoff(initial)
            .with_max_backoff(max)
    }
}

impl CallPolicy {
    /// Time limit of an attempt, unless it is an invocation whose caller waits.
    const fn time_limit(self) -> Duration {
        match self {
            Self::Interactive => Duration::from_secs(15),
            Self::Unattended => Duration::from_secs(30),
        }
    }

    /// Time limit of an invocation whose caller waits.
    pub(crate) const fn invocation_limit(self) -> Duration {
        match self {
            // AWS ends a synchronous invocation after 15 minutes.
            Self::Interactive => Duration::from_mins(16),
            Self::Unattended => self.time_limit(),
        }
    }
}

/// Time limits of a call.
pub(crate) fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(attempt)
        .build()
}

/// Time limits of a call that may take as long as it likes once it is connected.
pub(crate) fn without_limit() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .disable_operation_attempt_timeout()
        .build()
}

/// A URL as a client needs it: with a scheme, and with a name of this machine that every system resolves.
///
/// ```
/// assert_eq!(durable_client::full_url("127.0.0.1:9014"), "http://127.0.0.1:9014");
/// ```
#[must_use]
pub fn full_url(url: &str) -> String {
    let url = url.trim();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None if is_loopback(url) => ("http".to_owned(), url),
        None => ("https".to_owned(), url),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    };
    let is_name = !name.starts_with('[') && name.parse::<IpAddr>().is_err();
    let name = if is_name && is_loopback_host(name) {
        "localhost"
    } else {
        name
    };
    let user = if user.is_empty() {
        String::new()
    } else {
        format!("{user}@")
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{user}{name}{port}{path}")
}

fn loopback_region() -> String {
    std::env::var("AWS_REGION")
        .ok()
        .filter(|region| !region.is_empty())
        .unwrap_or_else(|| LOOPBACK_REGION.to_owned())
}

fn no_credentials(reason: &str) -> Failure {
    Failure::new(
        FailureKind::Credentials,
        format!("no AWS credentials: {reason}"),
    )
}

/// Whether a URL, with or without its scheme, names this machine; see [`is_loopback_host`].
///
/// ```
/// use durable_client::is_loopback;
///
/// assert!(is_loopback("http://127.0.0.1:9014"));
/// assert!(is_loopback("localhost:9014"));
/// assert!(!is_loopback("https://lambda.us-west-2.amazonaws.com"));
/// ```
#[must_use]
pub fn is_loopback(url: &str) -> bool {
    let url = url.trim();
    let url = if url.contains("://") {
        url.parse::<Uri>()
    } else {
        format!("http://{url}").parse()
    };
    url.is_ok_and(|url| url.host().is_some_and(is_loopback_host))
}

/// Whether the host of a URL, without a port, names this machine: a loopback address, `localhost`
/// or a name below it. Names are not resolved.
///
/// [`is_loopback`] takes a whole URL.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    if let Ok(address) = address.unwrap_or(host).parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_of_this_machine_are_loopback() {
        for local in [
            "http://127.0.0.1:9014",
            "http://localhost:5000/",
            "http://LocalHost.:80",
            "http://lambda.us-west-2.localhost:9014",
            "http://[::1]:9014",
            "http://[::ffff:127.0.0.1]",
            "https://127.8.8.8",
            "127.0.0.1:9014",
            "localhost",
            " HTTP://LOCALHOST:9014/ ",
        ] {
            assert!(is_loopback(local), "{local}");
        }
    }

    #[test]
    fn other_addresses_and_names_are_not_loopback() {
        for remote in [
            "https://lambda.us-west-2.amazonaws.com",
            "http://10.0.0.1:9014",
            "http://0.0.0.0:9014",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://example.com/?127.0.0.1",
            "",
            "a b",
        ] {
            assert!(!is_loopback(remote), "{remote}");
        }
    }

    #[test]
    fn a_url_gets_its_scheme_and_a_name_that_resolves() {
        for (given, full) in [
            ("127.0.0.1:9014", "http://127.0.0.1:9014"),
            ("x.localhost:9014", "http://localhost:9014"),
            ("HTTP://LOCALHOST:9014/", "http://localhost:9014/"),
            (" http://[::1]:9014 ", "http://[::1]:9014"),
            ("lambda.example.com", "https://lambda.example.com"),
            (
                "https://a:b@x.localhost/p?q=:1",
                "https://a:b@localhost/p?q=:1",
            ),
        ] {
            assert_eq!(full_url(given), full);
        }
    }
}
