//! One client: its state (RFC 3501 §3) and the loop that serves it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mailstore::{Account, Record};
use net::Connection;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::answer::{Answer, Outcome, Status, Stop, line_text};
use crate::capability;
use crate::command::{self, Announce, Command};
use crate::encode;
use crate::grammar::Parser;
use crate::input::Input;
use crate::plain_fetch;
use crate::selected::Selected;
use crate::service::Shared;

/// So many mistakes in a row are no mistakes; fewer before the login.
const MOST_ERRORS: u32 = 20;
const MOST_ERRORS_BEFORE_LOGIN: u32 = 8;
/// All that comes before a login may take so many times the wait for one line.
const LOGIN_TIMEOUTS: u32 = 3;

/// A client between its greeting and its end.
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) connection: Connection,
    pub(crate) login: Option<Login>,
    pub(crate) selected: Option<Selected>,
    /// The client is CONDSTORE-aware (RFC 7162 §3.1).
    pub(crate) condstore: bool,
    /// The client enabled QRESYNC (RFC 7162 §3.2.3).
    pub(crate) qresync: bool,
    /// The client enabled UTF8=ACCEPT (RFC 6855 §3).
    pub(crate) utf8: bool,
    /// The message whose parts a client fetches piece by piece.
    pub(crate) cache: Option<Kept>,
    /// The command under way.
    pub(crate) tag: String,
    errors: u32,
    began: Instant,
}

/// A message that is fetched piece by piece.
pub(crate) struct Kept {
    pub(crate) record: Arc<Record>,
    pub(crate) content: Bytes,
}

/// Who logged in.
pub(crate) struct Login {
    pub(crate) account: Account,
}

/// What commands of the selected state work with.
pub(crate) struct Open<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) account: &'a Account,
    pub(crate) selected: &'a mut Selected,
    pub(crate) cache: &'a mut Option<Kept>,
    pub(crate) condstore: bool,
    pub(crate) qresync: bool,
    pub(crate) utf8: bool,
    pub(crate) tag: &'a str,
}

impl Open<'_> {
    /// How strings go to this client.
    pub(crate) fn strings(&self) -> encode::Strings {
        encode::Strings { utf8: self.utf8 }
    }
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, connection: Connection) -> Session {
        Session {
            shared,
            connection,
            login: None,
            selected: None,
            condstore: false,
            qresync: false,
            utf8: false,
            cache: None,
            tag: String::new(),
            errors: 0,
            began: Instant::now(),
        }
    }

    /// Serves until the client leaves or must.
    pub(crate) async fn run(mut self) {
        self.greet();
        let end = loop {
            match self.turn().await {
                Ok(true) | Err(Stop::Answered) => {}
                Ok(false) => break "logout",
                Err(Stop::Answer(answer)) => answer.write(self.connection.output(), "*"),
                Err(Stop::Bye(text)) => {
                    self.untagged_bye(&text);
                    break "told goodbye";
                }
                Err(Stop::Gone(why)) => break why,
            }
        };
        self.close_mailbox().await;
        if let Some(login) = &self.login {
            info!(account = %login.account.id(), peer = %self.connection.peer(), end, "imap session ended");
        } else {
            debug!(peer = %self.connection.peer(), end, "imap connection ended");
        }
        self.connection.close().await;
    }

    fn greet(&mut self) {
        let mut line = b"* OK [CAPABILITY ".to_vec();
        line.extend_from_slice(capability::list(self).as_bytes());
        line.extend_from_slice(b"] Facteur is ready\r\n");
        self.connection.queue(&line);
    }

    /// One command, from its tag to its answer; `false` after LOGOUT.
    async fn turn(&mut self) -> Result<bool, Stop> {
        let input = Input::read(self).await?;
        let mut parser = Parser::new(&input.bytes);
        parser.utf8 = self.utf8;
        let tag = match parser.tag().and_then(|tag| parser.space().map(|()| tag)) {
            Ok(tag) => tag.to_owned(),
            Err(error) => {
                let answer = input.refused.unwrap_or(Answer::bad(error.0));
                return self.finish("*".into(), answer, Announce::Nothing).await;
            }
        };
        if let Some(answer) = input.refused {
            return self.finish(tag, answer, Announce::Nothing).await;
        }
        self.check_account()?;
        match Command::parse(&mut parser) {
            Ok(command) => self.execute(tag, command).await,
            Err(error) => self.finish(tag, Answer::bad(error.0), Announce::Nothing).await,
        }
    }

    /// An account that was closed or removed is served no longer.
    fn check_account(&self) -> Result<(), Stop> {
        let Some(login) = &self.login else { return Ok(()) };
        match self.shared.directory.account(login.account.id()) {
            Some(info) if !info.suspended => Ok(()),
            _ => Err(Stop::Bye("this account was closed; please ask your administrator".into())),
        }
    }

    async fn execute(&mut self, tag: String, command: Command) -> Result<bool, Stop> {
        let name = command.name();
        let announce = command.announce();
        let logout = matches!(command, Command::Logout(_));
        if !matches!(command, Command::Fetch(_)) {
            self.cache = None;
        }
        self.tag = tag;
        // The futures of commands are large, and one lives at a time.
        let outcome: Outcome = Box::pin(command.run(self)).await;
        let answer = match outcome {
            Ok(answer) | Err(Stop::Answer(answer)) => answer,
            Err(Stop::Answered) => return Ok(true),
            Err(stop) => return Err(stop),
        };
        debug!(command = name, status = ?answer.status, "imap command");
        let announce = if answer.status == Status::Bad { Announce::Nothing } else { announce };
        let tag = std::mem::take(&mut self.tag);
        let goes_on = self.finish(tag, answer, announce).await?;
        Ok(goes_on && !logout)
    }

    /// Says what changed, then the tagged line.
    async fn finish(
        &mut self,
        tag: String,
        answer: Answer,
        announce: Announce,
    ) -> Result<bool, Stop> {
        match announce {
            Announce::Nothing => {}
            Announce::ButExpunges => self.announce(false).await?,
            Announce::All => self.announce(true).await?,
        }
        answer.write(self.connection.output(), &tag);
        match answer.status {
            Status::Ok => self.errors = 0,
            // A refused login counts; any other NO is no misbehaviour.
            Status::No if self.login.is_some() => {}
            Status::No | Status::Bad => self.errors += 1,
        }
        let most = if self.login.is_some() { MOST_ERRORS } else { MOST_ERRORS_BEFORE_LOGIN };
        if self.errors >= most {
            warn!(peer = %self.connection.peer(), "imap client made too many errors");
            return Err(Stop::Bye("too many errors; see the answers before".into()));
        }
        Ok(true)
    }

    /// `* BYE`, and nothing after it.
    pub(crate) fn untagged_bye(&mut self, text: &str) {
        let out = self.connection.output();
        out.extend_from_slice(b"* BYE ");
        line_text(out, text);
        out.extend_from_slice(b"\r\n");
    }

    /// Tells the client what changed in the selected mailbox.
    ///
    /// A failing store does not undo the command that was just done, so it is
    /// logged, and the change is announced another time.
    pub(crate) async fn announce(&mut self, expunges: bool) -> Result<(), Stop> {
        let Ok(mut open) = self.open() else { return Ok(()) };
        let out = open.connection.output();
        let selected = &mut *open.selected;
        let vanished = open.qresync;
        let news =
            match open.account.read(|state| selected.news(state, out, expunges, vanished)).await {
                Ok(news) => news,
                Err(error) => {
                    warn!(account = %open.account.id(), %error, "changes could not be announced");
                    return Ok(());
                }
            };
        if news.deleted {
            // RFC 2180 §3.3
            self.selected = None;
            return Err(Stop::Bye(
                "the selected mailbox was deleted elsewhere; please log in again".into(),
            ));
        }
        if !news.changed.is_empty() {
            let runs = open.selected.view.by_uid(&news.changed);
            let items = plain_fetch::flags_items(open.condstore);
            plain_fetch::stream(&mut open, runs, &items, None).await?;
        }
        if let (Some(behind), true) = (news.behind, open.qresync) {
            // Marks were told that are later than expunges which were not: a
            // client that is cut off now must not believe that it knows all
            // up to the greatest MODSEQ it has seen (RFC 7162 §3.2).
            let line =
                format!("* OK [HIGHESTMODSEQ {}] expunges are yet to be told\r\n", behind.0.max(1));
            open.connection.queue(line.as_bytes());
        }
        Ok(())
    }

    /// Ends the selected state without a word, as on LOGOUT: `\Recent` of what
    /// this session was told of is claimed (RFC 3501 §2.3.2).
    pub(crate) async fn close_mailbox(&mut self) {
        self.cache = None;
        let (Some(selected), Some(login)) = (self.selected.take(), &self.login) else { return };
        if selected.read_only || selected.next == selected.claimed_to {
            return;
        }
        let (mailbox, next) = (selected.mailbox, selected.next);
        let current = login.account.read(move |state| {
            state.mailbox(mailbox).is_some_and(|m| m.uid_next == next && m.first_recent < next)
        });
        // Arrivals this session did not hear of stay recent for the next one.
        if let Ok(true) = current.await {
            let claimed = login.account.write(move |tx| tx.claim_recent(mailbox));
            if let Err(error) = claimed.await {
                debug!(%error, "recent messages were not claimed");
            }
        }
    }

    /// How long to wait for the next command: a login must come soon, however
    /// much is said before it.
    pub(crate) fn patience(&self) -> Duration {
        let config = &self.shared.config;
        match self.login {
            Some(_) => config.idle_timeout(),
            None => {
                let left =
                    (config.login_timeout() * LOGIN_TIMEOUTS).saturating_sub(self.began.elapsed());
                config.login_timeout().min(left)
            }
        }
    }

    /// The account, once there was a login.
    pub(crate) fn login(&self) -> Result<&Login, Stop> {
        self.login.as_ref().ok_or_else(|| Answer::bad("log in first").into())
    }

    /// The selected mailbox, once there is one.
    pub(crate) fn open(&mut self) -> Result<Open<'_>, Stop> {
        let login = self.login.as_ref().ok_or_else(|| Answer::bad("log in first"))?;
        let selected =
            self.selected.as_mut().ok_or_else(|| Answer::bad("select a mailbox first"))?;
        Ok(Open {
            connection: &mut self.connection,
            account: &login.account,
            selected,
            cache: &mut self.cache,
            condstore: self.condstore,
            qresync: self.qresync,
            utf8: self.utf8,
            tag: &self.tag,
        })
    }

    /// Makes the client CONDSTORE-aware. The first time, with a mailbox
    /// selected, it is told HIGHESTMODSEQ (RFC 7162 §3.1).
    pub(crate) async fn enable_condstore(&mut self) -> Result<(), Stop> {
        if self.condstore {
            return Ok(());
        }
        self.condstore = true;
        let Ok(open) = self.open() else { return Ok(()) };
        let mailbox = open.selected.mailbox;
        let highest =
            open.account.read(|state| state.mailbox(mailbox).map(|m| m.highest_modseq)).await;
        if let Some(highest) = highest.map_err(command::refusal)? {
            let line = format!("* OK [HIGHESTMODSEQ {}] of this mailbox\r\n", highest.0.max(1));
            open.connection.queue(line.as_bytes());
        }
        Ok(())
    }

    /// Sends what waits, unless the client has already said more: then the
    /// answers leave together.
    pub(crate) async fn flush_before_waiting(&mut self) -> Result<(), Stop> {
        let line_waits = self.connection.buffered().contains(&b'\n');
        if !line_waits || self.connection.output().len() > 32 * 1024 {
            self.connection.flush().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn sample_connection() {
        // In the manner of RFC 3501 §8.
        let house = House::with_letters(18).await;
        house.read_all().await;
        house
            .raw(
                r#"
                S: * OK [CAPABILITY ...] Facteur is ready
                C: a001 login alice@example.org secret
                S: a001 OK [CAPABILITY ...] logged in
                C: a002 select inbox
                S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
                S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] these are kept
                S: * 18 EXISTS
                S: * 18 RECENT
                S: * OK [UIDVALIDITY 1700000000] of this mailbox
                S: * OK [UIDNEXT 19] for the next message
                S: * OK [HIGHESTMODSEQ ...] of this mailbox
                S: a002 OK [READ-WRITE] opened
                C: a003 fetch 12 full
                S: * 12 FETCH (FLAGS (\Seen \Recent) INTERNALDATE "14-Nov-2023 22:13:20 +0000" RFC822.SIZE 148 ENVELOPE ("Tue, 14 Nov 2023 22:00:00 +0100" "hello" (("Bob" NIL "bob" "example.org")) (("Bob" NIL "bob" "example.org")) (("Bob" NIL "bob" "example.org")) ((NIL NIL "alice" "example.org")) NIL NIL NIL "<1@example.org>") BODY ("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 10 1))
                S: a003 OK fetched
                C: a004 fetch 12 body[header]
                S: * 12 FETCH (BODY[HEADER] {138}
                S: Date: Tue, 14 Nov 2023 22:00:00 +0100
                S: From: Bob <bob@example.org>
                S: To: alice@example.org
                S: Subject: hello
                S: Message-ID: <1@example.org>
                S:
                S: )
                S: a004 OK fetched
                C: a005 store 12 +flags \deleted
                S: * 12 FETCH (FLAGS (\Seen \Deleted \Recent))
                S: a005 OK stored
                C: a006 logout
                S: * BYE until next time
                S: a006 OK logged out
                S: [closed]
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn mistakes_are_explained_and_the_session_goes_on() {
        let house = House::with_letters(1).await;
        house
            .transcript(
                r#"
                C:
                S: * BAD a command begins with a tag of letters and digits, then a space
                C: a
                S: * BAD an argument is missing at the end of the command
                C: a FROBNICATE
                S: a BAD there is no command FROBNICATE
                C: a NOOP really
                S: a BAD there is more after the end of the command
                C: a UID NOOP
                S: a BAD UID goes with COPY, EXPUNGE, FETCH, MOVE, SEARCH and STORE
                C: a CREATE {3}
                S: + go ahead
                C: a)b extra
                S: a BAD CREATE takes a name and then (USE (...)) at most
                C: + NOOP
                S: * BAD ...
                C: a noop
                S: a OK done
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn too_many_mistakes_end_the_session() {
        let house = House::with_letters(0).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        for _ in 0..20 {
            assert!(client.command("x NONSENSE").await[0].starts_with("x BAD"));
        }
        assert!(client.hear().await.starts_with("* BYE too many errors"));
    }

    #[tokio::test]
    async fn pipelined_commands_are_answered_in_order() {
        let house = House::with_letters(2).await;
        house
            .transcript(
                r"
                C+: a FETCH 1 (UID)\r\nb NOOP\r\nc FETCH 2 (UID)\r\n
                S: * 1 FETCH (UID 1)
                S: a OK fetched
                S: b OK done
                S: * 2 FETCH (UID 2)
                S: c OK fetched
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn a_suspended_account_is_served_no_longer() {
        let house = House::with_letters(1).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        house.directory.suspend(house.account.id(), true).await.expect("suspended");
        client.send(b"x NOOP\r\n").await;
        assert_eq!(
            client.hear().await,
            "* BYE this account was closed; please ask your administrator"
        );
        assert_eq!(client.hear().await, "[closed]");
    }

    #[tokio::test]
    async fn a_broken_store_is_no_secret_and_no_end() {
        let house = House::with_letters(2).await;
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        house.memory.set_faults(engine::Faults { broken: true, ..engine::Faults::default() }, 1);
        let refused = "x NO [UNAVAILABLE] the mail store failed; please try again in a minute";
        assert_eq!(client.command("x STORE 1 +FLAGS (\\Seen)").await, [refused]);
        assert_eq!(client.command("x FETCH 1 (ENVELOPE)").await, [refused]);
        house.memory.set_faults(engine::Faults::default(), 1);
        assert_eq!(client.command("x STORE 1 +FLAGS.SILENT (\\Seen)").await, ["x OK stored"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_let_go() {
        let house = House::with_letters(0).await;
        let mut client = house.client();
        client.hear().await;
        tokio::time::sleep(std::time::Duration::from_secs(70)).await;
        assert_eq!(client.hear().await, "* BYE you were silent for too long");
        // Talking without ever logging in helps for a while only.
        let mut client = house.client();
        client.hear().await;
        for _ in 0..4 {
            tokio::time::sleep(std::time::Duration::from_secs(50)).await;
            client.send(b"x NOOP\r\n").await;
        }
        for expected in
            ["x OK done", "x OK done", "x OK done", "* BYE you were silent for too long"]
        {
            assert_eq!(client.hear().await, expected);
        }
    }
}
