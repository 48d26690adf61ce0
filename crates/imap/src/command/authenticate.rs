//! AUTHENTICATE with PLAIN (RFC 4616) and LOGIN: RFC 3501 §6.2.2, the initial
//! response by RFC 4959.

use data_encoding::BASE64;
use directory::sasl::{Exchange, Mechanism, Step};

use super::login::{log_in, not_now};
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::grammar::{ParseError, Parser};
use crate::input::{WITHIN_COMMAND, gone};
use crate::session::Session;

/// The longest line of an exchange, in base64.
const LONGEST: usize = 4 * 1024;

#[derive(PartialEq, Eq)]
pub(crate) struct Authenticate {
    mechanism: String,
    /// The client's first message, still in base64; `=` stands for an empty one.
    initial: Option<String>,
}

/// The initial response is a password.
impl std::fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticate").field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

impl Authenticate {
    pub(super) fn parse(parser: &mut Parser) -> Result<Authenticate, ParseError> {
        parser.space()?;
        let mechanism = parser.atom()?.to_ascii_uppercase();
        let mut initial = None;
        if !parser.is_at_end() {
            parser.space()?;
            initial = Some(parser.atom()?.to_owned());
        }
        Ok(Authenticate { mechanism, initial })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if let Some(answer) = not_now(session) {
            return Ok(answer);
        }
        let mechanism = match self.mechanism.as_str() {
            "PLAIN" => Mechanism::Plain,
            "LOGIN" => Mechanism::Login,
            _ => return Ok(Answer::no(Code::Cannot, "this server knows the mechanisms PLAIN and LOGIN")),
        };
        let mut exchange = Exchange::new(mechanism);
        let mut said = match self.initial.as_deref() {
            None => None,
            Some("=") => Some(Vec::new()),
            Some(text) => Some(decode(text.as_bytes())?),
        };
        loop {
            match exchange.step(said.as_deref()) {
                Step::Challenge(challenge) => said = Some(ask(session, &challenge).await?),
                Step::Credentials(credentials) => {
                    let user = &credentials.user;
                    // Nobody acts for another here (RFC 4616 §2).
                    if !credentials.authzid.is_empty() && credentials.authzid != *user {
                        return Ok(Answer::no(
                            Code::AuthenticationFailed,
                            "you may log in as yourself only: leave the authorization identity empty",
                        ));
                    }
                    return log_in(session, user, &credentials.password).await;
                }
                Step::Failed(why) => return Ok(Answer::bad(why)),
            }
        }
    }
}

/// Sends a challenge and reads the answer; `*` cancels (RFC 3501 §6.2.2).
async fn ask(session: &mut Session, challenge: &[u8]) -> Result<Vec<u8>, Stop> {
    let line = format!("+ {}\r\n", BASE64.encode(challenge));
    session.connection.queue(line.as_bytes());
    session.connection.flush().await?;
    let answer = match session.connection.read_line(LONGEST, WITHIN_COMMAND).await {
        Ok(line) => line,
        Err(net::ReadError::TooLong) => return Err(Answer::bad("that line is too long").into()),
        Err(error) => return Err(gone(error)),
    };
    if &*answer == b"*" {
        return Err(Answer::bad("cancelled as you wish").into());
    }
    decode(&answer)
}

fn decode(text: &[u8]) -> Result<Vec<u8>, Stop> {
    BASE64.decode(text).map_err(|_| Answer::bad("that is no base64").into())
}
