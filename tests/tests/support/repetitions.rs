//! How often explorations that must find nothing are repeated.

/// As often as `DURABLE_TEST_REPETITIONS` says, and once without it. On several threads each repetition has other
/// interleavings; on one thread each has another seed.
pub(crate) fn repetitions() -> std::ops::Range<u64> {
    let repetitions = std::env::var("DURABLE_TEST_REPETITIONS").ok();
    let number = repetitions.and_then(|number| number.parse().ok());
    0..number.unwrap_or(1)
}
