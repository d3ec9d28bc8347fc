//! Maps whose keys nothing outside chooses to make them slow: their hashes are quick, and the same in each run.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// A map in the order of insertion.
pub(crate) type IndexMap<K, V> = indexmap::IndexMap<K, V, FixedState>;

/// A set in the order of insertion.
pub(crate) type IndexSet<T> = indexmap::IndexSet<T, FixedState>;

/// A map that is only looked up.
pub(crate) type LookupMap<K, V> = HashMap<K, V, FixedState>;
