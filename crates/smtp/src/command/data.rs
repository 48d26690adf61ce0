//! DATA: RFC 5321 §4.1.1.4.

use crate::content::{Content, Framing};
use crate::reply::Reply;
use crate::session::{Answer, Gone, Session};
use crate::transaction::Chunks;

/// Asks for the message, reads it up to its dot, and answers for it.
pub(super) async fn run(session: &mut Session) -> Result<Answer, Gone> {
    if let Err(reply) = session.ready_for_message() {
        return Ok(reply.into());
    }
    if let Some(transaction) = &session.transaction
        && !matches!(transaction.chunks, Chunks::None)
    {
        // RFC 3030 §3: the two are not mixed.
        return Ok(Reply::bad_sequence("The message has begun with BDAT").into());
    }
    session.answer(&Reply::bare(354, "End the message with a dot on a line of its own"));
    session.connection.flush().await?;
    let max = session.config().max_message_bytes;
    let mut content = Content::new(session.endings(), Framing::Dot, max, session.budget());
    session.read_message(&mut content).await?;
    session.hand_over(content).await
}
