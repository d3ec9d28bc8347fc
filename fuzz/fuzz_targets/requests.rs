//! Arbitrary requests to the server. The checks are those of the ordinary tests.
#![no_main]

#[path = "../../durable-server/tests/requests/boundary.rs"]
mod boundary;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|text: &[u8]| drop(boundary::check(text)));

// Now and then it begins anew with a request that works.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let index = seed as usize;
    let known = boundary::SEEDS[index % boundary::SEEDS.len()].as_bytes();
    if index % 31 == 0 && known.len() <= max_size {
        data[..known.len()].copy_from_slice(known);
        return known.len();
    }
    fuzzer_mutate(data, size, max_size)
});
