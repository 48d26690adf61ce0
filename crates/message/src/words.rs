//! Encoded words in headers: RFC 2047, read leniently and written strictly.

use crate::charset;
use crate::transfer::{base64_decode, base64_encode, hex_pair};

/// An encoded word: `=?charset?encoding?text?=`.
struct Word<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
    /// Bytes of the header it takes.
    length: usize,
}

/// Longer ones are not words but noise; also keeps reading linear.
const LONGEST_WORD: usize = 2000;

/// The encoded word `text` begins with. Spaces inside are forgiven, as is a
/// text longer than 75 (RFC 2047 §2); both are frequent.
fn word(text: &[u8]) -> Option<Word<'_>> {
    let inner = text.strip_prefix(b"=?")?;
    let inner = &inner[..inner.len().min(LONGEST_WORD)];
    let token = |b: &u8| b.is_ascii_graphic();
    let first = inner.iter().take(64).position(|b| *b == b'?')?;
    let (charset, rest) = (&inner[..first], &inner[first + 1..]);
    if charset.is_empty() || !charset.iter().all(token) || rest.get(1) != Some(&b'?') {
        return None;
    }
    let end = rest[2..].windows(2).position(|pair| pair == b"?=")?;
    let encoded = &rest[2..2 + end];
    let bytes = match rest[0] {
        b'B' | b'b' => base64_decode(encoded),
        b'Q' | b'q' => q_decode(encoded),
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the charset.
    let charset = charset.split(|b| *b == b'*').next().unwrap_or_default();
    Some(Word { charset, bytes, length: 2 + first + 1 + 2 + end + 2 })
}

/// How long the encoded word at the start of `text` is, if there is one.
pub(crate) fn word_length(text: &[u8]) -> Option<usize> {
    word(text).map(|word| word.length)
}

/// The "Q" encoding: RFC 2047 §4.2.
fn q_decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], hex_pair(text, at + 1)) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                at += 2;
            }
            (b'_', _) => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
        at += 1;
    }
    bytes
}

/// The text of a header value: encoded words decoded (RFC 2047), the white
/// space between two of them dropped, folding and control characters made
/// single spaces. 8-bit text is taken as UTF-8, else as windows-1252.
///
/// Words that follow each other in one charset are joined before they are
/// decoded, since many mailers cut a character in two.
pub fn decode_words(raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut pending: Option<(Vec<u8>, Vec<u8>)> = None; // charset, bytes
    let (mut at, mut plain) = (0, 0);
    while at < raw.len() {
        let Some(found) = (raw[at] == b'=').then(|| word(&raw[at..])).flatten() else {
            at += 1;
            continue;
        };
        let between = &raw[plain..at];
        match &mut pending {
            Some((charset, bytes)) if between.trim_ascii().is_empty() => {
                if charset.eq_ignore_ascii_case(found.charset) {
                    bytes.extend_from_slice(&found.bytes);
                } else {
                    flush(&mut text, pending.take());
                    pending = Some((found.charset.to_vec(), found.bytes));
                }
            }
            _ => {
                flush(&mut text, pending.take());
                text.push_str(&charset::guess(between));
                pending = Some((found.charset.to_vec(), found.bytes));
            }
        }
        at += found.length;
        plain = at;
    }
    flush(&mut text, pending);
    text.push_str(&charset::guess(&raw[plain..]));
    single_line(&text)
}

fn flush(text: &mut String, pending: Option<(Vec<u8>, Vec<u8>)>) {
    if let Some((label, bytes)) = pending {
        text.push_str(&charset::decode(Some(&String::from_utf8_lossy(&label)), &bytes));
    }
}

/// White space and control characters folded to single spaces.
pub(crate) fn single_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() && c != '\u{A0}' || c.is_control() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(c);
        }
    }
    line.truncate(line.trim_end_matches(' ').len());
    line
}

/// `text` as encoded words of at most 75 characters each, cut between
/// characters (RFC 2047 §5 (3)); the first may have `first` at most.
pub(crate) fn encode_words(text: &str, first: usize) -> Vec<String> {
    let special = text.bytes().filter(|b| !q_plain(*b) && *b != b' ').count();
    let q = special * 3 <= text.len();
    let mut words = Vec::new();
    let mut chunk = String::new();
    let mut width = 0;
    for c in text.chars() {
        let room = if words.is_empty() { first.clamp(24, 75) } else { 75 } - "=?UTF-8?Q??=".len();
        let mut buffer = [0; 4];
        let wide = if q {
            c.encode_utf8(&mut buffer)
                .bytes()
                .map(|b| if q_plain(b) || b == b' ' { 1 } else { 3 })
                .sum()
        } else {
            0
        };
        let full = if q {
            width + wide > room
        } else {
            (chunk.len() + c.len_utf8()).div_ceil(3) * 4 > room
        };
        if full && !chunk.is_empty() {
            words.push(encoded(&chunk, q));
            chunk.clear();
            width = 0;
        }
        chunk.push(c);
        width += wide;
    }
    words.push(encoded(&chunk, q));
    words
}

/// Characters that stand for themselves in the Q encoding of a phrase
/// (RFC 2047 §5 (3)).
fn q_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte)
}

fn encoded(chunk: &str, q: bool) -> String {
    use std::fmt::Write;
    if !q {
        return format!("=?UTF-8?B?{}?=", base64_encode(chunk.as_bytes()));
    }
    let mut word = String::from("=?UTF-8?Q?");
    for byte in chunk.bytes() {
        match byte {
            b' ' => word.push('_'),
            b if q_plain(b) => word.push(char::from(b)),
            b => {
                let _ = write!(word, "={b:02X}");
            }
        }
    }
    word.push_str("?=");
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding() {
        let rows: &[(&str, &str)] = &[
            ("", ""),
            ("plain text", "plain text"),
            ("  folded\r\n\ttext ", "folded text"),
            ("=?iso-8859-1?Q?caf=E9?=", "café"),
            ("=?UTF-8?B?Y2Fmw6k=?= noir", "café noir"),
            ("=?utf-8?q?a_b?= =?utf-8?q?_c?=", "a b c"),
            ("=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E9?=", "aé"),
            ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
            ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
            ("=?utf-8*fr?q?=C3=A9?=", "é"),
            ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
            ("[=?utf-8?q?x?=]", "[x]"),
            ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
            ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
            ("=?", "=?"),
            ("=??q??=", "=??q??="),
            ("1 = 2 ?= 3", "1 = 2 ?= 3"),
            ("=?utf-8?q?two=0D=0Alines?=", "two lines"),
            ("=?nonsense?q?caf=E9?=", "café"),
        ];
        for (raw, expected) in rows {
            assert_eq!(decode_words(raw.as_bytes()), *expected, "{raw:?}");
        }
        assert_eq!(decode_words(b"caf\xE9"), "café");
        assert_eq!(decode_words("café".as_bytes()), "café");
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(text in "[a-zé€😀=?_.,\"<>()]([ ]?[a-zé€😀=?_.,\"<>()]){0,80}") {
            let words = encode_words(&text, 60);
            proptest::prop_assert!(words.iter().all(|word| word.len() <= 75), "{:?}", words);
            proptest::prop_assert_eq!(decode_words(words.join("\r\n ").as_bytes()), text);
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            decode_words(&bytes);
        }

        #[test]
        fn nearly_words_do_not_panic(text in "([=?_ abqBQ\r\n]|=\\?|utf-7|\\?=){0,60}") {
            decode_words(text.as_bytes());
        }
    }
}
