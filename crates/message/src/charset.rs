//! From the bytes of a character set to text.
//!
//! Names are looked up as browsers do, through `encoding_rs`; what it leaves
//! out on purpose is UTF-7 (RFC 2152), which old mail still holds. Mail lies
//! about its charset, above all when it says us-ascii or nothing: then valid
//! UTF-8 is UTF-8 and the rest windows-1252.

use encoding_rs::{Encoding, REPLACEMENT, WINDOWS_1252};

use crate::transfer::base64_decode;

/// The text of `bytes` in the charset called `label`, whatever it holds.
pub(crate) fn decode(label: Option<&str>, bytes: &[u8]) -> String {
    let label = label
        .unwrap_or_default()
        .trim_matches(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'');
    if ["utf-7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7"]
        .iter()
        .any(|l| label.eq_ignore_ascii_case(l))
    {
        return utf7(bytes);
    }
    if label.is_empty() || is_ascii(label) {
        return guess(bytes);
    }
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding != REPLACEMENT => encoding.decode(bytes).0.into_owned(),
        _ => guess(bytes),
    }
}

/// Whether `label` says no more than the default (RFC 2046 §4.1.2).
pub(crate) fn is_ascii(label: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968", "x-unknown", "unknown-8bit", "default"]
        .iter()
        .any(|ascii| label.eq_ignore_ascii_case(ascii))
}

/// Text without a trustworthy label.
pub(crate) fn guess(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{FEFF}').unwrap_or(text).to_owned(),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// UTF-7: RFC 2152, base64 of UTF-16 between `+` and `-`.
fn utf7(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(plus) = rest.iter().position(|b| *b == b'+') {
        text.push_str(&guess(&rest[..plus]));
        rest = &rest[plus + 1..];
        let base64 = |b: &u8| b.is_ascii_alphanumeric() || *b == b'+' || *b == b'/';
        let end = rest.iter().position(|b| !base64(b)).unwrap_or(rest.len());
        let units: Vec<u16> = base64_decode(&rest[..end])
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        text.push_str(&String::from_utf16_lossy(&units));
        rest = &rest[end..];
        if let Some(behind) = rest.strip_prefix(b"-") {
            if end == 0 {
                text.push('+');
            }
            rest = behind;
        } else if end == 0 {
            text.push('+');
        }
    }
    text.push_str(&guess(rest));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets() {
        let rows: &[(Option<&str>, &[u8], &str)] = &[
            (None, b"caf\xC3\xA9", "café"),
            (None, b"caf\xE9", "café"),
            (None, b"\xEF\xBB\xBFx", "x"),
            (Some("us-ascii"), b"caf\xC3\xA9", "café"),
            (Some("ISO-8859-1"), b"caf\xE9 \x93x\x94", "café “x”"),
            (Some("iso-8859-15"), b"10 \xA4", "10 €"),
            (Some("windows-1252"), b"10 \x80", "10 €"),
            (Some("\"utf-8\""), b"caf\xC3\xA9", "café"),
            (Some("UTF-8"), b"caf\xE9", "caf\u{FFFD}"),
            (Some("koi8-r"), b"\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"),
            (Some("iso-2022-jp"), b"\x1B$B$\"\x1B(B", "あ"),
            (Some("gb18030"), b"\xC4\xE3", "你"),
            (Some("UTF-7"), b"caf+AOk-, 1 +- 1, +2D3eAA!", "café, 1 + 1, 😀!"),
            (Some("utf-7"), b"+", "+"),
            (Some("utf-7"), b"+ a +AOkg", "+ a é"),
            (Some("no-such-charset"), b"caf\xE9", "café"),
            (Some("iso-2022-kr"), b"abc", "abc"),
        ];
        for (label, bytes, expected) in rows {
            assert_eq!(decode(*label, bytes), *expected, "{label:?} {bytes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes: Vec<u8>, label in "(utf-7|utf-8|gbk|shift_jis|iso-2022-jp|utf-16|x)") {
            decode(Some(&label), &bytes);
        }
    }
}
