//! The tail of a log, for callers that ask for it.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;

/// Maximal size in bytes of the log tail that `Invoke` returns.
const MAX_TAIL_BYTES: usize = 4096;

/// The tail of what an execution or an invocation wrote. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogTail(Arc<Mutex<VecDeque<u8>>>);

impl LogTail {
    pub(super) fn append(&self, line: &[u8]) {
        let mut tail = self.0.lock();
        tail.extend(line);
        tail.push_back(b'\n');
        let excess = tail.len().saturating_sub(MAX_TAIL_BYTES);
        tail.drain(..excess);
    }

    /// The tail in base64.
    pub(crate) fn encoded(&self) -> String {
        let tail = self.0.lock();
        STANDARD.encode(tail.iter().copied().collect::<Vec<u8>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_keeps_the_end() {
        let tail = LogTail::default();
        tail.append(&[b'a'; MAX_TAIL_BYTES]);
        tail.append(b"end");
        let kept = STANDARD.decode(tail.encoded()).unwrap();
        assert_eq!(kept.len(), MAX_TAIL_BYTES);
        assert!(kept.ends_with(b"a\nend\n"));
    }
}
