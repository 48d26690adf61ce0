//! The SASL exchanges SMTP, IMAP and POP3 share: PLAIN (RFC 4616) and LOGIN.
//!
//! LOGIN has no RFC; it is what old mail programs still speak. Both give the
//! password itself, so they are for TLS only; the protocols see to that.
//!
//! What comes in and goes out is base64, as in the profiles of RFC 4954 §4
//! (SMTP), RFC 3501 §6.2.2 with RFC 4959 (IMAP) and RFC 5034 §4 (POP3).

use data_encoding::BASE64;
use model::Secret;

/// The longest line of an exchange, in bytes (RFC 4954 §4).
pub const MAX_LINE: usize = 12_288;

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616: everything in one response.
    Plain,
    /// The name and the password, each asked for.
    Login,
}

impl Mechanism {
    /// All, the best first.
    pub const ALL: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

    /// By its name, in any case.
    pub fn from_name(name: &str) -> Option<Mechanism> {
        Mechanism::ALL.into_iter().find(|m| m.name().eq_ignore_ascii_case(name))
    }

    /// As it is announced.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::Login => "LOGIN",
        }
    }
}

/// What a client claims; [`crate::Directory::login`] judges it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// As whom it wants to act, if it says so. Nobody here acts for another:
    /// see [`Credentials::acts_for_itself`].
    pub authzid: Option<String>,
    /// Who it is.
    pub user: String,
    /// And the proof.
    pub password: Secret,
}

impl Credentials {
    /// Whether it wants to be nobody but itself. If not, refuse it like a
    /// wrong password (RFC 4616 §2).
    pub fn acts_for_itself(&self) -> bool {
        self.authzid.as_ref().is_none_or(|id| id.to_lowercase() == self.user.to_lowercase())
    }
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this, base64 already and perhaps empty, behind `334 ` or `+ `;
    /// the next line of the client goes to [`Exchange::step`].
    Challenge(Vec<u8>),
    /// The exchange is over and this was said.
    Credentials(Credentials),
    /// The exchange is over and failed.
    Error(SaslError),
}

/// Why an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaslError {
    /// The client sent `*`.
    #[error("authentication was cancelled")]
    Cancelled,
    /// Not base64.
    #[error("the response is not base64 (RFC 4648)")]
    NotBase64,
    /// Not what the mechanism wants.
    #[error("the response does not follow the mechanism's form")]
    Malformed,
    /// Over [`MAX_LINE`].
    #[error("the response is too long")]
    TooLong,
}

/// One exchange, from the AUTH command to the credentials.
#[derive(Debug)]
pub struct Exchange {
    state: State,
}

#[derive(Debug)]
enum State {
    Plain,
    LoginName,
    LoginPassword { user: String },
    Over,
}

impl Exchange {
    /// Begins an exchange of that mechanism.
    pub fn new(mechanism: Mechanism) -> Exchange {
        let state = match mechanism {
            Mechanism::Plain => State::Plain,
            Mechanism::Login => State::LoginName,
        };
        Exchange { state }
    }

    /// Takes a line of the client: first the initial response of the AUTH
    /// command if it has one (`=` is an empty one), else `None`; then each
    /// answer to a challenge.
    pub fn step(&mut self, client: Option<&[u8]>) -> Step {
        let state = std::mem::replace(&mut self.state, State::Over);
        let answer = match client.map(decode) {
            None => None,
            Some(Ok(answer)) => Some(answer),
            Some(Err(error)) => return Step::Error(error),
        };
        match (state, answer) {
            (State::Plain, None) => {
                self.state = State::Plain;
                Step::Challenge(Vec::new())
            }
            (State::Plain, Some(answer)) => match plain(&answer) {
                Some(credentials) => Step::Credentials(credentials),
                None => Step::Error(SaslError::Malformed),
            },
            (State::LoginName, None) => {
                self.state = State::LoginName;
                Step::Challenge(BASE64.encode(b"Username:").into_bytes())
            }
            (State::LoginName, Some(answer)) => match text(&answer) {
                Some(user) => {
                    self.state = State::LoginPassword { user };
                    Step::Challenge(BASE64.encode(b"Password:").into_bytes())
                }
                None => Step::Error(SaslError::Malformed),
            },
            (State::LoginPassword { user }, Some(answer)) => match text(&answer) {
                Some(password) => {
                    let password = Secret::new(password);
                    Step::Credentials(Credentials { authzid: None, user, password })
                }
                None => Step::Error(SaslError::Malformed),
            },
            (State::LoginPassword { .. } | State::Over, _) => Step::Error(SaslError::Malformed),
        }
    }
}

fn decode(line: &[u8]) -> Result<Vec<u8>, SaslError> {
    match line {
        b"*" => Err(SaslError::Cancelled),
        b"=" => Ok(Vec::new()),
        line if line.len() > MAX_LINE => Err(SaslError::TooLong),
        line => BASE64.decode(line).map_err(|_| SaslError::NotBase64),
    }
}

/// `[authzid] NUL authcid NUL passwd` (RFC 4616 §2).
fn plain(message: &[u8]) -> Option<Credentials> {
    let message = std::str::from_utf8(message).ok()?;
    let mut parts = message.split('\0');
    let (authzid, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || user.is_empty() || password.is_empty() {
        return None;
    }
    let authzid = (!authzid.is_empty()).then(|| authzid.to_owned());
    Some(Credentials { authzid, user: user.to_owned(), password: Secret::new(password) })
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && !text.contains('\0')).then(|| text.to_owned())
}

/// The initial response a client sends for PLAIN, in base64.
pub fn plain_response(user: &str, password: &Secret) -> String {
    BASE64.encode(format!("\0{user}\0{}", password.expose()).as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn credentials(authzid: Option<&str>, user: &str, password: &str) -> Step {
        Step::Credentials(Credentials {
            authzid: authzid.map(str::to_owned),
            user: user.to_owned(),
            password: Secret::new(password),
        })
    }

    #[test]
    fn plain_responses() {
        use SaslError::*;
        let rows: &[(&[u8], Step)] = &[
            // The two examples of RFC 4616 §4.
            (b"\0tim\0tanstaaftanstaaf", credentials(None, "tim", "tanstaaftanstaaf")),
            (b"Ursel\0Kurt\0xipj3plmq", credentials(Some("Ursel"), "Kurt", "xipj3plmq")),
            ("\0é@x.org\0pâte à".as_bytes(), credentials(None, "é@x.org", "pâte à")),
            (b"", Step::Error(Malformed)),
            (b"tim", Step::Error(Malformed)),
            (b"\0tim", Step::Error(Malformed)),
            (b"\0tim\0", Step::Error(Malformed)),
            (b"\0\0secret", Step::Error(Malformed)),
            (b"\0tim\0a\0b", Step::Error(Malformed)),
            (b"\0tim\0\xff", Step::Error(Malformed)),
        ];
        for (message, expected) in rows {
            let line = BASE64.encode(message);
            let step = Exchange::new(Mechanism::Plain).step(Some(line.as_bytes()));
            assert_eq!(step, *expected, "{message:?}");
        }
    }

    #[test]
    fn lines_that_are_no_responses() {
        let long = "A".repeat(MAX_LINE + 4);
        let rows: &[(&[u8], SaslError)] = &[
            (b"*", SaslError::Cancelled),
            (b"dGltAHRpbQ", SaslError::NotBase64),
            (b"AHRpbQBzZWNyZXQ= ", SaslError::NotBase64),
            (b"==", SaslError::NotBase64),
            (b"=", SaslError::Malformed),
            (long.as_bytes(), SaslError::TooLong),
        ];
        for (line, expected) in rows {
            let step = Exchange::new(Mechanism::Plain).step(Some(line));
            assert_eq!(step, Step::Error(*expected), "{line:?}");
        }
    }

    #[test]
    fn plain_asks_when_there_is_no_initial_response() {
        let mut exchange = Exchange::new(Mechanism::Plain);
        assert_eq!(exchange.step(None), Step::Challenge(Vec::new()));
        let line = plain_response("tim", &Secret::new("secret"));
        assert_eq!(exchange.step(Some(line.as_bytes())), credentials(None, "tim", "secret"));
        assert_eq!(exchange.step(Some(line.as_bytes())), Step::Error(SaslError::Malformed));
    }

    #[test]
    fn login_asks_twice() {
        let mut exchange = Exchange::new(Mechanism::Login);
        assert_eq!(exchange.step(None), Step::Challenge(b"VXNlcm5hbWU6".to_vec()));
        assert_eq!(exchange.step(Some(b"dGlt")), Step::Challenge(b"UGFzc3dvcmQ6".to_vec()));
        assert_eq!(exchange.step(Some(b"c2VjcmV0")), credentials(None, "tim", "secret"));

        let mut exchange = Exchange::new(Mechanism::Login);
        assert_eq!(exchange.step(Some(b"dGlt")), Step::Challenge(b"UGFzc3dvcmQ6".to_vec()));
        assert_eq!(exchange.step(Some(b"*")), Step::Error(SaslError::Cancelled));
    }

    #[test]
    fn nobody_acts_for_another() {
        let given = |authzid: Option<&str>| Credentials {
            authzid: authzid.map(str::to_owned),
            user: "kurt@x.org".into(),
            password: Secret::new("x"),
        };
        assert!(given(None).acts_for_itself());
        assert!(given(Some("Kurt@X.org")).acts_for_itself());
        assert!(!given(Some("ursel@x.org")).acts_for_itself());
    }

    #[test]
    fn names_of_mechanisms() {
        assert_eq!(Mechanism::from_name("plain"), Some(Mechanism::Plain));
        assert_eq!(Mechanism::from_name("LOGIN"), Some(Mechanism::Login));
        assert_eq!(Mechanism::from_name("CRAM-MD5"), None);
    }

    proptest! {
        #[test]
        fn what_a_client_says_comes_back(user in "[^\0]{1,300}", password in "[^\0]{1,300}") {
            let line = plain_response(&user, &Secret::new(password.clone()));
            let step = Exchange::new(Mechanism::Plain).step(Some(line.as_bytes()));
            prop_assert_eq!(step, credentials(None, &user, &password));
        }

        #[test]
        fn no_line_makes_an_exchange_panic(
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4),
            encoded in any::<bool>(),
        ) {
            for mechanism in Mechanism::ALL {
                let mut exchange = Exchange::new(mechanism);
                for line in &lines {
                    let line = if encoded { BASE64.encode(line).into_bytes() } else { line.clone() };
                    exchange.step(Some(&line));
                }
            }
        }
    }
}
