//! STARTTLS: RFC 3501 §6.2.1.

use tracing::debug;

use crate::answer::{Answer, Outcome, Stop};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StartTls;

impl StartTls {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if session.connection.is_tls() {
            return Ok(Answer::bad("TLS is already active"));
        }
        if session.login.is_some() {
            return Ok(Answer::bad("STARTTLS must come before the login"));
        }
        let Some(tls) = session.shared.tls.clone() else {
            return Ok(Answer::bad("this server offers no STARTTLS here"));
        };
        Answer::ok("begin the handshake").write(session.connection.output(), &session.tag);
        session.connection.flush().await?;
        // What was sent in clear behind STARTTLS is discarded in there.
        if let Err(error) = session.connection.start_tls(&tls).await {
            debug!(peer = %session.connection.peer(), %error, "handshake failed");
            return Err(Stop::Gone("the TLS handshake failed"));
        }
        // The tagged answer went out already.
        Err(Stop::Answered)
    }
}

#[cfg(test)]
mod tests {
    use net::{ClientTls, Connection, server_name};
    use std::time::Duration;

    use crate::Config;
    use crate::test_support::House;

    #[tokio::test]
    async fn starttls_allows_the_login_and_discards_what_came_before() {
        let data = tempfile::tempdir().expect("a folder");
        let tls = net::Tls::self_signed("mail.example.org", data.path()).expect("made");
        let house = House::build(0, Config::default(), Some(tls), "").await;
        let (server, client) = tokio::io::duplex(64 * 1024);
        let service = house.service.clone();
        let peer = net::test_support::peer();
        tokio::spawn(async move { service.serve(Connection::plain(server, peer)).await });
        let mut client = Connection::plain(client, peer);
        let soon = Duration::from_secs(10);
        let greeting = client.read_line(1000, soon).await.expect("a greeting");
        assert!(greeting.ends_with(b"STARTTLS LOGINDISABLED] Facteur is ready"), "{greeting:?}");
        client.send(b"a STARTTLS\r\nb NOOP\r\n").await.expect("sent");
        assert_eq!(
            &*client.read_line(1000, soon).await.expect("an answer"),
            b"a OK begin the handshake"
        );
        let any = ClientTls::opportunistic().expect("client");
        let name = server_name("mail.example.org").expect("a name");
        client.start_tls_as_client(&any, name).await.expect("handshake");
        // The NOOP in clear was never heard.
        client.send(b"c LOGIN alice@example.org secret\r\n").await.expect("sent");
        let answer = client.read_line(1000, soon).await.expect("an answer");
        assert!(answer.starts_with(b"c OK [CAPABILITY"), "{answer:?}");
        client.send(b"d STARTTLS\r\n").await.expect("sent");
        assert_eq!(
            &*client.read_line(1000, soon).await.expect("an answer"),
            b"d BAD TLS is already active"
        );
    }
}
