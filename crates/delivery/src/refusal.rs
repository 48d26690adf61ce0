//! Why a message was refused, in SMTP's words and for pages.

use std::fmt;

use model::Address;

/// A refusal: a reply code (RFC 5321 §4.2), an enhanced one (RFC 3463), one
/// line of English for the protocol, and the reason for pages to translate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// 4xx: try again later. 5xx: do not.
    pub code: u16,
    /// Such as `5.1.1`.
    pub enhanced: &'static str,
    /// What happened, to what, and what to do.
    pub text: String,
    /// The same for code.
    pub reason: Reason,
}

/// What a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The domain is ours, the name is nobody's.
    NoSuchUser(String),
    /// The account is closed.
    Suspended(String),
    /// Not our domain, and not a user who may send outside.
    RelayDenied(String),
    /// The recipient, or the sender, has no room left.
    MailboxFull,
    /// The server has no room left.
    DiskFull,
    /// The account does not own the address it writes as.
    NotYourAddress(String),
    /// The message cannot be taken as it is.
    BadMessage(&'static str),
    /// It went in circles.
    Loop,
    /// Nobody to send it to.
    NoRecipients,
    /// Our fault, for the time being; the number is in the log.
    Temporary(String),
}

impl Refusal {
    pub(crate) fn no_such_user(address: &Address) -> Refusal {
        Refusal {
            code: 550,
            enhanced: "5.1.1",
            text: format!("<{address}>: there is no such user here; check the spelling"),
            reason: Reason::NoSuchUser(address.to_string()),
        }
    }

    pub(crate) fn suspended(address: &Address) -> Refusal {
        Refusal {
            code: 550,
            enhanced: "5.2.1",
            text: format!("<{address}>: this mailbox is closed"),
            reason: Reason::Suspended(address.to_string()),
        }
    }

    pub(crate) fn relay_denied(address: &Address) -> Refusal {
        Refusal {
            code: 550,
            enhanced: "5.7.1",
            text: format!("<{address}>: this server does not take mail for {}", address.domain()),
            reason: Reason::RelayDenied(address.to_string()),
        }
    }

    pub(crate) fn not_outside(address: &Address) -> Refusal {
        Refusal {
            code: 550,
            enhanced: "5.7.1",
            text: format!("<{address}>: this server sends no mail to other domains"),
            reason: Reason::RelayDenied(address.to_string()),
        }
    }

    pub(crate) fn mailbox_full(address: &Address) -> Refusal {
        Refusal {
            code: 452,
            enhanced: "4.2.2",
            text: format!("<{address}>: the mailbox is full; try again later"),
            reason: Reason::MailboxFull,
        }
    }

    pub(crate) fn disk_full() -> Refusal {
        Refusal {
            code: 452,
            enhanced: "4.3.1",
            text: "not enough space on this server; try again later".into(),
            reason: Reason::DiskFull,
        }
    }

    pub(crate) fn not_your_address(address: &str) -> Refusal {
        Refusal {
            code: 550,
            enhanced: "5.7.1",
            text: format!("{address} is not an address of your account; write as one of yours"),
            reason: Reason::NotYourAddress(address.to_owned()),
        }
    }

    pub(crate) fn bad_message(what: &'static str) -> Refusal {
        Refusal {
            code: 554,
            enhanced: "5.6.0",
            text: what.into(),
            reason: Reason::BadMessage(what),
        }
    }

    pub(crate) fn looping() -> Refusal {
        Refusal {
            code: 554,
            enhanced: "5.4.6",
            text: "the message has passed too many servers; it goes in circles".into(),
            reason: Reason::Loop,
        }
    }

    pub(crate) fn no_recipients() -> Refusal {
        Refusal {
            code: 554,
            enhanced: "5.5.1",
            text: "there is no recipient; name one".into(),
            reason: Reason::NoRecipients,
        }
    }

    /// What went wrong inside is logged under a number that the answer names.
    pub(crate) fn temporary(cause: &dyn fmt::Display) -> Refusal {
        let mut bytes = [0; 4];
        let _ = getrandom::fill(&mut bytes);
        let reference = data_encoding::HEXLOWER.encode(&bytes);
        tracing::error!(%reference, %cause, "a message could not be taken");
        Refusal {
            code: 451,
            enhanced: "4.3.0",
            text: format!("temporary failure, reference {reference}; try again later"),
            reason: Reason::Temporary(reference),
        }
    }

    pub(crate) fn from_store(error: &mailstore::Error, address: &Address) -> Refusal {
        use mailstore::Error;
        match error {
            Error::OverQuota { .. } => Refusal::mailbox_full(address),
            Error::Engine(engine::Error::Full(_)) => Refusal::disk_full(),
            Error::TooLarge { .. } => Refusal::bad_message("the message is too large"),
            other => Refusal::temporary(other),
        }
    }

    /// Whether the same may succeed later.
    pub fn is_temporary(&self) -> bool {
        self.code < 500
    }
}

/// The reply line: `550 5.1.1 text`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.code, self.enhanced, self.text)
    }
}

impl std::error::Error for Refusal {}
