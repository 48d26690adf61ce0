//! Header fields as they stand in the bytes: RFC 5322 §2.2.
//!
//! A header ends with the first empty line, whatever the lines before it look
//! like: an mbox `From ` line or a line without a colon in between is passed
//! over, not taken for the end. Lines end with LF, with or without CR.

/// A field of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// Without the colon and the white space before it.
    pub(crate) name: &'a [u8],
    /// Behind the colon, folding included, without the last line end.
    pub(crate) value: &'a [u8],
    /// All of its lines.
    pub(crate) raw: &'a [u8],
}

impl Field<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The fields of a header, top to bottom.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// Looks at the fields of `header` up to its empty line.
pub(crate) fn fields(header: &[u8]) -> Fields<'_> {
    Fields { rest: header }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            if self.rest.is_empty() || is_blank(self.rest) {
                return None;
            }
            let mut end = line_end(self.rest, 0);
            while matches!(self.rest.get(end), Some(b' ' | b'\t')) {
                end = line_end(self.rest, end);
            }
            let (raw, rest) = self.rest.split_at(end);
            self.rest = rest;
            if let Some(colon) = colon(raw) {
                let name = raw[..colon].trim_ascii_end();
                return Some(Field { name, value: without_line_end(&raw[colon + 1..]), raw });
            }
        }
    }
}

/// Where the name of the field ends, if `line` begins with one (RFC 5322
/// §3.6.8, with the white space before the colon of §4.5).
fn colon(line: &[u8]) -> Option<usize> {
    let name = line.iter().position(|b| !b.is_ascii_graphic() || *b == b':')?;
    let blanks = line[name..].iter().position(|b| *b != b' ' && *b != b'\t')?;
    (name > 0 && line[name + blanks] == b':').then_some(name + blanks)
}

/// Whether the first line of `bytes` is that of a header field.
pub(crate) fn begins_with_field(bytes: &[u8]) -> bool {
    colon(bytes).is_some()
}

/// Whether the first line is empty.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\n") || bytes.starts_with(b"\r\n")
}

/// The index behind the line that begins at `at`.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |lf| at + lf + 1)
}

/// Without one LF or CRLF at the end.
pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let Some(bytes) = bytes.strip_suffix(b"\n") else { return bytes };
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// A value on one line: line ends that folded it are gone, the white space
/// behind them stays (RFC 5322 §2.2.3), as does 8-bit text. NUL and stray
/// control characters, which no IMAP string may hold, become spaces.
pub(crate) fn unfold(value: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(value.len());
    let mut bytes = value.trim_ascii().iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' if bytes.peek() == Some(&&b'\n') => {}
            b'\n' if matches!(bytes.peek(), Some(b' ' | b'\t')) => {}
            b'\t' => line.push(b'\t'),
            b if b.is_ascii_control() => line.push(b' '),
            b => line.push(*b),
        }
    }
    line
}

/// The first field called `name`, whatever the case, on one line.
pub fn header_field(header: &[u8], name: &str) -> Option<Vec<u8>> {
    fields(header).find(|field| field.is(name)).map(|field| unfold(field.value))
}

/// Names and values of a header, top to bottom, up to its empty line.
///
/// A value is all that stands behind the colon, folding included, without the
/// last line end. Lines that are no fields are passed over.
pub fn header_fields(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    fields(header).map(|field| (field.name, field.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_header() {
        let header = b"From alice Mon Nov 23 12:00:00 2026\r\nSubject: a\r\n\tb\r\n c\r\nnonsense\r\n \
            more of it\r\nTo : x\nEmpty:\r\n: no name\r\nTwo words: no\r\nLast:z\r\n\r\nBody: no\r\n";
        let found: Vec<(&[u8], &[u8])> = header_fields(header).collect();
        let expected: &[(&[u8], &[u8])] =
            &[(b"Subject", b" a\r\n\tb\r\n c"), (b"To", b" x"), (b"Empty", b""), (b"Last", b"z")];
        assert_eq!(found, expected);
        assert_eq!(header_field(header, "SUBJECT"), Some(b"a\tb c".to_vec()));
        assert_eq!(header_field(header, "body"), None);
    }
}
