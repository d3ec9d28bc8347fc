//! Functions and macros that break a replay, as data: one table for each family.

mod clock;
mod env;
mod exit;
mod io;
mod random;
mod select;
mod sleep;
mod spawn;

use super::catalogue::Lint;

/// A function, or all of a module.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) lint: Lint,
    /// The full path; `*` at its end stands for any function.
    pub(crate) path: &'static str,
    /// Whether a path without its beginning can be something else: it is then looked at only where an import
    /// says what it is.
    pub(crate) vague: bool,
    /// What to write instead: `{ctx}` is the context, `{call}` the call as it is written.
    pub(crate) cure: &'static str,
}

/// A macro, by its full path.
#[derive(Debug)]
pub(crate) struct MacroRule {
    pub(crate) lint: Lint,
    pub(crate) path: &'static str,
    pub(crate) cure: &'static str,
}

const fn rule(lint: Lint, path: &'static str, cure: &'static str) -> Rule {
    Rule {
        lint,
        path,
        vague: false,
        cure,
    }
}

const fn vague(lint: Lint, path: &'static str, cure: &'static str) -> Rule {
    Rule {
        lint,
        path,
        vague: true,
        cure,
    }
}

/// All tables.
fn all() -> impl Iterator<Item = &'static Rule> {
    let tables: [&[Rule]; 8] = [
        clock::RULES,
        random::RULES,
        spawn::RULES,
        select::RULES,
        sleep::RULES,
        io::RULES,
        env::RULES,
        exit::RULES,
    ];
    tables.into_iter().flatten()
}

/// The rule for a full path.
pub(crate) fn of_full_path(path: &[String]) -> Option<&'static Rule> {
    all().find(|rule| {
        let pattern: Vec<_> = rule.path.split("::").collect();
        pattern.len() == path.len() && ends_match(&pattern, path)
    })
}

/// The rule for a path whose beginning is not known: its last two names or more are those of the rule.
pub(crate) fn of_end(path: &[String]) -> Option<&'static Rule> {
    if path.len() < 2 {
        return None;
    }
    all().filter(|rule| !rule.vague).find(|rule| {
        let pattern: Vec<_> = rule.path.split("::").collect();
        pattern
            .len()
            .checked_sub(path.len())
            .and_then(|skipped| pattern.get(skipped..))
            .is_some_and(|end| ends_match(end, path))
    })
}

fn ends_match(pattern: &[&str], path: &[String]) -> bool {
    pattern.iter().zip(path).all(|(pattern, name)| {
        pattern == name || (*pattern == "*" && name.starts_with(char::is_lowercase))
    })
}

/// The last names of all functions: a path that ends otherwise is none of them.
pub(crate) fn is_last_name(name: &str) -> bool {
    all().any(|rule| {
        let last = rule.path.rsplit("::").next();
        last.is_some_and(|last| last == name || last == "*")
    })
}

/// The rule for a macro: by its full path, or by its last two names.
pub(crate) fn of_macro(path: &[String]) -> Option<&'static MacroRule> {
    select::MACROS.iter().chain(random::MACROS).find(|rule| {
        let pattern: Vec<_> = rule.path.split("::").collect();
        pattern.len() == path.len() && ends_match(&pattern, path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        path.split("::").map(str::to_owned).collect()
    }

    fn lint(found: Option<&'static Rule>) -> Option<Lint> {
        found.map(|rule| rule.lint)
    }

    #[test]
    fn a_full_path_is_found() {
        let found = |path| lint(of_full_path(&names(path)));
        assert_eq!(found("std::time::SystemTime::now"), Some(Lint::Clock));
        assert_eq!(found("fastrand::u32"), Some(Lint::Random));
        assert_eq!(found("std::fs::read_to_string"), Some(Lint::Io));
        assert_eq!(found("my::time::SystemTime::now"), None);
        assert_eq!(found("fastrand::Rng::with_seed"), None);
    }

    #[test]
    fn the_end_of_a_path_is_found_unless_it_is_vague() {
        let found = |path| lint(of_end(&names(path)));
        assert_eq!(found("SystemTime::now"), Some(Lint::Clock));
        assert_eq!(found("time::sleep"), Some(Lint::Sleep));
        assert_eq!(found("Timestamp::now"), None);
        assert_eq!(found("time::now"), None);
        assert_eq!(found("sleep"), None);
        assert_eq!(found("clock::SystemTime::now"), None);
    }

    #[test]
    fn every_cure_has_its_context() {
        for rule in all() {
            // The end of an execution is a value, and needs none.
            let needs_context = rule.lint != Lint::Exit;
            assert_eq!(rule.cure.contains("{ctx}"), needs_context, "{}", rule.path);
        }
    }
}
