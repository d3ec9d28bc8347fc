//! What the service of a host may do otherwise, without any fault.

use std::time::Duration;

/// Things that AWS may do otherwise than the host does by default, and that a correct function does not notice.
///
/// [`HostSettings::variants`](crate::HostSettings::variants) holds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variants {
    /// The environment of a function is reclaimed as soon as a step of it is stored and no other one is under way: the
    /// next step runs in another invocation. It counts as no failure.
    pub always_suspend: bool,
    /// A function that suspended is invoked once more, although nothing has changed.
    pub empty_invocation: bool,
    /// Virtual time that passes before an invocation begins.
    pub slow_first_byte: Option<Duration>,
}
