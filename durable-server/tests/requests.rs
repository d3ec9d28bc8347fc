//! Random requests, without a socket: requests that work, with random changes.
//!
//! The seed is fixed, so that every run tries the same ones. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for
//! more and for others.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "requests/boundary.rs"]
mod boundary;

use boundary::SEEDS;

const CASES: u64 = 400;

/// Pieces that mean something to the server.
const PIECES: [&str; 36] = [
    "{arn}",
    "{token}",
    "{callback}",
    "\n%%\n",
    "\n\n",
    "\n",
    "?",
    "&",
    "=",
    "/",
    "%",
    "%2F",
    "%00",
    "%ff",
    "%F0%9F%98%80",
    ":",
    "$LATEST",
    "MaxItems=0",
    "MaxItems=1001",
    "Marker=MQ==",
    "Statuses=RUNNING",
    "StartedAfter=-1",
    "ReverseOrder=TRUE",
    "host: example.com\n",
    "authorization: AWS4-HMAC-SHA256 Credential=a/b/eu-west-1/lambda/aws4_request\n",
    "x-amz-durable-execution-name: \u{e9}\n",
    "x-amz-tenant-id: t\n",
    "null",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "1e400",
    "\"\\ud800\"",
    "\"Id\": \"open\"",
    "\"Action\": \"CANCEL\"",
];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Some requests, changed at some places.
fn text(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut text = Vec::new();
    for number in 0..random.usize(1..4) {
        if number > 0 {
            text.extend_from_slice(b"\n%%\n");
        }
        text.extend_from_slice(SEEDS[random.usize(0..SEEDS.len())].as_bytes());
    }
    for _ in 0..random.usize(0..6) {
        let start = random.usize(0..=text.len());
        let end = (start + random.usize(0..12)).min(text.len());
        let new = match random.u8(0..4) {
            0 => Vec::new(),
            1 => vec![random.u8(..)],
            2 => PIECES[random.usize(0..PIECES.len())].into(),
            _ => {
                let from = random.usize(0..=text.len());
                let to = (from + random.usize(0..40)).min(text.len());
                text[from..to].to_vec()
            }
        };
        text.splice(start..end, new);
    }
    text
}

#[test]
fn requests_that_work_are_answered() {
    for seed in SEEDS {
        let statuses = boundary::check(seed.as_bytes());
        let switched_off = seed.contains("/plain/");
        let answered = statuses.iter().all(|it| it.is_success() != switched_off);
        assert!(answered, "{statuses:?} for {seed}");
    }
}

#[test]
fn random_requests_are_answered_or_refused_without_effect() {
    let mut random = fastrand::Rng::with_seed(setting("PROPTEST_RNG_SEED", 11));
    for _ in 0..setting("PROPTEST_CASES", CASES) {
        let text = text(&mut random);
        let checked = std::panic::catch_unwind(|| boundary::check(&text));
        assert!(checked.is_ok(), "{:?}", text.escape_ascii().to_string());
    }
}
