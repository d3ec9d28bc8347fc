//! How the SDK refuses an event that its handler cannot read.

/// Starts the message of the failed invocation.
const REFUSAL: &str = "deserialize customer input: ";

/// Why the event of an invocation could not be read, if that is what its error says.
#[must_use]
pub fn refused_input(error_message: &str) -> Option<&str> {
    error_message.strip_prefix(REFUSAL)
}
