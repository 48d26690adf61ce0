//! What this server offers: the CAPABILITY list, RFC 3501 §6.1.1 and §7.2.1.

use crate::session::Session;

/// What is offered in every state.
const ALWAYS: &str = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS MOVE SPECIAL-USE \
     CREATE-SPECIAL-USE UNSELECT CHILDREN CONDSTORE QRESYNC ESEARCH LIST-EXTENDED LIST-STATUS STATUS=SIZE SAVEDATE WITHIN UTF8=ACCEPT";

/// The capabilities at this moment, without the word itself.
pub(crate) fn list(session: &Session) -> String {
    // The same for all mailboxes (RFC 7889 §2).
    let mut list = format!("{ALWAYS} APPENDLIMIT={}", session.shared.config.max_append_bytes);
    if session.login.is_none() {
        if can_start_tls(session) {
            list.push_str(" STARTTLS");
        }
        list.push_str(if may_log_in(session) {
            " AUTH=PLAIN AUTH=LOGIN"
        } else {
            " LOGINDISABLED"
        });
    }
    list
}

/// Whether a password may cross this connection: under TLS, or from a network
/// the administrator trusts (RFC 3501 §6.2.3 and §11.1).
pub(crate) fn may_log_in(session: &Session) -> bool {
    session.connection.is_tls() || session.shared.trusted.contains(session.connection.peer().ip())
}

/// Whether STARTTLS is of use.
pub(crate) fn can_start_tls(session: &Session) -> bool {
    !session.connection.is_tls() && session.shared.tls.is_some()
}
