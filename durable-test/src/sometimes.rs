//! Assertions that something happens in some explored run.

use std::any::type_name_of_val;
use std::cell::RefCell;
use std::collections::BTreeMap;

use durable_runtime::OperationEntry;
use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Says that some run of an exploration comes here, or that a condition holds in one: an exploration of which no run
/// did fails.
///
/// It stands in what explorations run: a check, a fake, a mock, a step or a handler of the test binary. Outside of
/// explorations it does nothing. An exploration asks for those that it reached, and for those in the functions of its
/// own: the handler, the steps and blocks that ran, and the test, from the call of `check` on. So of several
/// explorations in one test, the last one should be the one with `sometimes!`.
///
/// On a runtime with several threads, what runs at the same time in another test counts as well: two such tests that
/// share a `sometimes!`, for example in a handler, should not run beside each other.
///
/// ```
/// # use durable_runtime::prelude::*;
/// # use durable_test::prelude::*;
/// # use durable_test::sometimes;
/// # #[durable_step]
/// # async fn charge() -> u64 { 42 }
/// # async fn order(_: (), ctx: DurableContext) -> Result<u64, BoxError> { Ok(charge(&ctx).await?) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runner = DurableRunner::local(order)?;
/// let explored = runner.run(()).explore().check(|result| {
///     sometimes!(result.invocations().len() > 1, "the function is invoked again");
///     Ok(())
/// });
/// explored.await?;
///
/// let explored = runner.run(()).explore().check(|result| {
///     sometimes!(result.operations().is_empty(), "nothing is done");
///     Ok(())
/// });
/// let error = explored.await.unwrap_err();
/// assert!(error.to_string().contains("\"nothing is done\""));
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! sometimes {
    ($name:literal $(,)?) => {
        $crate::sometimes!(true, $name)
    };
    ($condition:expr, $name:literal $(,)?) => {{
        fn __here() {}
        static SITE: $crate::__private::Sometimes = $crate::__private::Sometimes {
            name: $name,
            file: ::core::file!(),
            line: ::core::line!(),
            function: || ::core::any::type_name_of_val(&__here),
        };
        $crate::__private::inventory::submit! { $crate::__private::SometimesEntry(&SITE) }
        SITE.reached($condition);
    }};
}

/// Where a `sometimes!` stands.
#[derive(Debug)]
pub struct Sometimes {
    /// What it says.
    pub name: &'static str,
    /// Source file.
    pub file: &'static str,
    /// Line in the source file.
    pub line: u32,
    /// The path of a function within the one that it stands in.
    pub function: fn() -> &'static str,
}

/// One in the registry.
#[derive(Debug)]
pub struct SometimesEntry(pub &'static Sometimes);

inventory::collect!(SometimesEntry);

/// Where one stands, and what it says: equal for the instances of a generic function.
type Key = (&'static str, u32, &'static str);

/// Those that were reached, and whether one of them held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reached(BTreeMap<Key, bool>);

thread_local! {
    /// What was reached on this thread.
    static REACHED: RefCell<Reached> = RefCell::default();
}

/// What held on runtimes with several threads, where bodies run on any of them, and how often.
static ON_SEVERAL_THREADS: Mutex<BTreeMap<Key, u64>> = Mutex::new(BTreeMap::new());

/// What held on several threads before a run, and how often.
#[derive(Debug)]
pub(crate) struct Before(BTreeMap<Key, u64>);

impl Sometimes {
    /// Notes that it is reached, and whether it holds.
    pub fn reached(&self, holds: bool) {
        if is_on_several_threads() {
            // Other tests may run at the same time: of theirs, what does not hold says nothing here.
            if holds {
                *ON_SEVERAL_THREADS.lock().entry(self.key()).or_default() += 1;
            }
        } else {
            REACHED.with_borrow_mut(|reached| reached.note(self.key(), holds));
        }
    }

    fn key(&self) -> Key {
        (self.file, self.line, self.name)
    }

    /// Whether it stands in that function, or in one within it.
    fn is_in(&self, module: &str, function: &str) -> bool {
        let here = path((self.function)());
        let mut here = here.iter();
        let is_in_module = path(module)
            .iter()
            .all(|wanted| here.next() == Some(wanted));
        is_in_module && here.any(|segment| *segment == function)
    }
}

impl Reached {
    fn note(&mut self, key: Key, holds: bool) {
        *self.0.entry(key).or_default() |= holds;
    }

    /// Before a run: what was reached so far is not the run's.
    pub(crate) fn begin() -> Before {
        if is_on_several_threads() {
            return Before(ON_SEVERAL_THREADS.lock().clone());
        }
        drop(REACHED.take());
        Before(BTreeMap::new())
    }

    /// What was reached since a run began: on this thread, or on a runtime with several on any.
    pub(crate) fn since(before: &Before) -> Self {
        if !is_on_several_threads() {
            return REACHED.take();
        }
        let all = ON_SEVERAL_THREADS.lock();
        let held = all
            .iter()
            .filter(|(key, times)| before.0.get(key).is_none_or(|before| before < times));
        Self(held.map(|(key, _)| (*key, true)).collect())
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (key, holds) in other.0 {
            self.note(key, holds);
        }
    }

    /// Those that never held, of those that were reached or stand in one of these functions, from a line on.
    pub(crate) fn never_met(
        &self,
        functions: &[((String, String), u32)],
        entries: &[&'static OperationEntry],
    ) -> Vec<String> {
        let is_relevant = |site: &Sometimes| {
            let in_function = functions
                .iter()
                .any(|((module, name), from)| site.line >= *from && site.is_in(module, name));
            let mut entries = entries.iter();
            in_function || entries.any(|entry| site.is_in(entry.module, entry.function))
        };
        let mut never = self.clone();
        for SometimesEntry(site) in inventory::iter::<SometimesEntry> {
            if is_relevant(site) {
                never.note(site.key(), false);
            }
        }
        let never = never.0.into_iter().filter(|(_, holds)| !holds);
        never
            .map(|((file, line, name), _)| format!("\"{name}\" ({file}:{line})"))
            .collect()
    }
}

/// The segments of a path, without those of closures.
fn path(path: &str) -> Vec<&str> {
    path.split("::")
        .filter(|segment| !segment.starts_with('{'))
        .collect()
}

/// The module and the name of a function item, or of the function that a closure stands in.
pub(crate) fn function_of<T>(value: &T) -> (String, String) {
    split(type_name_of_val(value))
}

/// The module and the name in the path of a function.
pub(crate) fn split(name: &str) -> (String, String) {
    let segments = path(name);
    let (name, module) = segments
        .split_last()
        .map_or(("", [].as_slice()), |(name, module)| (*name, module));
    (module.join("::"), name.to_owned())
}

fn is_on_several_threads() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() != RuntimeFlavor::CurrentThread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_held_before_on_several_threads_does_not_count() {
        static SITE: Sometimes = Sometimes {
            name: "held",
            file: file!(),
            line: line!(),
            function: || "held",
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        runtime.block_on(async {
            SITE.reached(true);
            let before = Reached::begin();
            assert!(!Reached::since(&before).0.contains_key(&SITE.key()));
            SITE.reached(false);
            assert!(!Reached::since(&before).0.contains_key(&SITE.key()));
            SITE.reached(true);
            assert!(Reached::since(&before).0.contains_key(&SITE.key()));
        });
    }

    #[test]
    fn closures_belong_to_their_function() {
        let closure = || ();
        let (module, name) = function_of(&closure);
        assert!(module.ends_with("sometimes::tests"), "{module}");
        assert_eq!(name, "closures_belong_to_their_function");
    }
}
