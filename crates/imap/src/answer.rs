//! Tagged answers, their response codes, and how a command stops early.

use std::borrow::Cow;
use std::fmt::Write as _;

use model::{ModSeq, Ranges, Uid, UidValidity};

use crate::grammar::ParseError;

/// `OK`, `NO` or `BAD` (RFC 3501 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    No,
    Bad,
}

/// `resp-text-code`: RFC 3501 §7.1, RFC 5530 §3, RFC 4315 §3, RFC 7162 §7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    None,
    AlreadyExists,
    AppendUid(UidValidity, Uid),
    AuthenticationFailed,
    BadCharset,
    Cannot,
    /// The capabilities, as one text.
    Capability(String),
    ContactAdmin,
    CopyUid(UidValidity, String, String),
    ExpungeIssued,
    HighestModSeq(ModSeq),
    InUse,
    Limit,
    /// Messages that failed UNCHANGEDSINCE.
    Modified(Ranges),
    NonExistent,
    OverQuota,
    PrivacyRequired,
    ReadOnly,
    ReadWrite,
    ServerBug,
    TooBig,
    TryCreate,
    Unavailable,
    UseAttr,
}

impl Code {
    /// The code in brackets and a space, or nothing.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let text: Cow<'static, str> = match self {
            Code::None => return,
            Code::AlreadyExists => "ALREADYEXISTS".into(),
            Code::AppendUid(validity, uid) => format!("APPENDUID {validity} {uid}").into(),
            Code::AuthenticationFailed => "AUTHENTICATIONFAILED".into(),
            Code::BadCharset => "BADCHARSET (US-ASCII UTF-8)".into(),
            Code::Cannot => "CANNOT".into(),
            Code::Capability(all) => format!("CAPABILITY {all}").into(),
            Code::ContactAdmin => "CONTACTADMIN".into(),
            Code::CopyUid(validity, from, to) => format!("COPYUID {validity} {from} {to}").into(),
            Code::ExpungeIssued => "EXPUNGEISSUED".into(),
            Code::HighestModSeq(modseq) => format!("HIGHESTMODSEQ {modseq}").into(),
            Code::InUse => "INUSE".into(),
            Code::Limit => "LIMIT".into(),
            Code::Modified(set) => format!("MODIFIED {set}").into(),
            Code::NonExistent => "NONEXISTENT".into(),
            Code::OverQuota => "OVERQUOTA".into(),
            Code::PrivacyRequired => "PRIVACYREQUIRED".into(),
            Code::ReadOnly => "READ-ONLY".into(),
            Code::ReadWrite => "READ-WRITE".into(),
            Code::ServerBug => "SERVERBUG".into(),
            Code::TooBig => "TOOBIG".into(),
            Code::TryCreate => "TRYCREATE".into(),
            Code::Unavailable => "UNAVAILABLE".into(),
            Code::UseAttr => "USEATTR".into(),
        };
        out.push(b'[');
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"] ");
    }
}

/// The tagged end of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) code: Code,
    pub(crate) text: Cow<'static, str>,
}

impl Answer {
    pub(crate) fn ok(text: impl Into<Cow<'static, str>>) -> Answer {
        Answer { status: Status::Ok, code: Code::None, text: text.into() }
    }

    pub(crate) fn no(code: Code, text: impl Into<Cow<'static, str>>) -> Answer {
        Answer { status: Status::No, code, text: text.into() }
    }

    pub(crate) fn bad(text: impl Into<Cow<'static, str>>) -> Answer {
        Answer { status: Status::Bad, code: Code::None, text: text.into() }
    }

    /// The same with a response code.
    pub(crate) fn with(mut self, code: Code) -> Answer {
        self.code = code;
        self
    }

    /// `tag OK [CODE] text` with its line ending.
    pub(crate) fn write(&self, out: &mut Vec<u8>, tag: &str) {
        out.extend_from_slice(tag.as_bytes());
        out.extend_from_slice(match self.status {
            Status::Ok => b" OK ",
            Status::No => b" NO ",
            Status::Bad => b" BAD ",
        });
        self.code.write(out);
        line_text(out, &self.text);
        out.extend_from_slice(b"\r\n");
    }
}

/// `text`: one line of printable ASCII, never empty, whatever was quoted in it.
pub(crate) fn line_text(out: &mut Vec<u8>, text: &str) {
    if text.is_empty() {
        out.extend_from_slice(b"done");
    }
    for c in text.chars().take(300) {
        let printable = (' '..='~').contains(&c);
        out.push(if printable { c as u8 } else { b'?' });
    }
}

/// Why a command ended before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The session goes on; this is the answer.
    Answer(Answer),
    /// The tagged answer was sent already.
    Answered,
    /// The client is told goodbye with this.
    Bye(Cow<'static, str>),
    /// The connection is over: closed, timed out, failed.
    Gone(&'static str),
}

impl From<Answer> for Stop {
    fn from(answer: Answer) -> Stop {
        Stop::Answer(answer)
    }
}

impl From<ParseError> for Stop {
    fn from(error: ParseError) -> Stop {
        Stop::Answer(Answer::bad(error.0))
    }
}

impl From<std::io::Error> for Stop {
    fn from(_: std::io::Error) -> Stop {
        Stop::Gone("the connection failed")
    }
}

/// What the run of a command gives.
pub(crate) type Outcome = Result<Answer, Stop>;

/// UIDs in the order of a COPYUID, consecutive ones joined (RFC 4315 §3).
pub(crate) fn uid_list(uids: &[Uid]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(first) = uids.get(at) {
        let run = uids[at..]
            .iter()
            .zip(0u32..)
            .take_while(|(uid, n)| uid.0.checked_sub(*n) == Some(first.0))
            .count();
        let last = uids[at + run - 1];
        if !text.is_empty() {
            text.push(',');
        }
        let _ = if run == 1 { write!(text, "{first}") } else { write!(text, "{first}:{last}") };
        at += run;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_one_printable_line() {
        let mut out = Vec::new();
        Answer::no(Code::TryCreate, "no\r\n* BYE é").write(&mut out, "a1");
        assert_eq!(String::from_utf8_lossy(&out), "a1 NO [TRYCREATE] no??* BYE ?\r\n");
    }

    #[test]
    fn uid_lists_keep_their_order() {
        let list = |uids: &[u32]| uid_list(&uids.iter().map(|u| Uid(*u)).collect::<Vec<_>>());
        assert_eq!(list(&[4, 5, 6, 9, 8]), "4:6,9,8");
        assert_eq!(list(&[u32::MAX]), "4294967295");
        assert_eq!(list(&[]), "");
    }
}
