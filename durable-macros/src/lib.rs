//! stub
use proc_macro::TokenStream;
/// s
#[proc_macro_attribute]
pub fn durable_step(_a: TokenStream, i: TokenStream) -> TokenStream {
    i
}
/// s
#[proc_macro_attribute]
pub fn durable_execution(_a: TokenStream, i: TokenStream) -> TokenStream {
    i
}
/// s
#[proc_macro_attribute]
pub fn durable_with_child_context(_a: TokenStream, i: TokenStream) -> TokenStream {
    i
}
/// s
#[proc_macro_attribute]
pub fn durable_test(_a: TokenStream, i: TokenStream) -> TokenStream {
    i
}
