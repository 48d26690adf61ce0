//! Collecting a command: lines and the literals between them, RFC 3501 §2.2.1
//! and §4.3, RFC 7888.

use std::time::Duration;

use net::ReadError;

use crate::answer::{Answer, Code, Stop};
use crate::command::Append;
use crate::grammar::{LiteralHead, literal_at_end};
use crate::session::Session;

/// How long a client may take over the rest of a command it has begun.
pub(crate) const WITHIN_COMMAND: Duration = Duration::from_secs(120);
/// A message read piece by piece is kept for the next piece so long.
const CACHE_KEPT: Duration = Duration::from_secs(10);
/// What we read only to throw it away, from a client that has not logged in.
const MOST_SKIPPED_BEFORE_LOGIN: u64 = 1024 * 1024;

/// A whole command without its last line ending.
///
/// The message of APPEND is not in it: that command ends with the literal's
/// head and reads the rest by itself, under its own limit.
pub(crate) struct Input {
    pub(crate) bytes: Vec<u8>,
    /// It was too big: the answer to give. `bytes` has the beginning.
    pub(crate) refused: Option<Answer>,
}

impl Input {
    /// Waits for the next command of the client.
    pub(crate) async fn read(session: &mut Session) -> Result<Input, Stop> {
        session.flush_before_waiting().await?;
        if session.cache.is_some() {
            let more = session.connection.readable();
            match tokio::time::timeout(CACHE_KEPT, more).await {
                Ok(here) => here.map_err(gone)?,
                Err(_) => session.cache = None,
            }
        }
        let max = session.shared.config.max_command_bytes;
        let mut input = Input { bytes: Vec::new(), refused: None };
        let mut first = true;
        loop {
            let room = max.saturating_sub(input.bytes.len());
            let line = match input.line(session, first, room).await? {
                Some(line) => line,
                None => return Ok(input),
            };
            first = false;
            let literal = literal_at_end(&line);
            if input.refused.is_none() {
                input.bytes.extend_from_slice(&line);
            }
            let Some(literal) = literal else { return Ok(input) };
            if input.refused.is_none() && Append::head_is_complete(&input.bytes, session.utf8) {
                return Ok(input);
            }
            if !input.literal(session, literal, max).await? {
                return Ok(input);
            }
        }
    }

    /// One line; `None` if it was too long to go on.
    async fn line(
        &mut self,
        session: &mut Session,
        first: bool,
        room: usize,
    ) -> Result<Option<bytes::Bytes>, Stop> {
        session.flush_before_waiting().await?;
        let timeout = if first { session.patience() } else { WITHIN_COMMAND };
        let reading = session.connection.read_line(room, timeout);
        let line = if first {
            tokio::select! {
                biased;
                line = reading => line,
                () = session.shared.shutdown.wait() => {
                    return Err(Stop::Bye("the server is going down; please come back soon".into()));
                }
            }
        } else {
            reading.await
        };
        match line {
            Ok(line) => Ok(Some(line.bytes)),
            Err(ReadError::TooLong) => {
                self.refused.get_or_insert_with(|| {
                    let max = session.shared.config.max_command_bytes;
                    Answer::bad(format!("the command is longer than {max} bytes"))
                });
                Ok(None)
            }
            Err(error) => Err(gone(error)),
        }
    }

    /// Reads a literal, or skips it; `false` if the command ends here because
    /// the client was not told to go on.
    async fn literal(
        &mut self,
        session: &mut Session,
        literal: LiteralHead,
        max: usize,
    ) -> Result<bool, Stop> {
        let room = max.saturating_sub(self.bytes.len()) as u64;
        if self.refused.is_some() || literal.size > room {
            self.refused.get_or_insert_with(|| {
                let text = format!("the command is longer than {max} bytes");
                Answer::bad(text).with(Code::TooBig)
            });
            if !literal.non_synchronising {
                return Ok(false);
            }
            skip(session, literal.size).await?;
            return Ok(true);
        }
        if !literal.non_synchronising {
            session.connection.queue(b"+ go ahead\r\n");
            session.connection.flush().await?;
        }
        let size = literal.size as usize;
        let bytes =
            session.connection.read_exact_bytes(size, WITHIN_COMMAND).await.map_err(gone)?;
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(&bytes);
        Ok(true)
    }
}

/// Reads a literal that nobody wants; one beyond all measure ends the session.
pub(crate) async fn skip(session: &mut Session, size: u64) -> Result<(), Stop> {
    let most = match session.login {
        Some(_) => session.shared.config.max_append_bytes.saturating_mul(4),
        None => MOST_SKIPPED_BEFORE_LOGIN,
    };
    if size > most {
        return Err(Stop::Bye(
            format!("a literal of {size} bytes is too big to be skipped").into(),
        ));
    }
    session.connection.skip_bytes(size, WITHIN_COMMAND).await.map_err(gone)
}

/// The end of a connection, for the log.
pub(crate) fn gone(error: ReadError) -> Stop {
    match error {
        ReadError::TimedOut => Stop::Bye("you were silent for too long".into()),
        ReadError::Closed => Stop::Gone("the client closed the connection"),
        _ => Stop::Gone("the connection failed"),
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;
    use crate::test_support::House;

    #[tokio::test]
    async fn too_long_commands_are_refused_whole() {
        let house =
            House::with_config(1, Config { max_command_bytes: 60, ..Config::default() }).await;
        house
            .transcript(
                r"
                C: a SEARCH TEXT {100}
                S: a BAD [TOOBIG] the command is longer than 60 bytes
                C: b SEARCH TEXT {100+}
                C: 345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678
                C: TEXT {3+}
                C: abc ALL
                S: b BAD [TOOBIG] the command is longer than 60 bytes
                C: c SEARCH TEXT 3456789012345678901234567890123456789012345678901234567890
                S: * BAD the command is longer than 60 bytes
                C: d SEARCH TEXT {10+}
                C: 1234567890 TEXT 3456789012345678901234567890
                S: d BAD the command is longer than 60 bytes
                C: e SEARCH SUBJECT {5}
                S: + go ahead
                C: hello SUBJECT {2+}
                C: lo
                S: * SEARCH 1
                S: e OK searched
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn a_literal_that_looks_like_a_literal() {
        let house = House::with_letters(1).await;
        house
            .transcript(
                r"
                C: a SEARCH SUBJECT {4}
                S: + go ahead
                C: {5+}
                S: * SEARCH
                S: a OK searched
                ",
            )
            .await;
    }
}
