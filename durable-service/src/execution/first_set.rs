//! An ordered set that mostly has one element.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A set in ascending order whose first element takes no allocation: a node of a `BTreeSet` has room for eleven.
#[derive(Debug)]
pub(super) struct FirstSet<T> {
    first: Option<T>,
    rest: BTreeSet<T>,
}

impl<T> Default for FirstSet<T> {
    fn default() -> Self {
        Self {
            first: None,
            rest: BTreeSet::new(),
        }
    }
}

impl<T: Ord> FirstSet<T> {
    pub(super) fn first(&self) -> Option<&T> {
        self.first.as_ref()
    }

    pub(super) fn insert(&mut self, new: T) {
        match &mut self.first {
            None => self.first = Some(new),
            Some(first) if new < *first => {
                let old = std::mem::replace(first, new);
                self.rest.insert(old);
            }
            Some(first) => {
                if new > *first {
                    self.rest.insert(new);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, old: &T) {
        if self.first.as_ref() == Some(old) {
            self.first = self.rest.pop_first();
        } else {
            self.rest.remove(old);
        }
    }

    /// The elements within bounds, in ascending order.
    pub(super) fn within(&self, bounds: RangeInclusive<T>) -> impl Iterator<Item = &T> {
        let first = self.first.as_ref();
        let first = first.filter(|first| bounds.contains(first));
        first.into_iter().chain(self.rest.range(bounds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_ordered_set() {
        let mut random = 1_u64;
        let (mut set, mut model) = (FirstSet::default(), BTreeSet::new());
        for _ in 0..2_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let element = (random >> 33) % 8;
            if random >> 63 == 0 {
                set.insert(element);
                model.insert(element);
            } else {
                set.remove(&element);
                model.remove(&element);
            }
            assert!(set.within(0..=7).eq(&model));
            assert!(set.within(3..=5).eq(model.range(3..=5)));
            assert_eq!(set.first(), model.first());
        }
    }
}
