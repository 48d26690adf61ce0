//! BDAT: RFC 3030 §2.

use crate::content::{Content, Framing};
use crate::reply::Reply;
use crate::session::{Answer, Gone, Session};
use crate::transaction::Chunks;

/// A chunk of the message follows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bdat {
    /// Bytes that follow the command line.
    pub(crate) size: u64,
    /// Whether the message ends with them.
    pub(crate) last: bool,
}

impl Bdat {
    pub(super) fn parse(args: &str) -> Result<Bdat, Reply> {
        let wrong = || Reply::bad_argument("Say BDAT, a number of bytes, and LAST at the end");
        let (size, mark) = args.split_once(' ').unwrap_or((args, ""));
        let last = match mark {
            "" => false,
            mark if mark.eq_ignore_ascii_case("LAST") => true,
            _ => return Err(wrong()),
        };
        if size.len() > 20 || !size.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let size = size.parse().map_err(|_| wrong())?;
        Ok(Bdat { size, last })
    }

    /// Takes the chunk, or throws it away: it is on its way in any case.
    pub(super) async fn run(self, session: &mut Session) -> Result<Answer, Gone> {
        let max = session.config().max_message_bytes;
        if let Err(reply) = session.ready_for_message() {
            return self.refuse(session, reply).await;
        }
        let endings = session.endings();
        let budget = session.budget().clone();
        let Some(transaction) = &mut session.transaction else {
            return self.refuse(session, Reply::bad_sequence("Say MAIL first")).await;
        };
        let mut content = match std::mem::replace(&mut transaction.chunks, Chunks::Failed) {
            Chunks::None => Content::new(endings, Framing::Counted, max, &budget),
            Chunks::Open(content) => content,
            Chunks::Failed => {
                let reply = Reply::bad_sequence("A chunk was refused before; RSET and begin anew");
                return self.refuse(session, reply).await;
            }
        };
        // Normalising may lengthen a chunk but not shorten it: what is too long
        // already need not be read into memory.
        if (content.len() as u64).saturating_add(self.size) > max {
            let reply = Reply::new(552, "5.3.4", "The message is too large");
            return self.refuse(session, reply).await;
        }
        session.read_chunk(&mut content, self.size).await?;
        if self.last {
            return session.hand_over(content).await;
        }
        if let Some(transaction) = &mut session.transaction {
            transaction.chunks = Chunks::Open(content);
        }
        Ok(Reply::new(250, "2.0.0", format!("{} bytes received", self.size)).into())
    }

    async fn refuse(&self, session: &mut Session, reply: Reply) -> Result<Answer, Gone> {
        // Nobody with good intentions sends this much after an announced limit.
        if self.size > session.config().max_message_bytes.saturating_mul(4) {
            return Ok(Answer::Bye(reply));
        }
        let timeout = session.config().timeout();
        session.connection.skip_bytes(self.size, timeout).await?;
        if self.last {
            session.transaction = None;
        }
        Ok(reply.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let rows = [
            ("86 LAST", Some((86, true))),
            ("0 last", Some((0, true))),
            ("1000", Some((1000, false))),
            ("18446744073709551615", Some((u64::MAX, false))),
            ("18446744073709551616", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("10 FIRST", None),
            ("10  LAST", None),
            ("LAST", None),
        ];
        for (args, expected) in rows {
            let got = Bdat::parse(args).ok().map(|bdat| (bdat.size, bdat.last));
            assert_eq!(got, expected, "{args}");
        }
    }
}
