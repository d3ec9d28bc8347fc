//! Which service a command calls, and with which credentials.

use std::time::Duration;

use clap::Args;
use durable_client::{CallPolicy, Endpoint};

/// Where `durable serve` listens by default.
const LOCAL_ENDPOINT: &str = "http://127.0.0.1:9014";

/// How to reach the service.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// URL of the service; without it, the local server at port 9014
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA")]
    endpoint: Option<String>,
    /// Call AWS, whatever endpoint is set
    #[arg(long)]
    aws: bool,
    /// AWS Region; without an endpoint, the command calls AWS
    #[arg(long)]
    region: Option<String>,
    /// Profile of the AWS configuration; without an endpoint, the command calls AWS
    #[arg(long)]
    profile: Option<String>,
    /// How long to wait for an answer, in seconds; not for that of a function, which may take its time
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

impl Connection {
    /// The endpoint; none for AWS's own.
    pub(super) fn endpoint(&self) -> Option<&str> {
        if self.aws {
            return None;
        }
        // As an AWS SDK does, an empty variable is taken for one that is not set.
        let endpoint = self.endpoint.as_deref().map(str::trim);
        match endpoint.filter(|endpoint| !endpoint.is_empty()) {
            Some(endpoint) => Some(endpoint),
            None if self.region.is_some() || self.profile.is_some() => None,
            None => Some(LOCAL_ENDPOINT),
        }
    }

    /// The connection of a client. A call to a local server is not retried, so that its first answer shows.
    pub(super) fn of_client(&self) -> durable_client::Connection {
        durable_client::Connection {
            region: self.region.clone(),
            endpoint: match self.endpoint() {
                Some(url) => Endpoint::Url(url.to_owned()),
                None => Endpoint::Aws,
            },
            profile: self.profile.clone(),
            policy: CallPolicy::Interactive,
            attempt_timeout: Some(Duration::from_secs(self.timeout)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(endpoint: Option<&str>, aws: bool, region: Option<&str>) -> Connection {
        Connection {
            endpoint: endpoint.map(str::to_owned),
            aws,
            region: region.map(str::to_owned),
            profile: None,
            timeout: 15,
        }
    }

    #[test]
    fn the_local_server_is_the_default() {
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
        assert_eq!(
            connection(Some(" "), false, None).endpoint(),
            Some(LOCAL_ENDPOINT)
        );
    }
}
