#![allow(unused)]

use std::collections::hash_map::RandomState;
use std::time::{Instant, SystemTime as Wall};

use durable_runtime::prelude::*;
use durable_test::prelude::json;

#[durable_execution]
async fn clocks(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let a = std::time::SystemTime::now();
    let b = Wall::now();
    let c = Instant::now();
    let d = Some(1).map_or_else(Wall::now, |_| std::time::UNIX_EPOCH);
    let text = format!("{:?}", Wall::now());
    let json = json!({"at": [Wall::now()], "by": "clock"});
    {
        use std::time::SystemTime;
        let e = <SystemTime>::now();
    }
    Ok(event)
}

#[durable_execution]
async fn randomness(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let state = RandomState::new();
    ctx.run_in_child_context(|inside| async move {
        let id = fastrand::u32(..);
        Ok(id)
    })
    .await?;
    Ok(event)
}

#[durable_execution]
async fn process(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let table = std::env::var("TABLE")?;
    let text = std::fs::read_to_string("table.json")?;
    let socket = std::net::TcpStream::connect("127.0.0.1:80")?;
    let child = std::process::Command::new("ls");
    let input = std::io::stdin();
    if event == 0 {
        std::process::exit(0);
    }
    if event == 1 {
        std::process::abort();
    }
    Ok(event)
}

#[durable_execution]
async fn process_of_tokio(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    let text = tokio::fs::read_to_string("table.json").await?;
    let socket = tokio::net::TcpStream::connect("127.0.0.1:80").await?;
    let child = tokio::process::Command::new("ls");
    let input = tokio::io::stdin();
    Ok(event)
}

#[durable_step]
async fn charge(cents: u32) -> u32 {
    cents
}

#[durable_execution]
async fn names(event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
    charge(&ctx, 1).name(format!("charge-{:?}", Wall::now())).await?;
    ctx.wait(Duration::from_secs(1)).name(std::env::var("NAME")?).await?;
    // The argument of a step is computed by the handler.
    charge(&ctx, fastrand::u32(..)).await?;
    Ok(event)
}

mod fastrand {
    pub fn u32(_: std::ops::RangeFull) -> u32 {
        4
    }
}

fn main() {}
