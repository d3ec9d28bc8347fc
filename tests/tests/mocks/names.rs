//! What goes wrong with a mock names what is mocked, with its types if it is generic.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use durable_runtime::prelude::*;
use durable_test::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[durable_step]
async fn load<T>(text: String) -> Result<T, BoxError>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    Ok(serde_json::from_str(&text)?)
}

#[durable_execution]
async fn loads((): (), ctx: DurableContext) -> Result<u64, BoxError> {
    let one: u64 = load::<u64>(&ctx, "1".into()).await?;
    let all: Vec<u64> = load::<Vec<u64>>(&ctx, "[2, 3]".into()).await?;
    Ok(one + all.iter().sum::<u64>())
}

fn panic_of<R>(run: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else {
        return String::new();
    };
    panic
        .downcast::<String>()
        .map_or_else(|_| String::new(), |text| *text)
}

#[durable_test(handler = loads, local_only)]
async fn an_instance_of_a_generic_step_is_named_with_its_types(
    runner: DurableRunner,
) -> TestOutcome {
    let own = DurableRunner::local(loads)?;
    own.mock(load::<u64>).expects(2);
    own.mock(load::<Vec<u64>>).returns(vec![4]).expects(0);
    assert_eq!(own.run(()).await?.result::<u64>()?, 5);
    let unmet = panic_of(|| drop(own));
    assert!(
        unmet.starts_with("the mock of `load::<u64>` expects 2 runs, but saw one run"),
        "{unmet}"
    );
    assert!(
        unmet.contains("\nthe mock of `load::<Vec<u64>>` expects no run, but saw one run"),
        "{unmet}"
    );

    let mock = runner.mock(load::<Vec<u64>>);
    runner.run(()).await?;
    let unrecorded = panic_of(|| mock.calls());
    assert!(
        unrecorded.starts_with("the arguments of `load::<Vec<u64>>` went to its body"),
        "{unrecorded}"
    );
    Ok(())
}

async fn quote(input: Value, ctx: DurableContext) -> Result<Value, BoxError> {
    Ok(ctx
        .invoke::<Value, Value>("price", input)
        .name("price")
        .await?)
}

async fn error_of(runner: &DurableRunner, input: Value) -> Result<String, durable_test::Error> {
    let result = runner.run(input).await?;
    let error = result.get_invoke("price")?.error().cloned();
    Ok(error.map(|error| error.to_string()).unwrap_or_default())
}

/// Keys that are no text.
fn no_json() -> BTreeMap<(u8, u8), u8> {
    BTreeMap::from([((1, 2), 3)])
}

#[durable_test(handler = quote, local_only)]
async fn a_called_function_is_named(runner: DurableRunner) -> TestOutcome {
    let price = runner.mock_function("price");
    price.with(|cents: u64| cents);
    let error = error_of(&runner, json!({"cents": 1})).await?;
    assert!(
        error.contains(
            "the mock of function `price` takes a `u64`, which cannot be read from its input \
             {\"cents\":1}: invalid type: map, expected u64"
        ),
        "{error}"
    );

    let value = "the mock of function `price` has a value that cannot be written as JSON: key must be a \
                 string";
    price.with(|_: Value| Ok(no_json()));
    let error = error_of(&runner, json!(1)).await?;
    assert!(error.contains(value), "{error}");
    price.with(|_: Value| async { Ok(no_json()) });
    let error = error_of(&runner, json!(1)).await?;
    assert!(error.contains(value), "{error}");
    price.returns(no_json());
    let error = error_of(&runner, json!(1)).await?;
    assert!(error.contains(value), "{error}");

    price.with(|_: Value| Err::<u64, _>("closed".into()));
    let error = error_of(&runner, json!(1)).await?;
    assert!(!error.contains("mock"), "{error}");
    Ok(())
}
