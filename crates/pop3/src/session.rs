//! A session: greeting, commands in the states of RFC 1939 §3, the end.

use std::sync::Arc;

use directory::sasl::Credentials;
use directory::{LoginError, Protocol};
use net::{Connection, ReadError};
use tracing::{debug, info, warn};

use crate::command::Command;
use crate::maildrop::Maildrop;
use crate::parse::MAX_LINE;
use crate::response::{Code, Response};
use crate::server::Inner;
use crate::{downgrade, stuffing};

pub(crate) struct Session {
    pub(crate) server: Arc<Inner>,
    pub(crate) connection: Connection,
    pub(crate) state: State,
    /// UTF8 was said (RFC 6856 §2.1).
    pub(crate) utf8: bool,
    /// Names the session in the log and in answers about failures.
    pub(crate) id: u64,
    mistakes: u32,
    refusals: u32,
    pub(crate) retrieved: u64,
}

/// RFC 1939 §3; UPDATE is what QUIT does.
pub(crate) enum State {
    Authorization {
        /// USER was said in the command before this one.
        user: Option<String>,
    },
    Transaction(Maildrop),
    /// Nothing more is read.
    Over,
}

impl Session {
    pub(crate) fn new(server: Arc<Inner>, connection: Connection, id: u64) -> Session {
        Session {
            server,
            connection,
            state: State::Authorization { user: None },
            utf8: false,
            id,
            mistakes: 0,
            refusals: 0,
            retrieved: 0,
        }
    }

    pub(crate) async fn run(mut self) {
        // No timestamp in brackets: there is no APOP (RFC 2449 §6).
        self.connection.queue(b"+OK Facteur POP3 ready\r\n");
        let ended = self.talk().await;
        debug!(retrieved = self.retrieved, reason = ?ended.err(), "the session ended");
        // Without QUIT nothing is deleted (RFC 1939 §6); the lock goes first.
        self.state = State::Over;
        self.connection.close().await;
    }

    async fn talk(&mut self) -> Result<(), ReadError> {
        let shutdown = self.server.services.shutdown.clone();
        while !matches!(self.state, State::Over) {
            if !self.connection.has_buffered() {
                self.connection.flush().await?;
            }
            let idle = self.server.services.config.idle();
            let line = tokio::select! {
                line = self.connection.read_line(MAX_LINE, idle) => line,
                () = shutdown.wait() => return Ok(()),
            };
            let response = match line {
                Ok(line) => match Command::parse(&line) {
                    Ok(command) => self.execute(command).await?,
                    Err(error) => self.mistake(&error.to_string()),
                },
                Err(ReadError::TooLong) => self.mistake("the line is too long"),
                Err(other) => return Err(other),
            };
            self.answer(response).await?;
        }
        Ok(())
    }

    /// An answer to a line that means nothing; too many end the session.
    pub(crate) fn mistake(&mut self, text: &str) -> Response {
        if let State::Authorization { user } = &mut self.state {
            *user = None;
        }
        self.mistakes += 1;
        if self.mistakes >= self.server.services.config.max_mistakes {
            self.state = State::Over;
            return Response::err(format!("{text}; too many mistakes, closing the connection"));
        }
        Response::err(text)
    }

    async fn answer(&mut self, response: Response) -> Result<(), ReadError> {
        self.connection.queue(response.first_line().as_bytes());
        match response {
            Response::Ok(_) | Response::Err(..) | Response::Silence => {}
            Response::Lines(_, lines) => {
                self.connection.write(lines.as_bytes()).await?;
                self.connection.queue(b".\r\n");
            }
            Response::Message(_, text) => {
                for piece in stuffing::pieces(&text) {
                    self.connection.write(piece).await?;
                }
                self.connection.queue(stuffing::end(&text));
            }
        }
        Ok(())
    }

    /// Whether a password may be said on this connection.
    pub(crate) fn may_say_password(&self) -> bool {
        let trusted = &self.server.services.plaintext_auth_from;
        self.connection.is_tls() || trusted.contains(self.connection.peer().ip())
    }

    /// The answer to a password that may not be said; there is TLS, so no code.
    pub(crate) fn needs_tls() -> Response {
        Response::err("passwords are taken in TLS only; say STLS first, or use port 995")
    }

    /// From AUTHORIZATION to TRANSACTION, if all is well.
    pub(crate) async fn log_in(&mut self, credentials: Credentials) -> Response {
        let services = &self.server.services;
        let peer = self.connection.peer().ip();
        let login = if credentials.acts_for_itself() {
            let Credentials { user, password, .. } = &credentials;
            services.directory.login(user, password, Protocol::Pop3, peer).await
        } else {
            Err(LoginError::Refused)
        };
        let login = match login {
            Ok(login) => login,
            Err(error) => return self.refuse(&error),
        };
        let account = login.account;
        let Some(lock) = self.server.locks.take(account.id) else {
            let text = "another session has this maildrop open; try again when it has ended";
            return Response::coded(Code::InUse, text);
        };
        match Maildrop::open(&services.mailstore, &account, lock).await {
            Ok(maildrop) => {
                let (count, octets) = maildrop.totals();
                info!(account = %account.id, messages = count, octets, "logged in");
                self.state = State::Transaction(maildrop);
                Response::ok(format!("maildrop has {count} messages ({octets} octets)"))
            }
            Err(error) => self.failure("opening the maildrop", &error),
        }
    }

    fn refuse(&mut self, error: &LoginError) -> Response {
        self.refusals += 1;
        if self.refusals >= self.server.services.config.max_refusals {
            self.state = State::Over;
        }
        let code = match error {
            LoginError::Refused => Code::Auth,
            LoginError::Suspended => Code::SysPerm,
            // Not AUTH: the client should not ask for another password.
            LoginError::TooFast { .. } => Code::SysTemp,
            other => return self.failure("logging in", other),
        };
        Response::coded(code, error.to_string())
    }

    /// Our own fault: the cause goes to the log, under a reference.
    pub(crate) fn failure(&self, doing: &str, error: &dyn std::error::Error) -> Response {
        let reference = format!("{:x}", self.id);
        warn!(%reference, doing, %error, cause = ?error.source(), "a command failed");
        let text = format!("temporary failure, reference {reference}; try again in a minute");
        Response::coded(Code::SysTemp, text)
    }

    /// The text of a message as this client may have it.
    pub(crate) fn readable(&self, text: bytes::Bytes) -> bytes::Bytes {
        if self.utf8 { text } else { downgrade::downgraded_message(&text) }
    }
}
