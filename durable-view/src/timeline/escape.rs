//! Text from an execution inside markup.

use std::fmt::Write as _;

use crate::words::visible;

/// A text as character data or as the value of an attribute, in HTML and in XML: markup is escaped, and what a
/// screen does not show is written out.
///
/// ```
/// assert_eq!(durable_view::timeline::escape("1 < 2"), "1 &#60; 2");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_what_cannot_be_seen_are_escaped() {
        assert_eq!(
            escape("<b title='\"x\"'>&\u{0}\u{202e}</b>"),
            "&#60;b title=&#39;&#34;x&#34;&#39;&#62;&#38;\\u{0}\\u{202e}&#60;/b&#62;"
        );
    }
}
