//! The file of orders.
//!
//! Orders are read field by field instead of by one `from_value`, because serde's message for a wrong
//! type does not name the field.

use std::io;
use std::path::{Path, PathBuf};

use order_workflow::{Item, Order};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What is wrong with the file. Every message is one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error("cannot read {0:?}: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{0:?} is empty; it should hold a JSON array of orders")]
    Empty(PathBuf),
    #[error("{0:?} is not JSON: {1}")]
    NotJson(PathBuf, serde_json::Error),
    #[error("{0:?} should hold a JSON array of orders, and holds {1}")]
    NotArray(PathBuf, &'static str),
    #[error("{0:?}, order {1}{2}: {3}")]
    BadOrder(PathBuf, usize, String, FieldError),
}

/// What is wrong with an order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FieldError {
    #[error("it should be an object, and is {0}")]
    NotObject(&'static str),
    #[error("field \"{0}\" is missing")]
    Missing(String),
    #[error("field \"{0}\": {1}")]
    Wrong(String, String),
}

/// Reads all orders of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<Order>, InputError> {
    let text =
        std::fs::read(path).map_err(|error| InputError::Unreadable(path.to_owned(), error))?;
    if text.trim_ascii().is_empty() {
        return Err(InputError::Empty(path.to_owned()));
    }
    let json: Value = serde_json::from_slice(&text)
        .map_err(|error| InputError::NotJson(path.to_owned(), error))?;
    let Value::Array(orders) = json else {
        return Err(InputError::NotArray(path.to_owned(), kind(&json)));
    };
    orders
        .iter()
        .zip(1..)
        .map(|(value, number)| {
            order(value).map_err(|error| {
                InputError::BadOrder(path.to_owned(), number, known_as(value), error)
            })
        })
        .collect()
}

/// The id of an order that may lack one, as part of a message.
fn known_as(order: &Value) -> String {
    order
        .get("id")
        .and_then(Value::as_str)
        .map_or_else(String::new, |id| format!(" (id {id:?})"))
}

fn order(value: &Value) -> Result<Order, FieldError> {
    let fields = Fields::of(value, String::new()).map_err(FieldError::NotObject)?;
    let items: Vec<Value> = fields.required("items")?;
    Ok(Order {
        id: fields.required("id")?,
        customer: fields.required("customer")?,
        items: items
            .iter()
            .enumerate()
            .map(|(index, value)| item(value, &format!("items[{index}]")))
            .collect::<Result<_, _>>()?,
        payment: fields.required("payment")?,
        express: fields.optional("express")?.unwrap_or_default(),
    })
}

fn item(value: &Value, path: &str) -> Result<Item, FieldError> {
    let fields = Fields::of(value, format!("{path}.")).map_err(|kind| {
        FieldError::Wrong(
            path.to_owned(),
            format!("should be an object, and is {kind}"),
        )
    })?;
    Ok(Item {
        sku: fields.required("sku")?,
        quantity: fields.required("quantity")?,
        price_cents: fields.required("price_cents")?,
    })
}

/// The fields of an object, and where in the order it stands.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    prefix: String,
}

impl<'a> Fields<'a> {
    /// The fields, or what the value is instead of an object.
    fn of(value: &'a Value, prefix: String) -> Result<Self, &'static str> {
        let object = value.as_object().ok_or_else(|| kind(value))?;
        Ok(Self { object, prefix })
    }

    fn required<T: DeserializeOwned>(&self, name: &str) -> Result<T, FieldError> {
        self.optional(name)?
            .ok_or_else(|| FieldError::Missing(self.path(name)))
    }

    fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FieldError> {
        self.object
            .get(name)
            .map(T::deserialize)
            .transpose()
            .map_err(|error| FieldError::Wrong(self.path(name), error.to_string()))
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// What a JSON value is, for a message.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
