//! Formats durations, and shortens texts.

use std::time::Duration;

use serde_json::Value;

/// A duration in its two largest units, as in `1h 5m`, `2d`, `1.25s`.
#[must_use]
pub fn human(duration: Duration) -> String {
    const UNITS: [(&str, u64); 3] = [("d", 86_400), ("h", 3_600), ("m", 60)];
    let mut rest = duration.as_secs();
    let mut parts = Vec::new();
    for (unit, seconds) in UNITS {
        if rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    let millis = duration.subsec_millis();
    if parts.is_empty() && millis > 0 {
        parts.push(format!("{}s", in_seconds(duration)));
    } else if rest > 0 || parts.is_empty() {
        parts.push(format!("{rest}s"));
    }
    parts.truncate(2);
    parts.join(" ")
}

/// A duration in seconds, as in `3600 s` or `0.5 s`: for limits, which are set in that unit.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    format!("{} s", in_seconds(duration))
}

/// The seconds of a duration to the millisecond, as in `4.137`.
fn in_seconds(duration: Duration) -> String {
    let text = format!("{}.{:03}", duration.as_secs(), duration.subsec_millis());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The first `max_chars` characters of a text, with `…` where the rest is left out.
#[must_use]
pub fn shortened(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    cut(text, max_chars)
}

/// The first line of a text, cut to `max_chars` characters, with `…` where anything is left out.
#[must_use]
pub fn one_line(text: &str, max_chars: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= max_chars && line.len() == text.trim_end().len() {
        return line.to_owned();
    }
    cut(line, max_chars)
}

/// A payload on one line, cut to `max_chars` characters. JSON of several lines is first rewritten as one
/// line.
#[must_use]
pub fn payload_line(payload: &str, max_chars: usize) -> String {
    if payload.trim_end().contains('\n')
        && let Ok(value) = serde_json::from_str::<Value>(payload)
    {
        return one_line(&value.to_string(), max_chars);
    }
    one_line(payload, max_chars)
}

/// A text of any origin, safe to show in a terminal: what would move the cursor, change colours, break the
/// line or turn the direction of writing is shown as its escape, as in `\u{1b}`.
#[must_use]
pub fn escaped(text: &str) -> String {
    escaped_but(text, &[])
}

/// The same for a text of several lines, whose line breaks stay.
#[must_use]
pub fn escaped_lines(text: &str) -> String {
    escaped_but(text, &['\n'])
}

fn escaped_but(text: &str, kept: &[char]) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if acts_on_terminals(char) && !kept.contains(&char) {
            safe.extend(char.escape_default());
        } else {
            safe.push(char);
        }
    }
    safe
}

/// Whether a character controls a terminal or the direction of writing, or separates lines.
fn acts_on_terminals(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

fn cut(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_in_their_two_largest_units() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(1_250), "1.25s"),
            (Duration::from_secs(59), "59s"),
            (Duration::from_hours(1), "1h"),
            (Duration::from_secs(3_665), "1h 1m"),
            (Duration::from_hours(365 * 24), "365d"),
            (Duration::from_secs(86_401), "1d 1s"),
        ] {
            assert_eq!(human(duration), text);
        }
    }

    #[test]
    fn limits_read_in_seconds() {
        assert_eq!(seconds(Duration::from_hours(1)), "3600 s");
        assert_eq!(seconds(Duration::from_millis(500)), "0.5 s");
        assert_eq!(seconds(Duration::from_secs(10)), "10 s");
        // Times of the API are fractions of seconds, which have no exact binary form.
        assert_eq!(
            human(Duration::from_secs_f64(4.137_000_000_000_000_5)),
            "4.137s"
        );
        assert_eq!(human(Duration::from_micros(1_234_567)), "1.234s");
    }

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        assert_eq!(
            escaped("a\u{1b}[31m\u{7}\u{202e}b\n"),
            "a\\u{1b}[31m\\u{7}\\u{202e}b\\n"
        );
        assert_eq!(escaped("größe 全角 👩‍👩‍👧"), "größe 全角 👩‍👩‍👧");
        assert_eq!(escaped_lines("a\r\nb\u{9b}"), "a\\r\nb\\u{9b}");
    }

    #[test]
    fn a_long_text_is_cut_at_characters() {
        assert_eq!(shortened("größe", 5), "größe");
        assert_eq!(shortened("größe", 3), "grö…");
        assert_eq!(shortened("a\nb", 3), "a\nb");
    }

    #[test]
    fn a_text_of_several_lines_ends_with_an_ellipsis() {
        assert_eq!(one_line("first\n", 10), "first");
        assert_eq!(one_line("first\nsecond", 10), "first…");
        assert_eq!(one_line("first\nsecond", 2), "fi…");
    }

    #[test]
    fn json_of_several_lines_is_shown_whole() {
        assert_eq!(payload_line("{\n  \"a\": 1\n}\n", 20), r#"{"a":1}"#);
        assert_eq!(payload_line("{\"a\": 1}", 20), r#"{"a": 1}"#);
        assert_eq!(payload_line("not\njson", 20), "not…");
    }
}
