//! The frames in which runtime interface clients write their log.
//!
//! A frame is a type of four bytes, the length of its message in four, the time in microseconds since the
//! epoch in eight, and the message; all numbers are big-endian. The last byte of a type holds the level and
//! whether the message is JSON; type `a55a0001` of older clients has no time.

use std::time::Duration;

use durable_service::model::Timestamp;

use super::line::Record;
use super::lines::{Decoder, Lines};
use crate::config::LogLevel;

/// The first three bytes of each type.
const MAGIC: [u8; 3] = [0xa5, 0x5a, 0x00];

/// Limit on the bytes of a message; the rest of a longer one is left out.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// Reads frames. What is not in frames is read as lines.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The start of the next frame.
    buffer: Vec<u8>,
    /// Bytes of a message that are left out.
    skipped: usize,
    /// Reads the rest of a pipe that broke the format.
    lines: Option<Lines>,
}

/// The head of a frame.
struct Head {
    bytes: usize,
    length: usize,
    at: Option<Timestamp>,
    level: Option<LogLevel>,
}

/// What the buffer starts with.
enum Start {
    Head(Head),
    Incomplete,
    NoFrame,
}

impl Frames {
    fn start(&self) -> Start {
        let known = MAGIC.len().min(self.buffer.len());
        if self.buffer.get(..known) != MAGIC.get(..known) {
            return Start::NoFrame;
        }
        let Some(kind) = self.buffer.get(3) else {
            return Start::Incomplete;
        };
        let has_time = match kind {
            1 => false,
            // The levels from none to fatal, each as text and as JSON.
            2..=0x1b if kind & 2 != 0 => true,
            _ => return Start::NoFrame,
        };
        let Some(length) = self.number::<4>(4).map(u32::from_be_bytes) else {
            return Start::Incomplete;
        };
        let at = if has_time {
            let Some(micros) = self.number::<8>(8).map(u64::from_be_bytes) else {
                return Start::Incomplete;
            };
            Some(Timestamp::from_millis(0).after(Duration::from_micros(micros)))
        } else {
            None
        };
        Start::Head(Head {
            bytes: if has_time { 16 } else { 8 },
            length: usize::try_from(length).unwrap_or(usize::MAX),
            at,
            level: level(kind >> 2),
        })
    }

    fn number<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.buffer.get(at..at + N)?.try_into().ok()
    }

    /// Takes a complete message from the buffer, with its head.
    fn take(&mut self, head: &Head) -> Option<Vec<u8>> {
        let kept = head.length.min(MAX_MESSAGE_BYTES);
        let end = head.bytes.saturating_add(kept);
        let message = self.buffer.get(head.bytes..end)?.to_vec();
        self.buffer.drain(..end);
        self.skipped = head.length - kept;
        Some(message)
    }

    fn skip(&mut self) {
        let skipped = self.skipped.min(self.buffer.len());
        self.buffer.drain(..skipped);
        self.skipped -= skipped;
    }
}

impl Decoder for Frames {
    fn feed(&mut self, bytes: &[u8], complete: &mut dyn FnMut(Record)) {
        if let Some(lines) = &mut self.lines {
            return lines.feed(bytes, complete);
        }
        self.buffer.extend_from_slice(bytes);
        self.skip();
        while !self.buffer.is_empty() {
            match self.start() {
                Start::Incomplete => return,
                Start::NoFrame => {
                    let rest = std::mem::take(&mut self.buffer);
                    return self.lines.insert(Lines::default()).feed(&rest, complete);
                }
                Start::Head(head) => {
                    let Some(message) = self.take(&head) else {
                        return;
                    };
                    complete(Record {
                        text: without_end(message),
                        at: head.at,
                        level: head.level,
                    });
                    self.skip();
                }
            }
        }
    }

    /// The rest of a frame still comes, so only lines are handed on.
    fn flush(&mut self, complete: &mut dyn FnMut(Record)) {
        if let Some(lines) = &mut self.lines {
            lines.flush(complete);
        }
    }
}

/// The level that a type holds.
fn level(number: u8) -> Option<LogLevel> {
    match number {
        1 => Some(LogLevel::Trace),
        2 => Some(LogLevel::Debug),
        3 => Some(LogLevel::Info),
        4 => Some(LogLevel::Warn),
        5 => Some(LogLevel::Error),
        6 => Some(LogLevel::Fatal),
        _ => None,
    }
}

fn without_end(mut message: Vec<u8>) -> Vec<u8> {
    while message.last() == Some(&b'\n') {
        message.pop();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, message: &str) -> Vec<u8> {
        let mut frame = [&MAGIC[..], &[kind]].concat();
        frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        if kind != 1 {
            frame.extend(1_500_000_u64.to_be_bytes());
        }
        frame.extend(message.as_bytes());
        frame
    }

    fn read(parts: &[&[u8]]) -> Vec<Record> {
        let mut frames = Frames::default();
        let mut records = Vec::new();
        for part in parts {
            frames.feed(part, &mut |record| records.push(record));
        }
        frames.flush(&mut |record| records.push(record));
        records
    }

    #[test]
    fn a_frame_is_one_record_with_its_time_and_level() {
        let framed = |kind, text: &str, at, level| {
            let record = Record {
                text: text.into(),
                at,
                level,
            };
            assert_eq!(read(&[&frame(kind, text)]), [record], "{kind:x}");
        };
        let at = Some(Timestamp::from_millis(1_500));
        framed(0x03, "two\nlines", at, None);
        framed(0x0e, "{}", at, Some(LogLevel::Info));
        framed(0x1b, "end", at, Some(LogLevel::Fatal));
        framed(0x01, "old", None, None);
    }

    #[test]
    fn frames_may_arrive_byte_by_byte_and_end_with_a_newline() {
        let bytes = [frame(0x17, "bad\n"), frame(0x02, "")].concat();
        let parts: Vec<&[u8]> = bytes.chunks(1).collect();
        let records = read(&parts);
        let texts: Vec<&[u8]> = records.iter().map(|it| it.text.as_slice()).collect();
        assert_eq!(texts, [&b"bad"[..], b""]);
    }

    #[test]
    fn what_is_in_no_frame_is_read_as_lines() {
        let bytes = [frame(0x03, "framed"), b"plain\nrest".to_vec()].concat();
        let texts: Vec<Vec<u8>> = read(&[&bytes]).into_iter().map(|it| it.text).collect();
        assert_eq!(texts, [&b"framed"[..], b"plain", b"rest"]);
    }

    #[test]
    fn the_rest_of_a_long_message_is_left_out() {
        let long = "x".repeat(MAX_MESSAGE_BYTES + 10);
        let bytes = [frame(0x03, &long), frame(0x03, "next")].concat();
        let parts: Vec<&[u8]> = bytes.chunks(100_000).collect();
        let lengths: Vec<usize> = read(&parts).iter().map(|it| it.text.len()).collect();
        assert_eq!(lengths, [MAX_MESSAGE_BYTES, 4]);
    }
}
