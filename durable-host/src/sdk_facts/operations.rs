//! Every kind of operation, made the same way.

use durable_runtime::sdk::builders::wait_for_condition::WaitDecision;
use durable_runtime::sdk::{Branch, DurableContext, DurableFuture, OperationError};

use super::SECOND;

/// The kinds of operations.
pub(super) const ALL: [&str; 10] = [
    "step",
    "condition",
    "wait",
    "callback",
    "invoke",
    "child",
    "combinator",
    "map",
    "parallel",
    "wait for callback",
];

/// Names an operation, or does not, and awaits it.
macro_rules! awaited {
    ($builder:expr, $name:expr) => {
        match $name {
            Some(name) => $builder.name(name).await.map(drop),
            None => $builder.await.map(drop),
        }
    };
}

/// Makes an operation of a kind.
pub(super) async fn make(
    ctx: &DurableContext,
    kind: &str,
    name: Option<&str>,
) -> Result<(), OperationError> {
    match kind {
        "step" => awaited!(ctx.step(|_| async { Ok(1) }), name),
        "condition" => awaited!(
            ctx.wait_for_condition(|_, state: u32| async move { Ok(state) }, 1)
                .wait_strategy_fn(|_, _| WaitDecision::complete()),
            name
        ),
        "wait" => awaited!(ctx.wait(SECOND), name),
        "callback" => {
            let callback = ctx.create_callback::<String>();
            let callback = match name {
                Some(name) => callback.name(name).await?,
                None => callback.await?,
            };
            callback.result().await.map(drop)
        }
        "invoke" => awaited!(ctx.invoke::<u32, ()>("bank", ()), name),
        "child" => awaited!(ctx.run_in_child_context(|_| async { Ok(1) }), name),
        "combinator" => {
            let inputs: [DurableFuture<u32>; 0] = [];
            awaited!(ctx.join_all(inputs), name)
        }
        "map" => awaited!(
            ctx.map([1], |_, item: u32, _| async move { Ok(item) }),
            name
        ),
        "parallel" => {
            let branch = Branch::new("branch", |_: DurableContext| async { Ok(1) });
            awaited!(ctx.parallel([branch]), name)
        }
        "wait for callback" => awaited!(
            ctx.wait_for_callback::<String, _, _>(|_, _| async { Ok(()) }),
            name
        ),
        other => unreachable!("{other} is no kind of operation"),
    }
}

#[test]
fn each_kind_can_be_made() {
    for kind in ALL {
        super::run(move |(), ctx| async move { Ok(make(&ctx, kind, None).await?) });
    }
}
