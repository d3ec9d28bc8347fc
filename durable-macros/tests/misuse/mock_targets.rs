use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn plain(id: String) -> Result<String, BoxError> {
    Ok(id)
}

#[durable_execution]
async fn handler(id: String, ctx: DurableContext) -> Result<String, BoxError> {
    Ok(ctx.step(|_| async { Ok(id) }).name("inline").await?)
}

fn targets(runner: &DurableRunner, ctx: DurableContext) {
    let _ = runner.mock(plain);
    let _ = runner.mock(handler);
    let _ = runner.mock("inline");
    let _ = runner.mock(|_: StepContext| async { Ok::<_, BoxError>(1) });
    let _ = runner.mock(ctx.step(|_| async { Ok(1) }));
}

fn main() {}
