//! A local server of AWS Lambda durable functions.

pub mod store;
