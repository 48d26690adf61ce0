//! Structured field values: `Content-Type: text/plain; charset=utf-8` and its
//! kin (RFC 2045 §5.1), with parameters that are continued or carry a charset
//! (RFC 2231).

use crate::charset;
use crate::header::unfold;
use crate::transfer::hex_pair;
use crate::words::decode_words;

/// More parameters than any honest field has.
const MAX_PARAMS: usize = 64;
/// Longest value kept, in bytes.
pub(crate) const MAX_VALUE: usize = 2000;

/// A value and its parameters, names in upper case, values without quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Structured {
    pub(crate) value: String,
    pub(crate) params: Vec<(String, String)>,
}

/// Reads `value; name=value; …` of a raw field value.
pub(crate) fn structured(raw: &[u8]) -> Structured {
    let line = unfold(raw);
    let mut scan = Scan { bytes: &line, at: 0 };
    let value = text(scan.until(b";").trim_ascii());
    let mut params = Vec::new();
    while scan.at < line.len() && params.len() < MAX_PARAMS {
        scan.at += 1; // the semicolon
        let name = scan.until(b"=;");
        if scan.peek() != Some(b'=') {
            continue;
        }
        scan.at += 1;
        let value = scan.value();
        let name = text(name.trim_ascii()).to_ascii_uppercase();
        if !name.is_empty() {
            params.push((name, value));
        }
    }
    Structured { value, params }
}

/// What the parameters say for `name` (upper case), RFC 2231 undone; encoded
/// words, which RFC 2047 §5 forbids here and everybody sends, are decoded.
pub(crate) fn param(params: &[(String, String)], name: &str) -> Option<String> {
    let extended = |section: &str| {
        params.iter().find(|(n, _)| n.strip_prefix(name).is_some_and(|rest| rest == section))
    };
    if let Some((_, value)) = extended("*") {
        let (charset, bytes) = charset_and_bytes(value);
        return Some(charset::decode(charset, &percent(bytes.as_bytes())));
    }
    let first = extended("*0").or_else(|| extended("*0*"));
    if first.is_some() {
        return Some(continued(params, name));
    }
    let (_, value) = extended("")?;
    Some(words_decoded(value.as_bytes()))
}

fn words_decoded(value: &[u8]) -> String {
    let has_words = value.windows(2).any(|pair| pair == b"=?");
    if has_words { decode_words(value) } else { charset::guess(value) }
}

/// RFC 2231 §3 and §4.1: `NAME*0*=utf-8'fr'…; NAME*1=…`, in the order of the
/// numbers; the charset of the first holds for all.
fn continued(params: &[(String, String)], name: &str) -> String {
    let mut bytes = Vec::new();
    let mut label = None;
    let mut decoded = true;
    for number in 0..MAX_PARAMS {
        let find =
            |suffix: String| params.iter().find(|(n, _)| n.strip_prefix(name) == Some(&suffix));
        if let Some((_, value)) = find(format!("*{number}*")) {
            let (charset, value) =
                if number == 0 { charset_and_bytes(value) } else { (None, value.as_str()) };
            label = label.or(charset);
            bytes.extend(percent(value.as_bytes()));
            decoded = false;
        } else if let Some((_, value)) = find(format!("*{number}")) {
            bytes.extend_from_slice(value.as_bytes());
        } else {
            break;
        }
    }
    if decoded { words_decoded(&bytes) } else { charset::decode(label, &bytes) }
}

fn charset_and_bytes(value: &str) -> (Option<&str>, &str) {
    let mut pieces = value.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(charset), Some(_language), Some(text)) => (Some(charset), text),
        _ => (None, value),
    }
}

/// Undoes `%41` escapes.
pub(crate) fn percent(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], hex_pair(text, at + 1)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                at += 3;
            }
            (byte, _) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    bytes
}

/// 8-bit values become UTF-8 the way header text does; overlong ones are cut.
fn text(bytes: &[u8]) -> String {
    charset::guess(&bytes[..bytes.len().min(MAX_VALUE)])
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Up to one of `ends`, comments left out, quotes taken away.
    fn until(&mut self, ends: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b'(' => self.comment(),
                b'"' => out.extend(self.quoted()),
                b if ends.contains(&b) => break,
                b => {
                    out.push(b);
                    self.at += 1;
                }
            }
        }
        out
    }

    /// A parameter's value: a quoted string, or all up to the semicolon.
    ///
    /// Unquoted spaces belong to it (`name=my file.pdf`), and so do
    /// parentheses that follow anything but a space.
    fn value(&mut self) -> String {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.peek() == Some(b'"') {
            let value = self.quoted();
            self.until(b";");
            return text(&value);
        }
        let mut out = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b';' => break,
                b'(' if matches!(out.last(), None | Some(b' ' | b'\t')) => self.comment(),
                b => {
                    out.push(b);
                    self.at += 1;
                }
            }
        }
        text(out.trim_ascii())
    }

    /// A quoted string, here at its opening quote; an open end is forgiven.
    ///
    /// A backslash takes the next byte only before a quote or itself: Windows
    /// programs send paths unquoted inside.
    fn quoted(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' if matches!(self.peek(), Some(b'"' | b'\\')) => {
                    out.extend(self.peek());
                    self.at += 1;
                }
                b => out.push(b),
            }
        }
        out
    }

    /// Passes over a comment, here at its opening parenthesis.
    fn comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' if depth <= 1 => return,
                b')' => depth -= 1,
                _ => {}
            }
        }
        self.at = self.bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_parameters() {
        type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
        let rows: &[Row<'_>] = &[
            ("", "", &[]),
            (" text/plain", "text/plain", &[]),
            ("text/plain; charset=us-ascii (plain)", "text/plain", &[("CHARSET", "us-ascii")]),
            (
                "text/plain;charset=\"utf-8\"; Format=flowed",
                "text/plain",
                &[("CHARSET", "utf-8"), ("FORMAT", "flowed")],
            ),
            ("a/b;\r\n\tname=\"x;y\\\"z\"", "a/b", &[("NAME", "x;y\"z")]),
            ("a/b; name=my file.pdf ; x=1", "a/b", &[("NAME", "my file.pdf"), ("X", "1")]),
            ("a/b; name=copy(2).pdf", "a/b", &[("NAME", "copy(2).pdf")]),
            ("a/b; name=\"C:\\dir\\f.txt\"", "a/b", &[("NAME", "C:\\dir\\f.txt")]),
            ("a/b; name=\"open", "a/b", &[("NAME", "open")]),
            ("a/b; flag; x = y ;; =z", "a/b", &[("X", "y")]),
            ("(c) a/b (d(e)) ; x=1", "a/b", &[("X", "1")]),
            ("a/b (open ; x=1", "a/b", &[]),
            (
                "multipart/mixed; boundary=\"foo\r\n bar\"",
                "multipart/mixed",
                &[("BOUNDARY", "foo bar")],
            ),
        ];
        for (raw, value, params) in rows {
            let got = structured(raw.as_bytes());
            let got_params: Vec<_> =
                got.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!((got.value.as_str(), got_params.as_slice()), (*value, *params), "{raw:?}");
        }
    }

    #[test]
    fn rfc_2231() {
        let rows: &[(&str, Option<&str>)] = &[
            ("x", None),
            ("x; filename=a.txt", Some("a.txt")),
            ("x; filename==?utf-8?q?caf=C3=A9?=.txt", Some("café.txt")),
            ("x; filename*=utf-8''caf%C3%A9.txt", Some("café.txt")),
            ("x; filename=cafe.txt; filename*=iso-8859-1'fr'caf%E9.txt", Some("café.txt")),
            ("x; filename*0=\"a long \"; filename*1=name.txt", Some("a long name.txt")),
            ("x; filename*1*=%A9.txt; filename*0*=utf-8''caf%C3", Some("café.txt")),
            ("x; filename*0*=utf-8''%e2%82%ac; filename*1=\" 100%.pdf\"", Some("€ 100%.pdf")),
            ("x; filename*1=b", None),
            ("x; filename*=%C3%A9", Some("é")),
        ];
        for (raw, expected) in rows {
            let params = structured(raw.as_bytes()).params;
            assert_eq!(param(&params, "FILENAME").as_deref(), *expected, "{raw:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "([a-z/;=\"()\\\\*%0-9' \r\n]|\\PC){0,80}") {
            let found = structured(text.as_bytes());
            param(&found.params, "A");
        }
    }
}
