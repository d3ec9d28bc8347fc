#![allow(unused)]

use durable_runtime::prelude::*;
use durable_test::prelude::*;

async fn workflow(event: u32, _ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(event)
}

#[durable_test(handler = workflow)]
#[test]
async fn plain_test(runner: DurableRunner) {}

#[durable_test(handler = workflow)]
#[tokio::test]
async fn tokio_test(runner: DurableRunner) {}

#[durable_test(handler = workflow, ignore)]
#[ignore = "slow"]
async fn ignored_twice(runner: DurableRunner) {}

#[durable_test(handler = workflow, should_panic)]
#[should_panic]
async fn panics_twice(runner: DurableRunner) {}

#[durable_test(handler = workflow)]
#[should_panic(expect = "text")]
async fn expects(runner: DurableRunner) {}

#[durable_test(handler = workflow)]
#[ignore("slow")]
async fn ignored_list(runner: DurableRunner) {}

fn main() {}
