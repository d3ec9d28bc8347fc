//! Choosing pairs of crashes.

use crate::faults::CrashPoint;
use crate::plan::Loss;

/// A survived single crash at a checkpoint call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Single {
    pub(super) loss: Loss,
    /// Number of the call.
    pub(super) call: u64,
    /// Checkpoint calls of the run with that crash.
    pub(super) calls: u64,
}

/// The pairs to try: a single crash, and a second one at a later call of the same run. All pairs within the
/// budget, otherwise a subset that the seed selects, in the same order.
pub(super) fn choose(
    singles: &[Single],
    losses: &[Loss],
    budget: usize,
    seed: u64,
) -> Vec<[CrashPoint; 2]> {
    let later = |single: &Single| single.call + 1..=single.calls;
    let sizes = singles.iter().map(|single| later(single).count());
    let all = sizes.sum::<usize>() * losses.len();
    let mut chosen = if all <= budget {
        (0..all).collect()
    } else {
        fastrand::Rng::with_seed(seed).choose_multiple(0..all, budget)
    };
    chosen.sort_unstable();
    let mut chosen = chosen.into_iter().peekable();
    singles
        .iter()
        .flat_map(|single| later(single).map(move |call| (single, call)))
        .flat_map(|(single, call)| losses.iter().map(move |loss| (single, *loss, call)))
        .enumerate()
        .filter(|(index, _)| chosen.next_if_eq(index).is_some())
        .map(|(_, (single, loss, call))| [single.loss.at(single.call), loss.at(call)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOSSES: [Loss; 2] = [Loss::BeforeStored, Loss::AfterStored];

    fn singles() -> Vec<Single> {
        (1..=3)
            .map(|call| Single {
                loss: Loss::AfterStored,
                call,
                calls: 3,
            })
            .collect()
    }

    #[test]
    fn the_second_crash_is_at_a_later_call() {
        let pairs = choose(&singles(), &LOSSES, 100, 0);
        let pairs: Vec<String> = pairs.iter().map(|pair| format!("{pair:?}")).collect();
        assert_eq!(
            pairs,
            [
                "[CrashPoint::after_stored(1), CrashPoint::before_stored(2)]",
                "[CrashPoint::after_stored(1), CrashPoint::after_stored(2)]",
                "[CrashPoint::after_stored(1), CrashPoint::before_stored(3)]",
                "[CrashPoint::after_stored(1), CrashPoint::after_stored(3)]",
                "[CrashPoint::after_stored(2), CrashPoint::before_stored(3)]",
                "[CrashPoint::after_stored(2), CrashPoint::after_stored(3)]",
            ]
        );
    }

    #[test]
    fn a_seed_chooses_the_same_ones_again() {
        let all = choose(&singles(), &LOSSES, 100, 0);
        let some = choose(&singles(), &LOSSES, 3, 7);
        assert_eq!(some.len(), 3);
        assert_eq!(some, choose(&singles(), &LOSSES, 3, 7));
        assert!(some.iter().all(|pair| all.contains(pair)));
        assert_ne!(some, choose(&singles(), &LOSSES, 3, 8));
    }
}
