//! The commands, one file each.

mod auth;
mod capa;
mod dele;
mod list;
mod noop;
mod pass;
mod quit;
mod retr;
mod rset;
mod stat;
mod stls;
mod top;
mod uidl;
mod user;
mod utf8;

use net::ReadError;

use crate::maildrop::Maildrop;
use crate::parse::{ParseError, keyword, nothing};
use crate::response::Response;
use crate::session::{Session, State};

/// A command that was understood.
#[derive(Debug)]
pub(crate) enum Command {
    Auth(auth::Auth),
    Capa,
    Dele(dele::Dele),
    List(list::List),
    Noop,
    Pass(pass::Pass),
    Quit,
    Retr(retr::Retr),
    Rset,
    Stat,
    Stls,
    Top(top::Top),
    Uidl(uidl::Uidl),
    User(user::User),
    Utf8,
}

impl Command {
    /// Parses a line without its ending.
    pub(crate) fn parse(line: &[u8]) -> Result<Command, ParseError> {
        let (keyword, args) = keyword(line)?;
        match keyword.as_str() {
            "AUTH" => auth::Auth::parse(args).map(Command::Auth),
            "CAPA" => nothing(args, Command::Capa),
            "DELE" => dele::Dele::parse(args).map(Command::Dele),
            "LIST" => list::List::parse(args).map(Command::List),
            "NOOP" => nothing(args, Command::Noop),
            "PASS" => pass::Pass::parse(args).map(Command::Pass),
            "QUIT" => nothing(args, Command::Quit),
            "RETR" => retr::Retr::parse(args).map(Command::Retr),
            "RSET" => nothing(args, Command::Rset),
            "STAT" => nothing(args, Command::Stat),
            "STLS" => nothing(args, Command::Stls),
            "TOP" => top::Top::parse(args).map(Command::Top),
            "UIDL" => uidl::Uidl::parse(args).map(Command::Uidl),
            "USER" => user::User::parse(args).map(Command::User),
            "UTF8" => nothing(args, Command::Utf8),
            _ => Err(ParseError::UnknownCommand),
        }
    }
}

impl Session {
    /// Runs a command in the state it is allowed in (RFC 1939 §3).
    pub(crate) async fn execute(&mut self, command: Command) -> Result<Response, ReadError> {
        let state = std::mem::replace(&mut self.state, State::Over);
        match state {
            State::Authorization { user } => {
                // PASS counts immediately after USER only (RFC 1939 §7).
                self.state = State::Authorization { user: None };
                self.authorize(command, user).await
            }
            State::Transaction(mut maildrop) => {
                let (response, over) = self.transact(command, &mut maildrop).await;
                if !over {
                    self.state = State::Transaction(maildrop);
                }
                Ok(response)
            }
            State::Over => Ok(Response::err("the session is over")),
        }
    }

    async fn authorize(
        &mut self,
        command: Command,
        user: Option<String>,
    ) -> Result<Response, ReadError> {
        Ok(match command {
            Command::Auth(auth) => auth.run(self).await?,
            Command::Capa => capa::run(self, true),
            Command::Pass(pass) => pass.run(self, user).await,
            Command::Quit => quit::without_maildrop(self),
            Command::Stls => stls::run(self).await?,
            Command::User(user) => user.run(self),
            Command::Utf8 => utf8::run(self),
            _ => self.mistake("log in first"),
        })
    }

    /// The answer, and whether the session is over.
    async fn transact(&mut self, command: Command, maildrop: &mut Maildrop) -> (Response, bool) {
        let response = match command {
            Command::Capa => capa::run(self, false),
            Command::Dele(dele) => dele.run(maildrop),
            Command::List(list) => list.run(maildrop),
            Command::Noop => noop::run(),
            Command::Quit => return (quit::run(self, maildrop).await, true),
            Command::Retr(retr) => retr.run(self, maildrop).await,
            Command::Rset => rset::run(maildrop),
            Command::Stat => stat::run(maildrop),
            Command::Top(top) => top.run(self, maildrop).await,
            Command::Uidl(uidl) => uidl.run(maildrop),
            Command::Auth(_)
            | Command::Pass(_)
            | Command::Stls
            | Command::User(_)
            | Command::Utf8 => self.mistake("not after the login"),
        };
        (response, false)
    }
}
