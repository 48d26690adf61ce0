//! Transfer encodings, undone and done: RFC 2045 §6.

/// Undoes base64 as leniently as RFC 2045 §6.8 asks: what is not of the
/// alphabet is passed over, a missing padding is forgiven.
pub(crate) fn base64_decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // Padding ends a group; some mailers join several encodings.
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    bytes
}

/// How many bytes [`base64_decode`] would give.
pub(crate) fn base64_length(text: &[u8]) -> u64 {
    let (mut bytes, mut group) = (0_u64, 0_u64);
    for byte in text {
        match byte {
            b'=' => {
                bytes += group * 6 / 8;
                group = 0;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => group += 1,
            _ => {}
        }
    }
    bytes + group * 6 / 8
}

/// Base64 without line ends.
pub(crate) fn base64_encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let sextet = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= group.len() { char::from(sextet) } else { '=' });
        }
    }
    text
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// The byte that two hexadecimal digits at `at` stand for.
pub(crate) fn hex_pair(text: &[u8], at: usize) -> Option<u8> {
    Some(hex(*text.get(at)?)? << 4 | hex(*text.get(at + 1)?)?)
}

/// Undoes quoted-printable: RFC 2045 §6.7, with its advice on wrong text.
pub(crate) fn quoted_printable_decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|b| *b == b'\n') {
        let content = line.trim_ascii_end();
        let end = match line.strip_suffix(b"\n") {
            Some(l) if l.ends_with(b"\r") => &b"\r\n"[..],
            Some(_) => b"\n",
            None => b"",
        };
        // White space at the end of a line was added on the way (rule 3).
        let (content, soft) = match content.strip_suffix(b"=") {
            Some(content) => (content, true),
            None if end.is_empty() => (line, false),
            None => (content, false),
        };
        let mut at = 0;
        while at < content.len() {
            match (content[at], hex_pair(content, at + 1)) {
                (b'=', Some(byte)) => {
                    bytes.push(byte);
                    at += 3;
                }
                (byte, _) => {
                    bytes.push(byte);
                    at += 1;
                }
            }
        }
        if !soft {
            bytes.extend_from_slice(end);
        }
    }
    bytes
}

/// Quoted-printable of a text whose lines end with CRLF (RFC 2045 §6.7),
/// with lines of at most 76 characters.
pub fn quoted_printable_encode(text: &[u8]) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let (mut column, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with(b"\r\n") {
            out.push_str("\r\n");
            (column, at) = (0, at + 2);
            continue;
        }
        let byte = text[at];
        let line_ends = at + 1 == text.len() || text[at + 1..].starts_with(b"\r\n");
        let plain = match byte {
            b' ' | b'\t' => !line_ends,
            b'=' => false,
            // A line of one dot, or that begins with `From `, is hurt by
            // careless gateways (RFC 2049 §3).
            b'.' | b'F' if column == 0 => false,
            b => b.is_ascii_graphic(),
        };
        let width = if plain { 1 } else { 3 };
        if column + width > if line_ends { 76 } else { 75 } {
            out.push_str("=\r\n");
            column = 0;
            continue;
        }
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "={byte:02X}");
        }
        (column, at) = (column + width, at + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        let rows: &[(&[u8], &[u8])] = &[
            (b"", b""),
            (b"Zg==", b"f"),
            (b"Zm8=", b"fo"),
            (b"Zm9v", b"foo"),
            (b"Zm9vYg", b"foob"),
            (b" Z m\r\n9*v", b"foo"),
            (b"Zg==Zm8=", b"ffo"),
            (b"====", b""),
            (b"Z", b""),
        ];
        for (text, bytes) in rows {
            assert_eq!(base64_decode(text), *bytes, "{:?}", String::from_utf8_lossy(text));
            assert_eq!(base64_length(text), bytes.len() as u64);
        }
        assert_eq!(base64_encode(b"foob"), "Zm9vYg==");
    }

    #[test]
    fn quoted_printable() {
        let rows: &[(&[u8], &[u8])] = &[
            (b"", b""),
            (b"caf=C3=A9", "café".as_bytes()),
            (b"caf=c3=a9\r\n", "café\r\n".as_bytes()),
            (b"one=\r\ntwo", b"onetwo"),
            (b"one= \t\r\ntwo", b"onetwo"),
            (b"one  \r\ntwo\n", b"one\r\ntwo\n"),
            (b"a=ZZb=", b"a=ZZb"),
            (b"a==3D", b"a=="),
        ];
        for (text, bytes) in rows {
            assert_eq!(
                quoted_printable_decode(text),
                *bytes,
                "{:?}",
                String::from_utf8_lossy(text)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn base64_there_and_back(bytes: Vec<u8>) {
            let text = base64_encode(&bytes);
            proptest::prop_assert_eq!(base64_length(text.as_bytes()), bytes.len() as u64);
            proptest::prop_assert_eq!(base64_decode(text.as_bytes()), bytes);
        }

        #[test]
        fn quoted_printable_there_and_back(text in "([a-zA-F=. \té\u{0}-]{0,90}\r\n){0,4}[ -é]{0,90}") {
            let coded = quoted_printable_encode(text.as_bytes());
            proptest::prop_assert!(coded.split("\r\n").all(|line| line.len() <= 76), "{}", coded);
            proptest::prop_assert!(coded.is_ascii());
            proptest::prop_assert_eq!(quoted_printable_decode(coded.as_bytes()), text.as_bytes());
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            quoted_printable_decode(&bytes);
            proptest::prop_assert_eq!(base64_length(&bytes), base64_decode(&bytes).len() as u64);
        }
    }
}
