//! Which service a command talks to, and as whom.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::{Builder, Credentials};
use clap::Args;

/// Where `durable serve` listens unless it is told otherwise.
const LOCAL_ENDPOINT: &str = "http://127.0.0.1:9014";

/// The Region of the local server unless it is told otherwise, by the same variable.
const LOCAL_REGION: &str = "us-west-2";
const REGION_VARIABLE: &str = "AWS_REGION";

/// How to reach the service.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// URL of the service; without it, the local server at port 9014
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA")]
    endpoint: Option<String>,
    /// Talk to AWS, whatever endpoint is set
    #[arg(long)]
    aws: bool,
    /// AWS Region; without an endpoint, it means AWS
    #[arg(long)]
    region: Option<String>,
    /// Profile of the AWS configuration; without an endpoint, it means AWS
    #[arg(long)]
    profile: Option<String>,
}

impl Connection {
    /// The endpoint; none for AWS's own.
    pub(super) fn endpoint(&self) -> Option<&str> {
        if self.aws {
            return None;
        }
        match &self.endpoint {
            Some(endpoint) => Some(endpoint),
            None if self.region.is_some() || self.profile.is_some() => None,
            None => Some(LOCAL_ENDPOINT),
        }
    }

    /// Settings of a client. A server on this machine gets dummy credentials, and no call is repeated:
    /// what it answers is what there is to see.
    pub(super) async fn client_settings(&self) -> Builder {
        let region = self.region.clone().map(Region::new);
        let endpoint = self.endpoint();
        if let Some(endpoint) = endpoint.filter(|endpoint| is_loopback(endpoint)) {
            let credentials = Credentials::new("local", "local", None, None, "durable");
            return Builder::new()
                .behavior_version(BehaviorVersion::latest())
                .region(region.unwrap_or_else(local_region))
                .credentials_provider(credentials)
                .retry_config(RetryConfig::disabled())
                .endpoint_url(endpoint);
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(region);
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        Builder::from(&config)
            .set_endpoint_url(endpoint.map(str::to_owned))
            .to_owned()
    }
}

fn local_region() -> Region {
    match std::env::var(REGION_VARIABLE) {
        Ok(region) if !region.is_empty() => Region::new(region),
        _ => Region::from_static(LOCAL_REGION),
    }
}

/// Whether a URL names this machine.
fn is_loopback(endpoint: &str) -> bool {
    let authority = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for local in [
            "http://127.0.0.1:9014",
            "http://localhost:5000/",
            "http://[::1]:9014",
            "https://127.8.8.8",
        ] {
            assert!(is_loopback(local), "{local}");
        }
        for remote in [
            "https://lambda.us-west-2.amazonaws.com",
            "http://10.0.0.1:9014",
            "http://127.0.0.1.example.com",
            "http://example.com/?127.0.0.1",
            "",
        ] {
            assert!(!is_loopback(remote), "{remote}");
        }
    }

    fn connection(endpoint: Option<&str>, aws: bool, region: Option<&str>) -> Connection {
        Connection {
            endpoint: endpoint.map(str::to_owned),
            aws,
            region: region.map(str::to_owned),
            profile: None,
        }
    }

    #[test]
    fn the_local_server_is_meant_unless_something_else_is_said() {
        assert_eq!(
            connection(None, false, None).endpoint(),
            Some(LOCAL_ENDPOINT)
        );
        assert_eq!(connection(None, false, Some("eu-west-1")).endpoint(), None);
        let other = "http://127.0.0.1:5000";
        assert_eq!(
            connection(Some(other), false, Some("eu-west-1")).endpoint(),
            Some(other)
        );
        assert_eq!(connection(Some(other), true, None).endpoint(), None);
    }
}
