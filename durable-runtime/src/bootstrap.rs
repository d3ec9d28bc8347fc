//! One program that is the bootstrap of several functions.

use crate::registry::{HandlerEntry, handlers};
use crate::sdk::lambda_runtime::{self, Error, service_fn};
use crate::sdk::{InvocationPayload, Options};

/// The environment variable that holds the function's configured handler.
const HANDLER: &str = "_HANDLER";
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Serves, on Lambda, the handler that the function is configured with, so that one program is the bootstrap
/// of all its `#[durable_execution]` handlers.
///
/// The function's `Handler` selects the handler by name; if it names none, the name of the function does.
///
/// ```no_run
/// use durable_runtime::prelude::*;
///
/// #[durable_execution]
/// async fn order(event: String, ctx: DurableContext) -> Result<String, BoxError> {
///     Ok(event)
/// }
///
/// #[durable_execution]
/// async fn refund(event: String, ctx: DurableContext) -> Result<String, BoxError> {
///     Ok(event)
/// }
///
/// # async fn run() -> Result<(), sdk::lambda_runtime::Error> {
/// durable_runtime::run_registered().await
/// # }
/// # fn main() {}
/// ```
///
/// # Errors
///
/// If neither name is that of a handler, if several handlers have the name, or if the Lambda runtime fails.
pub async fn run_registered() -> Result<(), Error> {
    let entry = configured(|name| std::env::var(name).ok())?;
    let service = entry.service(Options::default());
    lambda_runtime::run(service_fn(
        move |event: lambda_runtime::LambdaEvent<InvocationPayload>| service(event),
    ))
    .await
}

fn configured(lookup: impl Fn(&str) -> Option<String>) -> Result<&'static HandlerEntry, String> {
    let names = [HANDLER, FUNCTION_NAME].map(|variable| lookup(variable).unwrap_or_default());
    let all = handlers();
    let of_name = |name: &String| {
        let entries = all.iter().copied();
        let found: Vec<_> = entries.filter(|entry| entry.name() == name).collect();
        (!found.is_empty()).then_some(found)
    };
    match names.iter().find_map(of_name).as_deref() {
        Some([entry]) => Ok(*entry),
        Some(several) => Err(format!(
            "several handlers of this program have the name that the function is configured with: \
             {several:?}. Set a unique name for each, with `#[durable_execution(name = \"..\")]`"
        )),
        None => {
            let known: Vec<&str> = all.iter().map(|entry| entry.name()).collect();
            let [handler, function] = names;
            Err(format!(
                "this program has no handler named by {HANDLER} (\"{handler}\") or by \
                 {FUNCTION_NAME} (\"{function}\"); its handlers are: {}. Set the function's \
                 Handler to one of them",
                known.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(handler: &str, function: &str) -> Result<&'static str, String> {
        let lookup = |name: &str| match name {
            HANDLER => Some(handler.to_owned()),
            _ => Some(function.to_owned()),
        };
        configured(lookup).map(HandlerEntry::name)
    }

    macro_rules! handler {
        ($name:literal) => {
            crate::__private::inventory::submit! {
                HandlerEntry::new($name, module_path!(), file!(), line!(), |options| {
                    crate::registry::into_service(
                        |event: String, _ctx: crate::sdk::DurableContext| async move {
                            Ok::<_, crate::sdk::BoxError>(event)
                        },
                        options,
                    )
                })
            }
        };
    }

    handler!("order");
    handler!("twin");
    handler!("twin");

    #[test]
    fn a_name_that_several_handlers_have_is_an_error() {
        let message = look("twin", "order").unwrap_err();
        assert!(message.starts_with("several handlers"), "{message}");
        assert_eq!(message.matches("twin (").count(), 2, "{message}");
    }

    #[test]
    fn the_handler_is_named_by_the_configuration_or_the_function() {
        assert_eq!(look("order", "Orders").unwrap(), "order");
        assert_eq!(look("bootstrap", "order").unwrap(), "order");
        let message = look("bootstrap", "Orders").err().unwrap();
        assert!(message.contains("(\"bootstrap\")"), "{message}");
        assert!(message.contains("(\"Orders\")"), "{message}");
        assert!(message.contains("its handlers are: order"), "{message}");
    }
}
