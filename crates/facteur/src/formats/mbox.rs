//! mbox files, RFC 4155, with the quoting called mboxrd.
//!
//! In a body, a line of `>`s and `From ` gets one more `>`, and reading takes
//! one away again: so whatever was written comes back unchanged, whatever it
//! contained. Lines end with LF in the file and CRLF in a message.

use std::io::{self, BufRead, Write};

use model::Timestamp;

use super::from_line;

/// A message of an mbox, with CRLF lines, still with the marks of its header.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// When it came, by its separator.
    pub date: Option<Timestamp>,
    /// The message, or `None` where it is larger than the reader takes.
    pub message: Option<Vec<u8>>,
    /// Bytes of the file up to its end.
    pub end: u64,
}

/// Reads one message after the other and holds no more than one.
pub struct Reader<R> {
    input: R,
    max_message_bytes: usize,
    /// The separator of the next message, read already.
    separator: Option<Vec<u8>>,
    at: u64,
    started: bool,
}

/// Longer lines are read in pieces.
const PIECE: u64 = 64 * 1024;

impl<R: BufRead> Reader<R> {
    /// Reads `input`; messages above `max_message_bytes` are passed over.
    pub fn new(input: R, max_message_bytes: usize) -> Reader<R> {
        Reader { input, max_message_bytes, separator: None, at: 0, started: false }
    }

    /// The next message.
    ///
    /// Fails with `InvalidData` where the file does not begin with a separator.
    pub fn next_message(&mut self) -> io::Result<Option<Item>> {
        if !self.started {
            self.started = true;
            self.separator = self.first_separator()?;
        }
        let Some(separator) = self.separator.take() else { return Ok(None) };
        let mut message = Vec::new();
        let mut too_large = false;
        // An empty line before a separator belongs to the separator.
        let mut empty_before = false;
        let mut line = Vec::new();
        let mut continued = false;
        loop {
            let start = self.at;
            let whole = self.read_piece(&mut line)?;
            if line.is_empty() {
                break;
            }
            let text = without_ending(&line);
            if !continued && empty_before && from_line::is_separator(text) {
                self.separator = Some(text.to_vec());
                let end = start;
                return Ok(Some(item(&separator, message, too_large, end)));
            }
            if empty_before {
                message.extend_from_slice(b"\r\n");
                empty_before = false;
            }
            if !continued && text.is_empty() {
                empty_before = true;
            } else {
                let text = if continued { text } else { unquoted(text) };
                message.extend_from_slice(text);
                if whole {
                    message.extend_from_slice(b"\r\n");
                }
            }
            if message.len() > self.max_message_bytes {
                too_large = true;
                // What was read decides nothing any more.
                message.clear();
            }
            continued = !whole;
        }
        Ok(Some(item(&separator, message, too_large, self.at)))
    }

    fn first_separator(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        loop {
            self.read_piece(&mut line)?;
            if line.is_empty() {
                return Ok(None);
            }
            let text = without_ending(&line);
            if text.starts_with(b"From ") {
                return Ok(Some(text.to_vec()));
            }
            if !text.is_empty() {
                let message = "an mbox begins with a line \"From sender date\"";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
    }

    /// A line with its ending, or a piece of a very long one; says whether the
    /// line is at its end.
    fn read_piece(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let mut limited = io::Read::take(&mut self.input, PIECE);
        limited.read_until(b'\n', line)?;
        self.at += line.len() as u64;
        // A CR at the end of a piece may belong to a CRLF cut in two.
        if line.len() as u64 == PIECE && line.ends_with(b"\r") {
            let rest = self.input.fill_buf()?;
            if rest.first() == Some(&b'\n') {
                self.input.consume(1);
                self.at += 1;
                line.push(b'\n');
            }
        }
        Ok(line.ends_with(b"\n") || (line.len() as u64) < PIECE)
    }
}

fn item(separator: &[u8], message: Vec<u8>, too_large: bool, end: u64) -> Item {
    let message = (!too_large).then_some(message);
    Item { date: from_line::date(separator), message, end }
}

fn without_ending(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether quoting concerns this line.
fn quotable(line: &[u8]) -> bool {
    let text = line.iter().position(|b| *b != b'>').map_or(&line[line.len()..], |at| &line[at..]);
    text.starts_with(b"From ")
}

fn unquoted(line: &[u8]) -> &[u8] {
    if line.first() == Some(&b'>') && quotable(line) { &line[1..] } else { line }
}

/// Writes a message with CRLF lines behind its separator; `fields` (with CRLF)
/// go to the end of its header.
pub fn write(
    out: &mut impl Write,
    separator: &str,
    fields: &str,
    message: &[u8],
) -> io::Result<()> {
    writeln!(out, "{separator}")?;
    let mut fields = Some(fields.replace('\r', ""));
    for line in message.split_inclusive(|b| *b == b'\n') {
        let text = without_ending(line);
        if text.is_empty()
            && let Some(fields) = fields.take()
        {
            out.write_all(fields.as_bytes())?;
        }
        if quotable(text) {
            out.write_all(b">")?;
        }
        out.write_all(text)?;
        out.write_all(b"\n")?;
    }
    // A message without a body still keeps its marks.
    if let Some(fields) = fields {
        out.write_all(fields.as_bytes())?;
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Item> {
        let mut reader = Reader::new(text, 1000);
        let mut items = Vec::new();
        while let Some(item) = reader.next_message().expect("readable") {
            items.push(item);
        }
        items
    }

    fn messages(text: &str) -> Vec<String> {
        let bytes = |item: Item| item.message.expect("small enough");
        read(text.as_bytes())
            .into_iter()
            .map(|i| String::from_utf8(bytes(i)).expect("text"))
            .collect()
    }

    const FROM: &str = "From b@x Thu Nov 23 19:36:17 2006";

    #[test]
    fn files() {
        let rows: &[(String, &[&str])] = &[
            (String::new(), &[]),
            ("\n\n".into(), &[]),
            (format!("{FROM}\nA: b\n\nbody\n"), &["A: b\r\n\r\nbody\r\n"]),
            (format!("{FROM}\r\nA: b\r\n\r\nbody\r\n\r\n"), &["A: b\r\n\r\nbody\r\n"]),
            (format!("{FROM}\nA: b\n\n{FROM}\nC: d\n"), &["A: b\r\n", "C: d\r\n"]),
            // Without an empty line before it, it is text.
            (format!("{FROM}\nA: b\n\nx\n{FROM}\n"), &[&format!("A: b\r\n\r\nx\r\n{FROM}\r\n")]),
            (format!("{FROM}\n\nFrom now on\n"), &["\r\nFrom now on\r\n"]),
            (
                format!("{FROM}\n\n>From a\n>>From b\n> From c\n"),
                &["\r\nFrom a\r\n>From b\r\n> From c\r\n"],
            ),
            (format!("{FROM}\nA: b\n\nno end"), &["A: b\r\n\r\nno end\r\n"]),
        ];
        for (text, expected) in rows {
            assert_eq!(messages(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let error = Reader::new(&b"PK\x03\x04"[..], 1000).next_message().expect_err("no mbox");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn large_messages_are_passed_over() {
        let text = format!("{FROM}\n\n{}\n\n{FROM}\n\nsmall\n", "x\n".repeat(1000));
        let items = read(text.as_bytes());
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].message, None);
        assert_eq!(items[1].message.as_deref(), Some(&b"\r\nsmall\r\n"[..]));
        assert_eq!(items[1].end, text.len() as u64);
    }

    #[test]
    fn long_lines_are_read_whole() {
        let long = "y".repeat(200_000);
        let text = format!("{FROM}\n\n{long}\n");
        let mut reader = Reader::new(text.as_bytes(), 1 << 20);
        let item = reader.next_message().expect("readable").expect("a message");
        assert_eq!(item.message, Some(format!("\r\n{long}\r\n").into_bytes()));
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(
            mails in proptest::collection::vec(
                proptest::collection::vec("(>{0,2}From .{0,9}|From b@x Thu Nov 23 19:36:17 2006|[a-z]{0,5})", 0..9),
                0..5,
            ),
        ) {
            let mails: Vec<Vec<u8>> = mails
                .into_iter()
                .map(|lines| lines.into_iter().fold(b"A: b\r\n\r\n".to_vec(), |mut mail, line| {
                    mail.extend_from_slice(line.replace(['\r', '\n'], "").as_bytes());
                    mail.extend_from_slice(b"\r\n");
                    mail
                }))
                .collect();
            let mut file = Vec::new();
            for mail in &mails {
                write(&mut file, &from_line::line(None, Timestamp(1)), "", mail).expect("memory");
            }
            let back: Vec<Vec<u8>> = read(&file).into_iter().filter_map(|item| item.message).collect();
            proptest::prop_assert_eq!(back, mails);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes[..], 100);
            while let Ok(Some(_)) = reader.next_message() {}
        }
    }
}
