//! Mocks of functions that `ctx.invoke` reaches.

use std::any::type_name;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use durable_host::{FunctionStandIn, PlainFuture, Run};
use durable_runtime::hook::{HookFuture, Instead};
use durable_runtime::sdk::BoxError;
use durable_service::model::ExecutionArn;
use durable_view::shortened;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::outcome::{ByFuture, ByPanic, ByResult, ByValue, Recorded};
use super::parts::Parts;
use super::session::Session;
use crate::results::type_name::short;

/// A mock of a called function, from JSON to JSON; see
/// [`DurableRunner::mock_function`](crate::DurableRunner::mock_function). Clones are the same mock.
#[derive(Clone)]
pub struct FunctionMock(Arc<FunctionParts>);

/// The function's input is its argument, and its value JSON text.
pub(super) struct FunctionParts(Arc<Parts<Value, String>>);

impl FunctionParts {
    pub(super) fn new(name: &str, session: Session) -> Self {
        let parts = Parts::new(name, session);
        parts.clone_with(Value::clone);
        parts.show_with(Value::to_string);
        Self(Arc::new(parts))
    }

    pub(super) fn mock(&self) -> Arc<Parts<Value, String>> {
        Arc::clone(&self.0)
    }

    /// What a call of the function comes to.
    pub(super) fn stand_in(
        &self,
        arn: &ExecutionArn,
        input: &str,
        session: Session,
    ) -> FunctionStandIn {
        let run = Run {
            execution: arn.clone(),
            operation: None,
            attempt: 1,
            is_new: true,
        };
        let input = serde_json::from_str(input).unwrap_or(Value::Null);
        let answer: Option<PlainFuture> = match self.0.run(&run, session, input) {
            Instead::Body(_) => None,
            Instead::Future(answer) => Some(answer),
        };
        FunctionStandIn {
            takes: self.0.takes(),
            answer,
        }
    }
}

impl FunctionMock {
    pub(super) fn new(parts: Arc<FunctionParts>) -> Self {
        Self(parts)
    }

    /// Has each call return that value. One that is no JSON fails each call.
    pub fn returns(&self, value: impl Serialize) -> &Self {
        let text = serde_json::to_string(&value);
        let text = text.map_err(|error| no_json(self.0.0.name(), &error));
        let value = move || text.clone().map_err(BoxError::from);
        self.0.0.set_value(Arc::new(value));
        self
    }

    /// Has each call return what a closure makes of the input, whose type is that of its argument: a
    /// `Result<T, BoxError>`, a value of a simple type, a [`Value`], or a future of one of them.
    pub fn with<I, H, R, K>(&self, run: H) -> &Self
    where
        I: DeserializeOwned,
        H: Fn(I) -> R + Send + Sync + 'static,
        R: FunctionOutcome<K>,
    {
        let name = self.0.0.name().to_owned();
        self.0.0.set_run(Arc::new(move |input: Value| {
            let answer = match I::deserialize(&input) {
                Ok(input) => run(input).into_answer(),
                Err(error) => {
                    let wanted = short(type_name::<I>());
                    let text = format!(
                        "the mock of function `{name}` takes a `{wanted}`, which cannot be read from its \
                         input {}: {error}",
                        shortened(&input.to_string(), 100)
                    );
                    Box::pin(std::future::ready(Err(text.into())))
                }
            };
            let name = name.clone();
            Box::pin(async move {
                answer.await.map_err(|error| match error.downcast::<NoJson>() {
                    Ok(value) => no_json(&name, &value.0).into(),
                    Err(error) => error,
                })
            })
        }));
        self
    }

    /// Has the next `calls` calls fail, then does what was set otherwise. Several calls of this are a
    /// sequence, in their order.
    pub fn fails<X>(&self, calls: u32, error: impl Fn() -> X + Send + Sync + 'static) -> &Self
    where
        X: Into<BoxError> + 'static,
    {
        let error = move || error().recorded();
        self.0.0.add_failures(calls, Arc::new(error));
        self
    }

    /// Has each answer take that much virtual time.
    pub fn takes(&self, time: Duration) -> &Self {
        self.0.0.set_time(time);
        self
    }

    /// Has the registered plain function called, as before the mock was told anything else; calls are
    /// recorded all the same. A durable function is not called while its name is mocked.
    pub fn real(&self) -> &Self {
        self.0.0.set_real();
        self
    }

    /// The input of each call, in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<Value> {
        self.0.0.calls().into_iter().flatten().collect()
    }

    /// How often it was called; counted as for a [`Mock`](super::Mock).
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.0.count()
    }

    /// Requires that number of calls. Checked when the test ends; a failed check names the calls.
    #[track_caller]
    pub fn expects(&self, calls: usize) -> &Self {
        self.0.0.expect(calls, Location::caller());
        self
    }
}

impl fmt::Debug for FunctionMock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionMock")
            .field("of", &self.0.0.name())
            .finish_non_exhaustive()
    }
}

/// A value that cannot be written as JSON, until the mock names itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoJson(serde_json::Error);

fn no_json(function: &str, error: &serde_json::Error) -> String {
    format!("the mock of function `{function}` has a value that cannot be written as JSON: {error}")
}

/// What a closure in place of a called function may return.
///
/// `K` only distinguishes the implementations; it is always inferred.
///
/// What a closure of [`FunctionMock::with`] may return; the [module](super) has examples of mocks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a mocked function may return",
    note = "return a `Result<T, BoxError>`, as in `Ok(value)`, or `json!(..)`, or a future of either"
)]
pub trait FunctionOutcome<K> {
    #[doc(hidden)]
    fn into_answer(self) -> HookFuture<Result<String, BoxError>>;
}

fn answer(value: &impl Serialize) -> HookFuture<Result<String, BoxError>> {
    let text = serde_json::to_string(value).map_err(|error| NoJson(error).into());
    Box::pin(std::future::ready(text))
}

impl<T: Serialize> FunctionOutcome<ByResult> for Result<T, BoxError> {
    fn into_answer(self) -> HookFuture<Result<String, BoxError>> {
        match self {
            Ok(value) => answer(&value),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

impl<K, F> FunctionOutcome<ByFuture<K>> for F
where
    F: Future + Send + 'static,
    F::Output: FunctionOutcome<K>,
{
    fn into_answer(self) -> HookFuture<Result<String, BoxError>> {
        Box::pin(async move {
            let run = { self.await.into_answer() };
            run.await
        })
    }
}

impl FunctionOutcome<ByPanic> for super::outcome::Never {
    fn into_answer(self) -> HookFuture<Result<String, BoxError>> {
        self
    }
}

macro_rules! values {
    ($($type:ty)*) => {
        $(
            impl FunctionOutcome<ByValue> for $type {
                fn into_answer(self) -> HookFuture<Result<String, BoxError>> {
                    answer(&self)
                }
            }
        )*
    };
}

values!(() bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 String &'static str Value);
