//! Numbers, strings, literals and mailbox names.

use crate::grammar::utf7;

/// A number in decimal.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, number: impl Into<u64>) {
    let mut number = number.into();
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// `quoted`. The text must have no CR, LF or NUL.
pub(crate) fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// `literal`, head and bytes.
pub(crate) fn literal(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'{');
    number(out, bytes.len() as u64);
    out.extend_from_slice(b"}\r\n");
    out.extend_from_slice(bytes);
}

/// How strings go to this client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strings {
    /// UTF-8 may stand in quotes (RFC 6855 §3).
    pub(crate) utf8: bool,
}

impl Strings {
    /// `string`: quoted where that is allowed, else a literal. NUL, which no
    /// string may have, becomes a space.
    pub(crate) fn string(self, out: &mut Vec<u8>, text: &[u8]) {
        let one_line = text.len() <= 1000 && !text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
        let may_stand = text.is_ascii() || self.utf8 && std::str::from_utf8(text).is_ok();
        if one_line && may_stand {
            quoted(out, text);
        } else if text.contains(&0) {
            let without: Vec<u8> = text.iter().map(|b| if *b == 0 { b' ' } else { *b }).collect();
            literal(out, &without);
        } else {
            literal(out, text);
        }
    }

    /// `nstring`.
    pub(crate) fn nstring<T: AsRef<[u8]>>(self, out: &mut Vec<u8>, text: Option<T>) {
        match text {
            Some(text) => self.string(out, text.as_ref()),
            None => out.extend_from_slice(b"NIL"),
        }
    }
}

/// `astring`, as an atom where it may be one. The text must have no controls.
pub(crate) fn astring(out: &mut Vec<u8>, text: &[u8]) {
    let atom = |b: &u8| {
        b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
    };
    if !text.is_empty() && text.iter().all(atom) && !text.eq_ignore_ascii_case(b"NIL") {
        out.extend_from_slice(text);
    } else {
        quoted(out, text);
    }
}

/// A mailbox name: modified UTF-7, or UTF-8 for who enabled it (RFC 6855 §3).
pub(crate) fn mailbox(out: &mut Vec<u8>, name: &str, utf8: bool) {
    if utf8 { astring(out, name.as_bytes()) } else { astring(out, utf7::encode(name).as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for n in [0u64, 9, 10, 4_294_967_295, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, n);
            assert_eq!(out, n.to_string().as_bytes());
        }
    }

    #[test]
    fn strings() {
        let rows: &[(&[u8], bool, &[u8])] = &[
            (b"a \"b\\", false, b"\"a \\\"b\\\\\""),
            (b"", false, b"\"\""),
            (b"a\r\nb", true, b"{4}\r\na\r\nb"),
            ("é".as_bytes(), false, b"{2}\r\n\xc3\xa9"),
            ("é".as_bytes(), true, b"\"\xc3\xa9\""),
            (b"\xff", true, b"{1}\r\n\xff"),
            (b"a\0b", true, b"{3}\r\na b"),
        ];
        for (text, utf8, expected) in rows {
            let mut out = Vec::new();
            Strings { utf8: *utf8 }.string(&mut out, text);
            assert_eq!(out, *expected);
        }
    }

    #[test]
    fn mailboxes() {
        let rows = [
            ("INBOX", false, "INBOX"),
            ("All Mail", false, "\"All Mail\""),
            ("Été", false, "&AMk-t&AOk-"),
            ("Été", true, "\"Été\""),
            ("a*b", false, "\"a*b\""),
            ("nil", false, "\"nil\""),
        ];
        for (name, utf8, expected) in rows {
            let mut out = Vec::new();
            mailbox(&mut out, name, utf8);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
