#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step]
async fn conditional(#[cfg(unix)] id: u32) -> Result<u32, BoxError> {
    Ok(1)
}

#[durable_step]
async fn prüfen(id: u32) -> Result<u32, BoxError> {
    Ok(id)
}

fn main() {}
