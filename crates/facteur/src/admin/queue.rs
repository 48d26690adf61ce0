//! Mail that waits: what an administrator sees of it and may do to it.

use ::queue::{QueueError, QueueId, Queued, Recipient};
use serde::{Deserialize, Serialize};

use super::operations::store_refused;
use super::request::{Reply, Request};
use crate::exit::{Exit, Failure};
use crate::output::Row;
use crate::say::{Sentence, say};
use crate::services::Services;
use crate::time::rfc3339;

/// A waiting mail in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its number, as the other commands take it.
    pub id: String,
    /// MAIL FROM; empty for `<>`.
    pub sender: String,
    /// How many recipients are not settled yet.
    pub pending: u64,
    /// The first of them.
    pub first: String,
    /// When it was taken, RFC 3339.
    pub queued_at: String,
    /// When it is tried next, RFC 3339.
    pub due: String,
    /// How often it was tried.
    pub attempts: u32,
    /// `held`, `waiting` or `sending`.
    pub state: String,
    /// An administrator keeps it.
    pub on_hold: bool,
}

impl Row for QueueRow {
    const HEADINGS: &'static [&'static str] = &[
        "cli-column-number",
        "cli-column-sender",
        "cli-column-recipients",
        "cli-column-due",
        "cli-column-attempts",
        "cli-column-state",
    ];

    fn cells(&self) -> Vec<String> {
        let more = match self.pending {
            0 | 1 => self.first.clone(),
            many => format!("{} + {}", self.first, many - 1),
        };
        vec![
            self.id.clone(),
            format!("<{}>", self.sender),
            more,
            if self.on_hold { String::new() } else { self.due.clone() },
            self.attempts.to_string(),
            if self.on_hold { say("cli-state-on-hold") } else { state(&self.state) },
        ]
    }
}

/// The state in the language of whoever looks.
fn state(state: &str) -> String {
    let id = format!("cli-state-{state}");
    if locale::exists(locale::Language::English, &id) { say(&id) } else { state.to_owned() }
}

/// A waiting mail with each recipient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueuedMail {
    /// As in the list.
    #[serde(flatten)]
    pub row: QueueRow,
    /// What became of each so far.
    pub recipients: Vec<RecipientRow>,
}

/// A recipient of a waiting mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecipientRow {
    /// The forward-path.
    pub address: String,
    /// `pending`, `delivered`, `relayed`, `failed` or `expired`.
    pub status: String,
    /// What was last answered for it.
    pub reply: Option<String>,
}

fn row(id: QueueId, queued: &Queued) -> QueueRow {
    let pending: Vec<usize> = queued.pending().collect();
    let first = pending.first().and_then(|at| queued.recipients.get(*at));
    QueueRow {
        id: id.to_string(),
        sender: queued.reverse_path.as_ref().map(ToString::to_string).unwrap_or_default(),
        pending: pending.len() as u64,
        first: first.map(|recipient| recipient.address.to_string()).unwrap_or_default(),
        queued_at: rfc3339(queued.queued_at),
        due: rfc3339(queued.due),
        attempts: queued.attempts,
        state: queued.state.to_string(),
        on_hold: queued.on_hold,
    }
}

fn recipient(recipient: &Recipient) -> RecipientRow {
    RecipientRow {
        address: recipient.address.to_string(),
        status: recipient.status.to_string(),
        reply: recipient.reply.as_ref().map(ToString::to_string),
    }
}

pub(super) async fn perform(services: &Services, request: Request) -> Result<Reply, Failure> {
    let queue = &services.queue;
    let done = |id: &str, number: QueueId| Reply::Done(Sentence::new(id).with("id", number));
    match request {
        Request::QueueList => {
            let listed = queue.list().await.map_err(store_refused)?;
            Ok(Reply::Queue(listed.iter().map(|(id, queued)| row(*id, queued)).collect()))
        }
        Request::QueueShow { id } => {
            let queued = queue.show(id).await.map_err(refused)?;
            let recipients = queued.recipients.iter().map(recipient).collect();
            Ok(Reply::Queued(QueuedMail { row: row(id, &queued), recipients }))
        }
        Request::QueueRetry { id } => {
            queue.retry(id).await.map_err(refused)?;
            Ok(done("cli-queue-retried", id))
        }
        Request::QueueHold { id } => {
            queue.hold(id).await.map_err(refused)?;
            Ok(done("cli-queue-held", id))
        }
        Request::QueueRemove { id, tell } => {
            queue.remove(id, tell).await.map_err(refused)?;
            Ok(done("cli-queue-removed", id))
        }
        _ => Err(crate::command::unexpected()),
    }
}

fn refused(error: QueueError) -> Failure {
    match error {
        QueueError::NoSuchMail(id) => {
            Failure::new(Exit::NoUser, "cli-queue-no-mail").with("id", id)
        }
        QueueError::Busy(id) => Failure::new(Exit::TempFail, "cli-queue-busy").with("id", id),
        QueueError::Store(error) => store_refused(error),
        other => Failure::new(Exit::TempFail, "cli-refused").with("error", other),
    }
}
