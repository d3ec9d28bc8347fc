#![allow(unused)]

use std::rc::Rc;
use std::sync::Mutex;

use durable_runtime::prelude::*;

#[durable_execution]
async fn handler_with_rc(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let rc = Rc::new(event);
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(*rc)
}

#[durable_step]
async fn step_with_rc(id: u32) -> Result<u32, BoxError> {
    let rc = Rc::new(id);
    std::future::ready(()).await;
    Ok(*rc)
}

#[durable_with_child_context]
async fn child_with_guard(ctx: DurableContext, id: u32) -> Result<u32, BoxError> {
    let lock = Mutex::new(id);
    let guard = lock.lock().unwrap();
    ctx.wait(Duration::from_secs(1)).await?;
    Ok(*guard)
}

fn main() {}
