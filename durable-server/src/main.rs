//! The command `durable`.

fn main() {}
