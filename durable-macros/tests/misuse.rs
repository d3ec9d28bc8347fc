//! What the macros say about misuse: each case is a file, its messages stand beside it.

#[test]
fn misuse_is_explained() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}
