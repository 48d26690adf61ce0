//! Delivery status notifications: RFC 3464, in the frame of RFC 6522, by the
//! rules of RFC 3461 §6.
//!
//! The first part is for a person, in the sender's language: which address,
//! why, what their server said, what to do. The second is for programs, the
//! third is the mail or its header. Who is told of what is for
//! [`queue::Queued::notices`] to know.

mod cause;
mod fields;
mod text;

use locale::Language;
use message::{Draft, Facts, Person};
use model::{Address, Timestamp};
use queue::{Queued, Ret};

use crate::content;

/// A mail larger than this is returned as its header, whatever RET says
/// (RFC 3461 §6.2 leaves the limit to us).
const MAX_RETURNED: usize = 1 << 20;

/// What a DSN tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It will never arrive.
    Failed,
    /// It is late.
    Delayed,
    /// It has arrived, or left the world of DSNs.
    Succeeded,
}

/// A DSN before it is written.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What it tells.
    pub kind: Kind,
    /// The mail it is about.
    pub queued: &'a Queued,
    /// Of which recipients, as indices.
    pub recipients: &'a [usize],
    /// The mail's text.
    pub original: &'a [u8],
    /// This server's name.
    pub hostname: &'a str,
    /// Whom a person may write to about it, such as `postmaster@domain`
    /// (RFC 3464 §2).
    pub from: &'a Address,
    /// When the mail is given up.
    pub until: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// A word that nobody can guess, of letters and digits: the boundary and
    /// the Message-ID are made of it.
    pub token: &'a str,
}

/// A DSN as a mail, and how it has to be sent.
#[derive(Debug, Clone)]
pub struct Dsn {
    /// Its text.
    pub content: Vec<u8>,
    /// Whether it has UTF-8 where only SMTPUTF8 can carry it (RFC 6533 §3).
    pub smtputf8: bool,
    /// Whether it has bytes above 127.
    pub eight_bit: bool,
}

impl Report<'_> {
    /// Writes the DSN to `to`, the reverse-path of the mail.
    pub fn write(&self, to: &Address) -> Dsn {
        let language = self.queued.language.parse().unwrap_or(Language::English);
        let facts = message::facts(self.original);
        let (third, third_type) = self.third();
        let global = self.is_global();
        let status = fields::status(self, global);
        let boundary = format!("=_dsn_{}", self.token);
        let mut out = Vec::with_capacity(third.len() + 4096);
        let (header, human) = self.frame(to, language, &facts);
        out.extend_from_slice(&header);
        let line = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\"\r\n"
        );
        out.extend_from_slice(line.as_bytes());
        if !third.is_ascii() || !status.is_ascii() {
            out.extend_from_slice(b"Content-Transfer-Encoding: 8bit\r\n");
        }
        out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&human);
        let status_type =
            if global { "message/global-delivery-status" } else { "message/delivery-status" };
        part(&mut out, &boundary, status_type, status.as_bytes());
        part(&mut out, &boundary, third_type, third);
        out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let eight_bit = !out.is_ascii();
        Dsn { content: out, smtputf8: to.needs_smtputf8(), eight_bit }
    }

    /// Header of the DSN, and the entity with the words for a person.
    fn frame(&self, to: &Address, language: Language, facts: &Facts) -> (Vec<u8>, Vec<u8>) {
        let words = text::Words { report: self, language, facts };
        let id = format!("{}@{}", self.token, self.hostname);
        let draft = Draft {
            from: Person { name: words.from(), email: self.from.to_string() },
            to: vec![Person { name: String::new(), email: to.to_string() }],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: words.subject(),
            date: self.now,
            zone_offset_seconds: 0,
            message_id: id,
            in_reply_to: facts.message_id.clone(),
            references: facts.message_id.iter().cloned().collect(),
            text: words.body(),
            html: None,
            attachments: Vec::new(),
            // RFC 3834 §5.
            headers: vec![("Auto-Submitted".to_owned(), "auto-replied".to_owned())],
        };
        let mut whole = draft.build(0);
        const MIME: &[u8] = b"MIME-Version: 1.0\r\n";
        let at = whole.windows(MIME.len()).position(|w| w == MIME).unwrap_or(whole.len());
        let human = whole.split_off(at);
        (whole, human.get(MIME.len()..).unwrap_or_default().to_vec())
    }

    /// What is returned of the mail (RFC 3461 §4.3 and §6.2), and its type.
    fn third(&self) -> (&[u8], &'static str) {
        let full = self.queued.ret == Some(Ret::Full) && self.kind == Kind::Failed;
        let bytes = match full && self.original.len() <= MAX_RETURNED {
            true => self.original,
            false => content::header(self.original),
        };
        // RFC 6533 §5: UTF-8 in a header has types of its own.
        let header = content::header(self.original);
        let utf8 = !header.is_ascii() && std::str::from_utf8(header).is_ok();
        let kind = match (bytes.len() == self.original.len(), utf8) {
            (true, false) => "message/rfc822",
            (true, true) => "message/global",
            (false, false) => "text/rfc822-headers",
            (false, true) => "message/global-headers",
        };
        (bytes, kind)
    }

    /// Whether the fields need UTF-8 (RFC 6533 §4).
    fn is_global(&self) -> bool {
        let told = self.recipients.iter().filter_map(|at| self.queued.recipients.get(*at));
        told.into_iter().any(|recipient| {
            recipient.address.needs_smtputf8()
                || recipient.orcpt.as_ref().is_some_and(|orcpt| !orcpt.address.is_ascii())
        })
    }
}

fn part(out: &mut Vec<u8>, boundary: &str, media_type: &str, bytes: &[u8]) {
    out.extend_from_slice(format!("\r\n--{boundary}\r\nContent-Type: {media_type}\r\n").as_bytes());
    if !bytes.is_ascii() {
        out.extend_from_slice(b"Content-Transfer-Encoding: 8bit\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests;
