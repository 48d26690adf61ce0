//! Submission: from a user's hand to the queue (RFC 6409).

use bytes::Bytes;
use directory::{AccountInfo, FileSent, Resolution};
use mailstore::{NewMessage, Tx};
use model::{AccountId, Address, Flags, MessageNumber, Role, Timestamp};
use queue::{QueueId, Queued, Recipient, Ret};

use crate::header::{count_received, has, is_crlf_only};
use crate::{Delivery, Refusal, Trace};

/// A message that a user sends.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Who sends it.
    pub account: AccountId,
    /// How it came.
    pub trace: Trace,
    /// MAIL FROM; `None` for `<>`.
    pub reverse_path: Option<Address>,
    /// RCPT TO, with their DSN parameters.
    pub recipients: Vec<Recipient>,
    /// The message, with CRLF line ends only.
    pub content: Bytes,
    /// How long it stays in Outbox, where it can be taken back.
    pub delay_seconds: u32,
    /// RET of MAIL (RFC 3461 §4.3).
    pub ret: Option<Ret>,
    /// ENVID of MAIL (RFC 3461 §4.4).
    pub envid: Option<String>,
    /// Whether SMTPUTF8 was asked for (RFC 6531 §3.4).
    pub smtputf8: bool,
}

/// A mail that was taken for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    /// Its name in the queue; the message number is that in Outbox or Sent.
    pub id: QueueId,
    /// When it leaves.
    pub due: Timestamp,
}

impl Delivery {
    /// MAIL FROM of a submission: whether the account may write as this.
    pub fn check_sender(
        &self,
        account: AccountId,
        reverse_path: Option<&Address>,
    ) -> Result<(), Refusal> {
        match reverse_path {
            Some(path) if !self.inner.directory.may_send_as(account, path) => {
                Err(Refusal::not_your_address(&path.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// RCPT TO of a submission: an address of ours must exist.
    pub fn check_destination(&self, recipient: &Address) -> Result<(), Refusal> {
        match self.inner.directory.resolve(recipient) {
            Resolution::Local(_) => Ok(()),
            Resolution::NoSuchUser => Err(Refusal::no_such_user(recipient)),
            Resolution::Suspended => Err(Refusal::suspended(recipient)),
            Resolution::NotLocal if self.inner.config.send_outside => Ok(()),
            Resolution::NotLocal => Err(Refusal::not_outside(recipient)),
        }
    }

    /// Takes a mail for sending: message, its place in Outbox and its record in
    /// the queue are one commit, durable when this answers.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, Refusal> {
        let Some(info) = self.inner.directory.account(submission.account) else {
            return Err(Refusal::bad_message("the account that sends is gone"));
        };
        self.check_sender(info.id, submission.reverse_path.as_ref())?;
        if submission.recipients.is_empty() {
            return Err(Refusal::no_recipients());
        }
        for recipient in &submission.recipients {
            self.check_destination(&recipient.address)?;
        }
        if !is_crlf_only(&submission.content) {
            return Err(Refusal::bad_message("a line of the message does not end with CRLF"));
        }
        if count_received(&submission.content) > self.inner.config.max_received {
            return Err(Refusal::looping());
        }
        let now = self.inner.mailstore.clock().now();
        let content = self.complete(&submission, &info, now);
        let new = self.prepare(&content).await;
        self.check_from(&info, &new)?;
        let new = new
            .with_marks(Flags::SEEN, Vec::new(), false)
            .with_reverse_path(
                submission.reverse_path.as_ref().map(ToString::to_string).unwrap_or_default(),
            )
            .filed_by_us();
        let due = now.plus(i64::from(submission.delay_seconds));
        let mut queued = Queued::new(
            MessageNumber(0),
            new.blob(),
            submission.reverse_path,
            submission.recipients,
            now,
            due,
        );
        queued.ret = submission.ret;
        queued.envid = submission.envid;
        queued.smtputf8 = submission.smtputf8;
        queued.eight_bit = !content.is_ascii();
        queued.language = info.language.clone();
        let filed = info.file_sent == FileSent::Auto || submission.delay_seconds > 0;
        let refused = |error: mailstore::Error| Refusal::from_store(&error, &info.address);
        let account = self.inner.mailstore.account(info.id).await.map_err(refused)?;
        let place = filed.then_some(Role::Outbox);
        let commit = move |tx: &mut Tx<'_>| queue::submit(tx, &new, &queued, place);
        let message = account.write(commit).await.map_err(refused)?;
        let id = QueueId::new(info.id, message);
        self.inner.queue.note(id, due);
        tracing::info!(id = %submission.trace.id, queue = %id, "submitted");
        Ok(Submitted { id, due })
    }

    /// Takes a mail back from Outbox into Drafts.
    ///
    /// Fails with [`mailstore::Error::NoSuchMessage`] if it is no longer in
    /// Outbox, and with [`mailstore::Error::Forbidden`] if it is being sent.
    pub async fn cancel(
        &self,
        account: AccountId,
        message: MessageNumber,
    ) -> Result<(), mailstore::Error> {
        let account = self.inner.mailstore.account(account).await?;
        account.write(move |tx| tx.cancel(message)).await
    }

    /// Mail that nobody here sent: kept in the mailer's account until it is
    /// delivered or reported.
    pub async fn queue_for_mailer(
        &self,
        reverse_path: Option<Address>,
        recipients: Vec<Address>,
        content: &Bytes,
    ) -> Result<(), Refusal> {
        let now = self.inner.mailstore.clock().now();
        let new = self.prepare(content).await;
        let Some(first) = recipients.first().cloned() else { return Ok(()) };
        let recipients = recipients.into_iter().map(Recipient::new).collect();
        let mut queued =
            Queued::new(MessageNumber(0), new.blob(), reverse_path, recipients, now, now);
        queued.strip_bcc = false;
        queued.eight_bit = !content.is_ascii();
        let put = self.inner.queue.put(new, queued).await;
        put.map(drop).map_err(|error| Refusal::from_store(&error, &first))
    }

    /// The content with what it lacks in front (RFC 6409 §8): Received, and
    /// From, Date and Message-ID if there are none.
    fn complete(&self, submission: &Submission, info: &AccountInfo, now: Timestamp) -> Bytes {
        let content = &submission.content;
        let mut added = submission.trace.received(&self.inner.hostname, None, now);
        if !has(content, "From") {
            added.push_str(&format!("From: <{}>\r\n", info.address));
        }
        if !has(content, "Date") {
            added.push_str(&format!("Date: {}\r\n", message::rfc5322_date(now, 0)));
        }
        if !has(content, "Message-ID") {
            let mut random = [0; 12];
            let _ = getrandom::fill(&mut random);
            let left = data_encoding::HEXLOWER.encode(&random);
            added.push_str(&format!("Message-ID: <{}.{left}@{}>\r\n", now.0, self.inner.hostname));
        }
        // A body without a header needs the line between them.
        if message::header_fields(content).next().is_none() && !content.starts_with(b"\r\n") {
            added.push_str("\r\n");
        }
        [added.as_bytes(), content].concat().into()
    }

    /// Every address in From must be the account's (RFC 6409 §6.1).
    fn check_from(&self, info: &AccountInfo, new: &NewMessage) -> Result<(), Refusal> {
        for person in &new.facts().from {
            let own = person.email.parse::<Address>();
            let own = own.is_ok_and(|from| self.inner.directory.may_send_as(info.id, &from));
            if !own {
                return Err(Refusal::not_your_address(&person.email));
            }
        }
        if new.facts().from.is_empty() {
            return Err(Refusal::bad_message("the From field has no address"));
        }
        Ok(())
    }
}
