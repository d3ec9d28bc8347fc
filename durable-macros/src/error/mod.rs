//! The texts of all diagnostics, and their collection: a user sees all errors at once, each message at the
//! token that causes it, with what to write instead.

mod context;
mod handler;
mod lint;
mod option;
mod signature;
mod test;
mod words;

use proc_macro2::TokenStream;
use syn::Error;

pub(crate) use context::*;
pub(crate) use handler::*;
pub(crate) use lint::*;
pub(crate) use option::*;
pub(crate) use signature::*;
pub(crate) use test::*;
pub(crate) use words::tokens_text;

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

/// A diagnostic as tokens, followed by the other output.
pub(crate) fn with_rest(error: &Error, rest: TokenStream) -> TokenStream {
    let mut tokens = error.to_compile_error();
    tokens.extend(rest);
    tokens
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

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
