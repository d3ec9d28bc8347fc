//! The four kinds of durable functions, and their names in diagnostics.

/// What an attribute turns a function into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `#[durable_step]`
    Step,
    /// `#[durable_with_child_context]`
    Child,
    /// `#[durable_execution]`
    Handler,
    /// `#[durable_test]`
    Test,
}

impl Kind {
    /// The attribute, as it is written.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Step => "#[durable_step]",
            Self::Child => "#[durable_with_child_context]",
            Self::Handler => "#[durable_execution]",
            Self::Test => "#[durable_test]",
        }
    }

    /// The function, with its article.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Step => "a durable step",
            Self::Child => "a child-context block",
            Self::Handler => "a durable handler",
            Self::Test => "a durable test",
        }
    }

    /// An example of such a function.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Step => "async fn charge(order: Order) -> Result<Payment, Error> { .. }",
            Self::Child => {
                "async fn item(ctx: DurableContext, id: String) -> Result<Item, BoxError> { .. }"
            }
            Self::Handler => {
                "async fn workflow(event: E, ctx: DurableContext) -> Result<T, BoxError> { .. }"
            }
            Self::Test => "async fn runs(runner: DurableRunner) -> TestOutcome { .. }",
        }
    }

    /// Why arguments cannot borrow.
    pub(crate) fn why_owned(self) -> &'static str {
        match self {
            Self::Step => {
                "a durable step may run after its caller has moved on, so it takes owned values"
            }
            Self::Child => {
                "a child-context block may run after its caller has moved on, so it takes owned values"
            }
            Self::Handler => {
                "the event of a durable handler is read from JSON that is gone when it runs, so it is an owned value"
            }
            Self::Test => "a durable test takes an owned value",
        }
    }

    /// Why the function must be async.
    pub(crate) fn why_async(self) -> &'static str {
        match self {
            Self::Step | Self::Child | Self::Handler => "durable operations are awaited",
            Self::Test => "the runner is awaited",
        }
    }
}
