//! A local server of AWS Lambda durable functions.

pub mod config;
pub mod store;
