//! Lists within a sentence.

use durable_view::count;

/// Limit on the items of a list.
const MAX: usize = 12;

/// The items, separated by commas; of many, the first ones and how many more there are.
pub(crate) fn listed(items: &[String]) -> String {
    let mut shown: Vec<&str> = items.iter().take(MAX).map(String::as_str).collect();
    let more = format!("and {} more", count(items.len().saturating_sub(MAX)));
    if items.len() > MAX {
        shown.push(&more);
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_counted() {
        let items: Vec<String> = (0..1_013).map(|n| n.to_string()).collect();
        assert_eq!(listed(&items[..2]), "0, 1");
        assert_eq!(
            listed(&items),
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, and 1,001 more"
        );
    }
}
