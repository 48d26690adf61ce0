//! MAIL: RFC 5321 §4.1.1.2, with SIZE (RFC 1870 §6), BODY (RFC 6152 §3),
//! SMTPUTF8 (RFC 6531 §3.4), RET and ENVID (RFC 3461 §4.3 and §4.4) and
//! AUTH (RFC 4954 §5).

use model::Address;
use queue::Ret;

use crate::params::{self, Param};
use crate::path;
use crate::reply::Reply;
use crate::server::Role;
use crate::session::Session;
use crate::transaction::Transaction;

/// The beginning of a transaction.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    /// `None` is `<>`.
    pub(crate) reverse_path: Option<Address>,
    pub(crate) size: Option<u64>,
    pub(crate) smtputf8: bool,
    /// The parameters of DSN and AUTH, which not every port offers.
    pub(crate) ret: Option<Ret>,
    pub(crate) envid: Option<String>,
    pub(crate) auth: bool,
}

impl Mail {
    pub(super) fn parse(args: &str) -> Result<Mail, Reply> {
        let (path, parameters) = path::split(args, "FROM")
            .ok_or_else(|| Reply::new(501, "5.5.2", "Say MAIL FROM:<address>"))?;
        let mut mail = Mail::default();
        if !path.is_empty() {
            let address = path::address(path)
                .ok_or_else(|| Reply::new(501, "5.1.7", "The reverse-path is not an address"))?;
            mail.reverse_path = Some(address);
        }
        for param in params::parse(parameters)? {
            mail.take(&param)?;
        }
        if !mail.smtputf8 && !path.is_ascii() {
            // RFC 6531 §3.5
            return Err(Reply::new(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8"));
        }
        Ok(mail)
    }

    fn take(&mut self, param: &Param<'_>) -> Result<(), Reply> {
        match param.keyword.as_str() {
            "SIZE" => self.size = Some(size(param)?),
            "BODY" => match param.value()?.to_ascii_uppercase().as_str() {
                "7BIT" | "8BITMIME" => {}
                _ => return Err(Reply::new(501, "5.5.4", "BODY is 7BIT or 8BITMIME here")),
            },
            "SMTPUTF8" => {
                param.no_value()?;
                self.smtputf8 = true;
            }
            "RET" => {
                self.ret = Some(param.parsed()?);
            }
            "ENVID" => {
                let id = param.xtext()?;
                // RFC 3461 §4.4: printable, and at most 100 characters.
                if id.len() > 100 || !id.bytes().all(|b| (b' '..=b'~').contains(&b)) {
                    return Err(Reply::bad_argument("ENVID is too long or not printable"));
                }
                self.envid = Some(id);
            }
            "AUTH" => {
                // Who wrote the mail first; we trust nobody's word on that, which
                // RFC 4954 §5 reads as if it were AUTH=<>.
                if param.value != Some("<>") {
                    param.xtext()?;
                }
                self.auth = true;
            }
            _ => return Err(param.unknown()),
        }
        Ok(())
    }

    pub(super) fn run(self, session: &mut Session) -> Reply {
        if session.hello.is_none() {
            return Reply::bad_sequence("Say EHLO first");
        }
        if session.transaction.is_some() {
            return Reply::bad_sequence("A transaction is open; RSET ends it");
        }
        let dsn = self.ret.is_some() || self.envid.is_some();
        if (dsn || self.auth) && session.role != Role::Submission {
            return Reply::new(555, "5.5.4", "DSN and AUTH are not offered here");
        }
        if session.role == Role::Submission {
            let Some(account) = &session.account else {
                return session.authentication_required();
            };
            if let Err(refusal) = session.door().check_sender(account, self.reverse_path.as_ref()) {
                return refusal.into();
            }
        }
        if let Err(refusal) = session.door().accepts_mail() {
            return refusal.into();
        }
        if self.size.is_some_and(|size| size > session.config().max_message_bytes) {
            // RFC 1870 §6.1 (1)
            return Reply::new(552, "5.3.4", "The message is too large");
        }
        session.transaction = Some(Transaction {
            reverse_path: self.reverse_path,
            declared_size: self.size,
            smtputf8: self.smtputf8,
            ret: self.ret,
            envid: self.envid,
            ..Transaction::default()
        });
        Reply::new(250, "2.1.0", "Ok")
    }
}

/// RFC 1870 §5: at most twenty digits.
fn size(param: &Param<'_>) -> Result<u64, Reply> {
    let digits = param.value()?;
    if digits.len() > 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Reply::bad_argument("SIZE is a number of bytes"));
    }
    // Twenty digits may exceed what we can count; too large in any case.
    Ok(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let address = |text: &str| text.parse().ok();
        let a = || Mail { reverse_path: address("a@b.c"), ..Mail::default() };
        let rows: &[(&str, Result<Mail, u16>)] = &[
            ("FROM:<a@b.c>", Ok(a())),
            ("FROM:<>", Ok(Mail::default())),
            ("FROM:<@x.y:a@b.c>", Ok(a())),
            ("FROM:<a@b.c> SIZE=500000", Ok(Mail { size: Some(500_000), ..a() })),
            ("FROM:<a@b.c> SIZE=99999999999999999999", Ok(Mail { size: Some(u64::MAX), ..a() })),
            ("FROM:<a@b.c> BODY=8bitmime", Ok(a())),
            ("FROM:<a@b.c> BODY=7BIT SMTPUTF8", Ok(Mail { smtputf8: true, ..a() })),
            (
                "FROM:<a@b.c> RET=hdrs ENVID=QQ314159",
                Ok(Mail { ret: Some(Ret::Headers), envid: Some("QQ314159".into()), ..a() }),
            ),
            ("FROM:<a@b.c> AUTH=<>", Ok(Mail { auth: true, ..a() })),
            ("FROM:<a@b.c> AUTH=e+3Dmc2@example.com", Ok(Mail { auth: true, ..a() })),
            (
                "FROM:<\u{e9}@b.c> SMTPUTF8",
                Ok(Mail { reverse_path: address("\u{e9}@b.c"), smtputf8: true, ..Mail::default() }),
            ),
            ("FROM:<\u{e9}@b.c>", Err(553)),
            ("FROM:<a@\u{e9}.c>", Err(553)),
            ("FROM:a@b.c", Err(501)),
            ("FROM:<a>", Err(501)),
            ("TO:<a@b.c>", Err(501)),
            ("", Err(501)),
            ("FROM:<a@b.c> SIZE", Err(501)),
            ("FROM:<a@b.c> SIZE=", Err(501)),
            ("FROM:<a@b.c> SIZE=-1", Err(501)),
            ("FROM:<a@b.c> SIZE=999999999999999999999", Err(501)),
            ("FROM:<a@b.c> BODY=BINARYMIME", Err(501)),
            ("FROM:<a@b.c> SMTPUTF8=1", Err(501)),
            ("FROM:<a@b.c> RET=SOME", Err(501)),
            ("FROM:<a@b.c> RET=FULL RET=FULL", Err(501)),
            ("FROM:<a@b.c> ENVID=+", Err(501)),
            ("FROM:<a@b.c> ENVID=+0A", Err(501)),
            ("FROM:<a@b.c> AUTH=+", Err(501)),
            ("FROM:<a@b.c> MT-PRIORITY=3", Err(555)),
        ];
        for (args, expected) in rows {
            let got = Mail::parse(args).map_err(|reply| reply.code);
            assert_eq!(&got, expected, "{args}");
        }
    }
}
