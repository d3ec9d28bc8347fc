//! `#[durable_with_child_context]`

use durable_runtime::ChildCall;
use durable_runtime::prelude::*;

fn context() -> DurableContext {
    DurableContext::__test_context()
}

/// The name of the type that a call returns; the call is built and dropped.
fn output_of<T, E, M>(_: ChildCall<T, E, M>) -> &'static str {
    std::any::type_name::<T>()
}

#[durable_step]
async fn double(number: u32) -> Result<u32, BoxError> {
    Ok(number * 2)
}

#[durable_with_child_context]
async fn item(ctx: DurableContext, number: u32) -> Result<u32, OperationError> {
    double(&ctx, number).await
}

#[durable_with_child_context(name = "a tree")]
async fn tree(ctx: DurableContext, depth: u32) -> Result<u32, BoxError> {
    if depth == 0 {
        return Ok(1);
    }
    let left = tree(&ctx, depth - 1).await?;
    Ok(left + item(&ctx, depth).await?)
}

#[durable_with_child_context]
async fn generic<T: Clone, const N: usize>(
    _ctx: DurableContext,
    value: T,
    _by: impl Fn(T) -> T + Sync,
) -> [T; N] {
    std::array::from_fn(|_| value.clone())
}

#[durable_with_child_context]
async fn alone(_: DurableContext) {}

#[test]
fn a_call_gives_the_value_of_the_result() {
    let ctx = context();
    assert_eq!(output_of(item(&ctx, 1)), "u32");
    assert_eq!(output_of(tree(&ctx, 2).name("other")), "u32");
    assert_eq!(
        output_of(generic::<u8, 2, _>(&ctx, 1, |value| value)),
        "[u8; 2]"
    );
    assert_eq!(output_of(alone(&ctx)), "()");
}

#[tokio::test]
async fn the_plain_body_is_called_by_name() {
    assert_eq!(tree::body(context(), 0).await.unwrap(), 1);
    assert_eq!(
        generic::body::<u8, 2>(context(), 1, |value| value).await,
        [1, 1]
    );
    alone::body(context()).await;
}
