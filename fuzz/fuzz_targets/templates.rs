//! Arbitrary bytes for a template. The checks are those of the ordinary tests.
#![no_main]

#[path = "../../durable-template/tests/random/boundary.rs"]
mod boundary;

libfuzzer_sys::fuzz_target!(|body: &[u8]| boundary::check(body));
