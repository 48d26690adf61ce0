//! PASS: the password of the USER before, RFC 1939 §7.

use directory::sasl::Credentials;
use model::Secret;

use crate::parse::ParseError;
use crate::response::Response;
use crate::session::Session;

#[derive(Debug)]
pub(crate) struct Pass {
    password: Secret,
}

impl Pass {
    pub(super) fn parse(args: &str) -> Result<Pass, ParseError> {
        match args {
            "" => Err(ParseError::MissingArgument),
            password => Ok(Pass { password: Secret::new(password) }),
        }
    }

    pub(super) async fn run(self, session: &mut Session, user: Option<String>) -> Response {
        if !session.may_say_password() {
            return Session::needs_tls();
        }
        let Some(user) = user else {
            return session.mistake("say USER first");
        };
        session.log_in(Credentials { authzid: None, user, password: self.password }).await
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn logging_in() {
        dialogue(
            Scene::trusted(&["one", "two"]),
            "
            S: +OK Facteur POP3 ready
            C: STAT
            S: -ERR log in first
            C: PASS alice-secret
            S: -ERR say USER first
            C: USER nobody@example.org
            S: +OK now the password, by PASS
            C: PASS alice-secret
            S: -ERR [AUTH] the address or the password is wrong
            C: USER Alice@example.org
            S: +OK now the password, by PASS
            C: CAPA
            S: +OK [...]
            S: USER
            S: SASL PLAIN
            S: STLS
            S: TOP
            S: UIDL
            S: UTF8
            S: PIPELINING
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: EXPIRE NEVER
            S: IMPLEMENTATION Facteur
            S: .
            C: PASS alice-secret
            S: -ERR say USER first
            C: USER Alice@example.org
            S: +OK now the password, by PASS
            C: PASS alice-secret
            S: +OK maildrop has 2 messages (42 octets)
            C: USER alice@example.org
            S: -ERR not after the login
        ",
        );
    }

    #[test]
    fn guessing_ends_the_connection() {
        let guess = "
            C: USER alice@example.org
            C: PASS wrong
            S: +OK now the password, by PASS
            S: -ERR [AUTH] the address or the password is wrong";
        let script = format!("S: +OK Facteur POP3 ready {} \n S: [closed]", guess.repeat(5));
        dialogue(Scene::trusted(&[]), &script.replace("ready  ", "ready"));
    }
}
