//! How often something changed, for those who wait for the next change.

use std::fmt;

/// A number of changes.
#[derive(Clone, Copy, Default)]
pub(crate) struct ChangeCount(u64);

impl ChangeCount {
    pub(crate) fn add(&mut self) {
        self.0 += 1;
    }

    pub(crate) fn get(self) -> u64 {
        self.0
    }
}

/// It is no part of what changed: a call that was refused counts, too.
impl fmt::Debug for ChangeCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangeCount")
    }
}
