//! Independent bodies beside others: of the orders that differ by two independent neighbours alone, one is enough.
//!
//! These are sleep sets. Where a body is chosen although an independent one before it among the options would do as
//! well, the orders that go on with that other one are known from there. So it sleeps: it is no option until something
//! runs with which it competes. Where it is chosen all the same, because it is the first option, the run is made, so that
//! each body comes before each other one and after it; but no other order is derived from what follows.

use std::collections::BTreeSet;

use durable_host::{Among, Choice};

/// For each choice of an invocation, which of its options lead to something new, if the bodies of these paths are
/// independent. After a body was chosen that sleeps none does, until something else than a body is chosen.
pub(super) fn awake(choices: &[Choice], independent: &BTreeSet<&str>) -> Vec<Vec<bool>> {
    let mut asleep: BTreeSet<&str> = BTreeSet::new();
    // Where nothing else competes, not all of the options before the chosen one are tried.
    let mut has_others = false;
    let mut is_known = false;
    let mut all = Vec::with_capacity(choices.len());
    for choice in choices {
        if choice.among != (Among::Held { late_answers: 0 }) {
            has_others = true;
            is_known = false;
            asleep.clear();
            all.push(vec![true; choice.options.len()]);
            continue;
        }
        let options = || choice.options.iter().map(String::as_str);
        // One that ran in between had no other beside it.
        is_known |= asleep
            .iter()
            .any(|path| !options().any(|other| other == *path));
        if is_known {
            all.push(vec![false; choice.options.len()]);
            continue;
        }
        // Bodies of one path are not told apart.
        let is_free = |path: &str| {
            independent.contains(path) && options().filter(|other| *other == path).count() == 1
        };
        has_others |= !options().all(|path| independent.contains(path));
        asleep.retain(|path| is_free(path));
        all.push(options().map(|path| !asleep.contains(path)).collect());
        let chosen = options().nth(choice.chosen).filter(|path| is_free(path));
        match chosen {
            Some(chosen) if asleep.contains(chosen) => is_known = true,
            Some(_) if has_others => {
                asleep.extend(options().take(choice.chosen).filter(|path| is_free(path)));
            }
            Some(_) => {}
            None => asleep.clear(),
        }
    }
    all
}

/// About how many runs an invocation has if every run of it makes these choices, of which that many options are tried.
pub(super) fn runs(
    choices: &[Choice],
    awake: &[Vec<bool>],
    options: impl Fn(&Choice) -> usize,
) -> usize {
    choices
        .iter()
        .zip(awake)
        .rev()
        .fold(1, |runs, (choice, awake)| {
            let leads_on = awake.get(choice.chosen).is_some_and(|is_awake| *is_awake);
            let further = if leads_on {
                runs.saturating_mul(options(choice))
            } else {
                0
            };
            // A run takes the first option.
            let is_first_asleep = awake.first().is_some_and(|is_awake| !is_awake);
            further.saturating_add(usize::from(is_first_asleep))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies side by side, each with what its branch runs after it.
    struct Branches<'a>(&'a [&'a [&'a str]]);

    impl Branches<'_> {
        /// A run that makes these choices, then the first ones; its choices and its order.
        fn run(&self, chosen: &[usize]) -> (Vec<Choice>, Vec<String>) {
            let mut at: Vec<usize> = vec![0; self.0.len()];
            let (mut choices, mut order) = (Vec::new(), Vec::new());
            loop {
                let held = self.0.iter().zip(&at).enumerate();
                let held =
                    held.filter_map(|(branch, (steps, at))| Some((*steps.get(*at)?, branch)));
                let held: BTreeSet<(&str, usize)> = held.collect();
                let held: Vec<(&str, usize)> = held.into_iter().collect();
                let mut option = 0;
                if held.len() > 1 {
                    option = chosen.get(choices.len()).copied().unwrap_or(0);
                    choices.push(Choice {
                        chosen: option,
                        options: held.iter().map(|(path, _)| (*path).to_owned()).collect(),
                        among: Among::Held { late_answers: 0 },
                    });
                }
                let Some((path, branch)) = held.get(option) else {
                    return (choices, order);
                };
                order.push((*path).to_owned());
                at[*branch] += 1;
            }
        }

        /// The orders of all runs of a search that leaves out what sleeps; those that begin with `i` are independent.
        fn search(&self, is_reduced: bool) -> Vec<Vec<String>> {
            let paths = self.0.iter().flat_map(|steps| steps.iter().copied());
            let independent = paths.filter(|path| is_reduced && path.starts_with('i'));
            let independent: BTreeSet<&str> = independent.collect();
            let mut orders = Vec::new();
            let mut waiting = vec![(Vec::new(), 0)];
            while let Some((chosen, fixed)) = waiting.pop() {
                let (choices, order) = self.run(&chosen);
                orders.push(order);
                let awake = awake(&choices, &independent);
                let taken: Vec<usize> = choices.iter().map(|choice| choice.chosen).collect();
                for (index, awake) in awake.iter().enumerate().skip(fixed) {
                    for (option, is_awake) in awake.iter().enumerate().skip(taken[index] + 1) {
                        if *is_awake {
                            let mut next = taken[..index].to_vec();
                            next.push(option);
                            waiting.push((next, index + 1));
                        }
                    }
                }
            }
            orders
        }

        /// The orders, with independent neighbours of different branches sorted.
        fn classes(&self, orders: &[Vec<String>]) -> BTreeSet<Vec<String>> {
            let branch = |path: &String| {
                let mut branches = self.0.iter();
                branches.position(|steps| steps.contains(&path.as_str()))
            };
            let sorted = |order: &Vec<String>| {
                let mut order = order.clone();
                for _ in 0..order.len() {
                    for index in 1..order.len() {
                        let (one, other) = (&order[index - 1], &order[index]);
                        let are_free = one.starts_with('i') && other.starts_with('i');
                        if are_free && one > other && branch(one) != branch(other) {
                            order.swap(index - 1, index);
                        }
                    }
                }
                order
            };
            orders.iter().map(sorted).collect()
        }
    }

    /// Which body comes before which one.
    fn pairs(orders: &[Vec<String>]) -> BTreeSet<(&str, &str)> {
        let mut pairs = BTreeSet::new();
        for order in orders {
            for (index, one) in order.iter().enumerate() {
                let later = order.iter().skip(index + 1);
                pairs.extend(later.map(|other| (one.as_str(), other.as_str())));
            }
        }
        pairs
    }

    #[test]
    fn every_class_of_orders_is_run_and_each_pair_both_ways() {
        let all: [(&[&[&str]], usize, usize); 9] = [
            (&[&["i1"], &["i2"], &["a"]], 6, 5),
            (&[&["i1"], &["i2"], &["z"]], 6, 6),
            (&[&["i1"], &["i2"], &["i3"], &["z"]], 24, 19),
            (&[&["i1"], &["i2"], &["i3"], &["i4"], &["a"]], 120, 49),
            (&[&["i1"], &["i2"], &["i3"], &["a"], &["z"]], 120, 81),
            (&[&["i1"], &["i2"], &["i3", "d"]], 12, 11),
            (&[&["i1", "d"], &["i2", "e"]], 6, 6),
            (&[&["i1", "d"], &["i2", "e"], &["i3", "i4"]], 90, 68),
            (&[&["d", "i1"], &["e", "i2"], &["i3"]], 30, 26),
        ];
        let mut counted = Vec::new();
        for (branches, _, _) in all {
            let branches = Branches(branches);
            let (every, some) = (branches.search(false), branches.search(true));
            assert_eq!(branches.classes(&every), branches.classes(&some));
            assert_eq!(pairs(&every), pairs(&some));
            counted.push((every.len(), some.len()));
        }
        assert_eq!(counted, all.map(|(_, every, some)| (every, some)));
    }

    #[test]
    fn bodies_of_one_path_are_all_awake() {
        let (choices, _) = Branches(&[&["i1"], &["i1"], &["z"]]).run(&[1]);
        let all = awake(&choices, &BTreeSet::from(["i1"]));
        assert_eq!(all, [[true; 3].as_slice(), &[true; 2]]);
    }

    #[test]
    fn the_number_of_runs_is_right_on_average() {
        // The mean over all draws of two choices.
        let branches = Branches(&[&["i1"], &["i2"], &["a"]]);
        let independent = BTreeSet::from(["i1", "i2"]);
        let estimates = (0..3).flat_map(|one| (0..2).map(move |other| [one, other]));
        let estimates = estimates.map(|chosen| {
            let (choices, _) = branches.run(&chosen);
            runs(
                &choices,
                &awake(&choices, &independent),
                Choice::different_options,
            )
        });
        assert_eq!(estimates.sum::<usize>(), 6 * branches.search(true).len());
    }
}
