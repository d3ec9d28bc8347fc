#![allow(unused)]

use durable_runtime::prelude::*;

#[durable_step(names = "pay")]
async fn misspelt() {}

#[durable_step(timeout = "1s")]
async fn unknown() {}

#[durable_step(name = "a", name = "b")]
async fn duplicate() {}

#[durable_step(name = 5)]
async fn number_as_name() {}

#[durable_step(name)]
async fn no_name() {}

#[durable_step(name = "")]
async fn empty_name() {}

#[durable_step(name = "prüfen")]
async fn name_beyond_ascii() {}

#[durable_step("pay")]
async fn bare_value() {}

#[durable_step(name = )]
async fn no_value() {}

#[durable_step(name = "a" semantics = "at_most_once")]
async fn no_comma() {}

#[durable_step(semantics = "exactly_once")]
async fn no_such_semantics() {}

#[durable_step(semantics = AtMostOnce)]
async fn semantics_as_path() {}

#[durable_step(max_attempts = 3)]
async fn retry_number_outside() {}

fn main() {}
