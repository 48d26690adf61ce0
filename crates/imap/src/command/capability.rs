//! CAPABILITY: what the server offers, RFC 3501 §6.1.1.

use crate::answer::{Answer, Outcome};
use crate::capability;
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Capability;

impl Capability {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let line = format!("* CAPABILITY {}\r\n", capability::list(session));
        session.connection.queue(line.as_bytes());
        Ok(Answer::ok("that is all"))
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;
    use crate::test_support::House;

    #[tokio::test]
    async fn offers_depend_on_the_state() {
        let house = House::with_letters(0).await;
        house
            .raw(
                r"
                S: * OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ... UTF8=ACCEPT APPENDLIMIT=52428800 AUTH=PLAIN AUTH=LOGIN] Facteur is ready
                C: a CAPABILITY
                S: * CAPABILITY IMAP4rev1 ... AUTH=PLAIN AUTH=LOGIN
                S: a OK that is all
                C: a LOGIN alice@example.org secret
                S: a OK [CAPABILITY IMAP4rev1 ... UTF8=ACCEPT APPENDLIMIT=52428800] logged in
                C: a CAPABILITY
                S: * CAPABILITY IMAP4rev1 ... APPENDLIMIT=52428800
                S: a OK that is all
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn without_tls_nobody_may_log_in() {
        let house = House::build(0, Config::default(), None, "").await;
        house
            .raw(
                r"
                S: * OK [CAPABILITY IMAP4rev1 ... APPENDLIMIT=52428800 LOGINDISABLED] Facteur is ready
                C: a LOGIN alice@example.org secret
                S: a NO [PRIVACYREQUIRED] use STARTTLS first: a password is not taken in clear
                C: a AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHNlY3JldA==
                S: a NO [PRIVACYREQUIRED] use STARTTLS first: a password is not taken in clear
                C: a STARTTLS
                S: a BAD this server offers no STARTTLS here
                C: a SELECT INBOX
                S: a BAD log in first
                ",
            )
            .await;
    }
}
