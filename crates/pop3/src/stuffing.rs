//! Multi-line answers: a dot in front of a dot (RFC 1939 §3).

use memchr::memmem;

/// Gives `text` in pieces, with a second dot before each line that begins with
/// one, a line ending at the end, and the line that ends it all.
///
/// A dot behind a bare LF is doubled too: some clients take LF for a line
/// ending and would see the end of the message there.
pub(crate) fn stuff(text: &[u8], mut give: impl FnMut(&[u8])) {
    for piece in pieces(text) {
        give(piece);
    }
    give(end(text));
}

/// The pieces of `text` between which dots stand that were not in it.
pub(crate) fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let leading = text.first().filter(|first| **first == b'.').map(|_| &b"."[..]);
    let mut from = 0;
    let mut finder = memmem::find_iter(text, b"\n.");
    let mut pending_dot = false;
    let mut over = false;
    let rest = std::iter::from_fn(move || {
        if pending_dot {
            pending_dot = false;
            return Some(&b"."[..]);
        }
        if over {
            return None;
        }
        let to = if let Some(at) = finder.next() {
            pending_dot = true;
            at + 1
        } else {
            over = true;
            text.len()
        };
        let piece = &text[from..to];
        from = to;
        Some(piece)
    });
    leading.into_iter().chain(rest)
}

/// What ends the answer behind `text`.
pub(crate) fn end(text: &[u8]) -> &'static [u8] {
    if text.is_empty() || text.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" }
}

/// The header of `text`, the empty line, and the first `lines` of the body
/// (RFC 1939 §7, TOP).
pub(crate) fn top(text: &[u8], lines: u64) -> &[u8] {
    let mut at = 0;
    let mut left = None;
    for newline in memchr::memchr_iter(b'\n', text) {
        let line = &text[at..newline];
        at = newline + 1;
        left = match left {
            None if matches!(line, b"" | b"\r") => Some(lines),
            None => None,
            Some(left) => Some(left - 1),
        };
        if left == Some(0) {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuffed(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        stuff(text, |piece| out.extend_from_slice(piece));
        out
    }

    /// What a client by RFC 1939 §3 makes of it; `None` if it ends too early.
    fn unstuffed(mut wire: &[u8]) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            let at = memmem::find(wire, b"\r\n")? + 2;
            let (line, rest) = wire.split_at(at);
            wire = rest;
            match line {
                b".\r\n" => return rest.is_empty().then_some(text),
                [b'.', line @ ..] => text.extend_from_slice(line),
                line => text.extend_from_slice(line),
            }
        }
    }

    #[test]
    fn dots() {
        let rows: &[(&[u8], &[u8])] = &[
            (b"", b".\r\n"),
            (b"a\r\n", b"a\r\n.\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b".\r\n", b"..\r\n.\r\n"),
            (b"..\r\n.a\r\n", b"...\r\n..a\r\n.\r\n"),
            (b"a.b\r\n\r\n.\r\n", b"a.b\r\n\r\n..\r\n.\r\n"),
            (b"a\n.\r\nb\r\n", b"a\n..\r\nb\r\n.\r\n"),
            (b"a\n", b"a\n\r\n.\r\n"),
            (b"a\r\n.", b"a\r\n..\r\n.\r\n"),
        ];
        for (text, expected) in rows {
            let got = stuffed(text);
            assert_eq!(got, *expected, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn tops() {
        let mail = b"A: b\r\nC: d\r\n\r\none\r\ntwo\r\n\r\nfour";
        let rows: &[(&[u8], u64, &[u8])] = &[
            (mail, 0, b"A: b\r\nC: d\r\n\r\n"),
            (mail, 1, b"A: b\r\nC: d\r\n\r\none\r\n"),
            (mail, 3, b"A: b\r\nC: d\r\n\r\none\r\ntwo\r\n\r\n"),
            (mail, 4, mail),
            (mail, u64::MAX, mail),
            (b"A: b\r\n", 0, b"A: b\r\n"),
            (b"\r\nbody\r\n", 0, b"\r\n"),
            (b"A: b\n\nbody\nmore\n", 1, b"A: b\n\nbody\n"),
            (b"", 5, b""),
        ];
        for (text, lines, expected) in rows {
            assert_eq!(top(text, *lines), *expected, "{:?} {lines}", String::from_utf8_lossy(text));
        }
    }

    proptest! {
        #[test]
        fn what_is_stuffed_comes_back(lines in proptest::collection::vec("[.a]{0,4}", 0..20)) {
            let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            prop_assert_eq!(unstuffed(&stuffed(text.as_bytes())), Some(text.into_bytes()));
        }

        #[test]
        fn no_text_ends_the_answer_early(text in "[.\r\na]{0,40}") {
            prop_assert!(unstuffed(&stuffed(text.as_bytes())).is_some());
        }
    }
}
