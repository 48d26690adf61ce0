//! BODY and BODYSTRUCTURE: RFC 3501 §7.4.2.

use message::Part;

use super::{Strings, envelope, number};

/// BODY: the structure without extension data.
pub(crate) fn body(out: &mut Vec<u8>, root: &Part, strings: Strings) {
    Writer { out, strings, extended: false }.part(root);
}

/// BODYSTRUCTURE: the structure with extension data.
pub(crate) fn body_structure(out: &mut Vec<u8>, root: &Part, strings: Strings) {
    Writer { out, strings, extended: true }.part(root);
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    strings: Strings,
    extended: bool,
}

impl Writer<'_> {
    fn part(&mut self, part: &Part) {
        self.out.push(b'(');
        if part.type_ == "MULTIPART" {
            self.multipart(part);
        } else {
            self.single(part);
        }
        self.out.push(b')');
    }

    fn multipart(&mut self, part: &Part) {
        if part.children.is_empty() {
            // The grammar wants one body at least, and this multipart has
            // none: we show an empty text.
            self.out.extend_from_slice(b"(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 0 0)");
        }
        for child in &part.children {
            self.part(child);
        }
        self.space();
        self.text(&part.subtype);
        if self.extended {
            self.space();
            self.params(&part.params);
            self.dispositions(part);
        }
    }

    fn single(&mut self, part: &Part) {
        let embedded = part.message.as_deref().filter(|_| is(part, "MESSAGE", "RFC822"));
        if embedded.is_none() && is(part, "MESSAGE", "RFC822") {
            // Nested deeper than we follow: the grammar demands an envelope
            // for message/rfc822, so it is shown as what it is to us.
            self.out.extend_from_slice(b"\"APPLICATION\" \"OCTET-STREAM\"");
        } else {
            self.text(&part.type_);
            self.space();
            self.text(&part.subtype);
        }
        self.space();
        self.params(&part.params);
        self.space();
        self.optional(part.id.as_deref());
        self.space();
        self.optional(part.description.as_deref());
        self.space();
        self.text(&part.encoding);
        self.space();
        number(self.out, part.body.1.saturating_sub(part.body.0));
        if let Some(embedded) = embedded {
            self.space();
            envelope(self.out, &embedded.envelope, self.strings);
            self.space();
            self.part(&embedded.structure);
        }
        if embedded.is_some() || part.type_ == "TEXT" {
            self.space();
            number(self.out, part.lines);
        }
        if self.extended {
            self.space();
            self.optional(part.md5.as_deref());
            self.dispositions(part);
        }
    }

    /// `body-fld-dsp`, `body-fld-lang`, `body-fld-loc`.
    fn dispositions(&mut self, part: &Part) {
        self.space();
        match &part.disposition {
            Some((kind, params)) => {
                self.out.push(b'(');
                self.text(kind);
                self.space();
                self.params(params);
                self.out.push(b')');
            }
            None => self.out.extend_from_slice(b"NIL"),
        }
        self.space();
        match &part.language[..] {
            [] => self.out.extend_from_slice(b"NIL"),
            [one] => self.text(one),
            several => {
                self.out.push(b'(');
                for (at, language) in several.iter().enumerate() {
                    if at > 0 {
                        self.space();
                    }
                    self.text(language);
                }
                self.out.push(b')');
            }
        }
        self.space();
        self.optional(part.location.as_deref());
    }

    /// `body-fld-param`.
    fn params(&mut self, params: &[(String, String)]) {
        if params.is_empty() {
            self.out.extend_from_slice(b"NIL");
            return;
        }
        self.out.push(b'(');
        for (at, (name, value)) in params.iter().enumerate() {
            if at > 0 {
                self.space();
            }
            self.text(name);
            self.space();
            self.text(value);
        }
        self.out.push(b')');
    }

    fn text(&mut self, text: &str) {
        self.strings.string(self.out, text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.strings.nstring(self.out, text);
    }

    fn space(&mut self) {
        self.out.push(b' ');
    }
}

fn is(part: &Part, type_: &str, subtype: &str) -> bool {
    part.type_ == type_ && part.subtype == subtype
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads one value of an answer; what is left behind it, if it is one.
    fn value(input: &[u8]) -> Option<&[u8]> {
        match *input.first()? {
            b'(' => {
                let mut rest = &input[1..];
                while *rest.first()? != b')' {
                    rest = value(rest)?;
                    if rest.first() == Some(&b' ') {
                        rest = &rest[1..];
                        // No space before the end of a list.
                        (*rest.first()? != b')').then_some(())?;
                    }
                }
                Some(&rest[1..])
            }
            b'"' => {
                let mut at = 1;
                loop {
                    match *input.get(at)? {
                        b'"' => return Some(&input[at + 1..]),
                        b'\\' => at += 2,
                        b'\r' | b'\n' | 0 | 0x80.. => return None,
                        _ => at += 1,
                    }
                }
            }
            b'{' => {
                let end = input.windows(3).position(|w| w == b"}\r\n")?;
                let size: usize = std::str::from_utf8(&input[1..end]).ok()?.parse().ok()?;
                let bytes = input.get(end + 3..end + 3 + size)?;
                (!bytes.contains(&0)).then_some(())?;
                Some(&input[end + 3 + size..])
            }
            b'0'..=b'9' => {
                let end = input.iter().position(|b| !b.is_ascii_digit()).unwrap_or(input.len());
                Some(&input[end..])
            }
            _ => input.strip_prefix(b"NIL"),
        }
    }

    const LINES: &[&str] = &[
        "Content-Type: multipart/mixed; boundary=x",
        "Content-Type: multipart/digest; boundary=\"y\"",
        "Content-Type: message/rfc822",
        "Content-Type: text/plain; charset=\"u\\\"\"; x",
        "Content-Type: a/\0",
        "Content-Disposition: attachment; filename=\"\u{e9}\"",
        "Content-Language: fr, en",
        "Content-ID: <a\"b>",
        "From: \"a\\\"b\" <a@b>, Group: c@d, e;",
        "To: <>",
        "Subject: \u{e9}",
        "Date: (((",
        "",
        "--x",
        "--y",
        "--x--",
        "text",
        "Content-Description: \r\n folded",
        "Content-Location: \u{1}",
        "Content-MD5: ===",
        "Sender:",
        "In-Reply-To: <",
    ];

    proptest! {
        #[test]
        fn any_message_has_a_wellformed_structure(lines in prop::collection::vec(prop::sample::select(LINES), 0..40)) {
            let facts = message::facts(lines.join("\r\n").as_bytes());
            for encode in [body, body_structure] {
                let mut out = Vec::new();
                encode(&mut out, &facts.structure, Strings { utf8: false });
                prop_assert_eq!(value(&out), Some(&b""[..]), "{}", String::from_utf8_lossy(&out));
            }
            let mut out = Vec::new();
            envelope(&mut out, &facts.envelope, Strings { utf8: false });
            prop_assert_eq!(value(&out), Some(&b""[..]), "{}", String::from_utf8_lossy(&out));
        }
    }
}
