//! Names and types in the text of a diagnostic.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// Tokens as a user writes a type: without the spaces that the compiler puts everywhere.
pub(crate) fn tokens_text(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    append(tokens.to_token_stream(), &mut text);
    text
}

fn append(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                if text.ends_with("mut") {
                    text.push(' ');
                }
                text.push_str(open);
                append(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                sign @ (',' | ';') => text.extend([sign, ' ']),
                sign @ ('+' | '=') => text.extend([' ', sign, ' ']),
                sign => text.push(sign),
            },
            word => {
                if text.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

/// "`a`, `b` and `c`".
pub(super) fn listed(names: &[&str]) -> String {
    joined(names, " and ")
}

pub(super) fn joined(names: &[&str], last: &str) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let separator = match index {
            0 => "",
            _ if index + 1 == names.len() => last,
            _ => ", ",
        };
        text.push_str(separator);
        text.push('`');
        text.push_str(name);
        text.push('`');
    }
    text
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn names_are_listed_as_a_sentence() {
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b"]), "`a` and `b`");
        assert_eq!(joined(&["a", "b", "c"], " or "), "`a`, `b` or `c`");
    }

    #[test]
    fn types_are_shown_as_they_are_written() {
        for (tokens, text) in [
            (quote!(&str), "&str"),
            (quote!(&'a mut [Vec<u8>]), "&'a mut [Vec<u8>]"),
            (
                quote!(HashMap<String, (u8, &str)>),
                "HashMap<String, (u8, &str)>",
            ),
            (quote!(dyn Fn(u8) -> u8 + Send), "dyn Fn(u8)->u8 + Send"),
            (quote!(sdk::Context), "sdk::Context"),
        ] {
            assert_eq!(tokens_text(&tokens), text);
        }
    }
}
