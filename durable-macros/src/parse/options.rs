//! The options in the parentheses of an attribute: `flag`, `name = value`, `name(..)`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, LitBool, LitStr, Token};

use crate::error::{self, Problems};

/// The options that an attribute may have several times.
const REPEATABLE: [&str; 1] = ["case"];

/// The options of an attribute: all of them known, none set twice, but those that may be.
#[derive(Debug)]
pub(crate) struct Options(Vec<Item>);

/// One option.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its name.
    pub(crate) name: Ident,
    /// What follows the name.
    pub(crate) value: Value,
}

/// What follows the name of an option.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing.
    Flag,
    /// `= value`
    Assigned(Expr),
    /// `(..)`
    Listed(TokenStream),
}

impl Options {
    /// Reads options. An unknown or repeated one is reported and left out.
    pub(crate) fn read(
        tokens: TokenStream,
        owner: &str,
        known: &[&str],
        problems: &mut Problems,
    ) -> Self {
        Self::read_with(tokens, owner, known, problems, |_| None)
    }

    /// Like [`Options::read`], with a diagnostic of the macro's own for some unknown options.
    pub(crate) fn read_with(
        tokens: TokenStream,
        owner: &str,
        known: &[&str],
        problems: &mut Problems,
        explain: impl Fn(&Ident) -> Option<syn::Error>,
    ) -> Self {
        let parser = |input: ParseStream<'_>| items(input, owner, known);
        let items = problems.take(parser.parse2(tokens)).unwrap_or_default();
        let mut kept: Vec<Item> = Vec::new();
        for item in items {
            let name = item.name.unraw().to_string();
            if !known.contains(&name.as_str()) {
                let error = explain(&item.name).unwrap_or_else(|| {
                    error::unknown_option(&item.name, owner, known, nearest(&name, known))
                });
                problems.add(error);
            } else if !REPEATABLE.contains(&name.as_str())
                && kept.iter().any(|other| other.name == item.name)
            {
                problems.add(error::duplicate(&item.name, &item.name.to_string()));
            } else {
                kept.push(item);
            }
        }
        Self(kept)
    }

    /// Removes and returns an option.
    pub(crate) fn take(&mut self, name: &str) -> Option<Item> {
        let index = self.0.iter().position(|item| item.name == name)?;
        Some(self.0.remove(index))
    }

    /// Removes and returns all options of a name, in their order.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<Item> {
        self.0.extract_if(.., |item| item.name == name).collect()
    }
}

fn items(input: ParseStream<'_>, owner: &str, known: &[&str]) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        if !input.peek(Ident::peek_any) {
            return Err(error::expected_option(input.span(), owner, known));
        }
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            let equals: Token![=] = input.parse()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(error::option_without_value(equals.span, &name.to_string()));
            }
            Value::Assigned(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Value::Listed(content.parse()?)
        } else {
            Value::Flag
        };
        items.push(Item { name, value });
        if input.is_empty() {
            break;
        }
        if !input.peek(Token![,]) {
            return Err(error::expected_comma(input.span()));
        }
        input.parse::<Token![,]>()?;
    }
    Ok(items)
}

impl Item {
    /// The value as a string.
    pub(crate) fn string(&self, example: &str) -> syn::Result<LitStr> {
        match self.literal() {
            Some(Lit::Str(text)) => Ok(text.clone()),
            _ => Err(self.wrong(example)),
        }
    }

    /// The value as a string that is not empty.
    pub(crate) fn text(&self, example: &str) -> syn::Result<LitStr> {
        let text = self.string(example)?;
        if text.value().trim().is_empty() {
            return Err(error::empty_text(text, &self.name.to_string()));
        }
        Ok(text)
    }

    /// The value as one of these words.
    pub(crate) fn word<T: Copy>(&self, example: &str, words: &[(&str, T)]) -> syn::Result<T> {
        let text = self.string(example)?;
        let value = text.value();
        words
            .iter()
            .find(|(word, _)| *word == value)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| {
                let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                error::one_of(text, &self.name.to_string(), &names)
            })
    }

    /// The value as a switch: `flag`, `flag = true` or `flag = false`.
    pub(crate) fn switch(&self) -> syn::Result<bool> {
        let name = &self.name;
        match (&self.value, self.literal()) {
            (Value::Flag, _) => Ok(true),
            (_, Some(Lit::Bool(LitBool { value, .. }))) => Ok(*value),
            _ => Err(self.wrong(&format!("`{name}`, `{name} = true` or `{name} = false`"))),
        }
    }

    /// The value as a whole number from 1 to `max`.
    pub(crate) fn count(&self, max: u64, hint: &str) -> syn::Result<u64> {
        let name = self.name.to_string();
        let Some(Lit::Int(number)) = self.literal() else {
            return Err(self.wrong(&format!("a whole number: `{name} = 3`")));
        };
        match number.base10_parse::<u64>() {
            Ok(0) => Err(error::too_few(number, &name, hint)),
            Ok(value) if value <= max => Ok(value),
            _ => Err(error::too_many(number, &name, max)),
        }
    }

    /// The value's literal, if it is one.
    pub(crate) fn literal(&self) -> Option<&Lit> {
        let Value::Assigned(expression) = &self.value else {
            return None;
        };
        match ungrouped(expression) {
            Expr::Lit(ExprLit { lit, .. }) => Some(lit),
            _ => None,
        }
    }

    /// The diagnostic for a value of the wrong kind.
    pub(crate) fn wrong(&self, examples: &str) -> syn::Error {
        let name = self.name.to_string();
        match &self.value {
            Value::Flag => error::option_value(&self.name, &name, examples),
            Value::Assigned(value) => error::option_value(value, &name, examples),
            Value::Listed(list) if list.is_empty() => {
                error::option_value(&self.name, &name, examples)
            }
            Value::Listed(list) => error::option_value(list, &name, examples),
        }
    }
}

/// An expression without the invisible groups that a `macro_rules` expansion leaves around it.
pub(crate) fn ungrouped(expression: &Expr) -> &Expr {
    match expression {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}

/// The known name that is nearest to a misspelt one.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of single-letter edits between two words.
fn distance(from: &str, to: &str) -> usize {
    let mut above: Vec<usize> = (0..=to.chars().count()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut left = index + 1;
        let mut row = vec![left];
        for (other, (diagonal, up)) in to.chars().zip(above.iter().zip(above.iter().skip(1))) {
            left = (left + 1)
                .min(up + 1)
                .min(diagonal + usize::from(letter != other));
            row.push(left);
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        match &self.value {
            Value::Flag => {}
            Value::Assigned(value) => value.to_tokens(tokens),
            Value::Listed(list) => list.to_tokens(tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn read(tokens: TokenStream) -> (Options, Vec<String>) {
        let mut problems = Problems::default();
        let known = ["name", "retry", "start_paused"];
        let options = Options::read(tokens, "#[attribute]", &known, &mut problems);
        (options, problems.texts())
    }

    fn only(tokens: TokenStream, name: &str) -> Item {
        let (mut options, errors) = read(tokens);
        assert!(errors.is_empty(), "{errors:?}");
        options.take(name).unwrap()
    }

    #[test]
    fn flags_values_and_lists_are_read() {
        let (mut options, errors) = read(quote!(start_paused, name = "x", retry(a = 1),));
        assert!(errors.is_empty(), "{errors:?}");
        assert!(matches!(
            options.take("start_paused").unwrap().value,
            Value::Flag
        ));
        assert_eq!(options.take("name").unwrap().text("").unwrap().value(), "x");
        assert!(matches!(
            options.take("retry").unwrap().value,
            Value::Listed(_)
        ));
        assert!(options.take("retry").is_none());
    }

    #[test]
    fn unknown_and_repeated_options_are_reported_together() {
        let (mut options, errors) = read(quote!(nam = 1, name = "a", other, name = "b"));
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[0].contains("did you mean `name`?"), "{errors:?}");
        assert!(!errors[1].contains("did you mean"), "{errors:?}");
        assert!(errors[2].contains("set twice"), "{errors:?}");
        assert_eq!(options.take("name").unwrap().text("").unwrap().value(), "a");
    }

    #[test]
    fn broken_syntax_says_what_is_missing() {
        for (tokens, text) in [
            (quote!("x"), "expected an option"),
            (quote!(name =), "is missing after `=`"),
            (quote!(name = , retry), "is missing after `=`"),
            (quote!(name = "a" retry), "expected a comma"),
        ] {
            let (_, errors) = read(tokens);
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].contains(text), "{errors:?}");
        }
    }

    #[test]
    fn a_switch_is_a_flag_or_a_bool() {
        assert!(only(quote!(start_paused), "start_paused").switch().unwrap());
        let off = only(quote!(start_paused = false), "start_paused");
        assert!(!off.switch().unwrap());
        let text = only(quote!(start_paused = "no"), "start_paused");
        assert!(text.switch().is_err());
    }

    #[test]
    fn a_count_has_its_limits() {
        let count = |tokens| only(tokens, "name").count(10, "").ok();
        assert_eq!(count(quote!(name = 1)), Some(1));
        assert_eq!(count(quote!(name = 10)), Some(10));
        assert_eq!(count(quote!(name = 0)), None);
        assert_eq!(count(quote!(name = 11)), None);
        assert_eq!(count(quote!(name = "1")), None);
    }

    #[test]
    fn a_word_is_one_of_those_given() {
        let word = |tokens| only(tokens, "name").word("", &[("a", 1), ("b", 2)]);
        assert_eq!(word(quote!(name = "b")).unwrap(), 2);
        let error = word(quote!(name = "c")).unwrap_err().to_string();
        assert_eq!(error, "`name` is `\"a\"` or `\"b\"`");
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("handlr", &["handler", "ignore"]), Some("handler"));
        assert_eq!(nearest("ingore", &["handler", "ignore"]), Some("ignore"));
        assert_eq!(nearest("timeout", &["handler", "ignore"]), None);
    }
}
