//! AUTH: logging in by SASL, RFC 5034 §4 (before: RFC 1734).

use directory::sasl::{self, Exchange, Mechanism, Step};
use net::ReadError;

use crate::parse::ParseError;
use crate::response::Response;
use crate::session::Session;

pub(crate) struct Auth {
    mechanism: Mechanism,
    /// Base64, or `=` for an empty one.
    initial: Option<String>,
}

/// The initial response may hold a password.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Auth({})", self.mechanism.name())
    }
}

/// What CAPA announces.
pub(super) const MECHANISMS: [Mechanism; 1] = [Mechanism::Plain];

impl Auth {
    pub(super) fn parse(args: &str) -> Result<Auth, ParseError> {
        let mut words = args.split_ascii_whitespace();
        let name = words.next().ok_or(ParseError::MissingArgument)?;
        let mechanism = MECHANISMS.into_iter().find(|m| m.name().eq_ignore_ascii_case(name));
        let mechanism = mechanism.ok_or(ParseError::UnknownMechanism)?;
        let initial = words.next().map(str::to_owned);
        match words.next() {
            None => Ok(Auth { mechanism, initial }),
            Some(_) => Err(ParseError::UnexpectedArgument),
        }
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<Response, ReadError> {
        if !session.may_say_password() {
            return Ok(Session::needs_tls());
        }
        let mut exchange = Exchange::new(self.mechanism);
        let mut step = exchange.step(self.initial.as_deref().map(str::as_bytes));
        loop {
            match step {
                Step::Credentials(credentials) => return Ok(session.log_in(credentials).await),
                Step::Error(error) => return Ok(session.mistake(&error.to_string())),
                Step::Challenge(challenge) => {
                    let idle = session.server.services.config.idle();
                    let connection = &mut session.connection;
                    connection.send(&[b"+ ", &challenge[..], b"\r\n"].concat()).await?;
                    let line = match connection.read_line(sasl::MAX_LINE, idle).await {
                        Ok(line) => line,
                        Err(ReadError::TooLong) => {
                            return Ok(session.mistake("the response is too long"));
                        }
                        Err(other) => return Err(other),
                    };
                    step = exchange.step(Some(&line));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn plain_with_and_without_an_initial_response() {
        // alice@example.org, alice-secret
        dialogue(
            Scene::trusted(&["one"]),
            "
            S: +OK Facteur POP3 ready
            C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAGFsaWNlLXNlY3JldA==
            S: +OK maildrop has 1 messages (21 octets)
            C: AUTH PLAIN
            S: -ERR not after the login
            C: QUIT
            S: +OK [...]
        ",
        );
        dialogue(
            Scene::trusted(&["one"]),
            "
            S: +OK Facteur POP3 ready
            C: AUTH PLAIN
            S: + [...]
            C: AGFsaWNlQGV4YW1wbGUub3JnAGFsaWNlLXNlY3JldA==
            S: +OK maildrop has 1 messages (21 octets)
        ",
        );
    }

    #[test]
    fn exchanges_that_fail() {
        // The last acts for bob@example.org with Alice's password.
        dialogue(
            Scene::trusted(&[]),
            "
            S: +OK Facteur POP3 ready
            C: AUTH PLAIN
            S: + [...]
            C: *
            S: -ERR authentication was cancelled
            C: AUTH PLAIN !
            S: -ERR the response is not base64 (RFC 4648)
            C: AUTH PLAIN =
            S: -ERR the response does not follow the mechanism's form
            C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdyb25n
            S: -ERR [AUTH] the address or the password is wrong
            C: AUTH KERBEROS_V4
            S: -ERR there is no such SASL mechanism; CAPA lists what there is
            C: AUTH PLAIN Ym9iQGV4YW1wbGUub3JnAGFsaWNlQGV4YW1wbGUub3JnAGFsaWNlLXNlY3JldA==
            S: -ERR [AUTH] the address or the password is wrong
        ",
        );
    }

    #[test]
    fn no_password_without_tls() {
        dialogue(
            Scene::new(&[]),
            "
            S: +OK Facteur POP3 ready
            C: AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAGFsaWNlLXNlY3JldA==
            S: -ERR passwords are taken in TLS only; say STLS first, or use port 995
            C: USER alice@example.org
            S: -ERR passwords are taken in TLS only; say STLS first, or use port 995
            C: PASS alice-secret
            S: -ERR passwords are taken in TLS only; say STLS first, or use port 995
        ",
        );
    }
}
