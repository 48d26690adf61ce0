//! Messages with UTF-8 in the header, for clients that did not say UTF8.
//!
//! RFC 6856 §2.1 forbids to send them as they are, and allows a surrogate.
//! Ours puts the words that are not ASCII into encoded-words (RFC 2047); the
//! body is left alone, since 8bit content (RFC 6152) is allowed. The text
//! stays readable in any program, and the client that wants the original says
//! UTF8 and fetches it again.

use bytes::Bytes;
use data_encoding::BASE64;

/// Bytes in one encoded-word: 45 make 60 characters, of 75 allowed
/// (RFC 2047 §2).
const WORD: usize = 45;

/// The message with an ASCII header; the same bytes if it has one already.
pub(crate) fn downgraded_message(text: &Bytes) -> Bytes {
    let header = crate::stuffing::top(text, 0).len();
    if text[..header].is_ascii() {
        return text.clone();
    }
    let mut message = downgraded(&text[..header]);
    message.extend_from_slice(&text[header..]);
    message.into()
}

/// A header with encoded-words in place of words that are not ASCII.
pub(crate) fn downgraded(header: &[u8]) -> Vec<u8> {
    let mut ascii = Vec::with_capacity(header.len() * 2);
    for line in header.split_inclusive(|b| *b == b'\n') {
        if line.is_ascii() {
            ascii.extend_from_slice(line);
        } else {
            downgrade_line(line, &mut ascii);
        }
    }
    ascii
}

fn downgrade_line(mut line: &[u8], out: &mut Vec<u8>) {
    let mut before = None;
    while let Some(first) = line.first() {
        let (len, kind) = match first {
            space if space.is_ascii_whitespace() => (1, Kind::Space),
            b'"' => (quoted(line), Kind::Quoted),
            _ => (word(line), Kind::Word),
        };
        let (token, rest) = line.split_at(len);
        line = rest;
        if token.is_ascii() {
            out.extend_from_slice(token);
        } else if kind == Kind::Quoted && before == Some(b'=') {
            // A MIME parameter keeps its quotes, or it would be none.
            out.push(b'"');
            encode(&unquoted(token), out);
            out.push(b'"');
        } else if kind == Kind::Quoted {
            encode(&unquoted(token), out);
        } else {
            encode(token, out);
        }
        before = token.last().copied();
    }
}

#[derive(PartialEq, Eq)]
enum Kind {
    Space,
    Quoted,
    Word,
}

/// The length of the quoted-string at the start, or of all if it has no end.
fn quoted(line: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = line.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    let spaces = line.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    (line.len() - spaces).max(1)
}

/// Up to the next space or quote.
fn word(line: &[u8]) -> usize {
    line.iter().position(|b| b.is_ascii_whitespace() || *b == b'"').unwrap_or(line.len())
}

fn unquoted(token: &[u8]) -> Vec<u8> {
    let inner = token.strip_prefix(b"\"").unwrap_or(token);
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        let escaped = if *byte == b'\\' { bytes.next() } else { None };
        text.push(*escaped.unwrap_or(byte));
    }
    text
}

/// As one encoded-word or several with spaces between, which vanish when they
/// are decoded (RFC 2047 §6.2). Bytes that are not UTF-8 say so (RFC 1428).
fn encode(text: &[u8], out: &mut Vec<u8>) {
    let charset = if std::str::from_utf8(text).is_ok() { "UTF-8" } else { "unknown-8bit" };
    let mut rest = text;
    loop {
        let mut len = rest.len().min(WORD);
        // Not within a character.
        while len < rest.len() && len > WORD - 4 && rest[len] & 0xc0 == 0x80 {
            len -= 1;
        }
        let (piece, more) = rest.split_at(len);
        out.extend_from_slice(format!("=?{charset}?B?{}?=", BASE64.encode(piece)).as_bytes());
        rest = more;
        if rest.is_empty() {
            return;
        }
        out.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers() {
        let rows: &[(&str, &str)] = &[
            ("Subject: plain\r\n\r\n", "Subject: plain\r\n\r\n"),
            ("Subject: un été\r\n", "Subject: un =?UTF-8?B?w6l0w6k=?=\r\n"),
            ("From: Élodie <e@x.org>\r\n", "From: =?UTF-8?B?w4lsb2RpZQ==?= <e@x.org>\r\n"),
            ("From: \"É \\\"l\" <e@x.org>\r\n", "From: =?UTF-8?B?w4kgImw=?= <e@x.org>\r\n"),
            ("To: \"plain\" <é@x.org>\r\n", "To: \"plain\" =?UTF-8?B?PMOpQHgub3JnPg==?=\r\n"),
            ("X: a; name=\"é.pdf\"\r\n", "X: a; name=\"=?UTF-8?B?w6kucGRm?=\"\r\n"),
            // A form feed is a space to some and not to others; it once looped here.
            ("X: é\u{c}\u{c}\"\r\n", "X: =?UTF-8?B?w6k=?=\u{c}\u{c}\"\r\n"),
            ("X: \"é\r\n", "X: =?UTF-8?B?w6k=?=\r\n"),
        ];
        for (header, expected) in rows {
            let got = String::from_utf8(downgraded(header.as_bytes())).unwrap();
            assert_eq!(got, *expected, "{header:?}");
        }
        assert_eq!(downgraded(b"X: \xe9t\xe9\n"), b"X: =?unknown-8bit?B?6XTp?=\n");
    }

    #[test]
    fn bodies_and_ascii_messages_stay() {
        let mail = Bytes::from("Subject: x\r\n\r\nun été\r\n");
        assert_eq!(downgraded_message(&mail), mail);
        let mail = Bytes::from("Subject: é\r\n\r\nun été\r\n");
        let expected = "Subject: =?UTF-8?B?w6k=?=\r\n\r\nun été\r\n";
        assert_eq!(downgraded_message(&mail), expected.as_bytes());
    }

    proptest! {
        #[test]
        fn headers_become_ascii(header in proptest::collection::vec(any::<u8>(), 0..400)) {
            let ascii = downgraded(&header);
            prop_assert!(ascii.is_ascii());
            let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
            prop_assert!(lines(&ascii) <= lines(&header), "no line is made");
        }

        #[test]
        fn words_are_short_and_whole(text in "\\PC{1,200}") {
            let ascii = String::from_utf8(downgraded(format!("X: é{}\r\n", text.replace(' ', "_")).as_bytes())).unwrap();
            for word in ascii.split_ascii_whitespace().filter(|word| word.starts_with("=?UTF-8?B?")) {
                let word = word.split_once("?=").map_or(word, |(word, _)| word);
                prop_assert!(word.len() <= 73);
                let bytes = BASE64.decode(&word.as_bytes()[10..]).unwrap();
                prop_assert!(String::from_utf8(bytes).is_ok());
            }
        }
    }
}
