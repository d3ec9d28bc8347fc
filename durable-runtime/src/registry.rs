//! The registry of handlers, and handlers as services that a host can call.

use std::any::TypeId;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::child::ChildCall;
use crate::sdk::lambda_runtime::{Error as LambdaError, LambdaEvent};
use crate::sdk::{DurableContext, InvocationPayload, InvocationResponse, Options};

/// The future of one invocation of a handler.
///
/// A [`BoxedService`] returns it; [`HandlerEntry`] has an example of a handler.
pub type HandlerFuture =
    Pin<Box<dyn Future<Output = Result<InvocationResponse, LambdaError>> + Send>>;

/// A handler wrapped by the SDK, ready to be invoked with a durable envelope.
///
/// [`IntoService::into_service`] returns it; [`HandlerEntry`] has an example of a handler.
pub type BoxedService = Arc<dyn Fn(LambdaEvent<InvocationPayload>) -> HandlerFuture + Send + Sync>;

/// A handler that a host can wrap: an `async fn(Event, DurableContext) -> Result<T, BoxError>`,
/// with or without `#[durable_execution]`, or a `#[durable_with_child_context]` function.
///
/// `Kind` only distinguishes the implementations; it is always inferred.
///
/// `durable_test::DurableRunner::local` takes it: any `async fn(Event, DurableContext) -> Result<T, BoxError>`, and
/// what [`durable_execution`](durable_macros::durable_execution) and
/// [`durable_with_child_context`](durable_macros::durable_with_child_context) make.
#[diagnostic::on_unimplemented(
    message = "this is not a durable handler",
    label = "not a durable handler",
    note = "a handler is an `async fn(event: E, ctx: DurableContext) -> Result<T, BoxError>`; with `#[durable_execution]` the error may be of any type",
    note = "a durable step is no handler: call it from one, or test its body alone with `name_of_the_step::body(..)`",
    note = "of a plain function, the event must be `Deserialize`, the result `Serialize`, and the future `Send`; `#[durable_execution]` on the function says which of them is missing, and where"
)]
pub trait IntoService<Kind>: Send + Sync + 'static {
    /// Wraps the handler with the SDK under the given options.
    fn into_service(self, options: Options) -> BoxedService;
}

impl<F, E, Fut, O> IntoService<(E, Fut, O)> for F
where
    F: Fn(E, DurableContext) -> Fut + Send + Sync + 'static,
    E: for<'de> serde::Deserialize<'de> + Send + 'static,
    Fut: Future<Output = Result<O, crate::sdk::BoxError>> + Send + 'static,
    O: serde::Serialize + Send + 'static,
{
    fn into_service(self, options: Options) -> BoxedService {
        handler(self, options)
    }
}

/// Marks a child-context block with arguments `A` and the types `R` of its call, as distinct from a handler.
///
/// [`durable_with_child_context`](durable_macros::durable_with_child_context) makes such blocks.
#[derive(Debug)]
pub struct ChildBlock<A, R>(std::marker::PhantomData<(A, R)>);

/// A child-context block is a handler, so that a test can run it on its own: a single argument is the event,
/// and several are a JSON array.
macro_rules! child_block {
    ($event:ident: $event_type:ty, ($($argument:ident: $type:ident),*)) => {
        impl<F, T, Failure, Marker, $($type),*> IntoService<ChildBlock<($($type,)*), (T, Failure, Marker)>> for F
        where
            F: Fn(&DurableContext, $($type),*) -> ChildCall<T, Failure, Marker> + Clone + Send + Sync + 'static,
            T: serde::Serialize + for<'de> serde::Deserialize<'de> + Send + 'static,
            Failure: 'static,
            Marker: 'static,
            $($type: for<'de> serde::Deserialize<'de> + Send + 'static,)*
        {
            fn into_service(self, options: Options) -> BoxedService {
                let handler = move |$event: $event_type, ctx: DurableContext| {
                    let block = self.clone();
                    async move {
                        child_block!(@unpack $event, $($argument),*);
                        block(&ctx, $($argument),*).await.map_err(crate::sdk::BoxError::from)
                    }
                };
                handler.into_service(options)
            }
        }
    };
    (@unpack $event:ident,) => {
        let _ = $event;
    };
    (@unpack $event:ident, $argument:ident) => {
        let $argument = $event;
    };
    (@unpack $event:ident, $($argument:ident),+) => {
        let ($($argument),+) = $event;
    };
}

child_block!(event: serde::de::IgnoredAny, ());
child_block!(event: A, (a: A));
child_block!(event: (A, B), (a: A, b: B));
child_block!(event: (A, B, C), (a: A, b: B, c: C));
child_block!(event: (A, B, C, D), (a: A, b: B, c: C, d: D));
child_block!(event: (A, B, C, D, E), (a: A, b: B, c: C, d: D, e: E));

/// Wraps a handler that `#[durable_execution]` checked. The bounds are on this function, and its type arguments
/// come from the attribute, so that the compiler says which of them does not hold, and at which type.
pub fn handler<E, O, F, Fut>(handler: F, options: Options) -> BoxedService
where
    E: for<'de> serde::Deserialize<'de> + Send + 'static,
    O: serde::Serialize + Send + 'static,
    F: Fn(E, DurableContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O, crate::sdk::BoxError>> + Send + 'static,
{
    let wrapped = crate::sdk::wrap(handler, options);
    Arc::new(move |event| wrapped(event))
}

/// Wraps a handler of any kind.
pub fn into_service<K, H: IntoService<K>>(handler: H, options: Options) -> BoxedService {
    handler.into_service(options)
}

/// The type of a handler's function.
#[must_use]
pub fn type_id<H: 'static>(_: &H) -> TypeId {
    TypeId::of::<H>()
}

/// A handler that `#[durable_execution]` registered.
///
/// [`handlers`] lists them:
///
/// ```
/// use durable_runtime::prelude::*;
///
/// #[durable_execution]
/// async fn hello(name: String, _ctx: DurableContext) -> Result<String, BoxError> {
///     Ok(name)
/// }
///
/// # fn main() {
/// let entry = durable_runtime::find_handler("hello").unwrap();
/// assert_eq!(entry.name(), "hello");
/// # }
/// ```
pub struct HandlerEntry {
    name: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
    service: fn(Options) -> BoxedService,
    type_id: Option<fn() -> TypeId>,
}

impl HandlerEntry {
    /// An entry of the registry; written by `#[durable_execution]`.
    #[must_use]
    pub const fn new(
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        service: fn(Options) -> BoxedService,
    ) -> Self {
        Self {
            name,
            module,
            file,
            line,
            service,
            type_id: None,
        }
    }

    /// With the type of the function, by which [`is`](Self::is) knows it; written by `#[durable_execution]`.
    #[must_use]
    pub const fn of_type(mut self, type_id: fn() -> TypeId) -> Self {
        self.type_id = Some(type_id);
        self
    }

    /// Whether the function of that type is this handler: each function has a type of its own.
    #[must_use]
    pub fn is(&self, function: TypeId) -> bool {
        self.type_id.is_some_and(|type_id| type_id() == function)
    }

    /// The handler's name: the function's, or the attribute's `name`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Path of the module that holds the handler.
    #[must_use]
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// Source file and line of the handler.
    #[must_use]
    pub fn location(&self) -> (&'static str, u32) {
        (self.file, self.line)
    }

    /// Wraps the handler with the SDK under the given options.
    #[must_use]
    pub fn service(&self, options: Options) -> BoxedService {
        (self.service)(options)
    }
}

impl fmt::Debug for HandlerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.name, self.file, self.line)
    }
}

/// Marks a handler of the registry, as distinct from others.
///
/// [`HandlerEntry`] is one, and has an example.
#[derive(Debug)]
pub struct Registered;

impl IntoService<Registered> for &'static HandlerEntry {
    fn into_service(self, options: Options) -> BoxedService {
        self.service(options)
    }
}

inventory::collect!(HandlerEntry);

/// All registered handlers, by name, module and line.
///
/// [`HandlerEntry`] has an example.
#[must_use]
pub fn handlers() -> Vec<&'static HandlerEntry> {
    let mut entries: Vec<_> = inventory::iter::<HandlerEntry>.into_iter().collect();
    entries.sort_by_key(|entry| (entry.name, entry.module, entry.line));
    entries
}

/// The registered handler with a name; the first by module if several share the name.
///
/// [`HandlerEntry`] has an example.
#[must_use]
pub fn find_handler(name: &str) -> Option<&'static HandlerEntry> {
    handlers().into_iter().find(|entry| entry.name == name)
}
