//! Finds where the heads of a connection's requests begin and end, and applies the two rules that
//! hyper does not have.
//!
//! Rules: a line of a head ends with CR LF, and a head is no longer than its limit. A bare LF
//! becomes a byte that is not allowed in a head, which hyper answers with 400; a head at its limit
//! is passed on without its rest, which hyper answers with 431. A body passes unchanged; ambiguous
//! cases are left to hyper, which refuses them.

use super::limits::HEAD_BYTES;

/// Replaces a bare line feed for hyper: a byte that is not allowed in a head. The end of a
/// head follows, because hyper waits for it.
const FORBIDDEN: u8 = 0;
const END: &[u8] = b"\r\n\r\n";
/// The part of a line that is kept: enough for the relevant names with a number.
const KEPT: usize = 64;

/// The state of a connection's requests.
#[derive(Debug)]
pub(super) struct Heads {
    position: Position,
    /// Bytes of the current head.
    length: usize,
    /// The beginning of the current line, without its end.
    line: Vec<u8>,
    /// Whether the request line has begun.
    begun: bool,
    after: After,
    last_was_return: bool,
}

#[derive(Debug)]
enum Position {
    Head,
    /// The bytes of a body that are still to come.
    Body(u64),
    /// The connection ends with this request: a head after it could not be recognised.
    Last,
    /// The rest of what hyper gets for a refused head.
    Refused(&'static [u8]),
}

/// The kind of body that follows the current head, by its headers so far.
#[derive(Clone, Copy, Debug)]
enum After {
    Body(u64),
    Last,
}

impl Heads {
    pub(super) fn new() -> Self {
        Self {
            position: Position::Head,
            length: 0,
            line: Vec::new(),
            begun: false,
            after: After::Body(0),
            last_was_return: false,
        }
    }

    /// How many bytes may be read at once, so that a head cannot exceed its limit within them.
    pub(super) fn allowance(&self) -> usize {
        match self.position {
            Position::Head => HEAD_BYTES.saturating_sub(self.length),
            Position::Body(rest) => {
                usize::try_from(rest).unwrap_or(usize::MAX).saturating_add(HEAD_BYTES)
            }
            Position::Last => usize::MAX,
            Position::Refused(_) => 0,
        }
    }

    /// Replaces the input for hyper once a head is refused.
    pub(super) fn refusal(&mut self) -> Option<&'static [u8]> {
        match &mut self.position {
            Position::Refused(rest) => Some(std::mem::take(rest)),
            _ => None,
        }
    }

    /// Whether every request so far has been read to its end.
    pub(super) fn is_between(&self) -> bool {
        matches!(self.position, Position::Head) && self.length == 0
    }

    /// Examines bytes that were read; returns how many of them to pass on.
    pub(super) fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            match &mut self.position {
                Position::Head => {
                    let Some(byte) = bytes.get_mut(at) else { break };
                    if *byte == b'\n' && !self.last_was_return {
                        *byte = FORBIDDEN;
                        self.position = Position::Refused(END);
                        return at + 1;
                    }
                    self.take(*byte);
                    at += 1;
                }
                Position::Body(rest) => {
                    let here = u64::try_from(bytes.len() - at).unwrap_or(u64::MAX).min(*rest);
                    *rest -= here;
                    at = at.saturating_add(usize::try_from(here).unwrap_or(usize::MAX));
                    if *rest == 0 {
                        self.position = Position::Head;
                    }
                }
                Position::Last => return bytes.len(),
                Position::Refused(_) => return at,
            }
        }
        bytes.len()
    }

    /// One more byte of a head.
    fn take(&mut self, byte: u8) {
        self.length += 1;
        self.last_was_return = byte == b'\r';
        match byte {
            b'\n' => self.end_line(),
            b'\r' => {}
            _ if self.line.len() < KEPT => self.line.push(byte),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            if self.begun {
                self.after = after(self.after, &self.line);
            }
            self.begun = true;
            self.line.clear();
        } else if self.begun {
            self.position = match self.after {
                After::Body(0) => Position::Head,
                After::Body(length) => Position::Body(length),
                After::Last => Position::Last,
            };
            self.length = 0;
            self.begun = false;
            self.after = After::Body(0);
        }
    }
}

/// The kind of body that follows a head that also has this header.
fn after(before: After, line: &[u8]) -> After {
    let is =
        |name: &[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    if is(b"transfer-encoding") {
        return After::Last;
    }
    if !is(b"content-length") {
        return before;
    }
    // For a line that is not kept whole, or two different lengths, hyper decides or refuses.
    let length = (line.len() < KEPT)
        .then(|| line.get(b"content-length".len()..)?.strip_prefix(b":"))
        .flatten()
        .and_then(|value| std::str::from_utf8(value.trim_ascii()).ok())
        .and_then(|value| value.parse().ok());
    match (before, length) {
        (After::Body(0), Some(length)) => After::Body(length),
        (After::Body(same), Some(length)) if same == length => before,
        _ => After::Last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that are passed on if these bytes arrive in pieces of this size.
    fn passed(bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut heads = Heads::new();
        let mut all = Vec::new();
        for part in bytes.chunks(piece) {
            if let Some(rest) = heads.refusal() {
                all.extend_from_slice(rest);
                break;
            }
            let mut part = part.to_vec();
            let length = heads.pass(&mut part);
            all.extend_from_slice(&part[..length]);
        }
        all.extend_from_slice(heads.refusal().unwrap_or_default());
        all
    }

    #[test]
    fn what_holds_to_the_rules_passes_untouched() {
        let body = "a\nb\n\n\r\n\r\nGET / HTTP/1.1\nx";
        let posts: String = ["content-length", "Content-Length", "CONTENT-LENGTH"]
            .iter()
            .map(|name| {
                format!(
                    "POST /x HTTP/1.1\r\nhost: b\r\n{name}: \t{} \r\nx: {}\r\n\r\n{body}",
                    body.len(),
                    "y".repeat(300)
                )
            })
            .collect();
        let chunked =
            "\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n0\r\n\r\n";
        let all = format!("GET / HTTP/1.1\r\nhost: b\r\n\r\n{posts}{chunked}");
        for piece in [1, 2, 3, 7, 64, 100_000] {
            assert_eq!(String::from_utf8(passed(all.as_bytes(), piece)).unwrap(), all, "{piece}");
        }
    }

    #[test]
    fn a_bare_line_feed_is_refused_in_every_place_of_a_head() {
        for (good, bad) in [
            ("", "\nGET / HTTP/1.1\r\n\r\n"),
            ("GET / HTTP/1.1", "\nhost: b\r\n\r\n"),
            ("GET / HTTP/1.1\r\nhost: b", "\n\r\n"),
            ("GET / HTTP/1.1\r\nhost: b\r\n", "\n"),
            ("GET / HTTP/1.1\r\nhost: b\r\n\r\n", "\n"),
            ("POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n\n\nGET / HTTP/1.1", "\n\n"),
        ] {
            let expected = format!("{good}\0\r\n\r\n");
            for piece in [1, 5, 1000] {
                let all = format!("{good}{bad}");
                assert_eq!(passed(all.as_bytes(), piece), expected.as_bytes(), "{good:?} {piece}");
            }
        }
    }

    #[test]
    fn no_body_is_taken_for_a_head_where_its_length_is_in_doubt() {
        let long = format!("content-length:{}2", " ".repeat(100));
        for header in [
            "content-length: x",
            "content-length : 2",
            "content-length: 2\r\ncontent-length: 3",
            &long,
        ] {
            let all = format!("POST / HTTP/1.1\r\n{header}\r\n\r\na\nb\n");
            assert_eq!(passed(all.as_bytes(), 1000), all.as_bytes(), "{header}");
        }
    }

    #[test]
    fn never_more_of_a_head_is_read_than_its_limit() {
        let mut heads = Heads::new();
        assert_eq!(heads.allowance(), HEAD_BYTES);
        let mut start = b"POST / HTTP/1.1\r\ncontent-length: 5\r\n".to_vec();
        heads.pass(&mut start);
        assert_eq!(heads.allowance(), HEAD_BYTES - start.len());
        assert!(!heads.is_between());
        heads.pass(&mut b"\r\nab".to_vec());
        assert_eq!(heads.allowance(), HEAD_BYTES + 3);
        assert!(!heads.is_between());
        heads.pass(&mut b"cde".to_vec());
        assert!(heads.is_between());
        heads.pass(&mut vec![b'x'; HEAD_BYTES]);
        assert_eq!(heads.allowance(), 0);
    }
}
