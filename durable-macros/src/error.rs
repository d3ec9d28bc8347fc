//! The texts of all diagnostics, and their collection: a user sees all errors at once, each message at the
//! token that causes it, with what to write instead.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Error;

use crate::kind::Kind;

/// The diagnostics found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Option<Error>);

impl Problems {
    /// The texts of all diagnostics.
    #[cfg(test)]
    pub(crate) fn texts(self) -> Vec<String> {
        self.0.map_or_else(Vec::new, |error| {
            error.into_iter().map(|one| one.to_string()).collect()
        })
    }

    /// Adds a diagnostic.
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(found) => found.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Takes the value of a result, or its diagnostic.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// All diagnostics as one error, if there are any.
    pub(crate) fn into_error(self) -> Option<Error> {
        self.0
    }
}

// Items and signatures

pub(crate) fn not_a_function(span: Span, kind: Kind) -> Error {
    let (attribute, example) = (kind.attribute(), kind.example());
    Error::new(
        span,
        format!("`{attribute}` goes on a function: `{example}`"),
    )
}

pub(crate) fn no_body(span: Span, kind: Kind) -> Error {
    let (noun, example) = (kind.noun(), kind.example());
    Error::new(
        span,
        format!("{noun} is a free function with a body: `{example}`"),
    )
}

pub(crate) fn second_durable_attribute(attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        "a function carries one durable attribute: remove this one or the other",
    )
}

pub(crate) fn not_async(span: Span, kind: Kind) -> Error {
    let (noun, why) = (kind.noun(), kind.why_async());
    Error::new(
        span,
        format!("{noun} must be async, because {why}: write `async fn`"),
    )
}

pub(crate) fn receiver(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    let rest = match kind {
        Kind::Test => "make it a free function",
        _ => "make it a free function and pass what it needs as arguments",
    };
    Error::new_spanned(token, format!("{noun} cannot take `self`: {rest}"))
}

pub(crate) fn const_fn(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} runs at run time only: remove `const`"),
    )
}

pub(crate) fn unsafe_fn(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!(
            "{noun} is called by safe code: remove `unsafe`, and write an `unsafe` block in the body"
        ),
    )
}

pub(crate) fn extern_fn(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} is called from Rust only: remove the `extern` ABI"),
    )
}

pub(crate) fn variadic(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} takes a fixed number of arguments: remove `...`, and take a `Vec<T>`"),
    )
}

pub(crate) fn lifetime_parameter(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} cannot have lifetime parameters: take owned values (`String` for `&str`)"),
    )
}

pub(crate) fn generic_parameter(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} cannot be generic, because it is registered: write the concrete type"),
    )
}

pub(crate) fn impl_trait_argument(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!(
            "{noun} cannot take an `impl Trait`, because it is registered: write the concrete type"
        ),
    )
}

pub(crate) fn borrowed(token: impl ToTokens, kind: Kind, instead: Option<&str>) -> Error {
    let why = kind.why_owned();
    let text = tokens_text(&token);
    let advice = match instead {
        Some(owned) => format!("write `{owned}` instead of `{text}`"),
        None => format!("take an owned value instead of one that borrows for `{text}`"),
    };
    Error::new_spanned(token, format!("{why}: {advice}"))
}

pub(crate) fn borrowed_result(token: impl ToTokens, kind: Kind, instead: Option<&str>) -> Error {
    let noun = kind.noun();
    let text = tokens_text(&token);
    let advice = match instead {
        Some(owned) => format!("write `{owned}` instead of `{text}`"),
        None => format!("return an owned value instead of one that borrows for `{text}`"),
    };
    Error::new_spanned(
        token,
        format!("what {noun} returns is recorded, so it is an owned value: {advice}"),
    )
}

pub(crate) fn conditional_argument(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!(
            "an argument of {noun} cannot depend on a `cfg`: write two functions, each with its `#[cfg(..)]`"
        ),
    )
}

pub(crate) fn impl_trait_result(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("what {noun} returns is recorded, so its type needs a name: replace `impl Trait`"),
    )
}

pub(crate) fn never_result(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} must return: write `Result<T, E>`, or a plain type, instead of `!`"),
    )
}

pub(crate) fn not_a_result(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable handler returns a `Result<T, E>`: write `Result<T, BoxError>`, or an alias of it",
    )
}

pub(crate) fn no_result(span: Span) -> Error {
    Error::new(
        span,
        "a durable handler returns a `Result<T, E>`: add `-> Result<T, BoxError>`",
    )
}

// Contexts

pub(crate) fn durable_context_in_step(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a step cannot run durable operations: remove this argument, or use #[durable_with_child_context]",
    )
}

pub(crate) fn step_context_not_first(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the `StepContext` must be the first argument of a durable step",
    )
}

pub(crate) fn second_step_context(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable step takes one `StepContext`: remove this one",
    )
}

pub(crate) fn context_by_reference(token: impl ToTokens, context: &str) -> Error {
    let text = tokens_text(&token);
    Error::new_spanned(
        token,
        format!("take the context by value: write `{context}` instead of `{text}`"),
    )
}

pub(crate) fn step_context_in_child(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a child-context block has no `StepContext`: remove this argument, or use #[durable_step]",
    )
}

pub(crate) fn second_durable_context(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a child-context block takes one `DurableContext`: remove this one",
    )
}

pub(crate) fn durable_context_not_first(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the `DurableContext` must be the first argument of a child-context block",
    )
}

pub(crate) fn child_without_context(span: Span) -> Error {
    Error::new(
        span,
        "a child-context block runs its operations on a context of its own: add `ctx: DurableContext` as the first argument",
    )
}

// Handlers

pub(crate) fn handler_without_arguments(span: Span) -> Error {
    Error::new(
        span,
        "a durable handler takes an event and a context: write `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_without_event(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the event is missing: write `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_without_context(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the context is missing: write `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_arguments_swapped(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the context comes second: swap the two, as in `(event: E, ctx: DurableContext)`",
    )
}

pub(crate) fn handler_context_type(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the second argument of a durable handler is its context: write `ctx: DurableContext`",
    )
}

pub(crate) fn handler_argument_too_many(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable handler takes two arguments, `(event: E, ctx: DurableContext)`: remove this one, or make it a field of the event",
    )
}

// Tests

pub(crate) fn test_without_runner(span: Span) -> Error {
    Error::new(
        span,
        "a durable test takes one runner: add `runner: DurableRunner`",
    )
}

pub(crate) fn test_argument_type(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable test takes one runner: write `runner: DurableRunner`",
    )
}

pub(crate) fn runner_by_reference(token: impl ToTokens) -> Error {
    let text = tokens_text(&token);
    Error::new_spanned(
        token,
        format!("take the runner by value: write `DurableRunner` instead of `{text}`"),
    )
}

pub(crate) fn second_runner(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable test takes one runner: remove this one, and clone the first if you need two",
    )
}

pub(crate) fn test_argument_too_many(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a durable test takes one runner: remove this argument, or add cases that set it, as in \
         `case(\"small\", 1)`",
    )
}

/// A case with more or fewer arguments than the function has parameters after its first.
pub(crate) fn case_arguments(
    token: impl ToTokens,
    given: usize,
    parameters: &[&syn::PatType],
) -> Error {
    let given = match given {
        1 => "1 argument".to_owned(),
        other => format!("{other} arguments"),
    };
    let text = |it: &&syn::PatType| format!("{}: {}", tokens_text(&it.pat), tokens_text(&it.ty));
    let names: Vec<String> = parameters.iter().map(text).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let takes = match parameters.len() {
        0 => {
            "nothing after its first argument: add parameters to it, or remove the case".to_owned()
        }
        1 => format!("1 after its first: {}", listed(&names)),
        count => format!("{count} after its first: {}", listed(&names)),
    };
    Error::new_spanned(
        token,
        format!("this case has {given}, but the function takes {takes}"),
    )
}

pub(crate) fn replay_without_report(span: Span) -> Error {
    Error::new(
        span,
        "a test with `replay` and cases takes the report of a recording first: add `replayed: \
         ReplayReport`",
    )
}

pub(crate) fn allow_word(token: impl ToTokens, effects: &[&str]) -> Error {
    let list = joined(effects, " or ");
    Error::new_spanned(
        token,
        format!("`allow` takes an effect ({list}), or the name of an operation in quotes"),
    )
}

pub(crate) fn allow_without_replay(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "`allow` lists the differences that a replay accepts: add `replay = \"histories/*.json\"`, or remove it",
    )
}

pub(crate) fn replay_argument_type(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a test with `replay` takes the report of a replayed recording: write `replayed: \
         ReplayReport`, or no argument",
    )
}

pub(crate) fn replay_argument_too_many(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "a test with `replay` takes one report: remove this argument",
    )
}

pub(crate) fn other_test_attribute(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "remove it: #[durable_test] already makes this a test",
    )
}

pub(crate) fn no_handler(span: Span) -> Error {
    Error::new(
        span,
        "a durable test names the handler that it runs: add `handler = path::to::handler`",
    )
}

pub(crate) fn no_lambda_function_name(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "this handler expression has no name for cloud mode: add `lambda_function_name = \"..\"`",
    )
}

pub(crate) fn worker_threads_without_flavor(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "only a multi-threaded runtime has worker threads: add `flavor = \"multi_thread\"`, or remove `worker_threads`",
    )
}

pub(crate) fn paused_multi_thread(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "tokio can pause the clock of a current-thread runtime only: remove `start_paused`, or `flavor = \"multi_thread\"`",
    )
}

pub(crate) fn test_attribute_value(token: impl ToTokens, example: &str) -> Error {
    Error::new_spanned(token, format!("write it as {example}"))
}

// Options

pub(crate) fn expected_option(span: Span, owner: &str, known: &[&str]) -> Error {
    let list = listed(known);
    Error::new(span, format!("expected an option: `{owner}` takes {list}"))
}

pub(crate) fn expected_comma(span: Span) -> Error {
    Error::new(span, "expected a comma before the next option")
}

pub(crate) fn option_without_value(span: Span, name: &str) -> Error {
    Error::new(span, format!("the value of `{name}` is missing after `=`"))
}

pub(crate) fn unknown_option(
    name: &syn::Ident,
    owner: &str,
    known: &[&str],
    nearest: Option<&str>,
) -> Error {
    let list = listed(known);
    let hint = nearest.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Error::new_spanned(
        name,
        format!("unknown option `{name}`{hint} (`{owner}` takes {list})"),
    )
}

pub(crate) fn misplaced_retry_option(name: &syn::Ident) -> Error {
    Error::new_spanned(
        name,
        format!("`{name}` is an option of the retry policy: write `retry({name} = ..)`"),
    )
}

pub(crate) fn duplicate(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(token, format!("`{name}` is set twice: keep one of the two"))
}

pub(crate) fn option_value(token: impl ToTokens, name: &str, examples: &str) -> Error {
    Error::new_spanned(token, format!("write `{name}` as {examples}"))
}

pub(crate) fn empty_text(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(
        token,
        format!("`{name}` is empty: write a name, or remove the option"),
    )
}

pub(crate) fn operation_name(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the service takes operation names of 1 to 256 printable ASCII characters: shorten or respell it",
    )
}

pub(crate) fn function_name_as_operation_name(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "the service takes operation names of 1 to 256 printable ASCII characters, and this one is not valid: add the option `name = \"..\"`",
    )
}

pub(crate) fn one_of(token: impl ToTokens, name: &str, values: &[&str]) -> Error {
    let quoted: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let quoted: Vec<_> = quoted.iter().map(String::as_str).collect();
    let list = joined(&quoted, " or ");
    Error::new_spanned(token, format!("`{name}` is {list}"))
}

pub(crate) fn duration(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(
        token,
        format!(
            "`{name}` is not a duration: write whole numbers with `d`, `h`, `m`, `s` or `ms`, the largest unit first, as in \"500ms\", \"5m\" or \"1h 30m\""
        ),
    )
}

pub(crate) fn duration_too_long(token: impl ToTokens, name: &str) -> Error {
    Error::new_spanned(
        token,
        format!("`{name}` is longer than a year, the longest that an execution lasts"),
    )
}

pub(crate) fn max_delay_too_short(token: impl ToTokens) -> Error {
    Error::new_spanned(
        token,
        "`max_delay` is shorter than `initial_delay`: raise it, or lower `initial_delay`",
    )
}

// Lints

pub(crate) fn unknown_lint(name: &syn::Ident, known: &[&str], nearest: Option<&str>) -> Error {
    let list = listed(known);
    let hint = nearest.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Error::new_spanned(
        name,
        format!("unknown lint `{name}`{hint} (the lints are {list})"),
    )
}

pub(crate) fn expected_lint(span: Span) -> Error {
    Error::new(
        span,
        "expected the name of a lint, or `reason = \"..\"`: `allow(clock, reason = \"only logged\")`",
    )
}

pub(crate) fn durable_without_allow(attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        "write the lints that it allows: `#[durable(allow(clock))]`",
    )
}

pub(crate) fn associated(token: impl ToTokens, kind: Kind) -> Error {
    let noun = kind.noun();
    Error::new_spanned(
        token,
        format!("{noun} cannot be an associated function: move it out of the `impl` block"),
    )
}

pub(crate) fn too_few(token: impl ToTokens, name: &str, hint: &str) -> Error {
    Error::new_spanned(token, format!("`{name}` is at least 1{hint}"))
}

pub(crate) fn too_many(token: impl ToTokens, name: &str, max: u64) -> Error {
    Error::new_spanned(token, format!("`{name}` is at most {max}"))
}

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
fn listed(names: &[&str]) -> String {
    joined(names, " and ")
}

fn joined(names: &[&str], last: &str) -> String {
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

/// A diagnostic as tokens, followed by the other output.
pub(crate) fn with_rest(error: &Error, rest: TokenStream) -> TokenStream {
    let mut tokens = error.to_compile_error();
    tokens.extend(rest);
    tokens
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

    #[test]
    fn every_diagnostic_is_kept() {
        let mut problems = Problems::default();
        problems.add(expected_comma(Span::call_site()));
        let none: Option<u8> = problems.take(Err(no_result(Span::call_site())));
        assert_eq!(none, None);
        assert_eq!(problems.take(Ok(1)), Some(1));
        assert_eq!(problems.texts().len(), 2);
    }
}
