//! AUTH: RFC 4954, with PLAIN (RFC 4616) and LOGIN.

use std::fmt;

use directory::LoginError;
use directory::sasl::{Credentials, Exchange, MAX_LINE, Mechanism, SaslError, Step};
use net::{Line, ReadError};

use crate::reply::Reply;
use crate::session::{Answer, Gone, Session};

/// Passwords that may be tried on one connection.
const MAX_FAILURES: u32 = 5;

/// A client that proves who it is.
#[derive(PartialEq, Eq)]
pub(crate) struct Auth {
    pub(crate) mechanism: String,
    /// In base64, as it came; `=` stands for an empty one.
    pub(crate) initial: Option<String>,
}

/// Prints no secret.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Auth({})", self.mechanism)
    }
}

impl Auth {
    pub(super) fn parse(args: &str) -> Result<Auth, Reply> {
        let (mechanism, initial) = match args.split_once(' ') {
            Some((mechanism, initial)) => (mechanism, Some(initial.trim().to_owned())),
            None => (args, None),
        };
        if mechanism.is_empty() || initial.as_ref().is_some_and(|text| text.contains(' ')) {
            return Err(Reply::bad_argument("Say AUTH and a mechanism"));
        }
        Ok(Auth { mechanism: mechanism.to_ascii_uppercase(), initial })
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<Answer, Gone> {
        if let Err(reply) = may_begin(session) {
            return Ok(reply.into());
        }
        let Some(mechanism) = Mechanism::from_name(&self.mechanism) else {
            return Ok(Reply::new(504, "5.5.4", "The mechanism is not offered").into());
        };
        let mut exchange = Exchange::new(mechanism);
        let mut step = exchange.step(self.initial.as_deref().map(str::as_bytes));
        let credentials = loop {
            match step {
                Step::Credentials(credentials) => break credentials,
                Step::Error(error) => return Ok(failed(error).into()),
                Step::Challenge(challenge) => match ask(session, &challenge).await? {
                    Some(response) => step = exchange.step(Some(&response)),
                    None => return Ok(failed(SaslError::TooLong).into()),
                },
            }
        };
        Ok(log_in(session, credentials).await)
    }
}

fn may_begin(session: &Session) -> Result<(), Reply> {
    if session.account.is_some() {
        // RFC 4954 §4: once is enough.
        return Err(Reply::bad_sequence("You are signed in already"));
    }
    if session.may_authenticate() {
        if session.hello.is_none() {
            return Err(Reply::bad_sequence("Say EHLO first"));
        }
        return Ok(());
    }
    if session.offers_auth() {
        return Err(Reply::new(
            538,
            "5.7.11",
            "A password must not be sent in clear; STARTTLS first",
        ));
    }
    Err(Reply::new(502, "5.5.1", "AUTH is for the submission ports, 465 and 587"))
}

/// One challenge, in base64 already, and its response; `None` if that is too long.
async fn ask(session: &mut Session, challenge: &[u8]) -> Result<Option<Line>, Gone> {
    let challenge = String::from_utf8_lossy(challenge).into_owned();
    session.answer(&Reply::bare(334, challenge));
    session.connection.flush().await?;
    let timeout = session.config().timeout();
    match session.connection.read_line(MAX_LINE, timeout).await {
        Ok(line) => Ok(Some(line)),
        Err(ReadError::TooLong) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// RFC 4954 §4 and §6.
fn failed(error: SaslError) -> Reply {
    match error {
        SaslError::Cancelled => Reply::new(501, "5.7.0", "Authentication cancelled"),
        SaslError::TooLong => Reply::new(500, "5.5.6", "The response is too long"),
        SaslError::NotBase64 => Reply::new(501, "5.5.2", "The response is not base64"),
        SaslError::Malformed => Reply::new(501, "5.5.2", "The response is not as it must be"),
    }
}

async fn log_in(session: &mut Session, credentials: Credentials) -> Answer {
    let peer = session.connection.peer().ip();
    let judged = if credentials.acts_for_itself() {
        session.door().login(&credentials, peer).await
    } else {
        Err(LoginError::Refused)
    };
    let error = match judged {
        Ok(account) => {
            tracing::info!(%peer, account = %account.address, "signed in to submit");
            session.account = Some(account);
            return Reply::new(235, "2.7.0", "Authentication succeeded").into();
        }
        Err(error) => error,
    };
    tracing::info!(%peer, user = %credentials.user.escape_debug(), cause = %error, "sign-in refused");
    session.auth_failures += 1;
    let reply = match error {
        LoginError::Refused => Reply::new(535, "5.7.8", "Name or password is not right"),
        LoginError::Suspended => Reply::new(535, "5.7.13", "The account is suspended"),
        LoginError::TooFast { retry_after } => {
            let seconds = retry_after.as_secs().max(1);
            Reply::new(454, "4.7.0", format!("Too many attempts; try again in {seconds} s"))
        }
        _ => Reply::new(454, "4.7.0", "Temporary failure; try again in a minute"),
    };
    if session.auth_failures >= MAX_FAILURES { Answer::Bye(reply) } else { reply.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let rows = [
            ("PLAIN", Some(("PLAIN", None))),
            ("plain dGVzdA==", Some(("PLAIN", Some("dGVzdA==")))),
            ("LOGIN =", Some(("LOGIN", Some("=")))),
            ("", None),
            ("PLAIN a b", None),
        ];
        for (args, expected) in rows {
            let got = Auth::parse(args).ok();
            let got = got.as_ref().map(|auth| (auth.mechanism.as_str(), auth.initial.as_deref()));
            assert_eq!(got, expected, "{args}");
        }
    }

    #[test]
    fn debug_hides_the_password() {
        let auth = Auth::parse("PLAIN AHRlc3QAaHVudGVyMg==").expect("good");
        assert_eq!(format!("{auth:?}"), "Auth(PLAIN)");
    }
}
