//! Arbitrary bytes where the service reads JSON. The checks are those of the ordinary tests.
#![no_main]

#[path = "../../durable-service/tests/random/boundary.rs"]
mod boundary;

libfuzzer_sys::fuzz_target!(|body: &[u8]| boundary::check(body));
