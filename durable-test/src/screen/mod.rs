//! What a person sees when a test fails: bounded, with the whole in a file.

mod list;

pub(crate) use list::listed;
