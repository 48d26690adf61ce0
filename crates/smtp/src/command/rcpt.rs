//! RCPT: RFC 5321 §4.1.1.3, with NOTIFY and ORCPT (RFC 3461 §4.1 and §4.2).

use model::Address;
use queue::{Notify, Orcpt, Recipient};

use crate::params;
use crate::path;
use crate::reply::Reply;
use crate::server::Role;
use crate::session::Session;
use crate::transaction::Chunks;

/// One more recipient.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rcpt {
    pub(crate) forward_path: Forward,
    pub(crate) notify: Notify,
    pub(crate) orcpt: Option<Orcpt>,
    /// Whether the path goes beyond ASCII.
    pub(crate) beyond_ascii: bool,
}

/// To whom.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    Address(Address),
    /// `<Postmaster>` without a domain, which every server takes (RFC 5321 §4.5.1).
    Postmaster,
}

impl Rcpt {
    pub(super) fn parse(args: &str) -> Result<Rcpt, Reply> {
        let (path, parameters) = path::split(args, "TO")
            .ok_or_else(|| Reply::new(501, "5.5.2", "Say RCPT TO:<address>"))?;
        let forward_path = if path.eq_ignore_ascii_case("postmaster") {
            Forward::Postmaster
        } else {
            let address = path::address(path)
                .ok_or_else(|| Reply::new(501, "5.1.3", "The forward-path is not an address"))?;
            Forward::Address(address)
        };
        let beyond_ascii = !path.is_ascii();
        let mut rcpt =
            Rcpt { forward_path, notify: Notify::Unspecified, orcpt: None, beyond_ascii };
        for param in params::parse(parameters)? {
            match param.keyword.as_str() {
                "NOTIFY" => rcpt.notify = param.parsed()?,
                "ORCPT" => rcpt.orcpt = Some(param.parsed()?),
                _ => return Err(param.unknown()),
            }
        }
        Ok(rcpt)
    }

    pub(super) async fn run(self, session: &mut Session) -> Reply {
        let Some(transaction) = &session.transaction else {
            return Reply::bad_sequence("Say MAIL first");
        };
        if !matches!(transaction.chunks, Chunks::None) {
            return Reply::bad_sequence("The message has begun");
        }
        if (self.notify != Notify::Unspecified || self.orcpt.is_some())
            && session.role != Role::Submission
        {
            return Reply::new(555, "5.5.4", "DSN is not offered here");
        }
        if self.beyond_ascii && !transaction.smtputf8 {
            // RFC 6531 §3.5
            return Reply::new(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
        }
        if transaction.recipients.len() >= session.max_recipients() {
            // RFC 5321 §4.5.3.1.10: the client sends the rest in another transaction.
            return Reply::new(452, "4.5.3", "Too many recipients for one message");
        }
        let address = match self.forward_path {
            Forward::Address(address) => address,
            Forward::Postmaster => match session.door().postmaster(session.hostname()) {
                Some(address) => address,
                None => return Reply::new(550, "5.1.1", "There is no postmaster here yet"),
            },
        };
        let size = transaction.declared_size;
        let judged = match session.role {
            Role::Mx | Role::Lmtp => session.door().check_recipient(&address, size).await,
            Role::Submission => session.door().check_destination(&address),
        };
        if let Err(refusal) = judged {
            let peer = session.connection.peer().ip();
            tracing::info!(%peer, recipient = %address, %refusal, "recipient refused");
            session.refused_recipients += u32::from(refusal.code >= 500);
            return refusal.into();
        }
        let recipient = Recipient::new(address).with_dsn(self.notify, self.orcpt);
        if let Some(transaction) = &mut session.transaction {
            // Who is named twice gets it once; but LMTP answers each RCPT (RFC 2033 §4.2).
            let twice = transaction.recipients.iter().any(|r| r.address == recipient.address);
            if !twice || session.role == Role::Lmtp {
                transaction.recipients.push(recipient);
            }
        }
        Reply::new(250, "2.1.5", "Ok")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let bob = || Rcpt {
            forward_path: Forward::Address("bob@x.org".parse().expect("an address")),
            notify: Notify::Unspecified,
            orcpt: None,
            beyond_ascii: false,
        };
        let rows: &[(&str, Result<Rcpt, u16>)] = &[
            ("TO:<bob@x.org>", Ok(bob())),
            ("to:<@a.b,@c.d:bob@x.org>", Ok(bob())),
            ("TO:<POSTmaster>", Ok(Rcpt { forward_path: Forward::Postmaster, ..bob() })),
            ("TO:<bob@x.org> NOTIFY=never", Ok(Rcpt { notify: Notify::Never, ..bob() })),
            (
                "TO:<bob@x.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+2B1@x.org",
                Ok(Rcpt {
                    notify: Notify::When { success: true, delay: true, failure: false },
                    orcpt: Some(Orcpt { kind: "rfc822".into(), address: "Bob+1@x.org".into() }),
                    ..bob()
                }),
            ),
            ("TO:<>", Err(501)),
            ("TO:<bob>", Err(501)),
            ("FROM:<bob@x.org>", Err(501)),
            ("TO:<bob@x.org> NOTIFY=NEVER,SUCCESS", Err(501)),
            ("TO:<bob@x.org> NOTIFY=", Err(501)),
            ("TO:<bob@x.org> NOTIFY=LATER", Err(501)),
            ("TO:<bob@x.org> ORCPT=bob@x.org", Err(501)),
            ("TO:<bob@x.org> ORCPT=rfc822;", Err(501)),
            ("TO:<bob@x.org> ORCPT=rfc822;a+0Db", Err(501)),
            ("TO:<bob@x.org> SIZE=1", Err(555)),
        ];
        for (args, expected) in rows {
            let got = Rcpt::parse(args).map_err(|reply| reply.code);
            assert_eq!(&got, expected, "{args}");
        }
    }
}
