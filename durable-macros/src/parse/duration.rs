//! Durations as text: `"500ms"`, `"5m"`, `"1h 30m"`.

use std::time::Duration;

use super::options::Item;
use crate::error;

/// The units, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Maximal duration, which is that of an execution.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Reads the duration of an option.
pub(crate) fn read(item: &Item) -> syn::Result<Duration> {
    let name = item.name.to_string();
    let text = item.string(&format!("a duration: `{name} = \"1s\"`"))?;
    match parse(&text.value()) {
        Some(duration) if duration <= LONGEST => Ok(duration),
        Some(_) => Err(error::duration_too_long(text, &name)),
        None => Err(error::duration(text, &name)),
    }
}

/// Reads a sum of parts, each unit at most once and the largest first.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, |c| c.is_ascii_alphabetic());
        // The iterator moves past the units that were used, so that none comes twice.
        let (_, factor) = units.find(|(name, _)| *name == unit)?;
        let number: u64 = number.parse().ok()?;
        total = total.saturating_add(number.saturating_mul(*factor));
        rest = after.trim_start();
    }
    Some(Duration::from_millis(total))
}

fn split(text: &str, belongs: fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> Option<u128> {
        parse(text).map(|duration| duration.as_millis())
    }

    #[test]
    fn every_unit_counts() {
        assert_eq!(millis("500ms"), Some(500));
        assert_eq!(millis("1s"), Some(1_000));
        assert_eq!(millis("5m"), Some(300_000));
        assert_eq!(millis("2h"), Some(7_200_000));
        assert_eq!(millis("1d"), Some(86_400_000));
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(millis("1h 30m"), Some(5_400_000));
        assert_eq!(millis("1h30m"), Some(5_400_000));
        assert_eq!(millis(" 1d 1ms "), Some(86_400_001));
        assert_eq!(millis("0s"), Some(0));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            "5",
            "s",
            "5 s",
            "1.5s",
            "-1s",
            "1 hour",
            "1m 1h",
            "1s 1s",
            "5m,",
            "1µs",
            "99999999999999999999s",
        ] {
            assert_eq!(millis(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_sum_does_not_overflow() {
        assert!(parse("18446744073709551615d 1h").unwrap() > LONGEST);
    }
}
