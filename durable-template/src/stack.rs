//! What a template is evaluated with, and what comes of it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::value::Value;

/// Reads the templates of nested stacks.
///
/// One whose files are in memory:
///
/// ```
/// use std::io;
/// use std::path::Path;
///
/// use durable_template::{Files, Inputs, Template};
///
/// #[derive(Debug)]
/// struct Payments;
///
/// impl Files for Payments {
///     fn read(&self, path: &Path) -> io::Result<String> {
///         assert_eq!(path, Path::new("payments.yaml"));
///         Ok("Resources: {Charge: {Type: AWS::Serverless::Function, Properties: {Timeout: 30}}}".to_owned())
///     }
/// }
///
/// let template = Template::read("
/// Resources:
///   Payments: {Type: AWS::Serverless::Application, Properties: {Location: payments.yaml}}
/// ")?;
/// let stack = template.evaluate(&Inputs { files: &Payments, ..Inputs::default() });
/// assert_eq!(stack.functions.len(), 1);
/// # Ok::<(), durable_template::SyntaxError>(())
/// ```
pub trait Files: fmt::Debug {
    /// The text of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read(&self, path: &Path) -> io::Result<String>;
}

/// Reads nothing: nested stacks are not followed.
///
/// [`Files`] has an example of one that reads something.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// What a template is evaluated with.
///
/// The [crate](crate) has an example.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// Values of parameters, which override their defaults.
    pub parameters: IndexMap<String, String>,
    /// The value of `AWS::Region`.
    pub region: String,
    /// The value of `AWS::AccountId`.
    pub account: String,
    /// The value of `AWS::StackName`.
    pub stack_name: String,
    /// The path of the template; those of nested ones are relative to its folder.
    pub path: PathBuf,
    /// Reads nested templates.
    pub files: &'a dyn Files,
}

impl Default for Inputs<'_> {
    /// No parameters, in `us-west-2`, as account `123456789012`, for the stack `local`, without files.
    fn default() -> Self {
        Self {
            parameters: IndexMap::new(),
            region: "us-west-2".to_owned(),
            account: "123456789012".to_owned(),
            stack_name: "local".to_owned(),
            path: PathBuf::from("template.yaml"),
            files: &NoFiles,
        }
    }
}

/// What an evaluated template has.
///
/// The [crate](crate) has an example.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    /// Its functions and those of nested stacks, in the order of the template. A function whose condition
    /// does not hold is none of them.
    pub functions: Vec<Function>,
    /// What the reader of the template should know.
    pub notes: Vec<String>,
    /// Resources that are no functions, by their types.
    pub others: IndexMap<String, Vec<String>>,
    /// Its outputs.
    pub outputs: IndexMap<String, Value>,
}

/// A function of a template.
///
/// The [crate](crate) has an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name in its template.
    pub logical_id: String,
    /// The nested stacks that it is in, from the outside.
    pub stack: Vec<String>,
    /// Its name: a text, or unresolved. Without a `FunctionName` it is the logical id.
    pub name: Value,
    /// Whether SAM deploys it: `AWS::Serverless::Function`.
    pub serverless: bool,
    /// The file of its template.
    pub template: PathBuf,
    /// Its properties, merged with SAM's globals.
    pub properties: IndexMap<String, Value>,
    /// Its metadata.
    pub metadata: IndexMap<String, Value>,
    /// Its aliases, and the versions that they point to.
    pub aliases: IndexMap<String, String>,
    /// How many versions the template publishes.
    pub versions: usize,
    /// Why it is not known whether the function exists.
    pub undecided: Option<String>,
}

impl Function {
    /// The logical id with the nested stacks before it: `Shop/Order`.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = self.stack.join("/");
        if !path.is_empty() {
            path.push('/');
        }
        path + &self.logical_id
    }
}
