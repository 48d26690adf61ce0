//! Every command, one file from grammar to answer: RFC 3501 §6.

mod append;
mod authenticate;
mod capability;
mod close;
mod copy;
mod create;
mod delete;
mod enable;
mod expunge;
mod fetch;
mod id;
mod idle;
mod list;
mod login;
mod logout;
mod lsub;
mod namespace;
mod noop;
mod rename;
mod search;
mod select;
mod starttls;
mod status;
mod store;
mod subscribe;

use mailstore::Error;

pub(crate) use append::Append;
pub(crate) use fetch::Fetch;
pub(crate) use logout::Logout;

use crate::answer::{Answer, Code, Outcome, Stop};
use crate::grammar::{ParseError, Parser, SequenceSet};
use crate::session::{Open, Session};
use crate::view::Run;

/// What a session may say about other changes before the tagged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announce {
    Nothing,
    /// Sequence numbers must stay as they are (RFC 3501 §7.4.1).
    ButExpunges,
    All,
}

macro_rules! commands {
    ($($variant:ident($type:ty), $announce:ident;)*) => {
        /// A command, ready to run.
        #[derive(Debug, PartialEq, Eq)]
        pub(crate) enum Command { $($variant($type),)* }

        impl Command {
            /// Its name, for the log.
            pub(crate) fn name(&self) -> &'static str {
                match self { $(Command::$variant(_) => stringify!($variant),)* }
            }

            fn announces(&self) -> Announce {
                match self { $(Command::$variant(_) => Announce::$announce,)* }
            }

            pub(crate) async fn run(self, session: &mut Session) -> Outcome {
                match self { $(Command::$variant(command) => Box::pin(command.run(session)).await,)* }
            }
        }
    };
}

commands! {
    Append(Append), All;
    Authenticate(authenticate::Authenticate), Nothing;
    Capability(capability::Capability), All;
    Close(close::Close), Nothing;
    Copy(copy::Copy), ButExpunges;
    Create(create::Create), All;
    Delete(delete::Delete), All;
    Enable(enable::Enable), All;
    Expunge(expunge::Expunge), All;
    Fetch(Fetch), ButExpunges;
    Id(id::Id), All;
    Idle(idle::Idle), All;
    List(list::List), All;
    Login(login::Login), Nothing;
    Logout(Logout), Nothing;
    Lsub(lsub::Lsub), All;
    Namespace(namespace::Namespace), All;
    Noop(noop::Noop), All;
    Rename(rename::Rename), All;
    Search(search::Search), ButExpunges;
    Select(select::Select), Nothing;
    StartTls(starttls::StartTls), Nothing;
    Status(status::Status), All;
    Store(store::Store), ButExpunges;
    Subscribe(subscribe::Subscribe), All;
}

impl Command {
    /// What may be announced once it is done.
    pub(crate) fn announce(&self) -> Announce {
        match self {
            // These are other commands than FETCH, STORE and SEARCH: numbers
            // may change in them (RFC 3501 §7.4.1), unless numbers are asked
            // about (RFC 7162 §3.2.10.2).
            Command::Search(search) if search.mentions_numbers() => Announce::ButExpunges,
            Command::Fetch(Fetch { by_uid: true, .. })
            | Command::Store(store::Store { by_uid: true, .. })
            | Command::Search(search::Search { by_uid: true, .. }) => Announce::All,
            // MOVE has announced its own expunges (RFC 6851 §3.3).
            Command::Copy(copy::Copy { moving: true, .. }) => Announce::All,
            other => other.announces(),
        }
    }

    /// The command behind the tag, to the end of its line.
    pub(crate) fn parse(parser: &mut Parser) -> Result<Command, ParseError> {
        let name = parser.atom()?.to_ascii_uppercase();
        let command = match name.as_str() {
            "APPEND" => Command::Append(Append::parse(parser)?),
            "AUTHENTICATE" => Command::Authenticate(authenticate::Authenticate::parse(parser)?),
            "CAPABILITY" => Command::Capability(capability::Capability),
            "CHECK" | "NOOP" => Command::Noop(noop::Noop { check: name == "CHECK" }),
            "CLOSE" | "UNSELECT" => Command::Close(close::Close { expunge: name == "CLOSE" }),
            "COPY" | "MOVE" => Command::Copy(copy::Copy::parse(parser, name == "MOVE", false)?),
            "CREATE" => Command::Create(create::Create::parse(parser)?),
            "DELETE" => Command::Delete(delete::Delete::parse(parser)?),
            "ENABLE" => Command::Enable(enable::Enable::parse(parser)?),
            "EXAMINE" | "SELECT" => {
                Command::Select(select::Select::parse(parser, name == "EXAMINE")?)
            }
            "EXPUNGE" => Command::Expunge(expunge::Expunge { uids: None }),
            "FETCH" => Command::Fetch(Fetch::parse(parser, false)?),
            "ID" => Command::Id(id::Id::parse(parser)?),
            "IDLE" => Command::Idle(idle::Idle),
            "LIST" => Command::List(list::List::parse(parser)?),
            "LOGIN" => Command::Login(login::Login::parse(parser)?),
            "LOGOUT" => Command::Logout(Logout),
            "LSUB" => Command::Lsub(lsub::Lsub::parse(parser)?),
            "NAMESPACE" => Command::Namespace(namespace::Namespace),
            "RENAME" => Command::Rename(rename::Rename::parse(parser)?),
            "SEARCH" => Command::Search(search::Search::parse(parser, false)?),
            "STARTTLS" => Command::StartTls(starttls::StartTls),
            "STATUS" => Command::Status(status::Status::parse(parser)?),
            "STORE" => Command::Store(store::Store::parse(parser, false)?),
            "SUBSCRIBE" | "UNSUBSCRIBE" => {
                Command::Subscribe(subscribe::Subscribe::parse(parser, name == "SUBSCRIBE")?)
            }
            "UID" => Command::parse_uid(parser)?,
            other => {
                let shown: String = other.chars().take(30).collect();
                return Err(format!("there is no command {shown}").into());
            }
        };
        parser.end()?;
        Ok(command)
    }

    /// Commands on UIDs: RFC 3501 §6.4.8, RFC 4315 §2.1, RFC 6851 §3.2.
    fn parse_uid(parser: &mut Parser) -> Result<Command, ParseError> {
        parser.space()?;
        let name = parser.atom()?.to_ascii_uppercase();
        Ok(match name.as_str() {
            "COPY" | "MOVE" => Command::Copy(copy::Copy::parse(parser, name == "MOVE", true)?),
            "EXPUNGE" => Command::Expunge(expunge::Expunge::parse_uids(parser)?),
            "FETCH" => Command::Fetch(Fetch::parse(parser, true)?),
            "SEARCH" => Command::Search(search::Search::parse(parser, true)?),
            "STORE" => Command::Store(store::Store::parse(parser, true)?),
            _ => return Err("UID goes with COPY, EXPUNGE, FETCH, MOVE, SEARCH and STORE".into()),
        })
    }
}

/// The messages a set names in the session's view.
///
/// UIDs that are not there are passed over (RFC 3501 §6.4.8); a sequence
/// number that is not there is an error.
pub(crate) fn messages(open: &Open<'_>, set: &SequenceSet, by_uid: bool) -> Result<Vec<Run>, Stop> {
    let view = &open.selected.view;
    if by_uid {
        return Ok(view.by_uid(&set.uids(view.last_uid())));
    }
    match set.numbers(view.len()) {
        Some(numbers) => Ok(view.by_seq(&numbers)),
        None => {
            let text =
                format!("there is no message of that number: the mailbox has {}", view.len());
            Err(Answer::bad(text).into())
        }
    }
}

/// The one place where the mail store's refusals become answers: response
/// codes of RFC 5530 §3.
pub(crate) fn refusal(error: Error) -> Stop {
    let code = match &error {
        Error::NoSuchMailbox(_) => Code::NonExistent,
        Error::MailboxExists(_) => Code::AlreadyExists,
        Error::NoSuchMessage => Code::ExpungeIssued,
        Error::OverQuota { .. } => Code::OverQuota,
        Error::TooManyKeywords(_) | Error::TooManyMailboxes(_) => Code::Limit,
        Error::Forbidden(_) => Code::Cannot,
        Error::TooLarge { .. } => Code::TooBig,
        Error::Contended => Code::InUse,
        other if other.is_temporary() => Code::Unavailable,
        _ => Code::ServerBug,
    };
    if matches!(code, Code::Unavailable | Code::ServerBug) {
        tracing::error!(%error, cause = ?std::error::Error::source(&error), "the mail store failed a command");
        return Answer::no(code, "the mail store failed; please try again in a minute").into();
    }
    Answer::no(code, error.to_string()).into()
}

/// As [`refusal`], where the mailbox is one to put messages into: a missing
/// one can be made (RFC 3501 §7.1).
pub(crate) fn refusal_of_target(error: Error) -> Stop {
    match error {
        Error::NoSuchMailbox(_) => Answer::no(Code::TryCreate, error.to_string()).into(),
        other => refusal(other),
    }
}
