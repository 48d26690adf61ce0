//! The record of a waiting mail, kept in its sender's account.

use std::fmt;

use engine::BlobId;
use model::{Address, MessageNumber, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Notify, Orcpt, Ret};

/// A mail that waits: its envelope, and what has become of each recipient.
///
/// Written in the commit that puts the message into Outbox, so that neither
/// is ever there without the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The message to send, of the account that holds this record.
    pub message: MessageNumber,
    /// Its content. The record holds it by itself, so that mail still goes
    /// out when its copy in Sent is deleted or replaced.
    pub blob: BlobId,
    /// MAIL FROM; `None` is the null reverse-path `<>`, to which nothing is
    /// ever reported (RFC 3461 §5.2).
    pub reverse_path: Option<Address>,
    /// RCPT TO, each with its state.
    pub recipients: Vec<Recipient>,
    /// RET of MAIL (RFC 3461 §4.3).
    pub ret: Option<Ret>,
    /// ENVID of MAIL (RFC 3461 §4.4), decoded.
    pub envid: Option<String>,
    /// Whether the envelope or the header has UTF-8 (RFC 6531 §3.4).
    pub smtputf8: bool,
    /// Whether the content has bytes above 127 (BODY=8BITMIME, RFC 6152 §2).
    pub eight_bit: bool,
    /// Whether Bcc is taken out of what leaves; it stays in Sent.
    pub strip_bcc: bool,
    /// Language of the sender, `fr` or `en`, for the DSNs.
    pub language: String,
    /// When it was accepted; warnings and the giving up count from here.
    pub queued_at: Timestamp,
    /// When it is tried next.
    pub due: Timestamp,
    /// How many attempts were begun.
    pub attempts: u32,
    /// Where it stands.
    pub state: State,
    /// An administrator stopped it: it is not tried until released.
    pub on_hold: bool,
    /// The sender was told that it is late.
    pub warned: bool,
}

/// Where a waiting mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// In Outbox until it is due: the sender may still take it back.
    Held,
    /// In Sent, and between two attempts.
    Waiting,
    /// An attempt is under way, or was when the server stopped.
    Sending,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Held => "held",
            State::Waiting => "waiting",
            State::Sending => "sending",
        })
    }
}

/// One recipient of a waiting mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The forward-path.
    pub address: Address,
    /// What the sender wrote originally.
    pub orcpt: Option<Orcpt>,
    /// Of what the sender wants to hear.
    pub notify: Notify,
    /// What has become of it.
    pub status: Status,
    /// What was last answered for it.
    pub reply: Option<Reply>,
    /// The sender was told of the final status, or need not be.
    pub told: bool,
}

/// What has become of one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Not delivered yet.
    Pending,
    /// In a mailbox of this server.
    Delivered,
    /// Taken over by another server.
    Relayed {
        /// That server reports to the sender itself (RFC 3461 §5.2.1).
        dsn: bool,
    },
    /// Refused for good.
    Failed,
    /// Given up after too many days.
    Expired,
}

impl Status {
    /// Whether nothing more will be tried.
    pub fn is_final(self) -> bool {
        self != Status::Pending
    }

    /// Whether it did not arrive and never will.
    pub fn is_failure(self) -> bool {
        matches!(self, Status::Failed | Status::Expired)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Pending => "pending",
            Status::Delivered => "delivered",
            Status::Relayed { .. } => "relayed",
            Status::Failed => "failed",
            Status::Expired => "expired",
        })
    }
}

/// An SMTP reply, or our own words where no server was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The three digits; 0 where no server answered.
    pub code: u16,
    /// The enhanced status code (RFC 3463 §2), if there was one.
    pub enhanced: Option<Enhanced>,
    /// The text behind the codes, on one line.
    pub text: String,
    /// The host that said it; `None` is this server.
    pub host: Option<String>,
}

/// The most of a reply's text that is kept, in bytes.
pub const MAX_REPLY_TEXT: usize = 400;

impl Reply {
    /// A reply with its text brought to one line of at most
    /// [`MAX_REPLY_TEXT`] bytes, without control characters.
    pub fn new(code: u16, enhanced: Option<Enhanced>, text: &str, host: Option<String>) -> Reply {
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        let mut line = words.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
        line.truncate(line.floor_char_boundary(MAX_REPLY_TEXT));
        Reply { code, enhanced, text: line, host }
    }

    /// A reply of this server about something it found out itself.
    pub fn ours(enhanced: Enhanced, text: &str) -> Reply {
        Reply::new(0, Some(enhanced), text, None)
    }
}

/// As in SMTP: `550 5.1.1 no such user`.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code != 0 {
            write!(f, "{} ", self.code)?;
        }
        if let Some(enhanced) = self.enhanced {
            write!(f, "{enhanced} ")?;
        }
        f.write_str(&self.text)
    }
}

/// An enhanced status code: class, subject, detail (RFC 3463 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enhanced(pub u8, pub u16, pub u16);

impl Enhanced {
    /// Reads `5.1.1`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Enhanced> {
        let mut parts = text.split('.');
        let class = match parts.next()? {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return None,
        };
        let mut number = || {
            let part = parts.next()?;
            let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if digits { part.parse().ok() } else { None }
        };
        let (subject, detail) = (number()?, number()?);
        parts.next().is_none().then_some(Enhanced(class, subject, detail))
    }
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Queued {
    /// A mail accepted at `now`, to be tried at once unless `due` is later.
    ///
    /// The caller fills in what it knows more: RET, ENVID, `smtputf8`, ...
    pub fn new(
        message: MessageNumber,
        blob: BlobId,
        reverse_path: Option<Address>,
        recipients: Vec<Recipient>,
        now: Timestamp,
        due: Timestamp,
    ) -> Queued {
        Queued {
            message,
            blob,
            reverse_path,
            recipients,
            ret: None,
            envid: None,
            smtputf8: false,
            eight_bit: false,
            strip_bcc: true,
            language: "en".to_owned(),
            queued_at: now,
            due,
            attempts: 0,
            state: State::Held,
            on_hold: false,
            warned: false,
        }
    }

    /// Which recipients are still to be delivered, as indices.
    pub fn pending(&self) -> impl Iterator<Item = usize> + '_ {
        let pending = |r: &Recipient| r.status == Status::Pending;
        (0..self.recipients.len()).filter(move |at| pending(&self.recipients[*at]))
    }

    /// Whether nothing is left to try and nobody left to tell.
    pub fn is_finished(&self) -> bool {
        self.recipients.iter().all(|r| r.status.is_final() && r.told)
    }
}

impl Recipient {
    /// A recipient not yet tried, without DSN parameters.
    pub fn new(address: Address) -> Recipient {
        Recipient {
            address,
            orcpt: None,
            notify: Notify::default(),
            status: Status::Pending,
            reply: None,
            told: false,
        }
    }

    /// The same with its NOTIFY and ORCPT.
    #[must_use]
    pub fn with_dsn(mut self, notify: Notify, orcpt: Option<Orcpt>) -> Recipient {
        self.notify = notify;
        self.orcpt = orcpt;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes() {
        let rows = [
            ("5.1.1", Some(Enhanced(5, 1, 1))),
            ("4.7.500", Some(Enhanced(4, 7, 500))),
            ("2.0.0", Some(Enhanced(2, 0, 0))),
            ("3.0.0", None),
            ("5.1", None),
            ("5.1.1.1", None),
            ("5.1.1000", None),
            ("5..1", None),
            ("5.+1.1", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(Enhanced::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn replies_are_of_one_bounded_line() {
        let reply = Reply::new(550, Enhanced::parse("5.1.1"), "no\r\nsuch \0 user ", None);
        assert_eq!(reply.to_string(), "550 5.1.1 no such user");
        let long = "word ".repeat(1000);
        assert!(Reply::new(550, None, &long, None).text.len() <= MAX_REPLY_TEXT);
        assert_eq!(Reply::new(550, None, &"é".repeat(1000), None).text.chars().count(), 200);
    }
}
