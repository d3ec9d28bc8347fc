//! The names under which functions are recorded.

use syn::Ident;
use syn::ext::IdentExt;

use super::options::Options;
use crate::error::{self, Problems};

/// Maximal length of an operation name: the service's limit.
const LONGEST: usize = 256;

/// The name of an operation: the option `name`, or the function's own.
pub(crate) fn operation(
    options: &mut Options,
    function: &Ident,
    problems: &mut Problems,
) -> String {
    let Some(item) = options.take("name") else {
        let own = function.unraw().to_string();
        if !is_operation_name(&own) {
            problems.add(error::function_name_as_operation_name(function));
        }
        return own;
    };
    let text = problems.take(item.text("a string: `name = \"..\"`"));
    if let Some(text) = &text
        && !is_operation_name(&text.value())
    {
        problems.add(error::operation_name(text));
    }
    text.map_or_else(String::new, |text| text.value())
}

/// The name of a handler: the option `name`, or the function's own.
pub(crate) fn handler(options: &mut Options, function: &Ident, problems: &mut Problems) -> String {
    options
        .take("name")
        .and_then(|item| problems.take(item.text("a string: `name = \"..\"`")))
        .map_or_else(|| function.unraw().to_string(), |text| text.value())
}

fn is_operation_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && name.chars().all(|c| (' '..='~').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_takes_printable_ascii() {
        assert!(is_operation_name("charge card (2)"));
        assert!(is_operation_name(&"x".repeat(LONGEST)));
        assert!(!is_operation_name(&"x".repeat(LONGEST + 1)));
        assert!(!is_operation_name("prüfen"));
        assert!(!is_operation_name("two\nlines"));
        assert!(!is_operation_name(""));
    }
}
