//! EHLO and HELO (RFC 5321 §4.1.1.1), LHLO (RFC 2033 §4.1).

use crate::reply::Reply;
use crate::server::Role;
use crate::session::Session;

/// Which of the three greetings it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    Ehlo,
    Helo,
    Lhlo,
}

/// A client that says who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) greeting: Greeting,
    /// As given: a domain, an address literal, or what a client takes for one.
    /// RFC 5321 §4.1.4 forbids to refuse mail because the name is not the client's.
    pub(crate) name: String,
}

impl Hello {
    pub(super) fn parse(greeting: Greeting, args: &str) -> Result<Hello, Reply> {
        let name = args.trim();
        let fits = (1..=255).contains(&name.len());
        if !fits || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Reply::bad_argument("Say the name or the address of your host"));
        }
        Ok(Hello { greeting, name: name.to_owned() })
    }

    /// Begins anew (RFC 5321 §4.1.4) and lists the extensions.
    pub(super) fn run(self, session: &mut Session) -> Reply {
        // RFC 2033 §4.1: LMTP has its own greeting, so that nobody mixes them up.
        if (session.role == Role::Lmtp) != (self.greeting == Greeting::Lhlo) {
            let wanted = if session.role == Role::Lmtp { "LHLO" } else { "EHLO" };
            return Reply::new(500, "5.5.1", format!("This port wants {wanted}"));
        }
        session.transaction = None;
        let reply = match self.greeting {
            Greeting::Helo => Reply::bare(250, session.hostname().to_owned()),
            Greeting::Ehlo | Greeting::Lhlo => Reply::bare(250, extensions(session)),
        };
        session.hello = Some(self);
        reply
    }
}

/// The lines of an answer to EHLO; nothing is listed that may not be used now.
fn extensions(session: &Session) -> String {
    let mut lines = vec![
        session.hostname().to_owned(),
        "PIPELINING".into(),
        format!("SIZE {}", session.config().max_message_bytes),
        "8BITMIME".into(),
        "SMTPUTF8".into(),
        "CHUNKING".into(),
        "ENHANCEDSTATUSCODES".into(),
    ];
    if session.role == Role::Submission {
        lines.push("DSN".into());
    }
    if session.may_start_tls() {
        lines.push("STARTTLS".into());
    }
    if session.may_authenticate() {
        lines.push("AUTH PLAIN LOGIN".into());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let rows = [
            ("bar.com", Some("bar.com")),
            (" [192.0.2.1] ", Some("[192.0.2.1]")),
            ("[IPv6:2001:db8::1]", Some("[IPv6:2001:db8::1]")),
            ("my_pc", Some("my_pc")),
            ("", None),
            ("two words", None),
            ("é.fr", None),
        ];
        for (args, expected) in rows {
            let got = Hello::parse(Greeting::Ehlo, args).ok().map(|hello| hello.name);
            assert_eq!(got.as_deref(), expected, "{args}");
        }
    }
}
