//! `#[durable_step]`

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::io;

use durable_runtime::StepCall;
use durable_runtime::prelude::*;

#[derive(Debug, PartialEq)]
struct Declined;

impl Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for Declined {}

fn context() -> DurableContext {
    DurableContext::__test_context()
}

/// The name of the type that a call returns; the call is built and dropped.
fn output_of<T, E, M>(_: StepCall<T, E, M>) -> &'static str {
    std::any::type_name::<T>()
}

mod elsewhere {
    use super::{BoxError, StepContext, durable_step};

    /// Is visible from outside.
    #[durable_step]
    pub(super) async fn visible(text: String) -> Result<usize, BoxError> {
        Ok(text.len())
    }

    #[durable_step(name = "with context")]
    pub(super) async fn with_context(step: StepContext, add: u32) -> Result<u32, BoxError> {
        let _ = step;
        Ok(add)
    }
}

#[durable_step]
async fn fails() -> Result<String, Declined> {
    Err(Declined)
}

#[durable_step]
async fn fails_with_text(text: String) -> Result<(), String> {
    Err(text)
}

#[durable_step]
async fn fails_with_literal() -> Result<(), &'static str> {
    Err("literal")
}

#[durable_step]
fn reads() -> io::Result<u8> {
    Err(io::Error::other("no file"))
}

#[durable_step]
fn plain(number: u32) -> u32 {
    number + 1
}

#[durable_step]
async fn nothing() {}

#[durable_step]
async fn shown<T>(value: T) -> Result<String, BoxError>
where
    T: Clone + Display,
{
    Ok(value.clone().to_string())
}

#[durable_step]
fn made<T: Default + Display, const N: usize>() -> Vec<T> {
    (0..N).map(|_| T::default()).collect()
}

#[durable_step]
async fn failing_as<E>(error: E) -> Result<(), E>
where
    E: std::error::Error + Sync,
{
    Err(error)
}

#[durable_step]
async fn joined(
    first: impl Into<String> + Clone,
    rest: Vec<impl Into<String>>,
) -> Result<String, BoxError> {
    let mut text: String = first.into();
    for one in rest {
        text.push_str(&one.into());
    }
    Ok(text)
}

#[durable_step]
async fn called(with: impl Fn(&str) -> usize, table: HashMap<String, usize>) -> usize {
    table.values().sum::<usize>() + with("four")
}

#[durable_step]
async fn patterns((a, b): (u32, u32), mut c: u32, [d, ..]: [u32; 3], _: u8, _e: u8) -> u32 {
    c += a + b + d;
    c
}

#[durable_step]
#[expect(
    clippy::many_single_char_names,
    reason = "shows that a body keeps its lints"
)]
async fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
    a + b + c + d + e + f + g + h
}

fn never(_: &StepError, _: u32) -> RetryDecision {
    RetryDecision::Stop
}

#[durable_step(retry = never, semantics = "at_most_once")]
async fn by_strategy() -> Result<(), BoxError> {
    Ok(())
}

#[durable_step(retry = |_, _| RetryDecision::Stop)]
async fn by_closure() -> Result<(), BoxError> {
    Ok(())
}

#[durable_step(
    name = "pay",
    retry(
        max_attempts = 5,
        initial_delay = "1s",
        backoff_rate = 2.0,
        max_delay = "1m",
        jitter = "full"
    ),
    semantics = "at_least_once"
)]
async fn by_numbers() -> Result<(), BoxError> {
    Ok(())
}

#[durable_step]
#[cfg(any())]
async fn absent(missing: MissingType) -> Result<(), BoxError> {
    missing.go()
}

#[durable_step]
#[cfg(not(any()))]
#[cfg_attr(all(), doc = "Is there.", inline)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "shows that an expectation is met once"
)]
fn present() -> Result<u8, BoxError> {
    Ok(1)
}

#[durable_step]
#[deprecated = "shows that the wrapper carries it"]
fn old() -> u8 {
    1
}

// Names that the wrapper uses for itself.
#[durable_step]
async fn namesake(namesake: u8) -> u8 {
    namesake
}

#[durable_step]
async fn shadowing(ctx: u8, inner: u8, error: u8) -> Result<u8, BoxError> {
    Ok(ctx + inner + error)
}

#[durable_step]
async fn same_name(same_name: String) -> String {
    same_name
}

#[durable_step]
async fn r#match(r#type: u8) -> u8 {
    r#type
}

mod aliased {
    use super::{Declined, durable_step};

    type Result<T> = std::result::Result<T, Declined>;

    #[durable_step]
    pub(super) async fn by_alias() -> Result<u64> {
        Ok(1)
    }
}

macro_rules! step {
    ($name:ident, $label:literal, $ty:ty, $body:block) => {
        #[durable_step(name = $label)]
        async fn $name(_value: $ty) -> Result<$ty, BoxError> $body
    };
}
step!(made_by_macro, "made", u16, { Ok(1) });

#[test]
fn a_call_gives_the_value_of_the_result() {
    let ctx = context();
    assert_eq!(
        output_of(elsewhere::visible(&ctx, "text".to_owned())),
        "usize"
    );
    assert_eq!(output_of(elsewhere::with_context(&ctx, 1)), "u32");
    assert_eq!(output_of(fails(&ctx)), "alloc::string::String");
    assert_eq!(output_of(fails_with_text(&ctx, String::new())), "()");
    assert_eq!(output_of(fails_with_literal(&ctx)), "()");
    assert_eq!(output_of(reads(&ctx)), "u8");
    assert_eq!(output_of(plain(&ctx, 1)), "u32");
    assert_eq!(output_of(nothing(&ctx)), "()");
    assert_eq!(output_of(aliased::by_alias(&ctx)), "u64");
    assert_eq!(output_of(made_by_macro(&ctx, 1)), "u16");
    assert_eq!(output_of(r#match(&ctx, 1)), "u8");
    let text = String::new();
    assert_eq!(output_of(same_name(&ctx, text)), "alloc::string::String");
    assert_eq!(output_of(present(&ctx)), "u8");
    assert_eq!(output_of(shadowing(&ctx, 1, 2, 3)), "u8");
    assert_eq!(output_of(namesake(&ctx, 1)), "u8");
}

#[test]
fn a_call_takes_generics_and_patterns() {
    let ctx = context();
    assert_eq!(output_of(shown(&ctx, 5)), "alloc::string::String");
    assert_eq!(output_of(made::<u8, 3>(&ctx)), "alloc::vec::Vec<u8>");
    assert_eq!(output_of(failing_as(&ctx, Declined)), "()");
    assert_eq!(
        output_of(joined(&ctx, "a", vec!["b"])),
        "alloc::string::String"
    );
    assert_eq!(output_of(called(&ctx, str::len, HashMap::new())), "usize");
    assert_eq!(output_of(patterns(&ctx, (1, 2), 3, [4, 5, 6], 0, 0)), "u32");
    assert_eq!(output_of(many(&ctx, 1, 1, 1, 1, 1, 1, 1, 1)), "u8");
}

#[test]
fn a_call_is_the_sdks_builder() {
    let ctx = context();
    let call = by_numbers(&ctx)
        .name("other")
        .retry_strategy(never)
        .semantics(StepSemantics::AtMostOncePerRetry);
    assert_eq!(output_of(call), "()");
    assert_eq!(output_of(by_strategy(&ctx)), "()");
    assert_eq!(output_of(by_closure(&ctx)), "()");
}

#[test]
fn deprecation_is_the_wrappers() {
    #[expect(deprecated)]
    let call = old(&context());
    assert_eq!(output_of(call), "u8");
    assert_eq!(old::body(), 1);
}

#[tokio::test]
async fn the_plain_body_is_called_by_name() {
    assert_eq!(
        elsewhere::visible::body("text".to_owned()).await.unwrap(),
        4
    );
    assert_eq!(fails::body().await, Err(Declined));
    assert_eq!(
        fails_with_text::body("no".to_owned()).await,
        Err("no".to_owned())
    );
    assert_eq!(plain::body(1), 2);
    assert_eq!(made::body::<u8, 2>(), [0, 0]);
    assert_eq!(joined::body("a", vec!["b", "c"]).await.unwrap(), "abc");
    assert_eq!(patterns::body((1, 2), 3, [4, 5, 6], 0, 0).await, 10);
    let table = HashMap::from([(String::new(), 1)]);
    assert_eq!(called::body(str::len, table).await, 5);
    assert_eq!(made_by_macro::body(7).await.unwrap(), 1);
}

#[tokio::test]
async fn a_step_may_stand_in_a_function() {
    struct Local(u8);

    #[durable_step]
    async fn inner(local: u8) -> Result<u8, BoxError> {
        Ok(Local(local).0)
    }

    assert_eq!(output_of(inner(&context(), 1)), "u8");
    assert_eq!(inner::body(2).await.unwrap(), 2);
}

type Outcome<T> = Result<T, io::Error>;

#[derive(serde::Serialize, serde::Deserialize)]
struct ChargeResult {
    cents: u32,
}

#[durable_step]
async fn under_another_name(fails: bool) -> Outcome<u32> {
    if fails {
        Err(io::Error::other("lost"))
    } else {
        Ok(1)
    }
}

#[durable_step]
async fn named_like_a_result(cents: u32) -> ChargeResult {
    ChargeResult { cents }
}

#[durable_step]
fn alias_beside_generics<T: Into<u32>>(value: T, text: impl Into<String>) -> Outcome<u32> {
    let _: String = text.into();
    Ok(value.into())
}

#[durable_step]
fn generic_value<T>(value: T) -> Option<T> {
    Some(value)
}

#[durable_with_child_context]
async fn block_under_another_name(ctx: DurableContext) -> Outcome<ChargeResult> {
    named_like_a_result(&ctx, 5).await.map_err(io::Error::other)
}

#[test]
fn a_result_is_told_by_its_type() {
    let ctx = context();
    assert_eq!(output_of(under_another_name(&ctx, true)), "u32");
    assert_eq!(output_of(alias_beside_generics(&ctx, 1_u8, "a")), "u32");
    assert_eq!(
        output_of(generic_value(&ctx, 1_u8)),
        "core::option::Option<u8>"
    );
    let output = output_of(named_like_a_result(&ctx, 5));
    assert!(output.ends_with("::ChargeResult"), "{output}");
}

#[tokio::test]
async fn a_body_keeps_its_own_type() {
    assert!(under_another_name::body(true).await.is_err());
    assert_eq!(named_like_a_result::body(5).await.cents, 5);
    let block: fn(DurableContext) -> _ = block_under_another_name::body;
    let _ = block;
}
