#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

struct Suite;

impl Suite {
    #[durable_test(handler = workflow)]
    async fn runs(&self, runner: DurableRunner) {}
}

fn main() {}
