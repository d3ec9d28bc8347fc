//! Texts as `{:?}` prints values: brackets, and strings in quotes, which may hold brackets too.

/// The characters of a text that are in no string literal, with their positions.
pub(super) fn outside_strings(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut chars = text.char_indices();
    std::iter::from_fn(move || {
        let (at, char) = chars.next()?;
        if char == '"' {
            while let Some((_, char)) = chars.next() {
                match char {
                    '\\' => drop(chars.next()),
                    '"' => break,
                    _ => {}
                }
            }
        }
        Some((at, char))
    })
}

/// Cuts a text behind the first bracket of it that is closed again.
pub(super) fn split_closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, char) in outside_strings(text) {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(text.split_at(at + char.len_utf8()));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_a_string_closes_nothing() {
        let text = r#"A { b: "}\"}", c: [1] } and (2)"#;
        let (closed, after) = split_closed(text).unwrap();
        assert_eq!(closed, r#"A { b: "}\"}", c: [1] }"#);
        assert_eq!(after, " and (2)");
        assert_eq!(split_closed("A { b: ["), None);
        assert_eq!(split_closed("] A"), None);
    }
}
