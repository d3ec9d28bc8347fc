use durable_runtime::prelude::*;

struct NotAnError;

#[durable_step]
async fn charge() -> Result<u32, NotAnError> {
    Err(NotAnError)
}

fn main() {}
