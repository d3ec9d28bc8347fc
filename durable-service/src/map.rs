//! Maps whose hashes are quick, and the same in each run. Keys that were chosen to collide would make them slow: their
//! callers are a test, or the developer's own functions and clients.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

/// A map in the order of insertion.
pub(crate) type IndexMap<K, V> = indexmap::IndexMap<K, V, FixedState>;

/// A set in the order of insertion.
pub(crate) type IndexSet<T> = indexmap::IndexSet<T, FixedState>;

/// A map that is only looked up.
pub(crate) type LookupMap<K, V> = HashMap<K, V, FixedState>;

/// The hash of a text.
pub(crate) fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}
