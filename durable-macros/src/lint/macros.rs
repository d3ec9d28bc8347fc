//! The expressions in the arguments of a macro.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Macro, Path, Token};

/// Macros that print: what they say changes nothing.
const LOGS: [&str; 16] = [
    "dbg",
    "debug",
    "debug_span",
    "eprint",
    "eprintln",
    "error",
    "error_span",
    "event",
    "info",
    "info_span",
    "log",
    "print",
    "println",
    "trace",
    "trace_span",
    "warn",
];

/// Whether a macro prints a log line.
pub(crate) fn is_log(path: &Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| LOGS.iter().any(|name| last.ident == name))
}

/// The expressions that a macro is given, as far as its arguments read as such. A race's branches do not.
pub(crate) fn expressions(call: &Macro) -> Vec<Expr> {
    let tokens = &call.tokens;
    let name = call.path.segments.last().map(|last| last.ident.to_string());
    let name = name.unwrap_or_default();
    if name == "json" {
        return json(tokens.clone());
    }
    let list = Punctuated::<Expr, Token![,]>::parse_terminated;
    // A pattern can read as an expression.
    if !name.ends_with("matches")
        && let Ok(list) = list.parse2(tokens.clone())
    {
        return list.into_iter().collect();
    }
    let repeated = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![;]>()?;
        let count: Expr = input.parse()?;
        Ok(vec![value, count])
    };
    if let Ok(both) = repeated.parse2(tokens.clone()) {
        return both;
    }
    // `matches!(value, pattern)`
    let first = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![,]>()?;
        input.parse::<TokenStream>()?;
        Ok(vec![value])
    };
    first.parse2(tokens.clone()).unwrap_or_default()
}

/// The expressions in a JSON text: its keys are skipped.
fn json(tokens: TokenStream) -> Vec<Expr> {
    let mut expressions = Vec::new();
    let mut part = Vec::new();
    for token in tokens {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            json_part(&part, &mut expressions);
            part.clear();
        } else {
            part.push(token);
        }
    }
    json_part(&part, &mut expressions);
    expressions
}

fn json_part(part: &[TokenTree], expressions: &mut Vec<Expr>) {
    let value = match part {
        [_, TokenTree::Punct(colon), value @ ..]
            if colon.as_char() == ':' && colon.spacing() == Spacing::Alone =>
        {
            value
        }
        value => value,
    };
    match value {
        [TokenTree::Group(group)]
            if matches!(group.delimiter(), Delimiter::Brace | Delimiter::Bracket) =>
        {
            expressions.extend(json(group.stream()));
        }
        value => {
            let tokens: TokenStream = value.iter().cloned().collect();
            expressions.extend(syn::parse2::<Expr>(tokens));
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::parse_quote;

    use super::*;

    fn texts(call: &Macro) -> Vec<String> {
        expressions(call)
            .iter()
            .map(|one| one.to_token_stream().to_string().replace(' ', ""))
            .collect()
    }

    #[test]
    fn lists_and_repetitions_are_read() {
        assert_eq!(texts(&parse_quote!(format!("{}", a()))), ["\"{}\"", "a()"]);
        assert_eq!(texts(&parse_quote!(vec![a(); 3])), ["a()", "3"]);
        assert_eq!(texts(&parse_quote!(matches!(a(), Some(_) | None))), ["a()"]);
    }

    #[test]
    fn the_values_of_a_json_text_are_read() {
        let call = parse_quote!(json!({"a": f(1, 2), "b": [g::h(), {"c": h::i()}], name: null}));
        assert_eq!(texts(&call), ["f(1,2)", "g::h()", "h::i()", "null"]);
    }

    #[test]
    fn other_arguments_are_left_alone() {
        assert!(texts(&parse_quote!(select! { a = b => c, })).is_empty());
        assert!(texts(&parse_quote!(info!(%id, ?name))).is_empty());
    }
}
