//! The timeline as text for a terminal.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::marks::{self, Lasting, Mark};
use super::{Row, RowKind, Span, Timeline, Tone};
use crate::fold;
use crate::words::{count, fitted, human, padded, visible};

/// Limit on the columns of a line.
const COLUMNS: usize = 100;

/// Limits on the columns of labels and of notes, and on those of the chart.
const LABEL: usize = 30;
const NOTE: usize = 30;
const CHART: usize = 60;

/// Columns between the parts of a line.
const BETWEEN: usize = 2;

/// Columns from the guide of an invocation to the next guide, at least.
const GUIDES: usize = 2;

/// Deeper levels are not indented any further.
const MAX_INDENTED: usize = 6;

/// The name of the line with the numbers of the marks.
const MARKS: &str = "deviations";

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limit, rows) = if f.alternate() {
            (usize::MAX, unfolded(&self.rows))
        } else {
            (fold::LINES, self.rows.iter().collect())
        };
        let sheet = Sheet::of(self, &rows);
        f.write_str(&fitted(&self.headline, COLUMNS))?;
        if let Some(error) = &self.error {
            write!(f, "\n  {}", fitted(&visible(error), COLUMNS - 2))?;
        }
        for mark in &self.deviations {
            let text = format!("{}: {}", mark.number, visible(&mark.text));
            write!(f, "\n  {}", fitted(&text, COLUMNS - 2))?;
        }
        sheet.line(f, "", &sheet.scale(self), "")?;
        if !self.invocations.is_empty() {
            sheet.line(f, "invocations", &sheet.invocations(self), "")?;
        }
        if self.placed_deviations().next().is_some() {
            sheet.line(f, MARKS, &sheet.marks(self), "")?;
        }
        let (first, left_out, last) = fold::limited(&rows, limit);
        for row in first {
            sheet.row(f, self, row)?;
        }
        if left_out > 0 {
            write!(f, "\n⋮  {} more rows", count(left_out))?;
        }
        for row in last {
            sheet.row(f, self, row)?;
        }
        Ok(())
    }
}

/// All rows, those of folded ones included.
fn unfolded(rows: &[Row]) -> Vec<&Row> {
    let mut all = Vec::new();
    for row in rows {
        match &row.kind {
            RowKind::Operation { .. } => all.push(row),
            RowKind::Folded { rows } => all.extend(rows),
        }
    }
    all
}

/// The widths of the three parts of a line.
struct Sheet {
    label: usize,
    chart: usize,
    note: usize,
}

impl Sheet {
    fn of(timeline: &Timeline, rows: &[&Row]) -> Self {
        let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
        let rows_widths = &mut rows.iter().map(|row| label(row).width());
        let least = if timeline.invocations.is_empty() {
            0
        } else {
            "invocations".width()
        };
        let label = widest(rows_widths).clamp(least, LABEL);
        let note = widest(&mut rows.iter().map(|row| row.note().width())).min(NOTE);
        let chart = (COLUMNS - label - note - 2 * BETWEEN).min(CHART);
        Self { label, chart, note }
    }

    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        label: &str,
        chart: &str,
        note: &str,
    ) -> fmt::Result {
        let between = " ".repeat(BETWEEN);
        let text = format!(
            "{}{between}{}{between}{}",
            padded(&fitted(label, self.label), self.label),
            padded(chart, self.chart),
            fitted(note, self.note)
        );
        write!(f, "\n{}", text.trim_end())
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, timeline: &Timeline, row: &Row) -> fmt::Result {
        // A line for several operations is a sentence: it may run into the chart.
        if matches!(row.kind, RowKind::Folded { .. }) && label(row).width() > self.label {
            write!(f, "\n{}", fitted(&label(row), COLUMNS))?;
            return Ok(());
        }
        self.line(f, &label(row), &self.bar(timeline, row), &row.note())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a position from 0 to 1 of some columns"
    )]
    fn column(&self, at: f64) -> usize {
        let last = self.chart.saturating_sub(1);
        ((at.clamp(0.0, 1.0) * last as f64).round() as usize).min(last)
    }

    fn columns(&self, span: Span) -> (usize, usize) {
        (self.column(span.from), self.column(span.to))
    }

    /// Times along the axis, and the lengths of the gaps within them.
    fn scale(&self, timeline: &Timeline) -> String {
        let mut line = Cells::new(self.chart);
        for gap in &timeline.gaps {
            line.fill(self.columns(gap.span), '╌');
        }
        let gaps = line.clone();
        for gap in timeline.gaps_by_length() {
            let (from, to) = self.columns(gap.span);
            let text = human(gap.length);
            line.label(
                (from + to + 1).saturating_sub(text.width()).div_ceil(2),
                &text,
                &gaps,
            );
        }
        let whole = human(timeline.length);
        line.time(self.chart.saturating_sub(whole.width()), &whole, &gaps);
        line.time(0, "0s", &gaps);
        for tick in &timeline.ticks {
            let text = format!("+{}", human(tick.time));
            line.time(self.column(tick.at), &text, &gaps);
        }
        line.into_text()
    }

    fn invocations(&self, timeline: &Timeline) -> String {
        let mut line = Cells::new(self.chart);
        for invocation in &timeline.invocations {
            line.fill(self.columns(invocation.span), '▔');
            if invocation.error.is_some() {
                line.set(self.column(invocation.span.to), '✗');
            }
        }
        let bars = line.clone();
        for invocation in &timeline.invocations {
            let number = invocation.number.to_string();
            line.number(self.column(invocation.span.from), &number, &bars);
        }
        line.into_text()
    }

    /// The numbers of the marks, each at its place or right of those that stand there, and left of it where the chart
    /// ends.
    fn marks(&self, timeline: &Timeline) -> String {
        let mut marks: Vec<_> = timeline.placed_deviations().collect();
        marks.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let mut placed: Vec<(usize, String)> = Vec::with_capacity(marks.len());
        let mut free = 0;
        for (at, mark) in marks {
            let number = mark.number.to_string();
            let column = self.column(at).max(free);
            free = column + number.len() + 1;
            placed.push((column, number));
        }
        let mut end = self.chart;
        for (column, number) in placed.iter_mut().rev() {
            *column = (*column).min(end.saturating_sub(number.len()));
            end = column.saturating_sub(1);
        }
        let mut line = Cells::new(self.chart);
        for (column, number) in &placed {
            line.text(*column, number);
        }
        line.into_text()
    }

    fn bar(&self, timeline: &Timeline, row: &Row) -> String {
        let mut line = Cells::new(self.chart);
        let mut guided = None;
        for invocation in &timeline.invocations {
            let column = self.column(invocation.span.from);
            // Many invocations would make a wall of their guides.
            if guided.is_none_or(|guided| column >= guided + GUIDES) {
                line.set(column, '┊');
                guided = Some(column);
            }
        }
        for mark in marks::of(row) {
            match mark {
                Mark::Thread(span) => line.fill(self.columns(span), '╌'),
                Mark::Attempt(span, _) => line.fill(self.columns(span), '━'),
                Mark::Lasting(Lasting::Context, span) => line.bracket(self.columns(span), '─'),
                Mark::Lasting(Lasting::Invoke | Lasting::Wait, span) => {
                    line.bracket(self.columns(span), '╌');
                }
                Mark::Many(span) => line.fill(self.columns(span), '∙'),
                Mark::End(at, tone) => line.set(self.column(at), end(tone)),
            }
        }
        line.into_text()
    }
}

fn end(tone: Tone) -> char {
    match tone {
        Tone::Good => '●',
        Tone::Neutral => '○',
        Tone::Open => '▷',
        Tone::Bad => '✗',
    }
}

fn label(row: &Row) -> String {
    format!(
        "{}{}",
        "  ".repeat(row.depth.min(MAX_INDENTED)),
        visible(&row.label)
    )
}

/// The columns of a chart.
#[derive(Clone)]
struct Cells(Vec<char>);

impl Cells {
    fn new(width: usize) -> Self {
        Self(vec![' '; width])
    }

    fn set(&mut self, at: usize, c: char) {
        if let Some(cell) = self.0.get_mut(at) {
            *cell = c;
        }
    }

    fn fill(&mut self, (from, to): (usize, usize), c: char) {
        for at in from..=to {
            self.set(at, c);
        }
    }

    fn bracket(&mut self, (from, to): (usize, usize), c: char) {
        self.fill((from, to), c);
        self.set(from, '├');
        self.set(to, if from == to { '│' } else { '┤' });
    }

    fn text(&mut self, at: usize, text: &str) {
        for (offset, c) in text.chars().enumerate() {
            self.set(at + offset, c);
        }
    }

    /// Writes a label where no other one stands, and none beside it.
    fn label(&mut self, at: usize, text: &str, before: &Self) {
        let width = text.width();
        let at = at.min(self.0.len().saturating_sub(width));
        let mut around = at.saturating_sub(1)..(at + width + 1).min(self.0.len());
        if around.all(|column| self.0.get(column) == before.0.get(column)) {
            self.text(at, text);
        }
    }

    /// Writes a time where there is neither another label nor a gap.
    fn time(&mut self, at: usize, text: &str, before: &Self) {
        let width = text.width();
        let at = at.min(self.0.len().saturating_sub(width));
        let mut own = at..at + width;
        if own.all(|column| before.0.get(column) == Some(&' ')) {
            self.label(at, text, before);
        }
    }

    /// Writes the number of an invocation, unless another number stands there.
    fn number(&mut self, at: usize, number: &str, bars: &Self) {
        let mut columns = at.saturating_sub(1)..at + number.len();
        let is_free = |column: usize| {
            let own = self.0.get(column);
            own == bars.0.get(column) && own != Some(&'✗')
        };
        if columns.all(is_free) && at + number.len() <= self.0.len() {
            self.text(at, number);
        }
    }

    fn into_text(self) -> String {
        let text: String = self.0.into_iter().collect();
        text.trim_end().to_owned()
    }
}
