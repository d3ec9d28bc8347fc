//! What the shop sells, and how much of it is on the shelf.

/// One article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Article {
    /// Stock keeping unit: the article's key.
    pub sku: &'static str,
    /// Units on the shelf. Orders do not see each other, so each finds the full shelf.
    pub on_hand: u32,
}

const ARTICLES: [Article; 6] = [
    Article {
        sku: "COFFEE-1KG",
        on_hand: 400,
    },
    Article {
        sku: "FILTER-100",
        on_hand: 1_000,
    },
    Article {
        sku: "GRINDER-M",
        on_hand: 25,
    },
    Article {
        sku: "KETTLE-GN",
        on_hand: 12,
    },
    Article {
        sku: "MUG-BLUE",
        on_hand: 250,
    },
    Article {
        sku: "MUG-GOLD",
        on_hand: 0,
    },
];

/// The article of a SKU, if the shop sells it.
#[must_use]
pub fn find(sku: &str) -> Option<Article> {
    ARTICLES.into_iter().find(|article| article.sku == sku)
}
