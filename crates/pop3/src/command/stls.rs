//! STLS: TLS from here on, RFC 2595 §4.

use net::ReadError;

use crate::response::Response;
use crate::session::Session;

pub(super) fn is_allowed(session: &Session) -> bool {
    // Not after UTF8 (RFC 6856 §2.1).
    !session.connection.is_tls() && !session.utf8
}

/// The answer goes out in clear; what was said behind STLS is thrown away, and
/// nothing said before counts any longer.
pub(super) async fn run(session: &mut Session) -> Result<Response, ReadError> {
    if !is_allowed(session) {
        let why = if session.utf8 { "STLS comes before UTF8" } else { "TLS is active already" };
        return Ok(session.mistake(why));
    }
    session.connection.send(b"+OK begin TLS\r\n").await?;
    session.connection.start_tls(&session.server.services.tls).await?;
    Ok(Response::Silence)
}
