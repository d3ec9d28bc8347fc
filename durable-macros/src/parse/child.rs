//! `#[durable_with_child_context]`

use proc_macro2::TokenStream;

use super::Parsed;
use super::attributes;
use super::call::Call;
use super::function::Function;
use super::name;
use super::options::Options;
use crate::error::Problems;
use crate::kind::Kind;
use crate::lint::allow::Allowed;

/// A child-context block.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    /// The lints that are silent in it.
    pub(crate) allowed: Allowed,
    pub(crate) call: Call,
}

/// Reads a child-context block.
pub(crate) fn parse(options: TokenStream, item: TokenStream) -> syn::Result<Parsed<Child>> {
    let mut problems = Problems::default();
    let mut function = Function::read(item, Kind::Child, &mut problems)?;
    let owner = Kind::Child.attribute();
    let mut options = Options::read(
        options,
        owner,
        &["name", "custom_serdes", "allow"],
        &mut problems,
    );

    let name = name::operation(&mut options, &function.signature.ident, &mut problems);
    let allowed = Allowed::take(&mut options, &mut problems);
    function.check_async(Kind::Child, &mut problems);
    let mut call = Call::read(function, Kind::Child, &mut problems);
    attributes::name_spans(&mut call.function.attributes.inner, &name);
    call.custom_serdes = options
        .take("custom_serdes")
        .is_some_and(|item| problems.take(item.switch()).unwrap_or_default());

    let data = Child {
        name,
        allowed,
        call,
    };
    Ok(Parsed { data, problems })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_block_has_a_name_and_a_context() {
        let item = quote!(
            async fn item(ctx: DurableContext, id: String) -> Result<u8, E> {}
        );
        let parsed = parse(quote!(name = "one item"), item).unwrap();
        assert!(parsed.problems.into_error().is_none());
        assert_eq!(parsed.data.name, "one item");
        assert!(parsed.data.call.takes_context);
    }

    #[test]
    fn everything_wrong_is_reported() {
        let parsed = parse(
            quote!(retry(max_attempts = 3)),
            quote!(
                fn item(id: &str) {}
            ),
        )
        .unwrap();
        let errors = parsed.problems.into_error().unwrap().into_iter().count();
        assert_eq!(errors, 4);
    }
}
