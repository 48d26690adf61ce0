//! One conversation with a client: state, order of commands, limits.

use std::io;
use std::time::Duration;

use delivery::Trace;
use directory::AccountInfo;
use net::{Connection, Ending, Line, ReadError, Tls};
use tokio::time::Instant;
use tracing::debug;

use crate::budget::Budget;
use crate::command::{Command, Greeting, Hello};
use crate::config::Config;
use crate::content::{Content, Endings, Message};
use crate::door::Door;
use crate::reply::Reply;
use crate::server::{Role, Server};
use crate::transaction::Transaction;

/// The longest command line. RFC 5321 §4.5.3.1.4 asks for 512 bytes and more for
/// the parameters of extensions; AUTH wants 12288 (RFC 4954 §4).
const MAX_LINE: usize = 12_288 + 32;
/// Answers to a client that pipelines are sent at the latest when so many bytes wait.
const MAX_QUEUED: usize = 16 * 1024;
/// Commands that bring nothing, since the last message: whoever needs more only
/// wants to hold the connection.
const MAX_IDLE_COMMANDS: u32 = 200;
/// A message may take this long, and a second more for each KiB of it.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(600);

/// A conversation.
pub(crate) struct Session {
    server: Server,
    pub(crate) role: Role,
    pub(crate) connection: Connection,
    pub(crate) hello: Option<Hello>,
    pub(crate) account: Option<AccountInfo>,
    pub(crate) transaction: Option<Transaction>,
    pub(crate) refused_recipients: u32,
    pub(crate) auth_failures: u32,
    errors: u32,
    idle_commands: u32,
}

/// What a command comes to.
pub(crate) enum Answer {
    Reply(Reply),
    /// One for each recipient (RFC 2033 §4.2).
    Replies(Vec<Reply>),
    /// The last one of this connection.
    Bye(Reply),
    /// It was answered already.
    Done,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Answer {
        Answer::Reply(reply)
    }
}

/// The client cannot be spoken with any more.
#[derive(Debug)]
pub(crate) enum Gone {
    TimedOut,
    Lost(io::Error),
}

impl From<ReadError> for Gone {
    fn from(error: ReadError) -> Gone {
        match error {
            ReadError::TimedOut => Gone::TimedOut,
            error => Gone::Lost(io::Error::other(error)),
        }
    }
}

impl From<io::Error> for Gone {
    fn from(error: io::Error) -> Gone {
        Gone::Lost(error)
    }
}

impl Session {
    pub(crate) fn new(server: Server, connection: Connection, role: Role) -> Session {
        Session {
            server,
            role,
            connection,
            hello: None,
            account: None,
            transaction: None,
            refused_recipients: 0,
            auth_failures: 0,
            errors: 0,
            idle_commands: 0,
        }
    }

    /// Speaks with the client until one of the two has had enough.
    pub(crate) async fn run(mut self) {
        match self.talk().await {
            Ok(()) => {}
            Err(Gone::TimedOut) => {
                let text = format!("{} waited too long", self.hostname());
                self.answer(&Reply::new(421, "4.4.2", text));
            }
            Err(Gone::Lost(cause)) => debug!(peer = %self.connection.peer(), %cause, "gone"),
        }
        self.connection.close().await;
    }

    async fn talk(&mut self) -> Result<(), Gone> {
        self.greet();
        loop {
            let Some(line) = self.next_line().await? else {
                let text = format!("{} is going down; come back soon", self.hostname());
                self.answer(&Reply::new(421, "4.3.2", text));
                return Ok(());
            };
            let answer = match self.understand(line) {
                Ok(command) => {
                    debug!(peer = %self.connection.peer(), ?command, "smtp");
                    let brings = command.brings_something();
                    let answer = Box::pin(command.run(self)).await?;
                    let good = matches!(&answer, Answer::Reply(reply) if reply.code < 400);
                    self.idle_commands += u32::from(!(brings && good));
                    answer
                }
                Err(answer) => answer,
            };
            if !self.give(answer) {
                return Ok(());
            }
        }
    }

    fn greet(&mut self) {
        let protocol = if self.role == Role::Lmtp { "LMTP" } else { "ESMTP" };
        self.answer(&Reply::bare(220, format!("{} {protocol} Facteur", self.hostname())));
    }

    /// The next line, or `None` when the server shuts down before it came. Answers
    /// are held back while the client pipelines (RFC 2920 §3.2).
    async fn next_line(&mut self) -> Result<Option<Result<Line, ReadError>>, Gone> {
        if !self.connection.has_line() || self.connection.output().len() > MAX_QUEUED {
            self.connection.flush().await?;
        }
        let timeout = self.server.config.timeout();
        let line = tokio::select! {
            biased;
            line = self.connection.read_line(MAX_LINE, timeout) => line,
            () = self.server.shutdown.wait() => return Ok(None),
        };
        match line {
            Err(ReadError::TooLong) | Ok(_) => Ok(Some(line)),
            Err(error) => Err(error.into()),
        }
    }

    fn understand(&self, line: Result<Line, ReadError>) -> Result<Command, Answer> {
        let Ok(line) = line else {
            return Err(Reply::new(500, "5.5.2", "The line is too long").into());
        };
        let bare = line.ending == Ending::Lf && self.endings() == Endings::Strict;
        let parsed = if bare {
            Err(Reply::new(500, "5.5.2", "A command ends with CRLF (RFC 5321 2.3.8)"))
        } else {
            Command::parse(&line)
        };
        parsed.map_err(|reply| {
            // A chunk follows of which we do not know the length; or it is a browser
            // whom somebody made speak to us.
            let verb = line.split(|b| *b == b' ').next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_slice() {
                b"BDAT" | b"GET" | b"POST" | b"HEAD" | b"PUT" | b"OPTIONS" | b"CONNECT" => {
                    Answer::Bye(reply)
                }
                _ => Answer::Reply(reply),
            }
        })
    }

    /// Queues an answer; false when it was the last.
    fn give(&mut self, answer: Answer) -> bool {
        match answer {
            Answer::Done => return true,
            Answer::Bye(reply) => {
                self.answer(&reply);
                return false;
            }
            Answer::Reply(reply) => {
                self.errors += u32::from(reply.code >= 500);
                self.answer(&reply);
            }
            Answer::Replies(replies) => {
                for reply in &replies {
                    self.answer(reply);
                }
            }
        }
        // Unknown recipients are counted apart: an old mailing list has many.
        let errors = self.errors.saturating_sub(self.refused_recipients);
        let max = self.server.config.max_errors;
        if errors >= max || self.refused_recipients >= max.saturating_mul(5) {
            self.answer(&Reply::new(421, "4.7.0", "Too many errors; goodbye"));
            return false;
        }
        if self.idle_commands > MAX_IDLE_COMMANDS {
            self.answer(&Reply::new(421, "4.7.0", "Many commands and no message; goodbye"));
            return false;
        }
        true
    }

    pub(crate) fn answer(&mut self, reply: &Reply) {
        reply.write_to(self.connection.output());
    }

    // ---- what commands ask

    pub(crate) fn config(&self) -> &Config {
        &self.server.config
    }

    pub(crate) fn hostname(&self) -> &str {
        &self.server.hostname
    }

    pub(crate) fn door(&self) -> &Door {
        &self.server.door
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.server.budget
    }

    pub(crate) fn tls(&self) -> Option<Tls> {
        self.server.tls.clone()
    }

    /// Whether STARTTLS makes sense now.
    pub(crate) fn may_start_tls(&self) -> bool {
        self.server.tls.is_some() && !self.connection.is_tls()
    }

    /// Whether this port knows AUTH at all.
    pub(crate) fn offers_auth(&self) -> bool {
        self.role == Role::Submission
    }

    /// Whether a password may be sent now: under TLS, or from a trusted network.
    pub(crate) fn may_authenticate(&self) -> bool {
        let trusted = || self.server.plaintext_auth_from.contains(self.connection.peer().ip());
        self.offers_auth() && (self.connection.is_tls() || trusted())
    }

    /// RFC 4954 §6, or RFC 3207 §4 where even that needs TLS first.
    pub(crate) fn authentication_required(&self) -> Reply {
        if self.may_authenticate() {
            Reply::new(530, "5.7.0", "Sign in first (AUTH)")
        } else {
            Reply::new(530, "5.7.0", "Must issue a STARTTLS command first")
        }
    }

    pub(crate) fn max_recipients(&self) -> usize {
        match self.role {
            Role::Mx | Role::Lmtp => self.server.config.max_recipients,
            Role::Submission => self.server.config.max_submission_recipients,
        }
    }

    pub(crate) fn endings(&self) -> Endings {
        match self.role {
            Role::Mx => Endings::Strict,
            Role::Submission | Role::Lmtp => Endings::Normalise,
        }
    }

    /// Whether DATA or BDAT may come now.
    pub(crate) fn ready_for_message(&self) -> Result<(), Reply> {
        match &self.transaction {
            None => Err(Reply::bad_sequence("Say MAIL first")),
            // RFC 2033 §4.2 wants 503 where RFC 5321 §3.3 allows 554 too.
            Some(transaction) if transaction.recipients.is_empty() => {
                Err(Reply::bad_sequence("No recipient was accepted"))
            }
            Some(_) => Ok(()),
        }
    }

    // ---- the message

    /// Reads up to the lone dot. A client that lets bytes drip is given up.
    pub(crate) async fn read_message(&mut self, content: &mut Content) -> Result<(), Gone> {
        let mut pace = Pace::new(&self.server.config);
        loop {
            let (used, ended) = content.feed(self.connection.buffered());
            self.connection.consume(used);
            if ended {
                return Ok(());
            }
            self.connection.fill(pace.allows(used)?).await?;
        }
    }

    /// Reads a chunk of `size` bytes.
    pub(crate) async fn read_chunk(
        &mut self,
        content: &mut Content,
        size: u64,
    ) -> Result<(), Gone> {
        let mut pace = Pace::new(&self.server.config);
        let mut left = size;
        loop {
            let here = self.connection.buffered();
            let here = &here[..here.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            let used = here.len();
            content.feed(here);
            self.connection.consume(used);
            left -= used as u64;
            if left == 0 {
                return Ok(());
            }
            self.connection.fill(pace.allows(used)?).await?;
        }
    }

    /// Ends the transaction: gives the message to those who judge it, and answers.
    pub(crate) async fn hand_over(&mut self, content: Content) -> Result<Answer, Gone> {
        let Some(transaction) = self.transaction.take() else {
            return Ok(Reply::bad_sequence("Say MAIL first").into());
        };
        let message = match content.finish() {
            Ok(message) => message,
            Err(fault) => return Ok(self.answer_all(fault.into(), &transaction)),
        };
        self.idle_commands = 0;
        let trace = self.trace(&transaction);
        Ok(match (self.role, &self.account) {
            (Role::Submission, Some(account)) => {
                self.submit(account, transaction, &message, trace).await
            }
            (Role::Submission, None) => self.authentication_required().into(),
            (Role::Mx, _) => self.receive(transaction, &message, trace).await,
            (Role::Lmtp, _) => self.receive_for_each(transaction, &message, trace).await,
        })
    }

    async fn submit(
        &self,
        account: &AccountInfo,
        transaction: Transaction,
        message: &Message,
        trace: Trace,
    ) -> Answer {
        let id = trace.id.clone();
        let bytes = message.bytes.clone();
        match self.door().submit(account, transaction, bytes, trace).await {
            Ok(()) => accepted(&id).into(),
            Err(refusal) => Reply::from(refusal).into(),
        }
    }

    async fn receive(&self, transaction: Transaction, message: &Message, trace: Trace) -> Answer {
        let id = trace.id.clone();
        let bytes = message.bytes.clone();
        match self.door().receive_as_one(transaction, bytes, trace).await {
            Ok(()) => accepted(&id).into(),
            Err(refusal) => Reply::from(refusal).into(),
        }
    }

    async fn receive_for_each(
        &self,
        transaction: Transaction,
        message: &Message,
        trace: Trace,
    ) -> Answer {
        let id = trace.id.clone();
        let results = self.door().receive(transaction, message.bytes.clone(), trace).await;
        let reply = |result: Result<(), _>| match result {
            Ok(()) => accepted(&id),
            Err(refusal) => Reply::from(refusal),
        };
        Answer::Replies(results.into_iter().map(reply).collect())
    }

    /// The same for the whole message, said as often as LMTP wants it.
    fn answer_all(&self, reply: Reply, transaction: &Transaction) -> Answer {
        match self.role {
            Role::Lmtp => Answer::Replies(vec![reply; transaction.recipients.len()]),
            Role::Mx | Role::Submission => reply.into(),
        }
    }

    /// What goes into `Received` (RFC 5321 §4.4).
    fn trace(&self, transaction: &Transaction) -> Trace {
        let hello = self.hello.as_ref();
        Trace {
            peer: Some(self.connection.peer().ip()),
            helo: hello.map_or_else(String::new, |hello| hello.name.clone()),
            tls: self.connection.tls_facts().map(ToString::to_string),
            protocol: self.protocol(transaction.smtputf8),
            id: self.server.next_id(),
        }
    }

    /// The word behind `with`: RFC 3848, RFC 6531 §4.3.
    fn protocol(&self, smtputf8: bool) -> String {
        let simple = self.hello.as_ref().is_some_and(|hello| hello.greeting == Greeting::Helo);
        let secure = self.connection.is_tls();
        let base = match (self.role == Role::Lmtp, smtputf8) {
            (true, true) => "UTF8LMTP",
            (true, false) => "LMTP",
            (false, true) => "UTF8SMTP",
            (false, false) if simple && !secure => "SMTP",
            (false, false) => "ESMTP",
        };
        let secure = if secure { "S" } else { "" };
        let signed_in = if self.account.is_some() { "A" } else { "" };
        format!("{base}{secure}{signed_in}")
    }
}

fn accepted(id: &str) -> Reply {
    Reply::new(250, "2.0.0", format!("Ok, {id}"))
}

/// How long a message may take.
struct Pace {
    began: Instant,
    received: u64,
    timeout: Duration,
}

impl Pace {
    fn new(config: &Config) -> Pace {
        Pace { began: Instant::now(), received: 0, timeout: config.timeout() }
    }

    /// After `more` bytes: how long to wait for the next, if at all.
    fn allows(&mut self, more: usize) -> Result<Duration, Gone> {
        self.received += more as u64;
        let all = MESSAGE_PATIENCE + Duration::from_secs(self.received / 1024);
        let left = all.saturating_sub(self.began.elapsed());
        if left.is_zero() { Err(Gone::TimedOut) } else { Ok(left.min(self.timeout)) }
    }
}
