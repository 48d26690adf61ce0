//! The commands that only answer: RSET, QUIT, VRFY, EXPN, HELP (RFC 5321 §4.1.1).

use crate::reply::Reply;
use crate::server::Role;
use crate::session::{Answer, Session};

/// RSET: RFC 5321 §4.1.1.5.
pub(super) fn rset(session: &mut Session) -> Reply {
    session.transaction = None;
    Reply::ok()
}

/// QUIT: RFC 5321 §4.1.1.10.
pub(super) fn quit(session: &Session) -> Answer {
    Answer::Bye(Reply::new(221, "2.0.0", format!("{} closing connection", session.hostname())))
}

/// VRFY tells nobody who has an account here, as RFC 5321 §7.3 allows; 252 is its
/// answer for that (§3.5.3).
pub(super) fn vrfy() -> Reply {
    Reply::new(252, "2.5.0", "Cannot verify a user; send mail to find out")
}

/// EXPN likewise: 502, as RFC 5321 §3.5.2 allows.
pub(super) fn expn() -> Reply {
    Reply::new(502, "5.5.1", "Lists are not expanded here")
}

/// HELP: RFC 5321 §4.1.1.8.
pub(super) fn help(session: &Session) -> Reply {
    let hello = if session.role == Role::Lmtp { "LHLO" } else { "EHLO HELO" };
    let tls = if session.may_start_tls() { " STARTTLS" } else { "" };
    let auth = if session.may_authenticate() { " AUTH" } else { "" };
    let others = "MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP";
    Reply::new(214, "2.0.0", format!("Commands: {hello}{tls}{auth} {others}"))
}
