//! The file that holds the function, for what its tokens alone do not say: what the names mean that it
//! uses. It is read only where a lint depends on such a name.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::PathBuf;

use syn::{File, ImplItem, Item, ItemUse, UseTree};

/// What a name means in a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is imported from this path.
    Import(Vec<String>),
    /// It is an item of the module.
    Item,
}

/// The file that holds a function. Where it cannot be read, no name has a known meaning.
#[derive(Debug, Default)]
pub(crate) struct Source {
    file: Option<PathBuf>,
    function: String,
    found: OnceCell<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// The names of the function's module, and of those around it that it imports whole.
    names: HashMap<String, Meaning>,
    /// Whether the function is an associated function.
    in_impl: bool,
}

impl Source {
    /// The source of a function.
    pub(crate) fn new(file: Option<PathBuf>, function: String) -> Self {
        Self {
            file,
            function,
            found: OnceCell::new(),
        }
    }

    /// What a name means in the function's module.
    pub(crate) fn meaning(&self, name: &str) -> Option<&Meaning> {
        self.found().names.get(name)
    }

    /// Whether the function stands in an `impl` block.
    pub(crate) fn is_in_impl(&self) -> bool {
        self.found().in_impl
    }

    fn found(&self) -> &Found {
        self.found.get_or_init(|| {
            let text = self
                .file
                .as_ref()
                .and_then(|file| std::fs::read_to_string(file).ok());
            text.and_then(|text| read(&text, &self.function))
                .unwrap_or_default()
        })
    }
}

/// Finds the function in a file. Several of that name are a reason to know nothing.
fn read(text: &str, function: &str) -> Option<Found> {
    let File { items, .. } = syn::parse_file(text).ok()?;
    let mut found = Vec::new();
    search(&items, function, &HashMap::new(), &mut found);
    let only = found.pop();
    only.filter(|_| found.is_empty())
}

fn search(
    items: &[Item],
    function: &str,
    around: &HashMap<String, Meaning>,
    found: &mut Vec<Found>,
) {
    let names = names(items, around);
    for item in items {
        match item {
            Item::Fn(one) if one.sig.ident == function && carries_durable(&one.attrs) => {
                found.push(Found {
                    names: names.clone(),
                    in_impl: false,
                });
            }
            Item::Impl(block) => {
                let methods = block.items.iter().filter(|item| {
                    matches!(item, ImplItem::Fn(one)
                        if one.sig.ident == function && carries_durable(&one.attrs))
                });
                found.extend(methods.map(|_| Found {
                    names: names.clone(),
                    in_impl: true,
                }));
            }
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    search(items, function, &names, found);
                }
            }
            _ => {}
        }
    }
}

fn carries_durable(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        last.is_some_and(|last| last.ident.to_string().starts_with("durable_"))
    })
}

/// The names of a module; `use super::*` brings those of the module around it.
fn names(items: &[Item], around: &HashMap<String, Meaning>) -> HashMap<String, Meaning> {
    let mut names = HashMap::new();
    for item in items {
        if let Item::Use(import) = item {
            for (name, path) in imports(import) {
                if name == "*" {
                    if path == ["super"] {
                        for (name, meaning) in around {
                            names.entry(name.clone()).or_insert_with(|| meaning.clone());
                        }
                    }
                } else {
                    names.insert(name, Meaning::Import(path));
                }
            }
        }
    }
    for name in items.iter().filter_map(name_of) {
        names.insert(name, Meaning::Item);
    }
    names
}

/// The name of an item.
pub(crate) fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// The names that an import brings, each with its full path; `*` for all of a module.
pub(crate) fn imports(import: &ItemUse) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    flatten(&import.tree, &mut Vec::new(), &mut found);
    found
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            flatten(&part.tree, path, found);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            if let Some(last) = path.last() {
                found.push((last.clone(), path.clone()));
            }
        }
        UseTree::Name(name) => {
            let full = [path.as_slice(), &[name.ident.to_string()]].concat();
            found.push((name.ident.to_string(), full));
        }
        UseTree::Rename(rename) => {
            let mut full = path.clone();
            if rename.ident != "self" {
                full.push(rename.ident.to_string());
            }
            found.push((rename.rename.to_string(), full));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), path.clone())),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, path, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(path: &str) -> Meaning {
        Meaning::Import(path.split("::").map(str::to_owned).collect())
    }

    #[test]
    fn the_names_of_the_functions_own_module_are_found() {
        let text = "
            use std::time::{self, SystemTime as Clock};
            mod inner {
                use super::*;
                use tokio::time::sleep;
                struct Instant;
                #[durable_execution]
                async fn workflow() {}
            }
            fn other() {}
        ";
        let found = read(text, "workflow").unwrap();
        let meaning = |name: &str| found.names.get(name).cloned();
        assert_eq!(meaning("Clock"), Some(import("std::time::SystemTime")));
        assert_eq!(meaning("time"), Some(import("std::time")));
        assert_eq!(meaning("sleep"), Some(import("tokio::time::sleep")));
        assert_eq!(meaning("Instant"), Some(Meaning::Item));
        assert_eq!(meaning("Utc"), None);
        assert!(!found.in_impl);
    }

    #[test]
    fn an_associated_function_is_told_from_a_free_one() {
        let text = "impl Shop { #[durable_step] async fn charge() {} }";
        assert!(read(text, "charge").unwrap().in_impl);
    }

    #[test]
    fn two_functions_of_one_name_are_not_told_apart() {
        let text = "
            mod a { #[durable_step] fn f() {} }
            mod b { #[durable_step] fn f() {} }
        ";
        assert!(read(text, "f").is_none());
    }
}
