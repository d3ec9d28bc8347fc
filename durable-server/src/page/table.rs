//! Tables, whose rows are cards in a narrow window.

use maud::{Markup, html};

/// A table. In a narrow window each row is a card, in which each cell carries the name of its column.
///
/// Roles are said although they are those of the elements: a browser drops them from a table that a style sheet
/// arranges otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a, const N: usize> {
    /// Its class in the style sheet.
    pub(super) class: &'a str,
    /// What it lists, for those who do not see what stands around it.
    pub(super) caption: &'a str,
    pub(super) columns: [&'a str; N],
    /// Index of the column that names a row.
    pub(super) names: usize,
}

impl<const N: usize> Table<'_, N> {
    /// The table with its rows.
    pub(super) fn render(self, rows: impl IntoIterator<Item = [Markup; N]>) -> Markup {
        html! {
            table role="table" class={ "cards " (self.class) } {
                caption.unseen { (self.caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in self.columns { th role="columnheader" scope="col" { (column) } }
                    }
                }
                tbody role="rowgroup" {
                    @for cells in rows {
                        tr role="row" {
                            @for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
                                @if index == self.names {
                                    th role="rowheader" scope="row" data-label=(column) { (cell) }
                                } @else {
                                    td role="cell" data-label=(column) { (cell) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_has_the_name_of_its_column() {
        let table = Table {
            class: "beasts",
            caption: "Beasts",
            columns: ["Name", "Legs"],
            names: 0,
        };
        let row = [html! { "<ant>" }, html! { (6) }];
        let markup = table.render([row]).into_string();
        let expected = "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" data-label=\"Name\">&lt;ant&gt;</th>\
                        <td role=\"cell\" data-label=\"Legs\">6</td></tr>";
        assert!(markup.contains(expected), "{markup}");
    }
}
