//! Telling the sender: from what a record owes to DSNs on their way.

use bytes::Bytes;
use delivery::Arrival;
use directory::Resolution;
use mailstore::NewMessage;
use model::{Address, MessageNumber};
use queue::{Notices, Notify, QueueId, Queued, Recipient};

use crate::dsn::{Dsn, Kind, Report};
use crate::robot::{Inner, Next};

impl Inner {
    /// Sends what the record owes. A DSN is durable before the record says
    /// that it was sent: after a crash between the two it comes twice rather
    /// than never.
    pub(crate) async fn tell(
        &self,
        id: QueueId,
        mut queued: Queued,
        content: &Bytes,
    ) -> Result<Next, mailstore::Error> {
        let owed = queued.notices(self.clock.now(), self.queue.config());
        for (kind, recipients) in [
            (Kind::Failed, owed.failed),
            (Kind::Delayed, owed.delayed),
            (Kind::Succeeded, owed.succeeded),
        ] {
            if recipients.is_empty() {
                continue;
            }
            self.send(id, kind, &queued, &recipients, content).await?;
            let notices = match kind {
                Kind::Failed => Notices { failed: recipients, ..Notices::default() },
                Kind::Delayed => Notices { delayed: recipients, ..Notices::default() },
                Kind::Succeeded => Notices { succeeded: recipients, ..Notices::default() },
            };
            match self.queue.told(id, notices).await? {
                Some(after) => queued = after,
                None => return Ok(Next::Gone),
            }
        }
        Ok(if queued.is_finished() { Next::Gone } else { Next::Again(queued.due) })
    }

    async fn send(
        &self,
        id: QueueId,
        kind: Kind,
        queued: &Queued,
        recipients: &[usize],
        content: &Bytes,
    ) -> Result<(), mailstore::Error> {
        let Some(to) = &queued.reverse_path else { return Ok(()) };
        let from = self.postmaster(to);
        let dsn = Report {
            kind,
            queued,
            recipients,
            original: content,
            hostname: self.delivery.hostname(),
            from: &from,
            until: self.queue.config().gives_up_at(queued.queued_at),
            now: self.clock.now(),
            token: &token(),
        }
        .write(to);
        let content = Bytes::from(dsn.content.clone());
        if self.directory.resolve(to) != Resolution::NotLocal {
            let arrival = Arrival {
                trace: self.trace(id),
                reverse_path: None,
                recipients: vec![to.clone()],
                content: content.clone(),
            };
            match self.delivery.receive(&arrival).await.into_iter().next() {
                Some(Err(refusal)) if refusal.is_temporary() => {}
                Some(Err(refusal)) => {
                    // RFC 3461 §5.2: nobody is left to be told but the log.
                    tracing::warn!(%id, %to, %refusal, "a DSN has nowhere to go");
                    return Ok(());
                }
                Some(Ok(())) | None => return Ok(()),
            }
        }
        self.queue_dsn(to, &dsn, content).await
    }

    /// A DSN for another server, or for a mailbox that is full at present,
    /// waits like any mail.
    async fn queue_dsn(
        &self,
        to: &Address,
        dsn: &Dsn,
        content: Bytes,
    ) -> Result<(), mailstore::Error> {
        let now = self.clock.now();
        // RFC 3461 §6.1: the null reverse-path, and no DSN about a DSN.
        let recipient = Recipient::new(to.clone()).with_dsn(Notify::Never, None);
        let new = NewMessage::new(&content, now);
        let mut waiting =
            Queued::new(MessageNumber(0), new.blob(), None, vec![recipient], now, now);
        waiting.state = queue::State::Waiting;
        waiting.strip_bcc = false;
        waiting.smtputf8 = dsn.smtputf8;
        waiting.eight_bit = dsn.eight_bit;
        self.queue.put(new, waiting).await.map(drop)
    }

    /// Whom a person may write to about a DSN to `to`: the postmaster of
    /// their own domain, if it is ours, else of this server's.
    fn postmaster(&self, to: &Address) -> Address {
        let hostname = self.delivery.hostname();
        let ours = |domain: &str| self.directory.is_local_domain(domain);
        let domain = if ours(to.domain()) {
            to.domain().to_owned()
        } else if ours(hostname) {
            hostname.to_owned()
        } else {
            let first = self.directory.domains().into_iter().next();
            first.map_or_else(|| hostname.to_owned(), |domain| domain.name)
        };
        let address = |domain: &str| Address::new("postmaster", domain);
        address(&domain).or_else(|_| address("localhost")).unwrap_or_else(|_| to.clone())
    }
}

/// A word that nobody can guess.
fn token() -> String {
    let mut bytes = [0; 16];
    // Without random bytes, which no system refuses, it is still well-formed.
    let _ = getrandom::fill(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}
