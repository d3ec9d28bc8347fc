//! A long loop inside one step: after a crash all of it runs again, because none of its progress was
//! recorded.

use durable_runtime::prelude::*;
use durable_test::prelude::*;

use super::world::World;
use crate::assert_message;

static BUGGY: World = World::new();

#[durable_step]
async fn upload_all(pages: Vec<String>) -> usize {
    for page in &pages {
        BUGGY.act(&format!("append {page}"));
    }
    pages.len()
}

async fn archives(pages: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    Ok(upload_all(&ctx, pages).await?)
}

#[durable_test(handler = archives, local_only)]
async fn a_loop_that_starts_again_is_found(runner: DurableRunner) {
    let error = runner
        .explore_crashes(["title", "index"])
        .setup(|| BUGGY.reset())
        .check(|_| BUGGY.expect("append title", 1))
        .await
        .unwrap_err();
    assert_message!("uploads-in-one-step", error);
}

static FIXED: World = World::new();

#[durable_step]
async fn upload(number: usize, page: String) {
    FIXED.act_once(&format!("put {page} at {number}"));
}

async fn archives_page_by_page(pages: Vec<String>, ctx: DurableContext) -> Result<usize, BoxError> {
    let count = pages.len();
    for (number, page) in pages.into_iter().enumerate() {
        upload(&ctx, number, page)
            .name(format!("upload-{number}"))
            .await?;
    }
    Ok(count)
}

#[durable_test(handler = archives_page_by_page, local_only)]
async fn a_step_for_each_page_puts_each_once(runner: DurableRunner) -> TestOutcome {
    runner
        .explore_crashes(["title", "index"])
        .setup(|| FIXED.reset())
        .check(|_| {
            FIXED.expect("put title at 0", 1)?;
            FIXED.expect("put index at 1", 1)
        })
        .await?;
    Ok(())
}
