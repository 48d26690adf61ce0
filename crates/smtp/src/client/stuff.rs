//! The message as it goes out behind DATA: RFC 5321 §4.5.2 and §2.3.8.

use memchr::memchr2;

/// Doubles dots and makes every ending CRLF, piece by piece.
#[derive(Debug)]
pub(crate) struct Stuffing {
    at_line_start: bool,
    after_cr: bool,
}

impl Stuffing {
    pub(crate) fn new() -> Stuffing {
        Stuffing { at_line_start: true, after_cr: false }
    }

    /// Adds `piece` to `out` as it goes over the wire.
    pub(crate) fn put(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        if self.after_cr && rest.first() == Some(&b'\n') {
            // The CR has become CRLF already.
            rest = &rest[1..];
        }
        if !piece.is_empty() {
            self.after_cr = false;
        }
        while let Some(first) = rest.first() {
            if self.at_line_start && *first == b'.' {
                out.push(b'.');
            }
            let Some(ending) = memchr2(b'\r', b'\n', rest) else {
                out.extend_from_slice(rest);
                self.at_line_start = false;
                return;
            };
            out.extend_from_slice(&rest[..ending]);
            out.extend_from_slice(b"\r\n");
            self.at_line_start = true;
            let length = match &rest[ending..] {
                [b'\r', b'\n', ..] => 2,
                [b'\r'] => {
                    self.after_cr = true;
                    1
                }
                _ => 1,
            };
            rest = &rest[ending + length..];
        }
    }

    /// Adds the end: RFC 5321 §4.1.1.4.
    pub(crate) fn end(&self, out: &mut Vec<u8>) {
        if !self.at_line_start {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}

/// A whole message as it goes over the wire.
#[cfg(test)]
pub(crate) fn stuff(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut stuffing = Stuffing::new();
    stuffing.put(content, &mut out);
    stuffing.end(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn on_the_wire() {
        let rows = [
            ("", ".\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"),
            ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\r.\rb\r", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\n\r\r\n", "a\r\n\r\n\r\n.\r\n"),
        ];
        for (content, expected) in rows {
            let got = stuff(content.as_bytes());
            assert_eq!(String::from_utf8_lossy(&got), expected, "{content:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter_and_nothing_bare_goes_out(
            content in "[a.\r\n]{0,60}",
            cut in 1usize..10,
        ) {
            let whole = stuff(content.as_bytes());
            let mut stuffing = Stuffing::new();
            let mut out = Vec::new();
            for piece in content.as_bytes().chunks(cut) {
                stuffing.put(piece, &mut out);
            }
            stuffing.end(&mut out);
            prop_assert_eq!(&out, &whole);
            let text = String::from_utf8(out).expect("ASCII");
            prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
            prop_assert_eq!(text.find("\r\n.\r\n").map_or(0, |at| at + 2), text.len() - 3);
        }
    }
}
