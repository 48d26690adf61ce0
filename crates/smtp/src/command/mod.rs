//! Commands, each from its grammar to its answer: RFC 5321 §4.1.

mod auth;
mod bdat;
mod data;
mod hello;
mod mail;
mod rcpt;
mod simple;
mod starttls;

use crate::reply::Reply;
use crate::session::{Answer, Gone, Session};

pub(crate) use auth::Auth;
pub(crate) use bdat::Bdat;
pub(crate) use hello::{Greeting, Hello};
pub(crate) use mail::Mail;
pub(crate) use rcpt::Rcpt;

/// A command as it was understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Hello(Hello),
    StartTls,
    Auth(Auth),
    Mail(Mail),
    Rcpt(Rcpt),
    Data,
    Bdat(Bdat),
    Rset,
    Noop,
    Quit,
    Vrfy,
    Expn,
    Help,
}

impl Command {
    /// Reads one line without its ending; the error is the answer to it.
    pub(crate) fn parse(line: &[u8]) -> Result<Command, Reply> {
        let line = str::from_utf8(line)
            .map_err(|_| Reply::new(500, "5.5.2", "A command must be ASCII or UTF-8"))?;
        if line.chars().any(char::is_control) {
            return Err(Reply::new(500, "5.5.2", "A command must not have control characters"));
        }
        let line = line.trim_end_matches(' ');
        let (verb, args) = line.split_once(' ').unwrap_or((line, ""));
        let verb = verb.to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => Hello::parse(Greeting::Ehlo, args).map(Command::Hello),
            "HELO" => Hello::parse(Greeting::Helo, args).map(Command::Hello),
            "LHLO" => Hello::parse(Greeting::Lhlo, args).map(Command::Hello),
            "STARTTLS" => no_args(args, Command::StartTls),
            "AUTH" => Auth::parse(args).map(Command::Auth),
            "MAIL" => Mail::parse(args).map(Command::Mail),
            "RCPT" => Rcpt::parse(args).map(Command::Rcpt),
            "DATA" => no_args(args, Command::Data),
            "BDAT" => Bdat::parse(args).map(Command::Bdat),
            "RSET" => no_args(args, Command::Rset),
            "NOOP" => Ok(Command::Noop),
            "QUIT" => no_args(args, Command::Quit),
            "VRFY" if args.is_empty() => Err(Reply::bad_argument("VRFY needs a name")),
            "VRFY" => Ok(Command::Vrfy),
            "EXPN" => Ok(Command::Expn),
            "HELP" => Ok(Command::Help),
            _ => Err(Reply::new(500, "5.5.2", "There is no such command; HELP lists them")),
        }
    }

    /// Whether a message comes nearer by it, if it succeeds.
    pub(crate) fn brings_something(&self) -> bool {
        match self {
            Command::Rcpt(_) => true,
            Command::Bdat(bdat) => bdat.size >= 1024,
            _ => false,
        }
    }

    /// Does what the command asks.
    pub(crate) async fn run(self, session: &mut Session) -> Result<Answer, Gone> {
        Ok(match self {
            Command::Hello(hello) => hello.run(session).into(),
            Command::StartTls => starttls::run(session).await?,
            Command::Auth(auth) => auth.run(session).await?,
            Command::Mail(mail) => mail.run(session).into(),
            Command::Rcpt(rcpt) => rcpt.run(session).await.into(),
            Command::Data => data::run(session).await?,
            Command::Bdat(bdat) => bdat.run(session).await?,
            Command::Rset => simple::rset(session).into(),
            Command::Noop => Reply::ok().into(),
            Command::Quit => simple::quit(session),
            Command::Vrfy => simple::vrfy().into(),
            Command::Expn => simple::expn().into(),
            Command::Help => simple::help(session).into(),
        })
    }
}

fn no_args(args: &str, command: Command) -> Result<Command, Reply> {
    if args.is_empty() {
        Ok(command)
    } else {
        Err(Reply::new(501, "5.5.4", "This command takes no argument"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands() {
        let rows: &[(&[u8], Result<Command, u16>)] = &[
            (b"NOOP", Ok(Command::Noop)),
            (b"noop anything", Ok(Command::Noop)),
            (b"quit  ", Ok(Command::Quit)),
            (b"RSET", Ok(Command::Rset)),
            (b"DATA", Ok(Command::Data)),
            (b"DATA now", Err(501)),
            (b"QUIT now", Err(501)),
            (b"STARTTLS x", Err(501)),
            (b"VRFY", Err(501)),
            (b"VRFY Jones", Ok(Command::Vrfy)),
            (b"EXPN list", Ok(Command::Expn)),
            (b"HELP", Ok(Command::Help)),
            (b"", Err(500)),
            (b" NOOP", Err(500)),
            (b"NOOPX", Err(500)),
            (b"NOOP\r", Err(500)),
            (b"NO\0OP", Err(500)),
            (b"NOOP \xff", Err(500)),
            (b"TURN", Err(500)),
        ];
        for (line, expected) in rows {
            let got = Command::parse(line).map_err(|reply| reply.code);
            assert_eq!(&got, expected, "{}", String::from_utf8_lossy(line));
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_us_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Command::parse(&line);
        }

        #[test]
        fn no_argument_makes_us_panic(
            verb in "EHLO |AUTH |MAIL FROM:<|RCPT TO:<|BDAT |VRFY ",
            rest in r#"[ -~é=+";\\>@:.,]{0,60}"#,
        ) {
            let _ = Command::parse(format!("{verb}{rest}").as_bytes());
        }
    }
}
