//! Scalars of YAML 1.1, which CloudFormation and SAM read: `yes` is true, `010` is eight, `1e2` is a text.

use crate::node::Node;

/// What a plain scalar stands for, and what is said about it.
pub(super) fn plain(text: &str) -> (Node, Option<String>) {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (Node::Null, None),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return (Node::Bool(true), None);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return (Node::Bool(false), None);
        }
        _ => {}
    }
    let Some(number) = whole(text).or_else(|| fraction(text)) else {
        return (Node::text(text), None);
    };
    let note = (number != text).then(|| {
        format!(
            "{text} without quotes is the number {number} in YAML 1.1; quote it to keep it as it is"
        )
    });
    (Node::Number(number.into()), note)
}

/// A whole number in decimal digits.
fn whole(text: &str) -> Option<String> {
    let (negative, digits) = signed(text);
    let number = if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)?
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        radix(hexadecimal, 16)?
    } else if digits == "0" {
        digits.to_owned()
    } else if let Some(octal) = digits.strip_prefix('0') {
        radix(octal, 8)?
    } else if digits.contains(':') {
        sixties(digits)?.to_string()
    } else {
        decimal(digits)?
    };
    Some(if negative {
        format!("-{number}")
    } else {
        number
    })
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Digits of a radix. A number that no machine holds stays a text.
fn radix(digits: &str, radix: u32) -> Option<String> {
    let allowed = digits.chars().all(|it| it == '_' || it.is_digit(radix));
    let digits = digits.replace('_', "");
    let number = u128::from_str_radix(&digits, radix).ok()?;
    allowed.then(|| number.to_string())
}

/// Decimal digits, of any length, that do not start with a zero.
fn decimal(digits: &str) -> Option<String> {
    let starts = digits.starts_with(|it: char| it.is_ascii_digit() && it != '0');
    let all = digits.chars().all(|it| it == '_' || it.is_ascii_digit());
    (starts && all).then(|| digits.replace('_', ""))
}

/// Parts to the base of sixty: `1:30` is ninety.
fn sixties(text: &str) -> Option<u128> {
    let mut parts = text.split(':');
    let mut number: u128 = decimal(parts.next()?)?.parse().ok()?;
    for part in parts {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        let part: u128 = part.parse().ok().filter(|it| digits && *it < 60)?;
        number = number.checked_mul(60)?.checked_add(part)?;
    }
    Some(number)
}

/// A number with a point. An exponent needs the point and a sign, or the scalar is a text.
fn fraction(text: &str) -> Option<String> {
    let (_, digits) = signed(text);
    let (before, after) = digits.split_once('.')?;
    let (after, exponent) = match after.split_once(['e', 'E']) {
        Some((after, exponent)) => (after, Some(exponent)),
        None => (after, None),
    };
    let of_digits = |part: &str| part.chars().all(|it| it == '_' || it.is_ascii_digit());
    let starts = if before.is_empty() { after } else { before };
    let exponent_is_valid = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
    });
    let valid = starts.starts_with(|it: char| it.is_ascii_digit())
        && of_digits(before)
        && of_digits(after)
        && exponent_is_valid;
    if !valid {
        return None;
    }
    shortest(&text.replace('_', ""))
}

/// The shortest text of a number with a fraction: `1.10` is `1.1`.
pub(super) fn shortest(text: &str) -> Option<String> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let number: f64 = text.parse().ok()?;
    number.is_finite().then(|| format!("{number:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match plain(text).0 {
            Node::Null => "null".to_owned(),
            Node::Bool(truth) => format!("bool {truth}"),
            Node::Number(number) => format!("number {number}"),
            other => format!("text {}", other.scalar().unwrap()),
        }
    }

    #[test]
    fn a_scalar_is_what_yaml_1_1_takes_it_for() {
        for (text, expected) in [
            ("", "null"),
            ("~", "null"),
            ("yes", "bool true"),
            ("Off", "bool false"),
            ("y", "text y"),
            ("12345678901234567890123", "number 12345678901234567890123"),
            ("-17", "number -17"),
            ("1_000", "number 1000"),
            ("010", "number 8"),
            ("089", "text 089"),
            ("012345678901", "text 012345678901"),
            ("012345670123", "number 1402433619"),
            ("0x1F", "number 31"),
            ("0b101", "number 5"),
            ("0o17", "text 0o17"),
            ("22:30", "number 1350"),
            ("22:61", "text 22:61"),
            ("1e2", "text 1e2"),
            ("8634e12", "text 8634e12"),
            ("1.0e2", "text 1.0e2"),
            ("1.0e+2", "number 100.0"),
            ("1.10", "number 1.1"),
            (".5", "number 0.5"),
            ("1.2.3", "text 1.2.3"),
            (".", "text ."),
            ("2024-01-31", "text 2024-01-31"),
            ("-", "text -"),
            ("0x", "text 0x"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_number_that_loses_its_zeros_is_said() {
        let note = plain("012345670123").1.unwrap();
        assert!(
            note.starts_with("012345670123 without quotes is the number 1402433619"),
            "{note}"
        );
        assert_eq!(plain("012345678901").1, None);
        assert_eq!(plain("0").1, None);
        assert_eq!(plain("0.5").1, None);
        assert!(plain("1.10").1.is_some());
    }
}
