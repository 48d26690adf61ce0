//! Arrival: from RCPT to the mailbox.

use bytes::Bytes;
use directory::{LocalRecipient, Resolution};
use futures_util::future::join_all;
use mailstore::NewMessage;
use model::{AccountId, Address, Role};

use crate::header::{count_received, is_crlf_only, prefix};
use crate::{Delivery, Refusal, Trace};

/// A message that came in, for recipients that [`Delivery::check_recipient`]
/// took.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// How it came.
    pub trace: Trace,
    /// MAIL FROM; `None` for `<>`.
    pub reverse_path: Option<Address>,
    /// RCPT TO.
    pub recipients: Vec<Address>,
    /// The message, with CRLF line ends only.
    pub content: Bytes,
}

/// Above this a message is parsed and compressed on a thread of its own.
const LARGE: usize = 64 * 1024;

impl Delivery {
    /// RCPT TO of mail from outside: whether it would be taken here.
    ///
    /// `size` is what the client announced (RFC 1870), if it did.
    pub async fn check_recipient(
        &self,
        recipient: &Address,
        size: Option<u64>,
    ) -> Result<(), Refusal> {
        let accounts = self.resolve(recipient)?;
        // One that has room is enough: the others are told afterwards.
        let mut refusal = None;
        for local in &accounts {
            match self.check_room(local, size.unwrap_or(0)).await {
                Ok(()) => return Ok(()),
                Err(full) => refusal = Some(full),
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    fn resolve(&self, recipient: &Address) -> Result<Vec<LocalRecipient>, Refusal> {
        match self.inner.directory.resolve(recipient) {
            Resolution::Local(accounts) => Ok(accounts),
            Resolution::NoSuchUser => Err(Refusal::no_such_user(recipient)),
            Resolution::Suspended => Err(Refusal::suspended(recipient)),
            Resolution::NotLocal => Err(Refusal::relay_denied(recipient)),
        }
    }

    async fn check_room(&self, local: &LocalRecipient, more: u64) -> Result<(), Refusal> {
        let Some(info) = self.inner.directory.account(local.account) else {
            return Err(Refusal::no_such_user(&local.address));
        };
        let limit = info.quota_bytes(self.inner.mailstore.clock().now());
        let account = self.inner.mailstore.account(local.account).await;
        let account = account.map_err(|error| Refusal::from_store(&error, &local.address))?;
        let usage = account.read(|state| state.usage()).await;
        let usage = usage.map_err(|error| Refusal::from_store(&error, &local.address))?;
        if usage.bytes.saturating_add(more) > limit {
            return Err(Refusal::mailbox_full(&local.address));
        }
        Ok(())
    }

    /// Takes a message and answers for each recipient, in their order. `Ok` is
    /// said when it is on stable storage.
    pub async fn receive(&self, arrival: &Arrival) -> Vec<Result<(), Refusal>> {
        let refuse_all = |refusal: Refusal| vec![Err(refusal); arrival.recipients.len()];
        if !is_crlf_only(&arrival.content) {
            return refuse_all(Refusal::bad_message(
                "a line of the message does not end with CRLF",
            ));
        }
        if count_received(&arrival.content) > self.inner.config.max_received {
            return refuse_all(Refusal::looping());
        }
        let new = self.prepare(&arrival.content).await;
        let new = new.with_reverse_path(
            arrival.reverse_path.as_ref().map(ToString::to_string).unwrap_or_default(),
        );
        // One account gets one copy, however many of the recipients lead to it.
        let mut accounts: Vec<LocalRecipient> = Vec::new();
        let mut leads_to: Vec<Result<Vec<AccountId>, Refusal>> = Vec::new();
        for recipient in &arrival.recipients {
            let resolved = self.resolve(recipient);
            for local in resolved.iter().flatten() {
                if !accounts.iter().any(|known| known.account == local.account) {
                    accounts.push(local.clone());
                }
            }
            leads_to.push(resolved.map(|all| all.iter().map(|local| local.account).collect()));
        }
        let stored = join_all(accounts.iter().map(|local| self.store(arrival, &new, local))).await;
        let mut results = Vec::with_capacity(leads_to.len());
        for resolved in leads_to {
            let result = match resolved {
                Ok(ids) => {
                    let of = |id: &AccountId| {
                        accounts.iter().position(|local| local.account == *id).map(|at| &stored[at])
                    };
                    self.combine(arrival, ids.iter().filter_map(|id| Some((*id, of(id)?)))).await
                }
                Err(refusal) => Err(refusal),
            };
            results.push(result);
        }
        results
    }

    /// One answer for a recipient that leads to several accounts: refused only
    /// if all of them do. The others' copies wait in the local queue, under
    /// the accounts' own addresses so that nobody gets a second one.
    async fn combine<'a>(
        &self,
        arrival: &Arrival,
        results: impl Iterator<Item = (AccountId, &'a Result<(), Refusal>)>,
    ) -> Result<(), Refusal> {
        let (done, refused): (Vec<_>, Vec<_>) = results.partition(|(_, result)| result.is_ok());
        let refusals = || refused.iter().filter_map(|(_, result)| result.as_ref().err());
        if done.is_empty() {
            let later = refusals().find(|refusal| refusal.is_temporary());
            return later.or_else(|| refusals().next()).cloned().map_or(Ok(()), Err);
        }
        let address =
            |(id, _): &(AccountId, _)| self.inner.directory.account(*id).map(|a| a.address);
        let left: Vec<Address> = refused.iter().filter_map(address).collect();
        if left.is_empty() {
            return Ok(());
        }
        self.queue_for_mailer(arrival.reverse_path.clone(), left, &arrival.content).await
    }

    /// Takes a message for which SMTP has one reply for all recipients.
    ///
    /// It is refused only if every recipient is. What some could not have now
    /// waits in the local queue, durably, before this answers; what some will
    /// never have is reported to the sender from there.
    pub async fn receive_as_one(&self, arrival: &Arrival) -> Result<(), Refusal> {
        let results = self.receive(arrival).await;
        let refused = || results.iter().filter_map(|result| result.as_ref().err());
        if refused().count() == results.len() {
            let later = refused().find(|refusal| refusal.is_temporary());
            let refusal = later.or_else(|| refused().next()).cloned();
            return Err(refusal.unwrap_or_else(Refusal::no_recipients));
        }
        let pairs = arrival.recipients.iter().zip(&results);
        let left: Vec<Address> =
            pairs.filter(|(_, result)| result.is_err()).map(|(to, _)| to.clone()).collect();
        if left.is_empty() {
            return Ok(());
        }
        self.queue_for_mailer(arrival.reverse_path.clone(), left, &arrival.content).await
    }

    async fn store(
        &self,
        arrival: &Arrival,
        new: &NewMessage,
        local: &LocalRecipient,
    ) -> Result<(), Refusal> {
        let now = self.inner.mailstore.clock().now();
        let hostname = &self.inner.hostname;
        let path = arrival.reverse_path.as_ref();
        let prefix = prefix(hostname, &arrival.trace, path, &local.address, now);
        let new = new.with_prefix(prefix);
        let refused = |error: mailstore::Error| Refusal::from_store(&error, &local.address);
        let account = self.inner.mailstore.account(local.account).await.map_err(refused)?;
        let append = move |tx: &mut mailstore::Tx<'_>| {
            let inbox = tx.role(Role::Inbox);
            tx.append(&new, &[inbox])
        };
        let appended = account.write(append).await.map_err(refused)?;
        tracing::info!(id = %arrival.trace.id, account = %local.account, message = %appended.number, "delivered");
        Ok(())
    }

    /// Parses and compresses, off the async threads if that takes long.
    pub(crate) async fn prepare(&self, content: &Bytes) -> NewMessage {
        let now = self.inner.mailstore.clock().now();
        if content.len() <= LARGE {
            return NewMessage::new(content, now);
        }
        let shared = content.clone();
        let parsed = tokio::task::spawn_blocking(move || NewMessage::new(&shared, now)).await;
        parsed.unwrap_or_else(|_| NewMessage::new(content, now))
    }
}
