//! What leaves: the stored text without Bcc, and in seven bits where the next
//! hop knows no more.

use std::borrow::Cow;

use message::{Part, facts, quoted_printable_encode};

/// The header of a message, with the line end of its last field.
pub(crate) fn header(content: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in content.split_inclusive(|b| *b == b'\n') {
        if line == b"\r\n" || line == b"\n" {
            break;
        }
        end += line.len();
    }
    &content[..end]
}

/// The fields of a header, each with its folded lines and line ends.
fn fields(header: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in header.split_inclusive(|b| *b == b'\n') {
        if at > start && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            fields.push(&header[start..at]);
            start = at;
        }
        at += line.len();
    }
    if at > start {
        fields.push(&header[start..at]);
    }
    fields
}

fn is_named(field: &[u8], name: &str) -> bool {
    let end = field.iter().position(|b| *b == b':').unwrap_or(0);
    field[..end].trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
}

/// The message without the fields that name blind copies (RFC 5322 §3.6.3).
pub(crate) fn without_bcc(content: &[u8]) -> Cow<'_, [u8]> {
    let head = header(content);
    let fields = fields(head);
    let is_blind = |f: &&[u8]| is_named(f, "Bcc") || is_named(f, "Resent-Bcc");
    if !fields.iter().any(is_blind) {
        return Cow::Borrowed(content);
    }
    let mut out: Vec<u8> = fields.into_iter().filter(|f| !is_blind(f)).flatten().copied().collect();
    out.extend_from_slice(&content[head.len()..]);
    Cow::Owned(out)
}

/// How many servers the message has seen (RFC 5321 §6.3).
pub(crate) fn received_count(content: &[u8]) -> usize {
    fields(header(content)).iter().filter(|f| is_named(f, "Received")).count()
}

/// The message with its 8-bit parts re-encoded, as RFC 6152 §3 asks for a
/// next hop without 8BITMIME.
///
/// `None` where that would do harm or is not simple: 8 bits in a header, a
/// signature over the bytes, an encoding that is not what it says.
pub(crate) fn seven_bit(content: &[u8]) -> Option<Vec<u8>> {
    let facts = facts(content);
    let mut edits = Vec::new();
    edit(content, &facts.structure, &mut edits)?;
    edits.sort_by_key(|(start, ..)| *start);
    let mut out = Vec::with_capacity(content.len() + content.len() / 4);
    let mut at = 0;
    for (start, end, bytes) in edits {
        out.extend_from_slice(content.get(at..start)?);
        out.extend_from_slice(&bytes);
        at = end;
    }
    out.extend_from_slice(content.get(at..)?);
    out.is_ascii().then_some(out)
}

/// Replaces `start..end` by the bytes.
type Edit = (usize, usize, Vec<u8>);

fn edit(content: &[u8], part: &Part, edits: &mut Vec<Edit>) -> Option<()> {
    let range =
        |(start, end): (u32, u32)| Some((usize::try_from(start).ok()?, usize::try_from(end).ok()?));
    let (start, end) = range(part.body)?;
    let body = content.get(start..end)?;
    if body.is_ascii() {
        return Some(());
    }
    if part.type_ == "MULTIPART" && part.subtype == "SIGNED" {
        return None;
    }
    let encoding = if !part.children.is_empty() || part.message.is_some() {
        for child in &part.children {
            edit(content, child, edits)?;
        }
        if let Some(embedded) = &part.message {
            edit(content, &embedded.structure, edits)?;
        }
        "7bit"
    } else if !matches!(part.encoding.as_str(), "7BIT" | "8BIT" | "BINARY") {
        return None;
    } else if part.type_ == "TEXT" {
        edits.push((start, end, quoted_printable_encode(body).into_bytes()));
        "quoted-printable"
    } else {
        edits.push((start, end, base64_lines(body)));
        "base64"
    };
    let (start, end) = range(part.header)?;
    relabel(start, content.get(start..end)?, encoding, edits);
    Some(())
}

/// Writes the new Content-Transfer-Encoding (RFC 2045 §6) into a header.
fn relabel(start: usize, header: &[u8], encoding: &str, edits: &mut Vec<Edit>) {
    let field = format!("Content-Transfer-Encoding: {encoding}\r\n").into_bytes();
    let mut at = start;
    for old in fields(header) {
        if is_named(old, "Content-Transfer-Encoding") {
            edits.push((at, at + old.len(), field));
            return;
        }
        at += old.len();
    }
    edits.push((start, start, field));
}

fn base64_lines(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() * 3 / 2);
    for line in body.chunks(57) {
        out.extend_from_slice(data_encoding::BASE64.encode(line).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Lets a fuzzer at everything here that reads a mail; what is converted must
/// have become seven bits.
pub fn fuzz_content(bytes: &[u8]) {
    let _ = (header(bytes), without_bcc(bytes), received_count(bytes));
    if let Some(converted) = seven_bit(bytes) {
        assert!(converted.is_ascii(), "converted to seven bits");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use message::decode_part;
    use proptest::prelude::*;

    fn crlf(text: &str) -> Vec<u8> {
        text.replace('\n', "\r\n").into_bytes()
    }

    #[test]
    fn bcc_is_stripped_and_nothing_else() {
        let rows = [
            (
                "Subject: x\nBcc: a@x.org,\n b@x.org\nTo: c\n\nBcc: body\n",
                "Subject: x\nTo: c\n\nBcc: body\n",
            ),
            ("bcc : a\nTo: c\n\n", "To: c\n\n"),
            ("To: c\nResent-BCC: a\n\nx", "To: c\n\nx"),
            ("To: c\n\nx", "To: c\n\nx"),
            ("Bccx: a\n\nx", "Bccx: a\n\nx"),
            ("Bcc: a\n", ""),
            ("\nBcc: a\n", "\nBcc: a\n"),
            ("", ""),
        ];
        for (before, after) in rows {
            assert_eq!(without_bcc(&crlf(before)), crlf(after), "{before:?}");
        }
    }

    #[test]
    fn received_fields_are_counted() {
        let mail = crlf(
            "Received: from a\n by b\nreceived: from c\nSubject: Received: x\n\nReceived: y\n",
        );
        assert_eq!(received_count(&mail), 2);
    }

    #[test]
    fn eight_bit_text_becomes_quoted_printable() {
        let mail = crlf(
            "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nDéjà\n",
        );
        let got = seven_bit(&mail).expect("simple");
        let expected = crlf(
            "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nD=C3=A9j=C3=A0\n",
        );
        assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(&expected));
    }

    #[test]
    fn parts_are_re_encoded_each_by_its_kind() {
        let mail = crlf(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nDéjà\n--b\nContent-Type: image/x\nContent-Transfer-Encoding: binary\n\né\n--b\n\nplain\n--b--\n",
        );
        let got = seven_bit(&mail).expect("simple");
        let parts = facts(&got);
        assert_eq!(parts.structure.encoding, "7BIT");
        let of = |at: usize| decode_part(&got, &parts.structure.children[at]);
        assert_eq!(of(0), "Déjà".as_bytes());
        assert_eq!(of(1), "é".as_bytes());
        assert_eq!(of(2), b"plain");
    }

    #[test]
    fn what_is_not_simple_is_not_touched() {
        for mail in [
            "Subject: Déjà\n\nx\n",
            "Content-Type: multipart/signed; boundary=b\n\n--b\n\nDéjà\n--b--\n",
            "Content-Transfer-Encoding: base64\n\nDéjà\n",
            "Content-Type: multipart/mixed; boundary=b\n\nprologue é\n--b\n\nx\n--b--\n",
        ] {
            assert_eq!(seven_bit(&crlf(mail)), None, "{mail:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            fuzz_content(&bytes);
        }
    }
}
