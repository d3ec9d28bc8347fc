#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step(retry)]
async fn flag() {}

#[durable_step(retry = 3)]
async fn number() {}

#[durable_step(retry = "slow")]
async fn text() {}

#[durable_step(retry(max_attempt = 3))]
async fn misspelt() {}

#[durable_step(retry(max_attempts = 3, max_attempts = 4))]
async fn duplicate() {}

#[durable_step(retry(max_attempts = 0))]
async fn no_attempts() {}

#[durable_step(retry(max_attempts = -1))]
async fn negative_attempts() {}

#[durable_step(retry(max_attempts = 5000000000))]
async fn many_attempts() {}

#[durable_step(retry(max_attempts = "3"))]
async fn attempts_as_text() {}

#[durable_step(retry(initial_delay = 5))]
async fn delay_as_number() {}

#[durable_step(retry(initial_delay = "5"))]
async fn delay_without_unit() {}

#[durable_step(retry(initial_delay = "1.5s"))]
async fn delay_with_fraction() {}

#[durable_step(retry(initial_delay = "1 minute"))]
async fn delay_in_words() {}

#[durable_step(retry(max_delay = "30m 1h"))]
async fn delay_out_of_order() {}

#[durable_step(retry(max_delay = "1000d"))]
async fn delay_of_years() {}

#[durable_step(retry(initial_delay = "1m", max_delay = "30s"))]
async fn limit_below_first_delay() {}

#[durable_step(retry(backoff_rate = 0.5))]
async fn shrinking() {}

#[durable_step(retry(backoff_rate = 0))]
async fn vanishing() {}

#[durable_step(retry(backoff_rate = "2"))]
async fn rate_as_text() {}

#[durable_step(retry(jitter = "some"))]
async fn no_such_jitter() {}

#[durable_step(retry(jitter = true))]
async fn jitter_as_switch() {}

fn main() {}
