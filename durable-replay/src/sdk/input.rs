//! How the SDK refuses an event that its handler cannot read.
//!
//! ```
//! use durable_replay::sdk::input::refused_input;
//!
//! assert_eq!(refused_input("deserialize customer input: EOF"), Some("EOF"));
//! assert_eq!(refused_input("a message of the handler"), None);
//! ```

/// Starts the message of the failed invocation.
const REFUSAL: &str = "deserialize customer input: ";

/// Why the event of an invocation could not be read, if that is what its error says.
///
/// The [module](self) has an example.
#[must_use]
pub fn refused_input(error_message: &str) -> Option<&str> {
    error_message.strip_prefix(REFUSAL)
}
