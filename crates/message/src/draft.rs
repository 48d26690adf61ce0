//! A message in the making: RFC 5322 with RFC 2045 to 2047, 2183, 2231, 2387.
//!
//! What comes out has CRLF line ends only, is 7-bit and has lines of at most
//! 998 bytes, headers folded before 76, whatever was put in; only an address
//! that itself needs SMTPUTF8 (RFC 6532) or an attached message in 8-bit makes
//! an exception.

use model::Timestamp;

use crate::address::Person;
use crate::date::rfc5322_date;
use crate::transfer::{base64_encode, quoted_printable_encode};
use crate::words::encode_words;

/// What a message shall say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The author.
    pub from: Person,
    /// The recipients.
    pub to: Vec<Person>,
    /// Who gets a copy.
    pub cc: Vec<Person>,
    /// Who gets a blind copy: written into the header if there is somebody,
    /// so that the sender's own copy tells; what is relayed is stripped of it.
    pub bcc: Vec<Person>,
    /// Any text, on one line.
    pub subject: String,
    /// When.
    pub date: Timestamp,
    /// The author's zone, east of Greenwich.
    pub zone_offset_seconds: i32,
    /// Without angle brackets.
    pub message_id: String,
    /// The message answered, without angle brackets.
    pub in_reply_to: Option<String>,
    /// The conversation so far, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// The text; any line ends.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// Files; those with a Content-ID are pictures of the HTML.
    pub attachments: Vec<NewAttachment>,
    /// Further fields, names and values; values are encoded where they must.
    pub headers: Vec<(String, String)>,
}

/// A file to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAttachment {
    /// File name, any text.
    pub name: String,
    /// As `image/png`; `application/octet-stream` if it is no media type.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
    /// Without angle brackets, for `cid:` URLs in the HTML.
    pub content_id: Option<String>,
}

/// Longest line that need not be encoded (RFC 5322 §2.1.1).
const MAX_LINE: usize = 998;

impl Draft {
    /// The message. The same draft and seed give the same bytes; boundaries
    /// are made from the seed.
    pub fn build(&self, boundary_seed: u64) -> Vec<u8> {
        let mut message = Vec::new();
        let date = rfc5322_date(self.date, self.zone_offset_seconds);
        push_field(&mut message, "Date", &[date]);
        push_people(&mut message, "From", std::slice::from_ref(&self.from));
        push_people(&mut message, "To", &self.to);
        push_people(&mut message, "Cc", &self.cc);
        push_people(&mut message, "Bcc", &self.bcc);
        push_text(&mut message, "Subject", &self.subject);
        push_ids(&mut message, "Message-ID", std::slice::from_ref(&self.message_id));
        push_ids(&mut message, "In-Reply-To", self.in_reply_to.as_slice());
        push_ids(&mut message, "References", &self.references);
        for (name, value) in &self.headers {
            let token = |b: u8| b.is_ascii_graphic() && b != b':';
            if !name.is_empty() && name.len() < 70 && name.bytes().all(token) {
                push_text(&mut message, name, value);
            }
        }
        message.extend_from_slice(b"MIME-Version: 1.0\r\n");
        self.body().write(&mut message, boundary_seed);
        message
    }

    /// mixed( alternative( text, related( html, pictures ) ), files ), with
    /// every wrapper left out that would hold one part.
    fn body(&self) -> Entity {
        let mut whole = text_entity("plain", &self.text);
        let (inline, mut files): (Vec<_>, Vec<_>) =
            self.attachments.iter().partition(|a| self.html.is_some() && a.content_id.is_some());
        if let Some(html) = &self.html {
            let mut rich = text_entity("html", html);
            if !inline.is_empty() {
                let pictures = inline.into_iter().map(|a| file_entity(a, "inline"));
                rich = Entity::multipart(
                    "related; type=\"text/html\"",
                    [rich].into_iter().chain(pictures),
                );
            }
            whole = Entity::multipart("alternative", [whole, rich]);
        }
        if files.is_empty() {
            return whole;
        }
        let files = files.drain(..).map(|a| file_entity(a, "attachment"));
        Entity::multipart("mixed", [whole].into_iter().chain(files))
    }
}

/// A body part before its boundaries are chosen.
struct Entity {
    /// Its content fields, complete but for the boundary.
    header: Vec<u8>,
    content: Content,
}

enum Content {
    Leaf(Vec<u8>),
    Multipart(&'static str, Vec<Entity>),
}

impl Entity {
    fn multipart(subtype: &'static str, parts: impl IntoIterator<Item = Entity>) -> Entity {
        Entity {
            header: Vec::new(),
            content: Content::Multipart(subtype, parts.into_iter().collect()),
        }
    }

    /// Header, empty line and content.
    fn write(&self, out: &mut Vec<u8>, seed: u64) {
        out.extend_from_slice(&self.header);
        match &self.content {
            Content::Leaf(bytes) => {
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(bytes);
            }
            Content::Multipart(subtype, parts) => {
                // Any two multiparts of a message differ, being nested in one
                // another; the seed is stepped until no content has the line.
                let inner: Vec<Vec<u8>> = parts
                    .iter()
                    .map(|part| {
                        let mut bytes = Vec::new();
                        part.write(&mut bytes, seed.wrapping_add(1));
                        bytes
                    })
                    .collect();
                let boundary = free_boundary(&inner, seed);
                let head = format!(
                    "Content-Type: multipart/{subtype};\r\n boundary=\"{boundary}\"\r\n\r\n"
                );
                out.extend_from_slice(head.as_bytes());
                for part in inner {
                    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    out.extend_from_slice(&part);
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            }
        }
    }
}

/// A boundary that begins no line of the parts. `=_` cannot stand in
/// quoted-printable or base64, so the first is nearly always good.
fn free_boundary(parts: &[Vec<u8>], seed: u64) -> String {
    let mut seed = seed;
    loop {
        // Spread, so that neighbouring seeds do not look alike.
        let spread =
            (seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29);
        let boundary = format!("=_facteur_{spread:016x}");
        let needle = boundary.as_bytes();
        let taken = |part: &Vec<u8>| {
            part.split(|b| *b == b'\n')
                .any(|line| line.strip_prefix(b"--").is_some_and(|l| l.starts_with(needle)))
        };
        if !parts.iter().any(taken) {
            return boundary;
        }
        seed = seed.wrapping_add(0x1000_0001);
    }
}

/// `text` with CRLF line ends, whatever it had.
fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push_str("\r\n");
            }
            '\n' => out.push_str("\r\n"),
            c => out.push(c),
        }
    }
    out
}

fn text_entity(subtype: &str, text: &str) -> Entity {
    // A byte order mark is no text, and readers take it away.
    let text = with_crlf(text.trim_start_matches('\u{FEFF}'));
    let fragile = |line: &str| {
        line.len() > MAX_LINE || line.starts_with("From ") || line.ends_with([' ', '\t'])
    };
    // `-- ` before a signature is the one trailing space that means something;
    // it passes every mailer.
    let plain = text.bytes().all(|b| (b.is_ascii_graphic() || b" \t\r\n".contains(&b)) && b != 0)
        && !text.split("\r\n").any(|line| line != "-- " && fragile(line));
    let mut header = format!("Content-Type: text/{subtype}; charset=utf-8\r\n");
    let content = if plain {
        header.push_str("Content-Transfer-Encoding: 7bit\r\n");
        text.into_bytes()
    } else if text.chars().filter(|c| !c.is_ascii()).count() * 3 > text.chars().count() {
        header.push_str("Content-Transfer-Encoding: base64\r\n");
        base64_lines(text.as_bytes())
    } else {
        header.push_str("Content-Transfer-Encoding: quoted-printable\r\n");
        quoted_printable_encode(text.as_bytes()).into_bytes()
    };
    Entity { header: header.into_bytes(), content: Content::Leaf(content) }
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 57 * 78 + 80);
    for chunk in bytes.chunks(57) {
        out.extend_from_slice(base64_encode(chunk).as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn file_entity(file: &NewAttachment, disposition: &str) -> Entity {
    let token = |t: &str| {
        !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let known = file
        .media_type
        .split_once('/')
        .filter(|(t, s)| token(t) && token(s) && t.len() + s.len() < 70);
    let media_type = match known {
        // Only what we write ourselves may be composite (RFC 2045 §6.4).
        Some(("multipart", _)) | None => "application/octet-stream",
        Some(_) => &file.media_type,
    };
    let mut header = format!("Content-Type: {media_type}\r\n").into_bytes();
    push_file_name(&mut header, disposition, &file.name);
    if let Some(id) = &file.content_id {
        push_ids(&mut header, "Content-ID", std::slice::from_ref(id));
    }
    let (encoding, content) = if media_type.eq_ignore_ascii_case("message/rfc822") {
        // RFC 2046 §5.2.1: never base64.
        let encoding = if file.bytes.is_ascii() { "7bit" } else { "8bit" };
        (encoding, bytes_with_crlf(&file.bytes))
    } else {
        ("base64", base64_lines(&file.bytes))
    };
    header.extend_from_slice(format!("Content-Transfer-Encoding: {encoding}\r\n").as_bytes());
    Entity { header, content: Content::Leaf(content) }
}

fn bytes_with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if at == 0 || bytes[at - 1] != b'\r' => out.extend_from_slice(b"\r\n"),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => out.extend_from_slice(b"\r\n"),
            b => out.push(*b),
        }
    }
    out
}

/// `Content-Disposition` with the name, by RFC 2231 if it is not plain ASCII
/// or long.
fn push_file_name(header: &mut Vec<u8>, disposition: &str, name: &str) {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let mut pieces = vec![format!("{disposition};")];
    if name.is_ascii() && name.len() <= 60 {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        pieces.push(format!("filename=\"{quoted}\""));
    } else {
        let coded: Vec<String> = name
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect();
        if coded.len() <= 15 {
            pieces.push(format!("filename*=utf-8''{}", coded.concat()));
        } else {
            let last = coded.chunks(15).count() - 1;
            for (number, chunk) in coded.chunks(15).enumerate() {
                let charset = if number == 0 { "utf-8''" } else { "" };
                let end = if number == last { "" } else { ";" };
                pieces.push(format!("filename*{number}*={charset}{}{end}", chunk.concat()));
            }
        }
    }
    push_field(header, "Content-Disposition", &pieces);
}

/// A field of pieces that may be parted by a line end, folded before 76.
fn push_field(out: &mut Vec<u8>, name: &str, pieces: &[String]) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut column = name.len() + 1;
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 && column + 1 + piece.len() > 76 {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        out.push(b' ');
        out.extend_from_slice(piece.as_bytes());
        column += 1 + piece.len();
    }
    out.extend_from_slice(b"\r\n");
}

/// A text: as it is if it is short, plain ASCII words, else encoded words.
fn push_text(out: &mut Vec<u8>, name: &str, text: &str) {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    // A run of spaces would be lost where a fold meets it, and a text that
    // looks encoded would be decoded.
    let plain = line.is_ascii()
        && !line.contains("=?")
        && words.iter().all(|w| w.len() <= 200 && (!w.is_empty() || words.len() == 1));
    if plain {
        push_field(out, name, &words);
    } else {
        push_field(out, name, &encode_words(line, 75_usize.saturating_sub(name.len() + 2)));
    }
}

/// Identifiers in angle brackets; nothing at all if there are none.
fn push_ids(out: &mut Vec<u8>, name: &str, ids: &[String]) {
    let clean = |id: &String| -> String {
        id.chars().filter(|c| !c.is_whitespace() && !c.is_control() && !"<>".contains(*c)).collect()
    };
    let ids: Vec<String> = ids
        .iter()
        .map(clean)
        .filter(|id| !id.is_empty() && id.len() < 900)
        .map(|id| format!("<{id}>"))
        .collect();
    if !ids.is_empty() {
        push_field(out, name, &ids);
    }
}

/// An address list; nothing at all if it is empty.
fn push_people(out: &mut Vec<u8>, name: &str, people: &[Person]) {
    let mut pieces = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let mut words = person_words(person);
        if number + 1 < people.len()
            && let Some(last) = words.last_mut()
        {
            last.push(',');
        }
        pieces.append(&mut words);
    }
    if !pieces.is_empty() {
        push_field(out, name, &pieces);
    }
}

fn person_words(person: &Person) -> Vec<String> {
    let email: String =
        person.email.chars().filter(|c| !c.is_control() && !"<>".contains(*c)).collect();
    let email = match email.rsplit_once('@') {
        Some((local, domain)) => {
            let domain = model::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
            format!("{local}@{domain}")
        }
        None => email,
    };
    let name: String = person.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = name.trim();
    if name.is_empty() {
        return vec![email];
    }
    let mut words = if !name.is_ascii() || name.contains("=?") || name.len() > 200 {
        encode_words(name, 60)
    } else if name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&b))
        && !name.contains("  ")
    {
        name.split(' ').map(str::to_owned).collect()
    } else {
        vec![format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))]
    };
    words.push(format!("<{email}>"));
    words
}
