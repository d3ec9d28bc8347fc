//! The cases of a test: `case("small", 1)`.

use quote::format_ident;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Ident, Lit, PatType, Token};

use super::options::{Item, Value, ungrouped};
use crate::error::{self, Problems};

/// The longest name that a label makes.
const LONGEST: usize = 64;

/// A case of a test.
#[derive(Debug)]
pub(crate) struct Case {
    /// The name of its own test, below that of the function.
    pub(crate) name: Ident,
    /// The arguments after the runner.
    pub(crate) arguments: Vec<Expr>,
}

/// Reads cases. `parameters` are those of the function that a case sets.
pub(crate) fn read(items: &[Item], parameters: &[&PatType], problems: &mut Problems) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(arguments) = problems.take(arguments(item)) else {
            continue;
        };
        if arguments.len() != parameters.len() {
            problems.add(error::case_arguments(item, arguments.len(), parameters));
            continue;
        }
        let is_taken = |name: &Ident| cases.iter().any(|case| case.name == *name);
        let name = name(&arguments, index + 1, item, is_taken);
        cases.push(Case { name, arguments });
    }
    cases
}

fn arguments(item: &Item) -> syn::Result<Vec<Expr>> {
    let Value::Listed(tokens) = &item.value else {
        return Err(item.wrong("a list of arguments: `case(\"small\", 1)`"));
    };
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    Ok(parser.parse2(tokens.clone())?.into_iter().collect())
}

/// The label of a case, if its first argument is a string; else its number.
fn name(
    arguments: &[Expr],
    number: usize,
    item: &Item,
    is_taken: impl Fn(&Ident) -> bool,
) -> Ident {
    let label = arguments.first().and_then(label).unwrap_or_default();
    let words = words(&label);
    // A label may be no identifier, such as a keyword, or be that of an earlier case.
    let mut name = [words.clone(), format!("case_{words}")]
        .iter()
        .filter_map(|name| syn::parse_str::<Ident>(name).ok())
        .find(|name| !words.is_empty() && !is_taken(name))
        .unwrap_or_else(|| format_ident!("case_{number}"));
    name.set_span(item.name.span());
    name
}

fn label(argument: &Expr) -> Option<String> {
    match ungrouped(argument) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        Expr::MethodCall(call) if call.args.is_empty() => label(&call.receiver),
        _ => None,
    }
}

/// The words of a label, joined by `_`.
fn words(label: &str) -> String {
    let words = label.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::{FnArg, ItemFn, parse_quote};

    use super::super::options::Options;
    use super::*;

    fn names(tokens: proc_macro2::TokenStream, function: &ItemFn) -> (Vec<String>, Vec<String>) {
        let mut problems = Problems::default();
        let mut options = Options::read(tokens, "#[durable_test]", &["case"], &mut problems);
        let parameters: Vec<&PatType> = function
            .sig
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Typed(input) => Some(input),
                FnArg::Receiver(_) => None,
            })
            .collect();
        let cases = read(&options.take_all("case"), &parameters, &mut problems);
        let names = cases.iter().map(|case| case.name.to_string()).collect();
        (names, problems.texts())
    }

    #[test]
    fn a_case_is_named_by_its_label_or_its_number() {
        let function: ItemFn = parse_quote!(
            fn runs(label: &str, n: u64) {}
        );
        let cases = quote!(
            case("small", 1),
            case("two items, at most", 2),
            case("small", 3),
            case("fn", 4),
            case("2 items", 5),
            case(label(), 6),
            case("", 7),
            case("größer".to_owned(), 8),
        );
        let (names, errors) = names(cases, &function);
        assert!(errors.is_empty(), "{errors:?}");
        let expected = [
            "small",
            "two_items_at_most",
            "case_small",
            "case_fn",
            "case_2_items",
            "case_6",
            "case_7",
            "größer",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_case_has_as_many_arguments_as_the_function_takes() {
        let function: ItemFn = parse_quote!(
            fn runs(label: &str, n: u64) {}
        );
        let (names, errors) = names(quote!(case("a", 1), case("b"), case = "c", case), &function);
        assert_eq!(names, ["a"]);
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(
            errors[0].contains("`label: &str` and `n: u64`"),
            "{errors:?}"
        );
    }
}
