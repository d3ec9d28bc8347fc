//! Tables of text.

/// Rows of cells, in columns as wide as their widest cell. A row ends where its last text does.
pub(super) fn render<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The beginning of a long payload, on one line: JSON over several lines is written in one.
pub(super) fn payload(payload: &str, most: usize) -> String {
    if payload.trim_end().contains('\n')
        && let Ok(value) = serde_json::from_str::<serde_json::Value>(payload)
    {
        return shortened(&value.to_string(), most);
    }
    shortened(payload, most)
}

/// The beginning of a long text, on one line.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= most && line.len() == text.trim_end().len() {
        return line.to_owned();
    }
    line.chars().take(most).chain(['…']).collect()
}
