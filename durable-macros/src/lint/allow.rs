//! `allow(..)`: which lints are silent, and where.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Token};

use super::catalogue::Lint;
use super::clippy;
use crate::error::{self, Problems};
use crate::parse::options::{self, Options, Value};

/// The lints that are silent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed(Vec<Lint>);

impl Allowed {
    /// Whether none is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a lint is silent.
    pub(crate) fn contains(&self, lint: Lint) -> bool {
        self.0.contains(&lint)
    }

    /// Adds others.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Reads the option `allow(..)` of an attribute.
    pub(crate) fn take(options: &mut Options, problems: &mut Problems) -> Self {
        let Some(item) = options.take("allow") else {
            return Self::default();
        };
        match &item.value {
            Value::Listed(list) if !list.is_empty() => Self::read(list.clone(), problems),
            _ => {
                problems.add(item.wrong("a list of lints: `allow(clock)`"));
                Self::default()
            }
        }
    }

    /// Reads the names of lints, and a reason, which is for people only.
    fn read(names: TokenStream, problems: &mut Problems) -> Self {
        let parser = Punctuated::<Entry, Token![,]>::parse_terminated;
        let entries = problems.take(parser.parse2(names)).unwrap_or_default();
        let mut allowed = Vec::new();
        for entry in entries {
            let Entry::Lint(ident) = entry else { continue };
            let name = ident.to_string();
            if let Some(lint) = Lint::ALL.into_iter().find(|lint| lint.name() == name) {
                allowed.push(lint);
            } else {
                let names = Lint::ALL.map(Lint::name);
                let nearest = options::nearest(&name, &names);
                problems.add(error::unknown_lint(&ident, &names, nearest));
            }
        }
        Self(allowed)
    }

    /// Reads the `#[durable(allow(..))]` among attributes.
    pub(crate) fn of(attributes: &[Attribute], problems: &mut Problems) -> Self {
        let mut allowed = Self::default();
        for attribute in attributes.iter().filter(|one| is_durable(one)) {
            if let syn::Meta::List(list) = &attribute.meta {
                let mut options =
                    Options::read(list.tokens.clone(), "#[durable]", &["allow"], problems);
                allowed.extend(Self::take(&mut options, problems));
            } else {
                problems.add(error::durable_without_allow(attribute));
            }
        }
        allowed
    }
}

/// Whether an attribute is `#[durable(..)]`.
pub(crate) fn is_durable(attribute: &Attribute) -> bool {
    attribute.path().is_ident("durable")
}

enum Entry {
    Lint(Ident),
    Reason,
}

impl syn::parse::Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident) {
            return Err(error::expected_lint(input.span()));
        }
        let ident: Ident = input.parse()?;
        if !input.peek(Token![=]) {
            return Ok(Self::Lint(ident));
        }
        input.parse::<Token![=]>()?;
        let reason: syn::Result<LitStr> = input.parse();
        if ident != "reason" || reason.is_err() {
            return Err(error::expected_lint(ident.span()));
        }
        Ok(Self::Reason)
    }
}

/// Replaces each `#[durable(..)]` in tokens by what clippy understands of it, and reports what is wrong in it.
pub(crate) fn strip(tokens: TokenStream, problems: &mut Problems) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    let mut begins_statement = true;
    while let Some(token) = tokens.next() {
        if let TokenTree::Punct(punct) = &token
            && punct.as_char() == '#'
            && let Some(TokenTree::Group(group)) = tokens.peek()
            && let Some(attribute) = durable_attribute(&token, group)
        {
            Allowed::of(&[attribute], problems);
            tokens.next();
            let rest: Vec<TokenTree> = tokens.clone().take(LONGEST_MACRO).collect();
            if begins_statement && !calls_macro(&rest) {
                kept.extend(clippy::allow());
            }
            continue;
        }
        begins_statement = ends_statement(&token);
        kept.extend([match token {
            TokenTree::Group(group) => {
                let stream = strip(group.stream(), problems);
                let mut stripped = Group::new(group.delimiter(), stream);
                stripped.set_span(group.span());
                TokenTree::Group(stripped)
            }
            other => other,
        }]);
    }
    kept
}

/// How many tokens the path of a macro may have: `a::b::c!`.
const LONGEST_MACRO: usize = 16;

/// Whether a statement that begins so is the call of a macro, which takes no attribute of a lint.
fn calls_macro(statement: &[TokenTree]) -> bool {
    let mut path = statement.iter().skip_while(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    matches!(path.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!')
}

/// Whether a statement, the arm of a `match` or an argument may begin after a token: an attribute may stand
/// there, and not elsewhere in an expression.
fn ends_statement(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => [';', ','].contains(&punct.as_char()),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn durable_attribute(pound: &TokenTree, group: &Group) -> Option<Attribute> {
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let begins = matches!(
        group.stream().into_iter().next(),
        Some(TokenTree::Ident(ident)) if ident == "durable"
    );
    if !begins {
        return None;
    }
    let tokens: TokenStream = [pound.clone(), TokenTree::Group(group.clone())]
        .into_iter()
        .collect();
    let attributes = Attribute::parse_outer.parse2(tokens).ok()?;
    attributes.into_iter().find(is_durable)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn names_and_a_reason_are_read() {
        let mut problems = Problems::default();
        let allowed = Allowed::read(quote!(clock, random, reason = "logs"), &mut problems);
        assert!(problems.into_error().is_none());
        assert!(allowed.contains(Lint::Clock) && allowed.contains(Lint::Random));
        assert!(!allowed.contains(Lint::Spawn));
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_all() {
        let mut problems = Problems::default();
        Allowed::read(quote!(clocks, random), &mut problems);
        let texts = problems.texts();
        assert_eq!(texts.len(), 1);
        assert!(texts[0].contains("did you mean `clock`?"), "{texts:?}");
        for lint in Lint::ALL {
            assert!(texts[0].contains(lint.name()), "{texts:?}");
        }
    }

    #[test]
    fn the_attribute_is_replaced_where_an_attribute_may_stand() {
        let allow = clippy::allow();
        let mut problems = Problems::default();
        let stripped = strip(
            quote!({
                #[durable(allow(clock))]
                a();
                #[cfg(unix)]
                {
                    #[durable(allow(io))]
                    b()
                }
                #[durable(allow(clock))]
                std::println!("{}", now());
                let late = #[durable(allow(clock))]
                now();
            }),
            &mut problems,
        );
        assert_eq!(
            stripped.to_string(),
            quote!({
                #allow
                a();
                #[cfg(unix)]
                {
                    #allow
                    b()
                }
                std::println!("{}", now());
                let late = now();
            })
            .to_string()
        );
        assert!(problems.into_error().is_none());
    }

    #[test]
    fn an_attribute_that_allows_nothing_is_refused() {
        for tokens in [
            quote!(#[durable] a();),
            quote!(#[durable(clock)] a();),
            quote!(#[durable(allow)] a();),
            quote!(#[durable(allow())] a();),
            quote!(#[durable(allow(reason))] a();),
        ] {
            let mut problems = Problems::default();
            strip(tokens.clone(), &mut problems);
            assert!(problems.into_error().is_some(), "{tokens}");
        }
    }
}
