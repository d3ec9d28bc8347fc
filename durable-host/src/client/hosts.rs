//! Which host a call is meant for.
//!
//! A client takes longer to make than a short execution to run, so hosts share them. The tokens that the SDK
//! is given begin with the number of their host; the SDK hands them back as they are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use durable_service::model::CheckpointToken;
use durable_service::{CheckpointRequest, CheckpointResponse, ServiceError, StatePage};
use parking_lot::RwLock;

use super::LocalApi;
use super::reply::Reply;

/// Length of a host's number in a token: hexadecimal digits, which tokens are made of on AWS too.
const DIGITS: usize = 8;

/// The hosts of this process, by their numbers; only looked up.
static HOSTS: RwLock<Option<HashMap<u32, Arc<LocalApi>>>> = RwLock::new(None);

/// A host that calls reach, as long as it lives.
#[derive(Debug)]
pub(crate) struct Reachable(u32);

impl Reachable {
    pub(crate) fn new(api: LocalApi) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut hosts = HOSTS.write();
        hosts.get_or_insert_default().insert(number, Arc::new(api));
        Self(number)
    }

    /// A token of the host as the SDK gets it.
    pub(crate) fn seal(&self, token: &CheckpointToken) -> CheckpointToken {
        seal(self.0, token)
    }
}

impl Drop for Reachable {
    fn drop(&mut self) {
        let removed = HOSTS
            .write()
            .as_mut()
            .and_then(|hosts| hosts.remove(&self.0));
        // What it drops may drop other hosts.
        drop(removed);
    }
}

/// The host that a call is meant for.
#[derive(Debug)]
pub(super) struct Addressee {
    number: u32,
    api: Arc<LocalApi>,
    /// The token, as the host knows it.
    token: CheckpointToken,
}

impl Addressee {
    /// None if the host is gone, or it never was one.
    pub(super) fn of(token: &str) -> Option<Self> {
        let (number, token) = token.split_at_checked(DIGITS)?;
        let number = u32::from_str_radix(number, 16).ok()?;
        let api = Arc::clone(HOSTS.read().as_ref()?.get(&number)?);
        Some(Self {
            number,
            api,
            token: token.into(),
        })
    }

    /// Answers a checkpoint call, which presents its own form of the token.
    pub(super) fn checkpoint(
        &self,
        arn: &str,
        request: CheckpointRequest,
    ) -> Reply<CheckpointResponse> {
        let request = CheckpointRequest {
            checkpoint_token: self.token.clone(),
            ..request
        };
        self.api.checkpoint(arn, request).and_then(|response| {
            let token = response.checkpoint_token.as_ref();
            Ok(CheckpointResponse {
                checkpoint_token: token.map(|token| seal(self.number, token)),
                ..response
            })
        })
    }

    /// Answers a call for the state.
    pub(super) fn state(
        &self,
        arn: &str,
        marker: Option<&str>,
        max_items: usize,
    ) -> Result<StatePage, ServiceError> {
        self.api.state(arn, &self.token, marker, max_items)
    }
}

fn seal(number: u32, token: &CheckpointToken) -> CheckpointToken {
    format!("{number:0DIGITS$x}{token}").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HostSettings, LocalHost};

    #[test]
    fn a_token_reaches_its_host_while_that_lives() {
        let host = LocalHost::new(HostSettings::default());
        let sealed = host.0.reachable.seal(&"YXJu".into());
        let addressee = Addressee::of(sealed.as_str()).unwrap();
        assert_eq!(addressee.token, "YXJu");
        drop(addressee);
        drop(host);
        assert!(Addressee::of(sealed.as_str()).is_none());
    }

    #[test]
    fn other_texts_reach_no_host() {
        for text in ["", "1", "ffffffff", "zzzzzzzzYXJu", "€€€€"] {
            assert!(Addressee::of(text).is_none(), "{text}");
        }
    }
}
