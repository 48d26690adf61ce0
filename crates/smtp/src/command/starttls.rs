//! STARTTLS: RFC 3207.

use crate::reply::Reply;
use crate::session::{Answer, Gone, Session};

/// Turns to TLS and forgets everything said before (RFC 3207 §4.2), above all
/// what came in the same packet behind the command.
pub(super) async fn run(session: &mut Session) -> Result<Answer, Gone> {
    if session.connection.is_tls() {
        return Ok(Reply::bad_sequence("TLS is active already").into());
    }
    let Some(tls) = session.tls() else {
        return Ok(Reply::new(502, "5.5.1", "TLS is not available").into());
    };
    session.answer(&Reply::new(220, "2.0.0", "Ready to start TLS"));
    session.connection.flush().await?;
    session.connection.start_tls(&tls).await?;
    session.hello = None;
    session.transaction = None;
    session.account = None;
    Ok(Answer::Done)
}
