//! Values of parameters as `sam` takes them on its command line and in `samconfig.toml`.

use indexmap::IndexMap;

/// Reads `KEY=VALUE` and `ParameterKey=KEY,ParameterValue=VALUE`, one or more of them with spaces between
/// them. A value with spaces is quoted, or has a backslash before each.
///
/// # Errors
///
/// If a word has neither spelling; the error says so.
///
/// ```
/// let read = durable_template::parameter_overrides("Stage=dev Greeting=\"good day\"").unwrap();
/// assert_eq!(read["Greeting"], "good day");
/// let read = durable_template::parameter_overrides("ParameterKey=Stage,ParameterValue=dev").unwrap();
/// assert_eq!(read["Stage"], "dev");
/// ```
pub fn parameter_overrides(text: &str) -> Result<IndexMap<String, String>, String> {
    let mut overrides = IndexMap::new();
    for word in words(text) {
        let pair = match word.strip_prefix("ParameterKey=") {
            Some(rest) => rest.split_once(",ParameterValue="),
            None => word.split_once('='),
        };
        match pair {
            Some((name, value)) if is_name(name) => {
                overrides.insert(name.to_owned(), value.to_owned());
            }
            _ => {
                return Err(format!(
                    "{word:?} is not a parameter's value; write KEY=VALUE or \
                     ParameterKey=KEY,ParameterValue=VALUE"
                ));
            }
        }
    }
    Ok(overrides)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric())
}

/// The words of a text, without their quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quote != Some('\'') => {
                let escaped = letters.next_if(|it| matches!(it, '"' | '\'' | '\\' | ' '));
                word.get_or_insert_default().push(escaped.unwrap_or('\\'));
            }
            letter if quote == Some(letter) => quote = None,
            // A quote in the middle of a value is part of it.
            '"' | '\'' if quote.is_none() && starts_value(word.as_deref()) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            letter if letter.is_whitespace() && quote.is_none() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn starts_value(word: Option<&str>) -> bool {
    word.is_none_or(|word| word.is_empty() || word.ends_with('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parameter_overrides(text).unwrap().into_iter().collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn both_spellings_are_read_with_their_quotes() {
        assert_eq!(
            read(
                "ParameterKey=A,ParameterValue=1 B=2  C=\"x y\" D='p q' E=a\\ b F=\"say \\\"hi\\\"\" G="
            ),
            [
                pair("A", "1"),
                pair("B", "2"),
                pair("C", "x y"),
                pair("D", "p q"),
                pair("E", "a b"),
                pair("F", "say \"hi\""),
                pair("G", ""),
            ]
        );
        assert_eq!(
            read("ParameterKey=Url,ParameterValue=\"http://h/?a=b, c\" List=a,b,c"),
            [pair("Url", "http://h/?a=b, c"), pair("List", "a,b,c")]
        );
        assert_eq!(read("\"Stage=a b\""), [pair("Stage", "a b")]);
        assert_eq!(read("Json={\"a\":1}"), [pair("Json", "{\"a\":1}")]);
        assert_eq!(read(""), []);
    }

    #[test]
    fn a_word_without_a_value_is_an_error() {
        for text in ["Stage", "=x", "ParameterKey=A,Value=1", "a b=c"] {
            let error = parameter_overrides(text).unwrap_err();
            assert!(error.contains("write KEY=VALUE"), "{error}");
        }
    }
}
