//! The content of a part: transfer encoding and charset undone.

use std::borrow::Cow;

use crate::charset;
use crate::part::{Part, slice};
use crate::transfer::{base64_decode, base64_length, quoted_printable_decode};

/// The content of `part` of the message `bytes`, its transfer encoding undone
/// (RFC 2045 §6). An unknown encoding leaves it as it is.
pub fn decode_part(bytes: &[u8], part: &Part) -> Vec<u8> {
    decode(part, slice(bytes, part.body)).into_owned()
}

pub(crate) fn decode<'a>(part: &Part, body: &'a [u8]) -> Cow<'a, [u8]> {
    match part.encoding.as_str() {
        // Only what is inside a compound part is ever encoded (RFC 2045 §6.4).
        _ if !part.children.is_empty() => Cow::Borrowed(body),
        "BASE64" => Cow::Owned(base64_decode(body)),
        "QUOTED-PRINTABLE" => Cow::Owned(quoted_printable_decode(body)),
        _ => Cow::Borrowed(body),
    }
}

/// How many bytes [`decode_part`] gives; exact but for quoted-printable.
pub(crate) fn decoded_size(bytes: &[u8], part: &Part) -> u64 {
    let body = slice(bytes, part.body);
    match part.encoding.as_str() {
        "BASE64" => base64_length(body),
        "QUOTED-PRINTABLE" => {
            let escapes = body.iter().filter(|b| **b == b'=').count() * 2;
            body.len().saturating_sub(escapes) as u64
        }
        _ => body.len() as u64,
    }
}

/// The text of a text part: transfer encoding and charset undone, lines ended
/// by LF. Characters that the charset does not have become U+FFFD.
///
/// HTML that names no charset in its `Content-Type` may do so in a `meta` tag.
pub fn part_text(bytes: &[u8], part: &Part) -> String {
    text_of(part, slice(bytes, part.body))
}

/// The text of the first `limit` bytes or so of the part.
pub(crate) fn text_start(bytes: &[u8], part: &Part, limit: usize) -> String {
    let body = slice(bytes, part.body);
    text_of(part, &body[..body.len().min(limit)])
}

fn text_of(part: &Part, body: &[u8]) -> String {
    let content = decode(part, body);
    let declared = part.param("CHARSET").filter(|label| !charset::is_ascii(label.trim()));
    let label =
        declared.or_else(|| (part.subtype == "HTML").then(|| meta_charset(&content)).flatten());
    let text = charset::decode(label.as_deref(), &content);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// The charset that HTML claims for itself in its first bytes.
fn meta_charset(html: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&html[..html.len().min(1024)]).to_ascii_lowercase();
    let (_, behind) = start.split_once("charset")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start_matches([' ', '"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c))?;
    (end > 0).then(|| value[..end].to_owned())
}
