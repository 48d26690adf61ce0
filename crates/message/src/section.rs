//! The sections of a message a client may ask for: RFC 3501 §6.4.5.

use std::borrow::Cow;

use crate::facts::Facts;
use crate::header::{fields, line_end};
use crate::part::slice;

/// What stands behind the part numbers in `BODY[…]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section<'a> {
    /// Nothing: the message, or the content of the part.
    Whole,
    /// `HEADER`: of the message or of an embedded one.
    Header,
    /// `HEADER.FIELDS (…)`.
    HeaderFields(&'a [Vec<u8>]),
    /// `HEADER.FIELDS.NOT (…)`.
    HeaderFieldsNot(&'a [Vec<u8>]),
    /// `TEXT`: of the message or of an embedded one.
    Text,
    /// `MIME`: the header of a part.
    Mime,
}

/// The exact bytes of `BODY[path.section]` of the message `bytes`, whose facts
/// are `root`; an empty path is the message itself.
///
/// `None` if there is no such part, if HEADER or TEXT is asked of a part that
/// is no message, or MIME without a part number.
pub fn section<'a>(
    bytes: &'a [u8],
    root: &Facts,
    path: &[u32],
    section: &Section<'_>,
) -> Option<Cow<'a, [u8]>> {
    let part = root.structure.part(path)?;
    let (header, text) = match (path.is_empty(), &part.message) {
        (true, _) => (Some(part.header), Some(part.body)),
        (false, Some(embedded)) => (Some(embedded.header), Some(embedded.body)),
        (false, None) => (None, None),
    };
    let range = match section {
        Section::Whole if path.is_empty() => return Some(Cow::Borrowed(bytes)),
        Section::Whole => part.body,
        Section::Mime if path.is_empty() => return None,
        Section::Mime => part.header,
        Section::Header => header?,
        Section::Text => text?,
        Section::HeaderFields(names) => {
            return Some(Cow::Owned(header_subset(slice(bytes, header?), names, true)));
        }
        Section::HeaderFieldsNot(names) => {
            return Some(Cow::Owned(header_subset(slice(bytes, header?), names, false)));
        }
    };
    Some(Cow::Borrowed(slice(bytes, range)))
}

/// The fields whose names are in `names`, or are not, as they stand, and the
/// empty line, if the header has one.
fn header_subset(header: &[u8], names: &[Vec<u8>], wanted: bool) -> Vec<u8> {
    let mut subset = Vec::new();
    for field in fields(header) {
        if names.iter().any(|name| name.eq_ignore_ascii_case(field.name)) == wanted {
            subset.extend_from_slice(field.raw);
        }
    }
    // The header ends with its empty line or with the message.
    let mut at = 0;
    let mut last = &header[..0];
    while at < header.len() {
        let next = line_end(header, at);
        last = &header[at..next];
        at = next;
    }
    if last == b"\r\n" || last == b"\n" {
        subset.extend_from_slice(last);
    }
    subset
}
