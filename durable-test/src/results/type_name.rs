//! The names of types as programs write them.

/// A type's name without the modules of the standard library, whose types everybody knows by their last word.
pub(crate) fn short(name: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut short = String::new();
    let mut rest = name;
    while let Some(start) = rest.find(is_part) {
        let (before, path) = rest.split_at(start);
        let end = path.find(|c| !is_part(c)).unwrap_or(path.len());
        let (path, after) = path.split_at(end);
        let is_std = ["alloc::", "core::", "std::"]
            .iter()
            .any(|krate| path.starts_with(krate));
        let last = path.rsplit("::").next().filter(|_| is_std);
        short.push_str(before);
        short.push_str(last.unwrap_or(path));
        rest = after;
    }
    short + rest
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn types_of_the_standard_library_go_by_their_last_word() {
        assert_eq!(short("alloc::string::String"), "String");
        let name = "(u8, alloc::vec::Vec<core::option::Option<shop::order::Order>>)";
        assert_eq!(short(name), "(u8, Vec<Option<shop::order::Order>>)");
        assert_eq!(short("&[alloc_shop::Order; 3]"), "&[alloc_shop::Order; 3]");
    }
}
