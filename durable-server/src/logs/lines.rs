//! Splits what a process writes into lines.

use super::line::Record;

/// Limit on the bytes of a line; a longer one is split.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// Reads the records of a pipe from its bytes.
pub(super) trait Decoder: Send {
    /// Takes the next bytes, and hands on what they complete.
    fn feed(&mut self, bytes: &[u8], complete: &mut dyn FnMut(Record));

    /// Hands on what is not complete, because its writer pauses or has ended.
    fn flush(&mut self, complete: &mut dyn FnMut(Record));
}

/// Reads lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The start of the next line.
    partial: Vec<u8>,
}

impl Decoder for Lines {
    fn feed(&mut self, bytes: &[u8], complete: &mut dyn FnMut(Record)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n");
            self.partial.extend_from_slice(text.unwrap_or(part));
            if text.is_some() || self.partial.len() >= MAX_LINE_BYTES {
                complete(Record::of(std::mem::take(&mut self.partial)));
            }
        }
    }

    fn flush(&mut self, complete: &mut dyn FnMut(Record)) {
        if !self.partial.is_empty() {
            complete(Record::of(std::mem::take(&mut self.partial)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of the records that these parts complete.
    pub(in crate::logs) fn read(mut decoder: impl Decoder, parts: &[&[u8]]) -> Vec<String> {
        let mut texts = Vec::new();
        let mut complete = |record: Record| texts.push(String::from_utf8(record.text).unwrap());
        for part in parts {
            decoder.feed(part, &mut complete);
        }
        decoder.flush(&mut complete);
        texts
    }

    #[test]
    fn lines_may_arrive_in_parts_and_the_last_needs_no_end() {
        let parts: [&[u8]; 4] = [b"on", b"e\n\nt", b"w", b"o"];
        assert_eq!(read(Lines::default(), &parts), ["one", "", "two"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_split() {
        let long = vec![b'x'; MAX_LINE_BYTES];
        let texts = read(Lines::default(), &[&long, b"y\n"]);
        let lengths: Vec<usize> = texts.iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE_BYTES, 1]);
    }
}
