//! LOGIN, and what follows any successful login: RFC 3501 §6.2.3.

use directory::{LoginError, Protocol};
use model::Secret;
use tracing::info;

use super::refusal;
use crate::answer::{Answer, Code, Outcome};
use crate::capability;
use crate::grammar::{ParseError, Parser};
use crate::session::{self, Session};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Login {
    user: String,
    password: Secret,
}

impl Login {
    pub(super) fn parse(parser: &mut Parser) -> Result<Login, ParseError> {
        parser.space()?;
        let user = text(&parser.astring()?)?;
        parser.space()?;
        let password = Secret::new(text(&parser.astring()?)?);
        Ok(Login { user, password })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if let Some(answer) = not_now(session) {
            return Ok(answer);
        }
        log_in(session, &self.user, &self.password).await
    }
}

fn text(bytes: &[u8]) -> Result<String, ParseError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "name and password must be UTF-8".into())
}

/// Why nobody can log in here and now.
pub(super) fn not_now(session: &Session) -> Option<Answer> {
    if session.login.is_some() {
        return Some(Answer::bad("you are already logged in"));
    }
    // The password was sent in clear already, alas, but it stays unused, so
    // the user will set up TLS (RFC 5530 §3, PRIVACYREQUIRED).
    (!capability::may_log_in(session)).then(|| {
        Answer::no(Code::PrivacyRequired, "use STARTTLS first: a password is not taken in clear")
    })
}

/// Checks the password and opens the account.
pub(super) async fn log_in(session: &mut Session, user: &str, password: &Secret) -> Outcome {
    let peer = session.connection.peer().ip();
    let login = match session.shared.directory.login(user, password, Protocol::Imap, peer).await {
        Ok(login) => login,
        Err(error) => return Ok(refused(&error)),
    };
    let account = session.shared.mailstore.account(login.account.id).await.map_err(refusal)?;
    info!(account = %login.account.id, %peer, "imap login");
    session.login = Some(session::Login { account });
    let capabilities = capability::list(session);
    Ok(Answer::ok("logged in").with(Code::Capability(capabilities)))
}

fn refused(error: &LoginError) -> Answer {
    match error {
        LoginError::TooFast { .. } => Answer::no(
            Code::Unavailable,
            "too many failed logins; please wait a little and try again",
        ),
        LoginError::Suspended => Answer::no(
            Code::ContactAdmin,
            "this account is suspended; please ask your administrator",
        ),
        LoginError::Refused => Answer::no(Code::AuthenticationFailed, "wrong name or password"),
        _ => Answer::no(
            Code::Unavailable,
            "logins cannot be checked at the moment; please try again in a minute",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn login_takes_atoms_strings_and_literals() {
        let house = House::with_letters(0).await;
        house
            .raw(
                r#"
                S: * OK ...
                C: a LOGIN alice@example.org wrong
                S: a NO [AUTHENTICATIONFAILED] wrong name or password
                C: a LOGIN {17}
                S: + go ahead
                C: alice@example.org {6+}
                C: secret
                S: a OK [CAPABILITY ...] logged in
                C: b LOGIN alice@example.org secret
                S: b BAD you are already logged in
                "#,
            )
            .await;
        house
            .raw(
                r#"
                S: * OK ...
                C: a LOGIN "alice@example.org" "secret"
                S: a OK [CAPABILITY ...] logged in
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn guessing_ends_the_session() {
        let house = House::with_letters(0).await;
        let mut client = house.client();
        client.hear().await;
        let mut heard = Vec::new();
        for _ in 0..8 {
            heard = client.command("x LOGIN alice@example.org guess").await;
        }
        assert!(heard[0].starts_with("x NO"), "{heard:?}");
        assert!(client.hear().await.starts_with("* BYE too many errors"));
        assert_eq!(client.hear().await, "[closed]");
    }

    #[test]
    fn the_password_stays_out_of_logs() {
        let mut parser = crate::grammar::Parser::new(b" alice hunter2");
        let login = super::Login::parse(&mut parser).expect("a login");
        assert!(!format!("{login:?}").contains("hunter2"));
    }
}
