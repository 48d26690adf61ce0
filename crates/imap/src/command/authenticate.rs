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
            return Ok(Answer::no(
                Code::Cannot,
                "this server knows the mechanisms PLAIN and LOGIN",
            ));
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

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn plain_and_login() {
        let house = House::with_letters(0).await;
        // With an initial response (RFC 4959 §4), and without.
        house
            .raw(
                r"
                S: * OK ...
                C: a AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHNlY3JldA==
                S: a OK [CAPABILITY ...] logged in
                ",
            )
            .await;
        house
            .raw(
                r"
                S: * OK ...
                C: a authenticate plain
                S: + 
                C: AGFsaWNlQGV4YW1wbGUub3JnAHNlY3JldA==
                S: a OK [CAPABILITY ...] logged in
                ",
            )
            .await;
        house
            .raw(
                r"
                S: * OK ...
                C: a AUTHENTICATE LOGIN
                S: + VXNlcm5hbWU6
                C: YWxpY2VAZXhhbXBsZS5vcmc=
                S: + UGFzc3dvcmQ6
                C: c2VjcmV0
                S: a OK [CAPABILITY ...] logged in
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn refusals() {
        let house = House::with_letters(0).await;
        house
            .raw(
                r"
                S: * OK ...
                C: a AUTHENTICATE SCRAM-SHA-1
                S: a NO [CANNOT] this server knows the mechanisms PLAIN and LOGIN
                C: a AUTHENTICATE PLAIN
                S: + 
                C: *
                S: a BAD authentication was cancelled
                C: a AUTHENTICATE PLAIN !!!
                S: a BAD the response is not base64 (RFC 4648)
                C: a AUTHENTICATE PLAIN Ym9iAGFsaWNlQGV4YW1wbGUub3JnAHNlY3JldA==
                S: a NO [AUTHENTICATIONFAILED] you may log in as yourself only: leave the authorization identity empty
                C: a AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdyb25n
                S: a NO [AUTHENTICATIONFAILED] wrong name or password
                ",
            )
            .await;
    }

    #[test]
    fn the_password_stays_out_of_logs() {
        let mut parser = crate::grammar::Parser::new(b" PLAIN AGFsaWNl");
        let command = super::Authenticate::parse(&mut parser).expect("parses");
        assert!(!format!("{command:?}").contains("AGFs"));
    }
}
