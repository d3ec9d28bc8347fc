//! What `#[durable_test]` declares about a test.

use std::any::TypeId;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use durable_runtime::sdk::Options;
use durable_runtime::{BoxedService, HandlerEntry, IntoService, handlers};

use crate::DurableRunner;
use crate::replay::{Allow, ReplayReport};
use crate::sometimes;

/// The future of a test's body; an `Err` is the text of what the body returned.
pub type TestFuture = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// A test as `#[durable_test]` declares it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "options of a test are independent switches"
)]
pub struct TestSpec {
    /// Name of the test function.
    pub name: &'static str,
    /// Path of the module that holds it.
    pub module: &'static str,
    /// Source file.
    pub file: &'static str,
    /// Line in the source file.
    pub line: u32,
    /// The name that cloud mode matches, as it is written.
    pub lambda_function_name: &'static str,
    /// Whether that is the handler's identifier, and the handler's own `name` comes before it.
    pub is_named_by_handler: bool,
    /// The reason, possibly empty, for which the test is ignored.
    pub ignore: Option<&'static str>,
    /// The reason, possibly empty, for which the test is skipped in cloud mode.
    pub local_only: Option<&'static str>,
    /// Whether the body must panic.
    pub should_panic: ShouldPanic,
    /// The runtime that the body runs on.
    pub runtime: RuntimeSpec,
    /// Whether its runs end with a check that the handler is deterministic.
    pub check_determinism: bool,
    /// Whether its runs end with a check that the handler waited for nothing outside the SDK.
    pub check_waits: bool,
    /// How often the body runs, each time with a runner of its own.
    pub repeat: u32,
    /// Whether its body takes a runner and does not say, by a `_` in front of the name, that it needs none.
    pub uses_runner: bool,
    /// The plan that its runs repeat, as text.
    pub plan: Option<&'static str>,
    /// What is called before each run of the body.
    pub setup: Option<Setup>,
    /// The handler under test.
    pub handler: fn() -> Handler,
    /// The body.
    pub body: TestBody,
}

/// A function that resets what runs share.
#[derive(Debug, Clone, Copy)]
pub struct Setup(pub fn());

/// The body of a test.
#[derive(Debug, Clone, Copy)]
pub enum TestBody {
    /// It takes a runner.
    Run(fn(DurableRunner) -> TestFuture),
    /// It takes the report of a replayed recording.
    Replay {
        /// Which recordings: a pattern of file names, from the root of the crate.
        pattern: &'static str,
        /// The root of the crate.
        root: &'static str,
        /// The differences that the replay accepts.
        allow: &'static [Allow],
        /// The body, for one recording.
        body: fn(ReplayReport) -> TestFuture,
    },
}

impl TestSpec {
    /// The name that cloud mode matches: the one that the test declares, or its handler's.
    #[must_use]
    pub fn function_name(&self) -> &'static str {
        if !self.is_named_by_handler {
            return self.lambda_function_name;
        }
        let function = (self.handler)().function;
        let mut handlers = handlers().into_iter();
        let handler = handlers.find(|entry| entry.is(function));
        handler.map_or(self.lambda_function_name, HandlerEntry::name)
    }

    /// Name of the test in the form of libtest: the path within the crate.
    #[must_use]
    pub fn test_name(&self) -> String {
        match self.module.split_once("::") {
            Some((_, module)) => format!("{module}::{}", self.name),
            None => self.name.to_owned(),
        }
    }
}

impl fmt::Debug for TestSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}::{} ({}:{})",
            self.module, self.name, self.file, self.line
        )
    }
}

/// Whether the body of a test must panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShouldPanic {
    /// It must not.
    No,
    /// It must, with any message.
    Yes,
    /// It must, with a message that contains this text.
    Expecting(&'static str),
}

/// The tokio runtime of a test.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeSpec {
    /// `flavor = "multi_thread"`: a runtime with worker threads.
    pub multi_thread: bool,
    /// `worker_threads`: how many, if not tokio's default.
    pub worker_threads: Option<usize>,
    /// `start_paused`: tokio's clock is paused, and its time counts as virtual time.
    pub start_paused: bool,
}

/// A handler under test.
#[derive(Clone)]
pub struct Handler {
    wrap: Arc<dyn Fn(Options) -> BoxedService + Send + Sync>,
    /// The type of the function or closure.
    function: TypeId,
    /// Its module and name.
    name: Arc<(String, String)>,
    has_captures: bool,
}

impl Handler {
    /// Takes any durable handler.
    pub fn new<K, H>(handler: H) -> Self
    where
        H: IntoService<K> + Clone,
    {
        Self {
            name: Arc::new(sometimes::function_of(&handler)),
            wrap: Arc::new(move |options| handler.clone().into_service(options)),
            function: TypeId::of::<H>(),
            has_captures: size_of::<H>() > 0,
        }
    }

    /// The module and the name of the function, or of the one that the closure stands in.
    pub(crate) fn name(&self) -> &(String, String) {
        &self.name
    }

    /// Whether it is a closure over something, such as the test's own fakes.
    pub(crate) fn has_captures(&self) -> bool {
        self.has_captures
    }

    /// Wraps the handler with the SDK under the given options.
    pub(crate) fn service(&self, options: Options) -> BoxedService {
        (self.wrap)(options)
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handler")
    }
}

/// What the body of a test may return: `()` or a `Result` with any `Debug` error.
#[diagnostic::on_unimplemented(
    message = "a durable test cannot return `{Self}`",
    note = "return nothing, `TestOutcome`, or any `Result<(), E>` with `E: Debug`"
)]
pub trait IntoOutcome {
    /// The outcome, with the error as text.
    ///
    /// # Errors
    ///
    /// The text of the error that the body returned.
    fn into_outcome(self) -> Result<(), String>;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: fmt::Debug> IntoOutcome for Result<(), E> {
    fn into_outcome(self) -> Result<(), String> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// A test in the registry.
#[derive(Debug)]
pub struct TestEntry(pub &'static TestSpec);

inventory::collect!(TestEntry);
