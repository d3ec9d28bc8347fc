//! Calls that are never answered.
//!
//! The connector could keep such a call, too; on the way there the client makes a whole request. It waits earlier
//! if it is asked to load the request's body and that never comes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sdk_lambda::config::ConfigBag;
use aws_sdk_lambda::config::http::HttpRequest;
use aws_sdk_lambda::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::LoadedRequestBody;
use aws_smithy_runtime_api::client::ser_de::{SerializeRequest, SharedRequestSerializer};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};

/// Has the call whose configuration this is wait for ever.
pub(super) fn hang(cfg: &mut ConfigBag) {
    let state = cfg.interceptor_state();
    state.store_put(SharedRequestSerializer::new(Endless));
    state.store_put(LoadedRequestBody::Requested);
}

/// A request whose body never comes.
#[derive(Debug)]
struct Endless;

impl SerializeRequest for Endless {
    fn serialize_input(&self, _: Input, _: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        Ok(HttpRequest::new(SdkBody::from_body_1_x(Self)))
    }
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}
