//! Records of failures that a text holds as `{:?}` prints them: a live failure may have none where a replayed
//! one has it.

use once_cell::sync::OnceCell;
use regex_lite::Regex;

use super::brackets::split_closed;

/// How a record begins that may be there or not.
const RECORD: &str = r"\bSome\(\s*WireError \{";

/// What stands in its place where there is none.
const NONE: &str = "None";

/// Whether two texts are the same but for records that only one of them has.
pub(super) fn are_the_same(one: &str, other: &str) -> bool {
    one == other || are_missing(one, other) || are_missing(other, one)
}

/// Whether a text is another one without some of its records.
fn are_missing(without: &str, with: &str) -> bool {
    let (mut without, mut with) = (without, with);
    while let Some((before, record, after)) = first(with) {
        let Some(rest) = without.strip_prefix(before) else {
            return false;
        };
        let rest = rest
            .strip_prefix(NONE)
            .or_else(|| rest.strip_prefix(record));
        let Some(rest) = rest else {
            return false;
        };
        (without, with) = (rest, after);
    }
    without == with
}

/// The first record of a text, with what is before and after it.
fn first(text: &str) -> Option<(&str, &str, &str)> {
    static RECORDS: OnceCell<Option<Regex>> = OnceCell::new();
    // The expression is one; if it were not, texts would be compared as they are.
    let records = RECORDS.get_or_init(|| Regex::new(RECORD).ok()).as_ref()?;
    let at = records.find(text)?.start();
    let (before, rest) = text.split_at(at);
    let (record, after) = split_closed(rest)?;
    Some((before, record, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_may_be_missing() {
        let with =
            |message: &str| format!("a Some(WireError {{ error_message: Some(\"{message}\") }}) b");
        assert!(are_the_same("a None b", &with("no cover")));
        assert!(are_the_same(&with("no cover"), "a None b"));
        assert!(!are_the_same("a None c", &with("no cover")));
        assert!(!are_the_same(&with("no time"), &with("no cover")));
        assert!(!are_the_same("a None b", "a Some(3) b"));
    }
}
