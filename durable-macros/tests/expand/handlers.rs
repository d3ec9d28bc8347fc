//! `#[durable_execution]`

use std::fmt;

use durable_runtime::find_handler;
use durable_runtime::prelude::*;

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for Declined {}

#[derive(Debug, serde::Deserialize)]
struct Event {
    id: u32,
}

type OrderResult = Result<u32, BoxError>;

const LINE_OF_ORDERS: u32 = line!() + 4;

/// Is documented.
#[durable_execution]
async fn orders(Event { id }: Event, _ctx: DurableContext) -> OrderResult {
    Ok(id)
}

#[durable_execution(name = "order declined")]
async fn declined(_: u32, _: DurableContext) -> Result<u32, Declined> {
    Err(Declined)
}

#[durable_execution]
#[cfg(any())]
async fn absent(event: Missing, ctx: DurableContext) -> Result<u32, BoxError> {
    Ok(1)
}

/// Is visible from outside.
pub(crate) mod elsewhere {
    use super::{BoxError, DurableContext, durable_execution};

    #[durable_execution]
    #[deprecated]
    pub(crate) async fn visible(mut event: u32, ctx: DurableContext) -> Result<u32, BoxError> {
        drop(ctx);
        event += 1;
        Ok(event)
    }
}

fn context() -> DurableContext {
    DurableContext::__test_context()
}

#[tokio::test]
async fn a_handler_stays_callable() {
    assert_eq!(orders(Event { id: 5 }, context()).await.unwrap(), 5);
    #[expect(deprecated)]
    let visible = elsewhere::visible(1, context()).await;
    assert_eq!(visible.unwrap(), 2);
}

#[tokio::test]
async fn the_type_of_an_error_is_kept() {
    let error = declined(1, context()).await.unwrap_err();
    let error = error.downcast_ref::<TypedError>().unwrap();
    assert_eq!(error.error_type(), "Declined");
}

#[test]
fn a_handler_is_registered_where_it_stands() {
    let entry = find_handler("orders").unwrap();
    assert_eq!(entry.location(), (file!(), LINE_OF_ORDERS));
    assert_eq!(entry.module(), module_path!());
    let entry = find_handler("visible").unwrap();
    assert_eq!(entry.module(), concat!(module_path!(), "::elsewhere"));
}

#[test]
fn a_handler_is_registered_under_its_given_name() {
    assert!(find_handler("order declined").is_some());
    assert!(find_handler("declined").is_none());
    assert!(find_handler("absent").is_none());
}

#[test]
fn a_handler_is_a_service() {
    let entry = find_handler("orders").unwrap();
    drop(entry.service(sdk::Options::default()));
}
