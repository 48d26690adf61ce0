//! What a person reads of a message: the best text, the best HTML, the rest.
//!
//! The rules of RFC 2046 §5.1 (mixed, alternative), RFC 2387 (related) and
//! RFC 2183 (disposition), and what mailers make of them: a text in pieces
//! around pictures, a footer that a list adds, bodies that have a file name.

use std::collections::HashSet;

use crate::facts::Facts;
use crate::html::html_to_text;
use crate::params::percent;
use crate::part::Part;
use crate::text::{decoded_size, part_text};

/// A message laid out for reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The plain text, if the sender wrote one; lines as written, so that who
    /// shows `format=flowed` (RFC 3676) joins them.
    pub text: Option<String>,
    /// The HTML as received, dangerous and unchecked, if there is any.
    pub html: Option<String>,
    /// Everything that is neither, in the order of the message.
    pub attachments: Vec<AttachmentFacts>,
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttachmentFacts {
    /// Its part number, for [`Part::part`].
    pub path: Vec<u32>,
    /// As the sender called it, else made up from its type; may hold any
    /// character but control characters and slashes.
    pub name: String,
    /// In lower case, as `image/png`.
    pub media_type: String,
    /// Bytes after decoding; quoted-printable is estimated.
    pub size: u64,
    /// `Content-ID` without its angle brackets, which `cid:` URLs name.
    pub content_id: Option<String>,
    /// It is a picture of the HTML or a signature, not to be listed.
    pub inline: bool,
}

/// The parts of a message by their use; reading none of their content.
#[derive(Debug, Default)]
pub(crate) struct Survey<'a> {
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) attachments: Vec<Found<'a>>,
}

/// A piece of the text in two versions, either of which may be missing. A
/// plain part among the HTML ones goes between them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Piece<'a> {
    pub(crate) plain: Vec<&'a Part>,
    pub(crate) html: Vec<&'a Part>,
}

#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) part: &'a Part,
    pub(crate) path: Vec<u32>,
    pub(crate) inline: bool,
    pub(crate) signature: bool,
}

/// Sorts the parts below `root`, the root of a message.
pub(crate) fn survey(root: &Part) -> Survey<'_> {
    let mut survey = Survey::default();
    let path = if root.children.is_empty() { vec![1] } else { Vec::new() };
    survey.visit(root, &path, Place::Body);
    survey
}

/// Where a part stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In the flow of the text.
    Body,
    /// Beside the root of a multipart/related.
    Related,
    /// Second in a multipart/signed.
    Signature,
}

impl<'a> Survey<'a> {
    fn visit(&mut self, part: &'a Part, path: &[u32], place: Place) {
        if part.children.is_empty() {
            return self.leaf(part, path, place);
        }
        if part.subtype == "ALTERNATIVE" && place == Place::Body {
            return self.alternative(part, path);
        }
        let root = if part.subtype == "RELATED" { root_of_related(part) } else { 0 };
        for (index, child) in part.children.iter().enumerate() {
            let place = match part.subtype.as_str() {
                "RELATED" if index != root => Place::Related,
                "SIGNED" if index > 0 => Place::Signature,
                _ => place,
            };
            self.visit(child, &below(path, index), place);
        }
    }

    /// Plain text from the first that is only that, HTML from the last that
    /// has some (RFC 2046 §5.1.4: the last is the best).
    fn alternative(&mut self, part: &'a Part, path: &[u32]) {
        let mut piece = Piece::default();
        for (index, child) in part.children.iter().enumerate() {
            let mut inner = Survey::default();
            inner.visit(child, &below(path, index), Place::Body);
            if inner.pieces.iter().any(|piece| !piece.html.is_empty()) {
                let best = |p: &Piece<'a>| {
                    if p.html.is_empty() { p.plain.clone() } else { p.html.clone() }
                };
                piece.html = inner.pieces.iter().flat_map(best).collect();
            } else if piece.plain.is_empty() {
                piece.plain = inner.pieces.into_iter().flat_map(|p| p.plain).collect();
            }
            self.attachments.append(&mut inner.attachments);
        }
        if !piece.plain.is_empty() || !piece.html.is_empty() {
            self.pieces.push(piece);
        }
    }

    fn leaf(&mut self, part: &'a Part, path: &[u32], place: Place) {
        let asked_apart = part.disposition.as_ref().is_some_and(|(d, _)| d == "ATTACHMENT");
        // Some programs name the body like a file; the first text is the body.
        let body = place == Place::Body
            && is_readable(part)
            && !asked_apart
            && (part.file_name().is_none()
                || (self.pieces.is_empty() && self.attachments.is_empty()));
        if !body {
            let picture = part.type_ == "IMAGE" && part.id.is_some() && !asked_apart;
            let signature = place == Place::Signature;
            let inline = signature || picture || (place == Place::Related && part.id.is_some());
            self.attachments.push(Found { part, path: path.to_vec(), inline, signature });
        } else if part.subtype == "HTML" {
            self.pieces.push(Piece { plain: Vec::new(), html: vec![part] });
        } else {
            self.pieces.push(Piece { plain: vec![part], html: Vec::new() });
        }
    }
}

fn below(path: &[u32], index: usize) -> Vec<u32> {
    path.iter().copied().chain([index as u32 + 1]).collect()
}

/// RFC 2387 §3.2: the part that `start` names, else the first.
fn root_of_related(part: &Part) -> usize {
    let start = part.param("START");
    let named = |start: String| {
        let start = start.trim().to_owned();
        part.children.iter().position(|child| child.id.as_deref().map(str::trim) == Some(&start))
    };
    start.and_then(named).unwrap_or(0)
}

/// Text that is made for reading rather than for a program.
fn is_readable(part: &Part) -> bool {
    const FILES: [&str; 9] = [
        "CALENDAR",
        "VCARD",
        "X-VCARD",
        "DIRECTORY",
        "CSV",
        "XML",
        "RFC822-HEADERS",
        "CSS",
        "JAVASCRIPT",
    ];
    part.type_ == "TEXT" && !FILES.contains(&part.subtype.as_str())
}

/// Lays out the message `bytes`, whose facts are `facts`, for a reader.
pub fn view(bytes: &[u8], facts: &Facts) -> View {
    let survey = survey(&facts.structure);
    let mut view = View::default();
    if survey.pieces.iter().any(|piece| !piece.plain.is_empty()) {
        view.text = Some(join(survey.pieces.iter().map(|piece| plain_version(bytes, piece))));
    }
    if survey.pieces.iter().any(|piece| !piece.html.is_empty()) {
        view.html = Some(join(survey.pieces.iter().map(|piece| html_version(bytes, piece))));
    }
    let shown = pictures(view.html.as_deref().unwrap_or_default());
    for found in &survey.attachments {
        let mut attachment = attachment(bytes, found);
        // A picture that the HTML does not show would be lost to the reader.
        let named = attachment.content_id.as_ref().is_some_and(|id| shown.contains(id));
        attachment.inline = found.signature || (found.inline && named);
        view.attachments.push(attachment);
    }
    view
}

/// The Content-IDs that `cid:` URLs of the HTML name (RFC 2392).
fn pictures(html: &str) -> HashSet<String> {
    let url = |rest: &str| {
        let end =
            rest.find(|c: char| c.is_whitespace() || "\"'<>)&".contains(c)).unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    let urls: HashSet<String> = html.split("cid:").skip(1).map(url).collect();
    let decoded = |url: &String| String::from_utf8_lossy(&percent(url.as_bytes())).into_owned();
    let decoded: Vec<String> = urls.iter().filter(|url| url.contains('%')).map(decoded).collect();
    urls.into_iter().chain(decoded).collect()
}

fn join(pieces: impl Iterator<Item = String>) -> String {
    let mut whole = String::new();
    for piece in pieces {
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(&piece);
    }
    whole
}

fn plain_version(bytes: &[u8], piece: &Piece<'_>) -> String {
    let parts = if piece.plain.is_empty() { &piece.html } else { &piece.plain };
    join(parts.iter().map(|part| {
        let text = part_text(bytes, part);
        if part.subtype == "HTML" { html_to_text(&text) } else { text }
    }))
}

fn html_version(bytes: &[u8], piece: &Piece<'_>) -> String {
    let parts = if piece.html.is_empty() { &piece.plain } else { &piece.html };
    join(parts.iter().map(|part| {
        let text = part_text(bytes, part);
        if part.subtype == "HTML" {
            return text;
        }
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        format!("<div style=\"white-space: pre-wrap\">{escaped}</div>")
    }))
}

fn attachment(bytes: &[u8], found: &Found<'_>) -> AttachmentFacts {
    let part = found.part;
    let content_id = part.id.as_deref().map(|id| id.trim().trim_matches(['<', '>']).to_owned());
    AttachmentFacts {
        name: name(found),
        media_type: format!("{}/{}", part.type_, part.subtype).to_ascii_lowercase(),
        size: decoded_size(bytes, part),
        content_id: content_id.filter(|id| !id.is_empty()),
        inline: found.inline,
        path: found.path.clone(),
    }
}

/// A name that can be shown and saved: no path, no control characters.
fn name(found: &Found<'_>) -> String {
    let part = found.part;
    if let Some(given) = part.file_name() {
        let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let clean: String =
            last.chars().filter(|c| !c.is_control() && !is_direction(*c)).take(200).collect();
        let clean = clean.trim().trim_start_matches('.').to_owned();
        if !clean.is_empty() {
            return clean;
        }
    }
    let extension = match (part.type_.as_str(), part.subtype.as_str()) {
        ("MESSAGE", "RFC822" | "GLOBAL") => {
            let subject = part.message.as_ref().and_then(|m| m.envelope.subject.as_deref());
            let subject = crate::words::decode_words(subject.unwrap_or_default());
            let clean: String = subject
                .chars()
                .filter(|c| !"/\\:*?\"<>|".contains(*c) && !is_direction(*c))
                .take(80)
                .collect();
            let clean = clean.trim().trim_start_matches('.');
            return if clean.is_empty() {
                "message.eml".to_owned()
            } else {
                format!("{clean}.eml")
            };
        }
        ("IMAGE", "JPEG") => "jpg",
        ("IMAGE", "SVG+XML") => "svg",
        ("TEXT", "CALENDAR") => "ics",
        ("TEXT", "VCARD" | "X-VCARD" | "DIRECTORY") => "vcf",
        ("TEXT", "HTML") => "html",
        ("TEXT" | "MESSAGE", _) => "txt",
        ("APPLICATION", "PGP-SIGNATURE") => "asc",
        ("APPLICATION", "PKCS7-SIGNATURE" | "X-PKCS7-SIGNATURE") => "p7s",
        ("IMAGE", "PNG" | "GIF" | "WEBP" | "BMP" | "TIFF")
        | ("APPLICATION", "PDF" | "ZIP" | "XML" | "JSON") => &part.subtype.to_ascii_lowercase(),
        ("AUDIO", "MPEG") => "mp3",
        ("VIDEO", "MP4") => "mp4",
        _ => "bin",
    };
    let number: Vec<String> = found.path.iter().map(u32::to_string).collect();
    format!("part-{}.{extension}", number.join("."))
}

/// Marks that turn the direction of writing, with which `gpj.exe` passes for
/// `exe.jpg`.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
