//! Messages of the macros about misuse: each case is a file, with its messages beside it.

#[test]
fn misuse_is_explained() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}
