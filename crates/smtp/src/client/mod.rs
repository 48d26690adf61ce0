//! The client's side of SMTP and LMTP: RFC 5321, RFC 2033.
//!
//! It hands one message after another to one server. Which server, in which
//! security, and what to do about a refusal is for `relay` to know.

mod capabilities;
mod envelope;
mod response;
mod stuff;

use std::io;
use std::time::Duration;

use model::Secret;
use net::{ClientTls, Connection, ReadError};
use rustls::pki_types::ServerName;
use tokio::time::timeout;

pub use capabilities::Capabilities;
pub use envelope::{Envelope, Recipient};
pub use response::{Enhanced, Response};

use envelope::Content;
pub(crate) use response::Gathering;
use stuff::Stuffing;
#[cfg(test)]
pub(crate) use stuff::stuff;

/// RFC 5321 §4.5.3.1.5 allows 512 bytes; some servers put an address to visit in a line.
const MAX_LINE: usize = 4096;
/// Recipients named before their answers are read, so that neither side waits on a
/// full pipe (RFC 2920 §3.1).
const RECIPIENTS_AT_ONCE: usize = 50;
/// Read and made ready for the wire at one time.
const PIECE: usize = 32 * 1024;

/// How long to wait for a server; the defaults are those of RFC 5321 §4.5.3.2.
/// For the blocks of a message `net` waits two minutes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// For the greeting.
    pub greeting: Duration,
    /// For EHLO, STARTTLS, AUTH, MAIL and RCPT.
    pub command: Duration,
    /// For the answer to DATA.
    pub data: Duration,
    /// For the answer to the message: the server stores it meanwhile, and giving up
    /// too early makes it arrive twice.
    pub message: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Timeouts {
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            message: minutes(10),
        }
    }
}

/// Which protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// With EHLO, and HELO for servers that do not know it.
    Smtp,
    /// With LHLO, and an answer for each recipient.
    Lmtp,
}

/// Why a conversation came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network, or TLS, failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The server did not answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The server does not speak SMTP.
    #[error("the server does not speak SMTP: {0}")]
    NotSmtp(&'static str),
    /// The server refused the conversation, STARTTLS or AUTH.
    #[error("the server answered: {0}")]
    Refused(Response),
    /// The server does not offer what was asked for.
    #[error("the server does not offer {0}")]
    NotOffered(&'static str),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Error {
        match error {
            ReadError::TimedOut => Error::TimedOut,
            ReadError::TooLong => Error::NotSmtp("a reply line is too long"),
            ReadError::Io(error) => Error::Io(error),
            _ => Error::Closed,
        }
    }
}

/// A conversation with a server that has greeted us.
#[derive(Debug)]
pub struct Client {
    connection: Connection,
    protocol: Protocol,
    hello: String,
    timeouts: Timeouts,
    capabilities: Capabilities,
}

/// The last word of the server on each recipient, in the order of the envelope.
pub type Outcome = Vec<Response>;

impl Client {
    /// Waits for the greeting and says hello as `hello`, our host's name.
    ///
    /// Fails with [`Error::Refused`] where the server wants no mail.
    pub async fn greet(
        connection: Connection,
        protocol: Protocol,
        hello: &str,
        timeouts: Timeouts,
    ) -> Result<Client, Error> {
        let mut client = Client {
            connection,
            protocol,
            hello: hello.to_owned(),
            timeouts,
            capabilities: Capabilities::default(),
        };
        let greeting = client.response(client.timeouts.greeting).await?;
        if greeting.code != 220 {
            return Err(Error::Refused(greeting));
        }
        client.say_hello().await?;
        Ok(client)
    }

    async fn say_hello(&mut self) -> Result<(), Error> {
        let verb = match self.protocol {
            Protocol::Smtp => "EHLO",
            Protocol::Lmtp => "LHLO",
        };
        let response = self.command(&format!("{verb} {}\r\n", self.hello)).await?;
        if response.is_positive() {
            self.capabilities = Capabilities::of(&response);
            return Ok(());
        }
        if self.protocol == Protocol::Lmtp || !response.is_permanent() {
            return Err(Error::Refused(response));
        }
        // RFC 5321 §4.1.4: a server that does not know EHLO.
        let response = self.command(&format!("HELO {}\r\n", self.hello)).await?;
        self.capabilities = Capabilities::default();
        if response.is_positive() { Ok(()) } else { Err(Error::Refused(response)) }
    }

    /// What the server offers at this moment.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The connection, for what it knows of its peer and of TLS.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Turns to TLS and asks again what the server offers (RFC 3207 §4.2).
    ///
    /// After an error of the handshake the connection is of no use any more; after
    /// [`Error::Refused`] or [`Error::NotOffered`] it still speaks in clear.
    pub async fn start_tls(
        &mut self,
        tls: &ClientTls,
        name: ServerName<'static>,
    ) -> Result<(), Error> {
        if !self.capabilities.starttls {
            return Err(Error::NotOffered("STARTTLS"));
        }
        let response = self.command("STARTTLS\r\n").await?;
        if response.code != 220 {
            return Err(Error::Refused(response));
        }
        if self.connection.has_buffered() {
            // Somebody in between answers for the server (RFC 3207 §6).
            return Err(Error::NotSmtp("there is more behind the answer to STARTTLS"));
        }
        self.connection.start_tls_as_client(tls, name).await?;
        self.say_hello().await
    }

    /// Signs in with PLAIN (RFC 4616), under TLS only.
    pub async fn auth_plain(&mut self, user: &str, password: &Secret) -> Result<(), Error> {
        if !self.connection.is_tls() {
            return Err(Error::NotOffered("TLS, and the password must not go in clear"));
        }
        if !self.capabilities.auth.iter().any(|mechanism| mechanism == "PLAIN") {
            return Err(Error::NotOffered("AUTH PLAIN"));
        }
        let response = format!("\0{user}\0{}", password.expose());
        let encoded = data_encoding::BASE64.encode(response.as_bytes());
        let response = self.command(&format!("AUTH PLAIN {encoded}\r\n")).await?;
        if response.code == 235 { Ok(()) } else { Err(Error::Refused(response)) }
    }

    /// Hands over one message, with CRLF or other endings, and tells what became of
    /// each recipient. Neither bare CR nor bare LF goes out.
    ///
    /// Fails where nothing certain is known of any recipient: all may be tried again.
    pub async fn send(&mut self, envelope: &Envelope, content: &[u8]) -> Result<Outcome, Error> {
        let content = Content::of(content);
        if let Some(response) = self.cannot_carry(envelope, &content) {
            return Ok(vec![response; envelope.recipients.len()]);
        }
        let verdicts = match self.say_envelope(envelope, &content).await? {
            Ok(verdicts) => verdicts,
            Err(mail_refused) => return Ok(vec![mail_refused; envelope.recipients.len()]),
        };
        if !verdicts.iter().any(Response::is_positive) {
            self.forget_transaction().await?;
            return Ok(verdicts);
        }
        self.connection.queue(b"DATA\r\n");
        self.connection.flush().await?;
        let response = self.response(self.timeouts.data).await?;
        if response.code != 354 {
            if !response.is_temporary() && !response.is_permanent() {
                return Err(Error::NotSmtp("the answer to DATA is neither 354 nor a refusal"));
            }
            // With 421 it closes the connection (RFC 5321 §3.8).
            if response.code != 421 {
                self.forget_transaction().await?;
            }
            return Ok(filled(verdicts, |_| response.clone()));
        }
        self.say_content(&content).await?;
        self.last_words(verdicts).await
    }

    /// What the server cannot take, it need not be asked.
    fn cannot_carry(&self, envelope: &Envelope, content: &Content<'_>) -> Option<Response> {
        let can = &self.capabilities;
        if can.max_message_bytes().is_some_and(|max| content.bytes.len() as u64 > max) {
            // RFC 1870 §6.1
            let text = "The message is larger than the server of the recipient takes";
            return Some(Response::ours(552, Enhanced(5, 3, 4), text));
        }
        if envelope.needs_smtputf8(content) && !can.smtputf8 {
            // RFC 6531 §3.2
            let text = "The server of the recipient does not take addresses beyond ASCII";
            return Some(Response::ours(550, Enhanced(5, 6, 7), text));
        }
        if content.is_8bit && !can.eight_bit_mime && !can.smtputf8 {
            // RFC 6152 §3 forbids to send it as it is.
            let text = "The server of the recipient takes only 7-bit messages";
            return Some(Response::ours(554, Enhanced(5, 6, 3), text));
        }
        None
    }

    /// MAIL and RCPT; the answers to RCPT, or the refusal of MAIL.
    async fn say_envelope(
        &mut self,
        envelope: &Envelope,
        content: &Content<'_>,
    ) -> Result<Result<Vec<Response>, Response>, Error> {
        let mail = envelope.mail(&self.capabilities, content);
        self.connection.queue(mail.as_bytes());
        let mut mail_answered = None;
        if !self.capabilities.pipelining {
            let response = self.next_answer().await?;
            if !response.is_positive() {
                self.forget_transaction().await?;
                return Ok(Err(response));
            }
            mail_answered = Some(response);
        }
        let at_once = if self.capabilities.pipelining { RECIPIENTS_AT_ONCE } else { 1 };
        let mut verdicts = Vec::with_capacity(envelope.recipients.len());
        for group in envelope.recipients.chunks(at_once) {
            for recipient in group {
                self.connection.queue(recipient.rcpt(&self.capabilities).as_bytes());
            }
            if mail_answered.is_none() {
                mail_answered = Some(self.next_answer().await?);
            }
            for _ in group {
                verdicts.push(self.next_answer().await?);
            }
            if let Some(refused) = mail_answered.as_ref().filter(|mail| !mail.is_positive()) {
                let refused = refused.clone();
                self.forget_transaction().await?;
                return Ok(Err(refused));
            }
        }
        Ok(Ok(verdicts))
    }

    /// Sends what is queued and reads one answer. 421 ends everything (RFC 5321 §3.8).
    async fn next_answer(&mut self) -> Result<Response, Error> {
        self.connection.flush().await?;
        let response = self.response(self.timeouts.command).await?;
        match response.code {
            421 => Err(Error::Refused(response)),
            200..300 | 400..600 => Ok(response),
            _ => Err(Error::NotSmtp("the answer to MAIL or RCPT is of no known kind")),
        }
    }

    async fn say_content(&mut self, content: &Content<'_>) -> Result<(), Error> {
        let mut stuffing = Stuffing::new();
        let mut wire = Vec::with_capacity(PIECE + 1024);
        for piece in content.bytes.chunks(PIECE) {
            wire.clear();
            stuffing.put(piece, &mut wire);
            if let Err(error) = self.connection.write(&wire).await {
                return Err(self.why(error).await);
            }
        }
        wire.clear();
        stuffing.end(&mut wire);
        match self.connection.send(&wire).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.why(error).await),
        }
    }

    /// A server that breaks off within a message often says why.
    async fn why(&mut self, error: io::Error) -> Error {
        match self.response(Duration::from_secs(5)).await {
            Ok(response) if response.code >= 400 => Error::Refused(response),
            _ => Error::Io(error),
        }
    }

    /// The answer to the message: one, or in LMTP one for each accepted recipient.
    async fn last_words(&mut self, verdicts: Vec<Response>) -> Result<Outcome, Error> {
        let patience = self.timeouts.message;
        match self.protocol {
            Protocol::Smtp => {
                let response = known(self.response(patience).await?)?;
                Ok(filled(verdicts, |_| response.clone()))
            }
            Protocol::Lmtp => {
                let mut outcome = Vec::with_capacity(verdicts.len());
                for verdict in verdicts {
                    outcome.push(if verdict.is_positive() {
                        known(self.response(patience).await?)?
                    } else {
                        verdict
                    });
                }
                Ok(outcome)
            }
        }
    }

    /// Leaves the server as if nothing had been said, so that the next message can go.
    async fn forget_transaction(&mut self) -> Result<(), Error> {
        // A server that does not even take RSET shows it at the next command.
        self.command("RSET\r\n").await.map(drop)
    }

    /// Says goodbye; the mail is safe whatever happens here.
    pub async fn quit(mut self) {
        let patience = Duration::from_secs(5);
        if self.connection.send(b"QUIT\r\n").await.is_ok() {
            let _ = timeout(patience, self.response(patience)).await;
        }
        self.connection.close().await;
    }

    async fn command(&mut self, line: &str) -> Result<Response, Error> {
        self.connection.send(line.as_bytes()).await?;
        self.response(self.timeouts.command).await
    }

    async fn response(&mut self, patience: Duration) -> Result<Response, Error> {
        let mut gathering = Gathering::default();
        loop {
            let line = self.connection.read_line(MAX_LINE, patience).await?;
            if let Some(response) = gathering.take(&line).map_err(Error::NotSmtp)? {
                return Ok(response);
            }
        }
    }
}

/// An answer to a message is 2xx, 4xx or 5xx.
fn known(response: Response) -> Result<Response, Error> {
    if response.code / 100 == 3 {
        return Err(Error::NotSmtp("the answer to the message is of no known kind"));
    }
    Ok(response)
}

/// The verdicts with `last` in the place of the positive ones.
fn filled(verdicts: Vec<Response>, last: impl Fn(&Response) -> Response) -> Outcome {
    let word = |verdict: Response| if verdict.is_positive() { last(&verdict) } else { verdict };
    verdicts.into_iter().map(word).collect()
}
