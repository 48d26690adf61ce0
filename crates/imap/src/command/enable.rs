//! ENABLE: extensions a client must ask for, RFC 5161 §3.1.

use crate::answer::{Answer, Outcome};
use crate::grammar::{ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Enable {
    condstore: bool,
    qresync: bool,
    utf8: bool,
}

impl Enable {
    pub(super) fn parse(parser: &mut Parser) -> Result<Enable, ParseError> {
        let mut enable = Enable { condstore: false, qresync: false, utf8: false };
        parser.space()?;
        loop {
            // What we do not know is passed over (RFC 5161 §3.1).
            match parser.atom()?.to_ascii_uppercase().as_str() {
                "CONDSTORE" => enable.condstore = true,
                // One implies the other (RFC 7162 §3.2.3).
                "QRESYNC" => (enable.qresync, enable.condstore) = (true, true),
                "UTF8=ACCEPT" => enable.utf8 = true,
                _ => {}
            }
            if parser.is_at_end() {
                return Ok(enable);
            }
            parser.space()?;
        }
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.login()?;
        let mut line = b"* ENABLED".to_vec();
        // Only what was not enabled before is listed (RFC 5161 §3.2).
        if self.condstore && !session.condstore {
            line.extend_from_slice(b" CONDSTORE");
        }
        if self.qresync && !session.qresync {
            line.extend_from_slice(b" QRESYNC");
        }
        if self.utf8 && !session.utf8 {
            line.extend_from_slice(b" UTF8=ACCEPT");
        }
        line.extend_from_slice(b"\r\n");
        session.connection.queue(&line);
        if self.condstore {
            session.enable_condstore().await?;
        }
        session.qresync |= self.qresync;
        session.utf8 |= self.utf8;
        Ok(Answer::ok("enabled"))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn only_what_is_new_is_listed() {
        let house = House::with_letters(1).await;
        house
            .transcript(
                r"
                C: a ENABLE X-GOOD-IDEA CONDSTORE
                S: * ENABLED CONDSTORE
                S: * OK [HIGHESTMODSEQ ...] of this mailbox
                S: a OK enabled
                C: a ENABLE CONDSTORE UTF8=ACCEPT
                S: * ENABLED UTF8=ACCEPT
                S: a OK enabled
                C: a ENABLE
                S: a BAD an argument is missing at the end of the command
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn utf8_changes_names_and_strings() {
        let house = House::with_letters(0).await;
        house
            .logged_in(
                r#"
                C: a CREATE &AMk-t&AOk-
                S: a OK created
                C: a LIST "" "%t&AOk-"
                S: * LIST (\HasNoChildren) "/" &AMk-t&AOk-
                S: a OK listed
                C: a ENABLE UTF8=ACCEPT
                S: * ENABLED UTF8=ACCEPT
                S: a OK enabled
                C: a LIST "" "%té"
                S: * LIST (\HasNoChildren) "/" "Été"
                S: a OK listed
                C: a CREATE "R&D"
                S: a OK created
                C: a STATUS "R&D" (MESSAGES)
                S: * STATUS R&D (MESSAGES 0)
                S: a OK that is its status
                C: a SELECT INBOX
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: a OK ...
                C: a SEARCH CHARSET UTF-8 ALL
                S: a BAD with UTF8=ACCEPT a search states no CHARSET: it is UTF-8
                C: a SEARCH SUBJECT "é"
                S: * SEARCH
                S: a OK searched
                "#,
            )
            .await;
    }
}
