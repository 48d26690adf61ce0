//! ENABLE: extensions a client must ask for, RFC 5161 §3.1.

use crate::answer::{Answer, Outcome};
use crate::grammar::{ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Enable {
    condstore: bool,
    utf8: bool,
}

impl Enable {
    pub(super) fn parse(parser: &mut Parser) -> Result<Enable, ParseError> {
        let mut enable = Enable { condstore: false, utf8: false };
        parser.space()?;
        loop {
            // What we do not know is passed over (RFC 5161 §3.1).
            match parser.atom()?.to_ascii_uppercase().as_str() {
                "CONDSTORE" => enable.condstore = true,
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
        if self.utf8 && !session.utf8 {
            line.extend_from_slice(b" UTF8=ACCEPT");
        }
        line.extend_from_slice(b"\r\n");
        session.connection.queue(&line);
        if self.condstore {
            session.enable_condstore().await?;
        }
        session.utf8 |= self.utf8;
        Ok(Answer::ok("enabled"))
    }
}
