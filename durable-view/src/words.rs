//! Formats durations, and shortens texts.

use std::time::Duration;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// A duration in its two largest units, as in `1h 5m`, `2d`, `1.25s`.
///
/// ```
/// use durable_view::human;
/// use std::time::Duration;
///
/// assert_eq!(human(Duration::from_millis(1_250)), "1.25s");
/// assert_eq!(human(Duration::from_mins(65)), "1h 5m");
/// ```
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
///
/// ```
/// use durable_view::seconds;
/// use std::time::Duration;
///
/// assert_eq!(seconds(Duration::from_hours(1)), "3600 s");
/// ```
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
///
/// ```
/// assert_eq!(durable_view::shortened("a long text", 6), "a long…");
/// ```
#[must_use]
pub fn shortened(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    cut(text, max_chars)
}

/// The first line of a text, cut to `max_chars` characters, with `…` where anything is left out.
///
/// ```
/// assert_eq!(durable_view::one_line("first\nsecond", 20), "first…");
/// ```
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
///
/// ```
/// assert_eq!(durable_view::payload_line("{\n  \"id\": 1\n}", 20), "{\"id\":1}");
/// ```
#[must_use]
pub fn payload_line(payload: &str, max_chars: usize) -> String {
    if payload.trim_end().contains('\n')
        && let Ok(value) = serde_json::from_str::<Value>(payload)
    {
        return one_line(&value.to_string(), max_chars);
    }
    one_line(payload, max_chars)
}

fn cut(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).chain(['…']).collect()
}

/// A text with every character that a screen does not show, or that changes how it shows the others, as its
/// escape: control characters (`\u{1b}`, `\n`) and the marks of writing direction (`\u{202e}`). What comes
/// from an execution passes through here before a person sees it.
///
/// ```
/// assert_eq!(durable_view::visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
/// ```
#[must_use]
pub fn visible(text: &str) -> String {
    visible_but(text, None)
}

/// The same for a text of several lines, whose line breaks stay.
///
/// [`visible`] escapes line breaks, too.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    visible_but(text, Some('\n'))
}

fn visible_but(text: &str, kept: Option<char>) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if Some(c) == kept => shown.push(c),
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            c if is_unseen(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Control characters, the marks of writing direction, separators of lines, and what XML refuses.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
        )
}

/// A text with spaces behind it, up to a width in columns of a terminal.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A text cut to a width in columns of a terminal, with `…` where anything is left out.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    // A sequence of characters may be wider or narrower than they are alone, as a heart that is to be an emoji is.
    let room = width.saturating_sub(1);
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let kept = ends
        .take(width * MAX_CHARS_OF_A_COLUMN)
        .map_while(|end| text.get(..end).filter(|start| start.width() <= room))
        .last()
        .unwrap_or_default();
    format!("{}…", kept.trim_end_matches(JOINER))
}

/// Joins the characters around it to one.
const JOINER: char = '\u{200d}';

/// Limit on the characters that share a column in a text that is cut.
const MAX_CHARS_OF_A_COLUMN: usize = 8;

/// A number with its thousands apart, as in `2,740`.
///
/// ```
/// assert_eq!(durable_view::count(2_740), "2,740");
/// ```
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
    fn what_a_screen_does_not_show_is_escaped() {
        assert_eq!(visible("plain größe 注文"), "plain größe 注文");
        assert_eq!(visible("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(visible("\u{202e}txt\u{feff}"), "\\u{202e}txt\\u{feff}");
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (2_740, "2,740"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(count(number), text);
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
            visible("a\u{1b}[31m\u{7}\u{202e}b\n"),
            "a\\u{1b}[31m\\u{7}\\u{202e}b\\n"
        );
        assert_eq!(visible("größe 全角 👩‍👩‍👧"), "größe 全角 👩‍👩‍👧");
        assert_eq!(visible_lines("a\r\nb\u{9b}"), "a\\r\nb\\u{9b}");
    }

    #[test]
    fn a_text_is_cut_to_columns() {
        for (text, width, cut) in [
            ("größe", 5, "größe"),
            ("größe", 4, "grö…"),
            ("注文注文", 6, "注文…"),
            ("注文注文", 8, "注文注文"),
            // Hearts are emoji here, of two columns each.
            ("❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}", 5, "❤\u{fe0f}❤\u{fe0f}…"),
            ("👩\u{200d}👩\u{200d}👧👩", 3, "👩\u{200d}👩\u{200d}👧…"),
            ("anything", 0, "…"),
        ] {
            assert_eq!(fitted(text, width), cut);
        }
        let marks = format!("a{}", "\u{301}".repeat(10_000));
        assert!(fitted(&format!("{marks}bc"), 2).chars().count() <= 17);
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
