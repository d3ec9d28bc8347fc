//! x

use durable_workflow_tests as _;
durable_test::main!();
