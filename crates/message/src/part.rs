//! The MIME structure of a message with the place of every part: RFC 2045 and
//! RFC 2046, as BODYSTRUCTURE (RFC 3501 §7.4.2) tells it.
//!
//! One pass over the lines, with the boundaries of all open multiparts at
//! hand: a delimiter of an outer multipart ends everything inside it
//! (RFC 2046 §5.1.2), so truncated and crossed structures still have a shape.
//! Ranges are always inside those of the parent, and a multipart always has a
//! child, as the grammar of IMAP wants.

use serde::{Deserialize, Serialize};

use crate::envelope::{Envelope, envelope};
use crate::header::{begins_with_field, fields, is_blank, line_end, unfold};
use crate::params::{MAX_VALUE, param, structured};

/// Multiparts and messages inside each other; deeper ones are opaque.
const MAX_DEPTH: usize = 50;
/// Parts of one message; what follows belongs to no part.
const MAX_PARTS: usize = 1000;
/// Bytes of header text kept for all parts together.
const MAX_KEPT: usize = 256 * 1024;

/// A MIME part. Ranges are byte offsets, start and end, into the message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Part {
    /// Media type in upper case.
    pub type_: String,
    /// Media subtype in upper case.
    pub subtype: String,
    /// Parameters as in the header (RFC 2231 not undone), names in upper case.
    pub params: Vec<(String, String)>,
    /// `Content-ID`, with its angle brackets.
    pub id: Option<String>,
    /// `Content-Description`, not decoded.
    pub description: Option<String>,
    /// `Content-Transfer-Encoding` in upper case; `7BIT` by default.
    pub encoding: String,
    /// `Content-Disposition` in upper case, with its parameters.
    pub disposition: Option<(String, Vec<(String, String)>)>,
    /// `Content-Language`, its tags.
    pub language: Vec<String>,
    /// `Content-Location`.
    pub location: Option<String>,
    /// `Content-MD5`.
    pub md5: Option<String>,
    /// Where the part's own header stands, empty line included.
    pub header: (u32, u32),
    /// Where its content stands.
    pub body: (u32, u32),
    /// Line ends in the body of a text, of an embedded message or of the root,
    /// as IMAP counts lines; else 0.
    pub lines: u32,
    /// Of a multipart, at least one; else empty.
    pub children: Vec<Part>,
    /// Of a MESSAGE/RFC822 or MESSAGE/GLOBAL.
    pub message: Option<Box<Embedded>>,
}

/// A message inside a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Embedded {
    /// Of the inner header.
    pub envelope: Envelope,
    /// The inner message's root part.
    pub structure: Part,
    /// Where the inner header stands, empty line included.
    pub header: (u32, u32),
    /// Where the inner text stands.
    pub body: (u32, u32),
    /// Line ends in header and body.
    pub lines: u32,
}

impl Part {
    /// The part that IMAP numbers `path` under this one, which is the root of
    /// a message (RFC 3501 §6.4.5). What is no multipart has one part, itself.
    /// The empty path is the root.
    pub fn part(&self, path: &[u32]) -> Option<&Part> {
        let Some((number, rest)) = path.split_first() else { return Some(self) };
        let mut part = self.numbered(*number)?;
        for number in rest {
            part = match &part.message {
                Some(embedded) => embedded.structure.numbered(*number)?,
                None => part.children.get(usize::try_from(number.checked_sub(1)?).ok()?)?,
            };
        }
        Some(part)
    }

    /// A part of the message whose root this is.
    fn numbered(&self, number: u32) -> Option<&Part> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        if self.children.is_empty() {
            (index == 0).then_some(self)
        } else {
            self.children.get(index)
        }
    }

    /// Whether the media type is this one, in upper case.
    pub fn is(&self, type_: &str, subtype: &str) -> bool {
        self.type_ == type_ && self.subtype == subtype
    }

    /// A parameter of `Content-Type` (name in upper case), RFC 2231 and
    /// encoded words undone.
    pub fn param(&self, name: &str) -> Option<String> {
        param(&self.params, name)
    }

    /// What the sender calls the file, if he names it: the disposition's
    /// `filename` (RFC 2183 §2.3), else the type's `name`.
    pub fn file_name(&self) -> Option<String> {
        let named = self.disposition.as_ref().and_then(|(_, params)| param(params, "FILENAME"));
        named.or_else(|| self.param("NAME")).filter(|name| !name.trim().is_empty())
    }

    /// Moves all ranges by so many bytes.
    pub(crate) fn shift(&mut self, by: u32) {
        for range in [&mut self.header, &mut self.body] {
            *range = (range.0.saturating_add(by), range.1.saturating_add(by));
        }
        self.children.iter_mut().for_each(|child| child.shift(by));
        if let Some(embedded) = &mut self.message {
            embedded.structure.shift(by);
            embedded.header = embedded.structure.header;
            embedded.body = embedded.structure.body;
        }
    }
}

/// The structure of a whole message.
pub(crate) fn structure(bytes: &[u8]) -> Part {
    // Offsets are u32; nobody mails four gigabytes.
    let bytes = &bytes[..bytes.len().min(u32::MAX as usize)];
    let mut walker = Walker { bytes, boundaries: Vec::new(), parts: 0, kept: 0 };
    let (mut root, _) = walker.entity(0, Absent::Text, 0, true);
    root.lines = count_lines(bytes, root.body);
    root
}

/// The bytes of a range; empty if it is not inside, which cannot be for the
/// message the range was made from.
pub(crate) fn slice(bytes: &[u8], range: (u32, u32)) -> &[u8] {
    bytes.get(range.0 as usize..range.1 as usize).unwrap_or_default()
}

fn count_lines(bytes: &[u8], range: (u32, u32)) -> u32 {
    slice(bytes, range).iter().filter(|b| **b == b'\n').count() as u32
}

/// What a part without `Content-Type` is.
#[derive(Clone, Copy, PartialEq)]
enum Absent {
    /// RFC 2045 §5.2.
    Text,
    /// RFC 2046 §5.1.5: in a digest.
    Message,
}

/// The line that ended a part.
#[derive(Clone, Copy)]
struct Stop {
    /// Which of the open boundaries; `None` at the end of the message.
    level: Option<usize>,
    /// `--boundary--`.
    closing: bool,
    /// Where the line begins.
    line: usize,
    /// Where the next begins.
    next: usize,
}

struct Walker<'a> {
    bytes: &'a [u8],
    /// Of the multiparts we are in, outermost first, without the dashes.
    boundaries: Vec<Vec<u8>>,
    parts: usize,
    kept: usize,
}

impl Walker<'_> {
    /// Reads a part whose header begins at `start`, up to the line that ends
    /// it. `message`: the root of a message, whose header always ends with an
    /// empty line. A body part that begins with no field has no header: some
    /// mailers forget the empty line.
    fn entity(
        &mut self,
        start: usize,
        default: Absent,
        depth: usize,
        message: bool,
    ) -> (Part, Stop) {
        self.parts += 1;
        let (header_end, stop) = self.header(start, message);
        let mut part = self.content_fields(&self.bytes[start..header_end], default);
        part.header = (start as u32, header_end as u32);

        let boundary = part.param("BOUNDARY").map(|b| b.trim_end().to_owned());
        let boundary = boundary.filter(|b| !b.is_empty() && b.len() <= MAX_VALUE);
        let is_message = part.type_ == "MESSAGE" && ["RFC822", "GLOBAL"].contains(&&*part.subtype);
        let compound = is_message || part.type_ == "MULTIPART";
        if compound && (depth >= MAX_DEPTH || self.parts >= MAX_PARTS) {
            (part.type_, part.subtype) = ("APPLICATION".to_owned(), "OCTET-STREAM".to_owned());
            part.params.clear();
        }
        let stop = if part.type_ == "MULTIPART" {
            self.multipart(&mut part, boundary, header_end, stop, depth)
        } else if part.type_ == "MESSAGE" && is_message {
            self.embedded(&mut part, header_end, stop, depth)
        } else {
            let stop = stop.unwrap_or_else(|| self.scan(header_end));
            part.body = self.range(header_end, &stop, 0);
            stop
        };
        if part.type_ == "TEXT" || part.message.is_some() {
            part.lines = count_lines(self.bytes, part.body);
        }
        (part, stop)
    }

    /// Where the header ends, and the delimiter if that is what ended it.
    fn header(&self, start: usize, message: bool) -> (usize, Option<Stop>) {
        let mut at = start;
        while at < self.bytes.len() {
            if let Some(stop) = self.delimiter(at) {
                return (self.content_end(start, &stop), Some(stop));
            }
            let rest = &self.bytes[at..];
            if at == start && !message && !is_blank(rest) && !begins_with_field(rest) {
                return (start, None);
            }
            let next = line_end(self.bytes, at);
            if is_blank(rest) {
                return (next, None);
            }
            at = next;
        }
        (at, Some(self.end()))
    }

    fn multipart(
        &mut self,
        part: &mut Part,
        boundary: Option<String>,
        body: usize,
        stop: Option<Stop>,
        depth: usize,
    ) -> Stop {
        let level = self.boundaries.len();
        let default = if part.subtype == "DIGEST" { Absent::Message } else { Absent::Text };
        let has_boundary = boundary.is_some();
        self.boundaries.extend(boundary.map(String::into_bytes));
        let mut stop = stop.unwrap_or_else(|| self.scan(body));
        while has_boundary && stop.level == Some(level) && !stop.closing && self.parts < MAX_PARTS {
            let start = stop.next;
            let (child, next) = self.entity(start, default, depth + 1, false);
            stop = next;
            // A delimiter with nothing at all behind it, where a message was cut.
            if stop.line > start || stop.level == Some(level) {
                part.children.push(child);
            }
        }
        self.boundaries.truncate(level);
        if has_boundary && stop.level == Some(level) {
            stop = self.scan(stop.next);
        }
        let inside = part.children.last().map_or(0, |child| child.body.1);
        part.body = self.range(body, &stop, inside);
        if part.children.is_empty() {
            // No delimiter was found: show what there is as text.
            self.parts += 1;
            let mut child = self.content_fields(b"", Absent::Text);
            child.header = (part.body.0, part.body.0);
            child.body = part.body;
            child.lines = count_lines(self.bytes, child.body);
            child.encoding.clone_from(&part.encoding);
            part.children.push(child);
        }
        stop
    }

    fn embedded(&mut self, part: &mut Part, body: usize, stop: Option<Stop>, depth: usize) -> Stop {
        let (structure, stop) = match stop {
            None => self.entity(body, Absent::Text, depth + 1, true),
            Some(stop) => {
                let mut empty = self.content_fields(b"", Absent::Text);
                empty.header = (body as u32, body as u32);
                empty.body = empty.header;
                (empty, stop)
            }
        };
        part.body = self.range(body, &stop, structure.body.1);
        let (header, inner) = (structure.header, structure.body);
        let room = MAX_KEPT.saturating_sub(self.kept);
        let (envelope, kept) = envelope(slice(self.bytes, header), room);
        self.kept += kept;
        let lines = count_lines(self.bytes, (header.0, inner.1));
        part.message = Some(Box::new(Embedded { envelope, structure, header, body: inner, lines }));
        stop
    }

    fn end(&self) -> Stop {
        let end = self.bytes.len();
        Stop { level: None, closing: false, line: end, next: end }
    }

    /// From the line at `at` to the next delimiter.
    fn scan(&self, mut at: usize) -> Stop {
        while at < self.bytes.len() && !self.boundaries.is_empty() {
            if let Some(stop) = self.delimiter(at) {
                return stop;
            }
            at = line_end(self.bytes, at);
        }
        self.end()
    }

    /// The delimiter at the start of the line `at`: RFC 2046 §5.1.1.
    ///
    /// A line that is all boundary goes before one that only begins with it,
    /// which is allowed too, and the inner multipart before the outer.
    fn delimiter(&self, at: usize) -> Option<Stop> {
        if self.boundaries.is_empty() || !self.bytes[at..].starts_with(b"--") {
            return None;
        }
        let next = line_end(self.bytes, at);
        let line = self.bytes[at + 2..next].trim_ascii_end();
        let mut begun: Option<(usize, bool)> = None;
        for (level, boundary) in self.boundaries.iter().enumerate().rev() {
            let Some(rest) = line.strip_prefix(boundary.as_slice()) else { continue };
            let closing = rest.starts_with(b"--");
            if rest.is_empty() || rest == b"--" {
                return Some(Stop { level: Some(level), closing, line: at, next });
            }
            let longer = |l: usize| boundary.len() > self.boundaries[l].len();
            if begun.is_none_or(|(l, _)| longer(l)) {
                begun = Some((level, closing));
            }
        }
        begun.map(|(level, closing)| Stop { level: Some(level), closing, line: at, next })
    }

    /// The line end before a delimiter belongs to it (RFC 2046 §5.1.1).
    fn content_end(&self, start: usize, stop: &Stop) -> usize {
        if stop.level.is_none() {
            return stop.line;
        }
        crate::header::without_line_end(&self.bytes[start..stop.line.max(start)]).len() + start
    }

    fn range(&self, start: usize, stop: &Stop, at_least: u32) -> (u32, u32) {
        (start as u32, (self.content_end(start, stop) as u32).max(at_least))
    }

    /// What the `Content-` fields of a header say.
    fn content_fields(&mut self, header: &[u8], default: Absent) -> Part {
        let mut part = Part { encoding: "7BIT".to_owned(), ..Part::default() };
        let mut content_type = None;
        let mut encoding = None;
        for field in fields(header) {
            let line = || {
                let mut line = unfold(field.value);
                line.truncate(MAX_VALUE);
                crate::charset::guess(&line)
            };
            let keep = |slot: &mut Option<String>| {
                slot.get_or_insert_with(line);
            };
            if !field.name.get(..8).is_some_and(|name| name.eq_ignore_ascii_case(b"content-")) {
                continue;
            }
            match field.name[8..].to_ascii_lowercase().as_slice() {
                b"type" if content_type.is_none() => content_type = Some(structured(field.value)),
                b"transfer-encoding" if encoding.is_none() => {
                    encoding = Some(structured(field.value).value.to_ascii_uppercase());
                }
                b"disposition" if part.disposition.is_none() => {
                    let found = structured(field.value);
                    part.disposition = Some((found.value.to_ascii_uppercase(), found.params));
                }
                b"language" if part.language.is_empty() => {
                    let tags = structured(field.value).value;
                    let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
                    part.language = tags.take(50).map(str::to_owned).collect();
                }
                b"id" => keep(&mut part.id),
                b"description" => keep(&mut part.description),
                b"location" => keep(&mut part.location),
                b"md5" => keep(&mut part.md5),
                _ => {}
            }
        }
        part.encoding = encoding.filter(|e| !e.is_empty()).unwrap_or(part.encoding);
        let names = |value: &str| -> Option<(String, String)> {
            let (type_, subtype) = value.split_once('/')?;
            let token = |t: &str| {
                !t.is_empty()
                    && t.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"[]?=".contains(&b))
            };
            // `text/html charset=…` lacks its semicolon.
            let (type_, subtype) = (type_.trim(), subtype.split_whitespace().next()?);
            (token(type_) && token(subtype))
                .then(|| (type_.to_ascii_uppercase(), subtype.to_ascii_uppercase()))
        };
        match content_type.map(|found| (names(&found.value), found.params)) {
            Some((Some((type_, subtype)), params)) => {
                (part.type_, part.subtype, part.params) = (type_, subtype, params);
            }
            None if default == Absent::Message => {
                (part.type_, part.subtype) = ("MESSAGE".to_owned(), "RFC822".to_owned());
            }
            // RFC 2045 §5.2: what is absent or cannot be read is plain text.
            other => {
                (part.type_, part.subtype) = ("TEXT".to_owned(), "PLAIN".to_owned());
                part.params = other.map(|(_, params)| params).unwrap_or_default();
            }
        }
        if part.is("TEXT", "PLAIN")
            && !part.params.iter().any(|(name, _)| name.starts_with("CHARSET"))
        {
            part.params.push(("CHARSET".to_owned(), "us-ascii".to_owned()));
        }
        self.keep_within_bounds(&mut part);
        part
    }

    /// Drops what is not needed to read a part once the headers of all of them
    /// together pass [`MAX_KEPT`].
    fn keep_within_bounds(&mut self, part: &mut Part) {
        let params = |params: &[(String, String)]| {
            params.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>()
        };
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.kept += part.type_.len()
            + part.subtype.len()
            + part.encoding.len()
            + params(&part.params)
            + part.disposition.as_ref().map_or(0, |(d, p)| d.len() + params(p))
            + part.language.iter().map(String::len).sum::<usize>()
            + text(&part.id)
            + text(&part.description)
            + text(&part.location)
            + text(&part.md5);
        if self.kept > MAX_KEPT {
            part.params.retain(|(name, _)| name == "BOUNDARY" || name == "CHARSET");
            part.disposition = None;
            part.language.clear();
            (part.id, part.description, part.location, part.md5) = (None, None, None, None);
        }
    }
}
