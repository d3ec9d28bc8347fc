//! `#[durable_test]`

mod attributes;
mod inputs;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitStr, Token, parse_quote};

pub(crate) use attributes::Conditional;
use attributes::{always, expected_text, has_always, ignore_reason, unconditional};
use inputs::{check_replay_arguments, check_report, check_runner};

use super::cases::{self, Case};
use super::function::Function;
use super::options::{Item, Options, Value, ungrouped};
use super::{Parsed, arguments};
use crate::error::{self, Problems};
use crate::kind::Kind;

/// A durable test.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) function: Function,
    pub(crate) handler: Expr,
    pub(crate) lambda_function_name: String,
    /// Whether that is the handler's own name, which the registry may know better.
    pub(crate) is_named_by_handler: bool,
    pub(crate) runtime: Runtime,
    /// The reasons for which the test is ignored, each under its condition.
    pub(crate) ignore: Vec<Conditional<String>>,
    /// The reason, possibly empty, for which the test is skipped in cloud mode.
    pub(crate) local_only: Option<String>,
    /// Whether runs end with a check of determinism.
    pub(crate) check_determinism: bool,
    pub(crate) check_waits: bool,
    /// Number of runs of the body.
    pub(crate) repeat: u32,
    /// The pattern of the recordings to replay.
    pub(crate) replay: Option<String>,
    /// The differences that the replay accepts.
    pub(crate) allow: Vec<Allow>,
    /// The plan that its runs repeat.
    pub(crate) plan: Option<LitStr>,
    /// The function that is called before each run of the body.
    pub(crate) setup: Option<Expr>,
    /// Whether the body must panic, and with which text, each under its condition.
    pub(crate) should_panic: Vec<Conditional<Option<String>>>,
    /// The `#[ignore]` attributes of the plain test.
    pub(crate) ignore_attributes: Vec<Attribute>,
    /// The cases, each a test of its own; without any the function is one test.
    pub(crate) cases: Vec<Case>,
}

/// What a replay accepts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Allow {
    /// All differences with an effect: the name of its variant.
    Effect(&'static str),
    /// All differences of an operation.
    Operation(String),
}

/// The effects of differences, by the word that stands for each.
const EFFECTS: [(&str, &str); 3] = [
    ("harmless", "Harmless"),
    ("changes", "Changes"),
    ("breaks", "Breaks"),
];

/// The tokio runtime of a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Runtime {
    pub(crate) multi_thread: bool,
    pub(crate) worker_threads: Option<usize>,
    pub(crate) start_paused: bool,
}

const KNOWN: [&str; 16] = [
    "handler",
    "lambda_function_name",
    "start_paused",
    "flavor",
    "worker_threads",
    "ignore",
    "should_panic",
    "local_only",
    "check_determinism",
    "check_waits",
    "repeat",
    "replay",
    "plan",
    "case",
    "allow",
    "setup",
];

/// Reads a test.
pub(crate) fn parse(options: TokenStream, item: TokenStream) -> syn::Result<Parsed<Test>> {
    let mut problems = Problems::default();
    let mut function = Function::read(item, Kind::Test, &mut problems)?;
    let owner = Kind::Test.attribute();
    let mut options = Options::read(options, owner, &KNOWN, &mut problems);

    let handler = handler(&mut options, &mut problems);
    let (lambda_function_name, is_named_by_handler) =
        lambda_function_name(&mut options, handler.as_ref(), &mut problems);
    let runtime = runtime(&mut options, &mut problems);
    let mut ignore = Vec::new();
    let mut ignore_attributes = Vec::new();
    if let Some(item) = options.take("ignore") {
        let reason = problems.take(optional_text(&item));
        if let Some(reason) = reason.flatten() {
            ignore_attributes.push(parse_quote!(#[ignore = #reason]));
            ignore.push(always(reason.value()));
        } else {
            ignore_attributes.push(parse_quote!(#[ignore]));
            ignore.push(always(String::new()));
        }
    }
    let mut should_panic = Vec::new();
    if let Some(item) = options.take("should_panic") {
        let text = problems.take(optional_text(&item)).flatten();
        should_panic.push(always(text.map(|text| text.value())));
    }

    let mut checks = |name| {
        let item = options.take(name);
        item.and_then(|item| problems.take(item.switch()))
            .unwrap_or(true)
    };
    let check_determinism = checks("check_determinism");
    let check_waits = checks("check_waits");
    let repeat = options
        .take("repeat")
        .and_then(|item| problems.take(item.count(u32::MAX.into(), "")))
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(1);
    let replay = options.take("replay").map(|item| {
        let text = problems.take(item.text("a string: `replay = \"histories/*.json\"`"));
        text.map_or_else(String::new, |text| text.value())
    });
    let allow = options.take("allow").map_or_else(Vec::new, |item| {
        if replay.is_none() {
            problems.add(error::allow_without_replay(&item.name));
        }
        problems.take(allow(&item)).unwrap_or_default()
    });
    let plan = plan(&mut options, replay.is_some(), &mut problems);
    let setup = options
        .take("setup")
        .and_then(|item| problems.take(setup(item)));
    let local_only = options.take("local_only").map(|item| {
        let reason = problems.take(optional_text(&item)).flatten();
        reason.map(|reason| reason.value()).unwrap_or_default()
    });

    for attribute in std::mem::take(&mut function.attributes.inner) {
        let (condition, meta) = unconditional(&attribute.meta);
        if meta.path().is_ident("ignore") {
            if condition.is_none() && has_always(&ignore) {
                problems.add(error::duplicate(&attribute, "ignore"));
                continue;
            }
            let value = problems.take(ignore_reason(&meta)).unwrap_or_default();
            ignore.push(Conditional { condition, value });
            ignore_attributes.push(attribute);
        } else if meta.path().is_ident("should_panic") {
            if condition.is_none() && has_always(&should_panic) {
                problems.add(error::duplicate(&attribute, "should_panic"));
                continue;
            }
            let value = problems.take(expected_text(&meta)).flatten();
            should_panic.push(Conditional { condition, value });
        } else if meta
            .path()
            .segments
            .last()
            .is_some_and(|last| last.ident == "test")
        {
            problems.add(error::other_test_attribute(&attribute));
        } else {
            function.attributes.inner.push(attribute);
        }
    }

    function.check_qualifiers(Kind::Test, &mut problems);
    function.check_async(Kind::Test, &mut problems);
    function.check_concrete(Kind::Test, &mut problems);
    let inputs = arguments::typed(&function.signature.inputs, Kind::Test, &mut problems);
    let cases = options.take_all("case");
    let rest = inputs.get(1..).unwrap_or_default();
    match (replay.is_some(), cases.is_empty()) {
        (true, true) => check_replay_arguments(&inputs, &mut problems),
        (true, false) => check_report(&inputs, &function, &mut problems),
        (false, has_no_cases) => check_runner(&inputs, &function, has_no_cases, &mut problems),
    }
    let cases = cases::read(&cases, rest, &mut problems);

    let data = Test {
        function,
        handler: handler.unwrap_or_else(|| parse_quote!(())),
        lambda_function_name,
        is_named_by_handler,
        runtime,
        ignore,
        local_only,
        check_determinism,
        check_waits,
        repeat,
        replay,
        allow,
        plan,
        setup,
        should_panic,
        ignore_attributes,
        cases,
    };
    Ok(Parsed { data, problems })
}

fn handler(options: &mut Options, problems: &mut Problems) -> Option<Expr> {
    let Some(item) = options.take("handler") else {
        problems.add(error::no_handler(Span::call_site()));
        return None;
    };
    match item.value {
        Value::Assigned(value) if !matches!(ungrouped(&value), Expr::Lit(_)) => Some(value),
        _ => {
            problems.add(item.wrong("a path: `handler = path::to::handler`"));
            None
        }
    }
}

/// The plan that the runs repeat. Whether its text is one, the compiler finds out where it stands.
fn plan(options: &mut Options, is_replay: bool, problems: &mut Problems) -> Option<LitStr> {
    let item = options.take("plan")?;
    if is_replay {
        problems.add(error::plan_with_replay(&item.name));
    }
    let example = "the text that a failing exploration prints: `plan = \"crash:7/after-stored\"`";
    problems.take(item.string(example))
}

/// What is called before each run of the body.
fn setup(item: Item) -> syn::Result<Expr> {
    match item.value {
        Value::Assigned(value) if !matches!(ungrouped(&value), Expr::Lit(_)) => Ok(value),
        _ => Err(item.wrong("a function without arguments: `setup = reset_state`")),
    }
}

/// The name that cloud mode matches, the option or the handler's own, and whether it is the handler's.
fn lambda_function_name(
    options: &mut Options,
    handler: Option<&Expr>,
    problems: &mut Problems,
) -> (String, bool) {
    if let Some(item) = options.take("lambda_function_name") {
        let text = problems.take(item.text("a string: `lambda_function_name = \"..\"`"));
        return (text.map_or_else(String::new, |text| text.value()), false);
    }
    let Some(handler) = handler else {
        return (String::new(), true);
    };
    let name = last_segment(handler).map(|name| name.unraw().to_string());
    if name.is_none() {
        problems.add(error::no_lambda_function_name(handler));
    }
    (name.unwrap_or_default(), true)
}

fn last_segment(handler: &Expr) -> Option<&Ident> {
    match ungrouped(handler) {
        Expr::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

fn runtime(options: &mut Options, problems: &mut Problems) -> Runtime {
    let flavor = options.take("flavor").map(|item| {
        let words = [("current_thread", false), ("multi_thread", true)];
        problems.take(item.word("a string: `flavor = \"multi_thread\"`", &words))
    });
    // A flavor that could not be read says nothing about what goes with it.
    let unclear = flavor == Some(None);
    let multi_thread = flavor.flatten().unwrap_or(false);

    let mut worker_threads = None;
    if let Some(item) = options.take("worker_threads") {
        let count = problems.take(item.count(32_768, ""));
        worker_threads = count.and_then(|count| usize::try_from(count).ok());
        if !multi_thread && !unclear {
            problems.add(error::worker_threads_without_flavor(&item.name));
        }
    }

    let mut start_paused = false;
    if let Some(item) = options.take("start_paused") {
        start_paused = problems.take(item.switch()).unwrap_or(false);
        if start_paused && multi_thread {
            problems.add(error::paused_multi_thread(&item.name));
        }
    }
    Runtime {
        multi_thread,
        worker_threads,
        start_paused,
    }
}

/// What `allow(harmless, "pause")` lists.
fn allow(item: &Item) -> syn::Result<Vec<Allow>> {
    let wrong = || {
        item.wrong(
            "effects of differences and names of operations: `allow(harmless)`, `allow(changes, \"pause\")`",
        )
    };
    let Value::Listed(list) = &item.value else {
        return Err(wrong());
    };
    let read = |input: ParseStream<'_>| {
        if input.peek(LitStr) {
            return Ok(Allow::Operation(input.parse::<LitStr>()?.value()));
        }
        let word: Ident = input.parse()?;
        let known = EFFECTS.iter().find(|(known, _)| word == known);
        let names = EFFECTS.map(|(name, _)| name);
        known
            .map(|(_, effect)| Allow::Effect(effect))
            .ok_or_else(|| error::allow_word(&word, &names))
    };
    let parser =
        |input: ParseStream<'_>| Punctuated::<Allow, Token![,]>::parse_terminated_with(input, read);
    let allowed = parser.parse2(list.clone())?;
    if allowed.is_empty() {
        return Err(wrong());
    }
    Ok(allowed.into_iter().collect())
}

/// An option with or without a text: `ignore` or `ignore = "reason"`.
fn optional_text(item: &Item) -> syn::Result<Option<LitStr>> {
    let name = &item.name;
    match item.value {
        Value::Flag => Ok(None),
        _ => item
            .string(&format!("`{name}` or `{name} = \"..\"`"))
            .map(Some),
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::*;

    fn read(options: TokenStream, item: TokenStream) -> (Test, Vec<String>) {
        let parsed = parse(options, item).unwrap();
        (parsed.data, parsed.problems.texts())
    }

    fn valid(options: TokenStream, item: TokenStream) -> Test {
        let (test, errors) = read(options, item);
        assert!(errors.is_empty(), "{errors:?}");
        test
    }

    fn errors(options: TokenStream) -> Vec<String> {
        read(
            options,
            quote!(
                async fn runs(runner: DurableRunner) {}
            ),
        )
        .1
    }

    #[test]
    fn the_name_is_the_handlers_unless_given() {
        let item = quote!(
            async fn runs(runner: DurableRunner) {}
        );
        let test = valid(quote!(handler = orders::r#loop), item.clone());
        assert_eq!(test.lambda_function_name, "loop");
        assert!(test.is_named_by_handler);
        let test = valid(
            quote!(handler = f, lambda_function_name = "hello world"),
            item,
        );
        assert_eq!(test.lambda_function_name, "hello world");
        assert!(!test.is_named_by_handler);
        assert_eq!(errors(quote!(handler = |e, c| f(e, c))).len(), 1);
        assert_eq!(errors(quote!(handler = "f")).len(), 1);
        assert_eq!(errors(quote!()).len(), 1);
    }

    #[test]
    fn a_setup_is_a_function() {
        let item = quote!(
            async fn runs(runner: DurableRunner) {}
        );
        let test = valid(quote!(handler = f, setup = state::reset), item);
        let setup = test.setup.unwrap().to_token_stream().to_string();
        assert_eq!(setup.replace(' ', ""), "state::reset");
        for wrong in [quote!(setup), quote!(setup = "reset"), quote!(setup(reset))] {
            let errors = errors(quote!(handler = f, #wrong));
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].contains("`setup = reset_state`"), "{errors:?}");
        }
    }

    #[test]
    fn a_runtime_is_declared() {
        let item = quote!(
            async fn runs(runner: DurableRunner) {}
        );
        let options = quote!(handler = f, flavor = "multi_thread", worker_threads = 2);
        let expected = Runtime {
            multi_thread: true,
            worker_threads: Some(2),
            start_paused: false,
        };
        assert_eq!(valid(options, item.clone()).runtime, expected);
        let options = quote!(handler = f, flavor = "current_thread", start_paused = true);
        assert!(valid(options, item).runtime.start_paused);
    }

    #[test]
    fn a_test_of_recordings_takes_a_report_or_nothing() {
        let options = || quote!(handler = f, replay = "histories/*.json");
        let test = valid(
            options(),
            quote!(
                async fn old(replayed: ReplayReport) {}
            ),
        );
        assert_eq!(test.replay.as_deref(), Some("histories/*.json"));
        valid(
            options(),
            quote!(
                async fn old() {}
            ),
        );
        let problems = |item| read(options(), item).1.len();
        assert_eq!(
            problems(quote!(
                async fn old(runner: DurableRunner) {}
            )),
            1
        );
        assert_eq!(
            problems(quote!(
                async fn old(a: ReplayReport, b: u8) {}
            )),
            1
        );
        assert_eq!(errors(quote!(handler = f, replay)).len(), 2);
    }

    #[test]
    fn a_test_is_repeated_and_left_unchecked_on_demand() {
        let item = quote!(
            async fn runs(runner: DurableRunner) {}
        );
        let test = valid(
            quote!(
                handler = f,
                repeat = 5,
                check_determinism = false,
                check_waits = false
            ),
            item.clone(),
        );
        assert!(test.repeat == 5 && !test.check_determinism && !test.check_waits);
        let test = valid(quote!(handler = f), item);
        assert!(test.repeat == 1 && test.check_determinism && test.check_waits);
        assert_eq!(errors(quote!(handler = f, repeat = 0)).len(), 1);
    }

    #[test]
    fn runtimes_that_tokio_lacks_are_refused() {
        assert_eq!(errors(quote!(handler = f, worker_threads = 2)).len(), 1);
        let paused = quote!(handler = f, flavor = "multi_thread", start_paused);
        assert_eq!(errors(paused).len(), 1);
        let unclear = quote!(handler = f, flavor = "threads", worker_threads = 2);
        assert_eq!(errors(unclear).len(), 1);
    }

    #[test]
    fn a_test_for_local_mode_may_say_why() {
        let item = quote!(
            async fn runs(runner: DurableRunner) {}
        );
        let reason = |options| valid(options, item.clone()).local_only;
        assert_eq!(reason(quote!(handler = f)), None);
        assert_eq!(reason(quote!(handler = f, local_only)).as_deref(), Some(""));
        assert_eq!(
            reason(quote!(handler = f, local_only = "why")).as_deref(),
            Some("why")
        );
        assert_eq!(errors(quote!(handler = f, local_only = true)).len(), 1);
    }

    #[test]
    fn attributes_of_tests_are_read() {
        let item = quote! {
            #[ignore = "slow"]
            #[should_panic(expected = "text")]
            #[tracing::instrument]
            async fn runs(runner: DurableRunner) {}
        };
        let test = valid(quote!(handler = f), item);
        assert_eq!(test.ignore[0].value, "slow");
        assert_eq!(test.should_panic[0].value.as_deref(), Some("text"));
        assert_eq!(test.ignore_attributes.len(), 1);
        assert_eq!(test.function.attributes.inner.len(), 1);
    }

    #[test]
    fn a_conditional_attribute_keeps_its_condition() {
        let item = quote! {
            #[cfg_attr(unix, cfg_attr(miri, ignore))]
            async fn runs(runner: DurableRunner) {}
        };
        let test = valid(quote!(handler = f), item);
        let condition = test.ignore[0].condition.to_token_stream().to_string();
        assert_eq!(condition, "all (unix , miri)");
    }

    #[test]
    fn everything_wrong_is_reported() {
        let item = quote!(
            #[tokio::test]
            fn runs<T>(a: u8, b: DurableRunner, c: u8) {}
        );
        let (_, errors) = read(quote!(handlers = f, flavor = 1), item);
        assert_eq!(errors.len(), 9, "{errors:?}");
    }
}
