//! Evaluates SAM and CloudFormation templates on this machine, without an account: which functions a
//! template has, and with what properties.
//!
//! It reads YAML as CloudFormation does (version 1.1: `yes` is true, `1e2` is a text) or JSON, expands
//! `Fn::ForEach`, takes the values of parameters, decides conditions, merges SAM's `Globals`, and evaluates
//! intrinsic functions in their short and long forms. Nested stacks and applications whose template is at
//! hand are part of the result.
//!
//! What only an account knows, such as the name of a table, is not guessed: the value is
//! [unresolved](Value::Unresolved), with the reason, and what depends on it is, too.
//!
//! The crate does no I/O: [`Files`] reads nested templates. Any text terminates, in time and memory that are
//! bounded.
//!
//! ```
//! use durable_template::{Inputs, Template, Value};
//!
//! let template = Template::read("
//! Parameters: {Stage: {Type: String, Default: dev}}
//! Conditions: {Live: !Equals [!Ref Stage, live]}
//! Resources:
//!   Order:
//!     Type: AWS::Serverless::Function
//!     Properties: {FunctionName: !Sub '${Stage}-order', Timeout: !If [Live, 900, 30]}
//! ")?;
//! let stack = template.evaluate(&Inputs::default());
//! let order = &stack.functions[0];
//! assert_eq!(order.name, Value::Text("dev-order".to_owned()));
//! assert_eq!(order.properties["Timeout"], Value::Number("30".to_owned()));
//! # Ok::<(), durable_template::SyntaxError>(())
//! ```

mod evaluate;
mod globals;
mod node;
mod overrides;
mod parameters;
mod read;
mod stack;
mod template;
mod value;

pub use overrides::parameter_overrides;
pub use read::SyntaxError;
pub use stack::{Files, Function, Inputs, NoFiles, Stack};
pub use template::Template;
pub use value::{Unresolved, Value};

/// Reads a document in YAML 1.1 or JSON as plain values, with what is to be said about it: members that are
/// there twice, and numbers that lose their zeros. An intrinsic function in it is unresolved.
///
/// ```
/// use durable_template::{Value, document};
///
/// let (value, notes) = document("stage: dev\ncount: 1")?;
/// assert_eq!(value.get("stage"), Some(&Value::Text("dev".to_owned())));
/// assert!(notes.is_empty());
///
/// let error = document("stage: [dev").expect_err("the list has no end");
/// assert!(error.to_string().contains("line"), "{error}");
/// # Ok::<(), durable_template::SyntaxError>(())
/// ```
///
/// # Errors
///
/// If the text is neither.
pub fn document(text: &str) -> Result<(Value, Vec<String>), SyntaxError> {
    let template = Template::read_any(text)?;
    let value = template.plain();
    Ok((value, template.notes))
}
