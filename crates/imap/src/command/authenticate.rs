//! AUTHENTICATE with PLAIN (RFC 4616) and LOGIN: RFC 3501 §6.2.2, the initial
//! response by RFC 4959.

use directory::sasl::{Exchange, MAX_LINE, Mechanism, SaslError, Step};

use super::login::{log_in, not_now};
use crate::answer::{Answer, Code, Outcome, Stop};
use crate::grammar::{ParseError, Parser};
use crate::input::{WITHIN_COMMAND, gone};
use crate::session::Session;

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
        let mechanism = parser.atom()?.to_owned();
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
        let Some(mechanism) = Mechanism::from_name(&self.mechanism) else {
            return Ok(Answer::no(Code::Cannot, "this server knows the mechanisms PLAIN and LOGIN"));
        };
        let mut exchange = Exchange::new(mechanism);
        let mut said = self.initial.map(String::into_bytes);
        loop {
            match exchange.step(said.as_deref()) {
                Step::Challenge(challenge) => said = Some(ask(session, &challenge).await?),
                Step::Credentials(claim) if claim.acts_for_itself() => {
                    return log_in(session, &claim.user, &claim.password).await;
                }
                Step::Credentials(_) => {
                    return Ok(Answer::no(
                        Code::AuthenticationFailed,
                        "you may log in as yourself only: leave the authorization identity empty",
                    ));
                }
                Step::Error(error) => return Ok(Answer::bad(error.to_string())),
            }
        }
    }
}

/// Sends a challenge and reads the answer.
async fn ask(session: &mut Session, challenge: &[u8]) -> Result<Vec<u8>, Stop> {
    session.connection.queue(b"+ ");
    session.connection.queue(challenge);
    session.connection.queue(b"\r\n");
    session.connection.flush().await?;
    match session.connection.read_line(MAX_LINE, WITHIN_COMMAND).await {
        Ok(line) => Ok(line.to_vec()),
        Err(net::ReadError::TooLong) => Err(Answer::bad(SaslError::TooLong.to_string()).into()),
        Err(error) => Err(gone(error)),
    }
}
