//! Whether a text has the shape of a plan, as the compiler asks about `#[durable_test(plan = "..")]`.

/// Whether the text is a plan, as [`Plan`](crate::explore::Plan) reads it. The compiler evaluates this, so it goes
/// byte by byte.
#[must_use]
pub const fn is_plan(text: &str) -> bool {
    let text = trim(text.as_bytes());
    if is(text, b"none") {
        return true;
    }
    let mut rest = text;
    loop {
        let end = find(rest, b';');
        if !is_item(trim(rest.split_at(end).0)) {
            return false;
        }
        if end == rest.len() {
            return true;
        }
        rest = rest.split_at(end + 1).1;
    }
}

const fn is_item(item: &[u8]) -> bool {
    if is(item, b"newest-first") {
        return true;
    }
    let colon = find(item, b':');
    if colon == item.len() {
        return false;
    }
    let kind = trim(item.split_at(colon).0);
    let value = trim(item.split_at(colon + 1).1);
    if is(kind, b"crash") {
        is_placed(value, &LOSSES)
    } else if is(kind, b"fault") {
        is_placed(value, &FAULTS)
    } else if is(kind, b"variant") {
        is_one_of(value, &VARIANTS)
    } else if is(kind, b"late") {
        are_numbers(value, true)
    } else if is(kind, b"order") {
        if is(value, b"default") {
            return true;
        }
        match value.split_first_chunk::<5>() {
            Some((b"seed-", seed)) => is_number(seed, false),
            _ => are_numbers(value, false),
        }
    } else {
        false
    }
}

const LOSSES: [&[u8]; 6] = [
    b"before-stored",
    b"after-stored",
    b"answer-lost",
    b"answer-late",
    b"given-up",
    b"response-lost",
];

const FAULTS: [&[u8]; 4] = [
    b"throttled",
    b"server-error",
    b"delivered-twice",
    b"overrun",
];

const VARIANTS: [&[u8]; 5] = [
    b"page-of-one",
    b"always-suspend",
    b"no-new-state",
    b"empty-invocation",
    b"slow-first-byte",
];

/// A place, a slash and one of these words.
const fn is_placed(value: &[u8], words: &[&[u8]]) -> bool {
    let mut slash = value.len();
    while slash > 0 {
        slash -= 1;
        let (place, word) = value.split_at(slash);
        if let Some((b'/', word)) = word.split_first() {
            let place = trim(place);
            return is_one_of(trim(word), words) && (is_quoted(place) || is_number(place, true));
        }
    }
    false
}

const fn is_quoted(text: &[u8]) -> bool {
    matches!(text, [b'"', .., b'"'])
}

const fn are_numbers(list: &[u8], from_one: bool) -> bool {
    let mut rest = list;
    loop {
        let end = find(rest, b',');
        if !is_number(trim(rest.split_at(end).0), from_one) {
            return false;
        }
        if end == rest.len() {
            return true;
        }
        rest = rest.split_at(end + 1).1;
    }
}

const fn is_number(text: &[u8], from_one: bool) -> bool {
    let mut rest = text;
    let mut is_zero = true;
    while let Some((digit, after)) = rest.split_first() {
        if !digit.is_ascii_digit() {
            return false;
        }
        is_zero = is_zero && *digit == b'0';
        rest = after;
    }
    !text.is_empty() && text.len() < 20 && !(from_one && is_zero)
}

const fn is_one_of(word: &[u8], words: &[&[u8]]) -> bool {
    let mut rest = words;
    while let Some((one, after)) = rest.split_first() {
        if is(word, one) {
            return true;
        }
        rest = after;
    }
    false
}

const fn is(one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (one, other);
    while let (Some((a, one_rest)), Some((b, other_rest))) =
        (one.split_first(), other.split_first())
    {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

/// The position of the first such byte outside of quotes, or the length.
const fn find(text: &[u8], wanted: u8) -> usize {
    let mut rest = text;
    let mut position = 0;
    let mut is_quoted = false;
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'"' {
            is_quoted = !is_quoted;
        }
        if *byte == wanted && !is_quoted {
            return position;
        }
        rest = after;
        position += 1;
    }
    position
}

const fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::is_plan;
    use crate::explore::{FaultKind, Loss, Plan, Variant};

    #[test]
    fn the_compiler_takes_what_a_plan_is_read_from() {
        let losses = Loss::ALL
            .iter()
            .map(|loss| format!("crash:3/{}", loss.name()));
        let faults = FaultKind::ALL
            .iter()
            .map(|fault| format!("fault:3/{fault}"));
        let variants = Variant::ALL
            .iter()
            .map(|variant| format!("variant:{variant}"));
        let others = [
            "none",
            " order: 0, 2 ; crash: 7 / after-stored ",
            "order:default;late:4,9;newest-first",
            "order:seed-7",
            "crash:\"batch/item-1;charge#2\"/after-stored",
        ];
        let others = others.map(str::to_owned);
        for text in losses.chain(faults).chain(variants).chain(others) {
            assert!(text.parse::<Plan>().is_ok() && is_plan(&text), "{text}");
        }
    }

    #[test]
    fn the_compiler_refuses_what_is_no_plan() {
        for text in [
            "",
            ";",
            "crash",
            "crash:7",
            "crash:0/after-stored",
            "crash:7/after",
            "order:",
            "order:0,",
            "order:-1",
            "order:seed-",
            "late:0",
            "fault:1/after-stored",
            "variant:page",
            "none;order:0",
            "crash:charge/after-stored",
            "crsh:7/after-stored",
            "crash:7/after-stored;",
        ] {
            assert!(text.parse::<Plan>().is_err() && !is_plan(text), "{text}");
        }
    }
}
