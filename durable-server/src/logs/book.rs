//! The latest invocations with what they wrote, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use durable_service::model::{ExecutionArn, RequestId};
use parking_lot::Mutex;

use super::line::LogLine;

/// Limit on the bytes of all invocations; the oldest ones make room for new ones.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Limit on the bytes of one invocation, whose first lines make room for later ones.
const MAX_INVOCATION_BYTES: usize = 256 * 1024;

/// What a line or an invocation costs besides its text, in bytes.
const OVERHEAD: usize = 128;

/// What one invocation wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvocationLog {
    pub(crate) request_id: RequestId,
    /// Name of the function.
    pub(crate) function: String,
    /// The durable execution; none for a call of a plain function.
    pub(crate) execution: Option<ExecutionArn>,
    /// Its latest lines, in the order in which they were read.
    pub(crate) lines: VecDeque<LogLine>,
    /// How many earlier lines were left out to save memory.
    pub(crate) left_out: u64,
    bytes: usize,
}

/// The latest invocations with what they wrote. Clones share the book.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogBook(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    /// The invocations, the oldest first.
    logs: VecDeque<InvocationLog>,
    /// Number of the first of them; each invocation has the next number.
    first: u64,
    numbers: HashMap<RequestId, u64>,
    of_executions: HashMap<ExecutionArn, VecDeque<u64>>,
    bytes: usize,
}

impl LogBook {
    /// Opens the log of an invocation.
    pub(crate) fn open(
        &self,
        request_id: RequestId,
        function: &str,
        execution: Option<ExecutionArn>,
    ) {
        let mut pages = self.0.lock();
        pages.make_room(OVERHEAD);
        let number = pages.first + pages.logs.len() as u64;
        pages.numbers.insert(request_id.clone(), number);
        if let Some(arn) = &execution {
            let numbers = pages.of_executions.entry(arn.clone()).or_default();
            numbers.push_back(number);
        }
        pages.bytes += OVERHEAD;
        pages.logs.push_back(InvocationLog {
            request_id,
            function: function.to_owned(),
            execution,
            lines: VecDeque::new(),
            left_out: 0,
            bytes: OVERHEAD,
        });
    }

    /// Adds a line to the log of an invocation; drops it if the log is not kept any more.
    pub(super) fn append(&self, request_id: &RequestId, line: LogLine) {
        let mut pages = self.0.lock();
        let cost = line.text.len() + OVERHEAD;
        pages.make_room(cost);
        let Some(log) = pages.log_mut(request_id) else {
            return;
        };
        let before = log.bytes;
        log.lines.push_back(line);
        log.bytes += cost;
        while log.bytes > MAX_INVOCATION_BYTES
            && log.lines.len() > 1
            && let Some(line) = log.lines.pop_front()
        {
            log.bytes -= line.text.len() + OVERHEAD;
            log.left_out += 1;
        }
        let after = log.bytes;
        pages.bytes = pages.bytes + after - before;
    }

    /// What the invocations of an execution wrote, the oldest first, as far as it is kept.
    pub(crate) fn of_execution(&self, arn: &ExecutionArn) -> Vec<InvocationLog> {
        let pages = self.0.lock();
        let numbers = pages.of_executions.get(arn).into_iter().flatten();
        numbers
            .filter_map(|number| pages.log(*number))
            .cloned()
            .collect()
    }

    /// What the latest invocations of a function wrote, the newest first, no more than `max` of them.
    pub(crate) fn of_function(&self, function: &str, max: usize) -> Vec<InvocationLog> {
        let pages = self.0.lock();
        let newest_first = pages.logs.iter().rev();
        newest_first
            .filter(|log| log.function == function)
            .take(max)
            .cloned()
            .collect()
    }
}

impl Pages {
    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }

    fn log(&self, number: u64) -> Option<&InvocationLog> {
        self.logs.get(self.index(number)?)
    }

    fn log_mut(&mut self, request_id: &RequestId) -> Option<&mut InvocationLog> {
        let index = self.index(*self.numbers.get(request_id)?)?;
        self.logs.get_mut(index)
    }

    /// Drops the oldest invocations until these bytes fit.
    fn make_room(&mut self, bytes: usize) {
        while self.bytes + bytes > MAX_BYTES
            && let Some(oldest) = self.logs.pop_front()
        {
            self.first += 1;
            self.bytes -= oldest.bytes;
            self.numbers.remove(&oldest.request_id);
            if let Some(arn) = &oldest.execution
                && let Some(numbers) = self.of_executions.get_mut(arn)
            {
                numbers.pop_front();
                if numbers.is_empty() {
                    self.of_executions.remove(arn);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use durable_service::model::Timestamp;

    use super::*;
    use crate::logs::line::Source;

    fn line(text: impl Into<String>) -> LogLine {
        LogLine {
            at: Timestamp::from_millis(0),
            source: Source::Stdout,
            text: text.into(),
        }
    }

    fn arn(name: &str) -> ExecutionArn {
        let function = "arn:aws:lambda:us-west-2:123456789012:function:f:1";
        let arn = format!("{function}/durable-execution/{name}/id");
        arn.parse().unwrap()
    }

    fn texts(book: &LogBook, name: &str) -> Vec<Vec<String>> {
        let logs = book.of_execution(&arn(name)).into_iter();
        let texts = |log: InvocationLog| log.lines.into_iter().map(|line| line.text).collect();
        logs.map(texts).collect()
    }

    #[test]
    fn lines_belong_to_their_invocation_and_its_execution() {
        let book = LogBook::default();
        for (id, execution) in [("1", "a"), ("2", "b"), ("3", "a")] {
            book.open(id.into(), "f", Some(arn(execution)));
        }
        book.open("4".into(), "f", None);
        for (id, text) in [
            ("3", "late"),
            ("1", "x"),
            ("1", "y"),
            ("2", "z"),
            ("4", "plain"),
            ("5", "lost"),
        ] {
            book.append(&id.into(), line(text));
        }
        assert_eq!(texts(&book, "a"), [vec!["x", "y"], vec!["late"]]);
        assert_eq!(texts(&book, "b"), [["z"]]);
        assert_eq!(texts(&book, "c"), [[""; 0]; 0]);
    }

    #[test]
    fn an_invocation_that_writes_much_keeps_its_end() {
        let book = LogBook::default();
        book.open("1".into(), "f", Some(arn("a")));
        for number in 0..10 {
            book.append(
                &"1".into(),
                line(format!("{number}{}", "x".repeat(100_000))),
            );
        }
        let log = book.of_execution(&arn("a")).remove(0);
        let first: Vec<char> = log
            .lines
            .iter()
            .filter_map(|it| it.text.chars().next())
            .collect();
        assert_eq!(first, ['8', '9']);
        assert_eq!(log.left_out, 8);
    }

    #[test]
    fn the_oldest_invocations_make_room() {
        let book = LogBook::default();
        let count = 3 * MAX_BYTES / MAX_INVOCATION_BYTES;
        for number in 0..count {
            let id = RequestId::from(number.to_string());
            let name = if number % 2 == 0 { "even" } else { "odd" };
            book.open(id.clone(), "f", Some(arn(name)));
            book.append(&id, line("x".repeat(MAX_INVOCATION_BYTES - 2 * OVERHEAD)));
        }
        let pages = book.0.lock();
        assert_eq!(pages.logs.len(), count / 3);
        assert_eq!(pages.numbers.len(), count / 3);
        assert_eq!(
            pages
                .of_executions
                .values()
                .map(VecDeque::len)
                .sum::<usize>(),
            count / 3
        );
        assert_eq!(pages.bytes, MAX_BYTES);
        assert_eq!(
            pages.logs.back().map(|it| it.request_id.to_string()),
            Some((count - 1).to_string())
        );
    }
}
