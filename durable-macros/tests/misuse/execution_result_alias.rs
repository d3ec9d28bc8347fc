use durable_runtime::prelude::*;

#[derive(serde::Serialize)]
struct ChargeResult;

#[durable_execution]
async fn workflow(event: u32, ctx: DurableContext) -> ChargeResult {
    ChargeResult
}

fn main() {}
