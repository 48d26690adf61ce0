//! All waiting mail of the server, in the order in which it is due.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use engine::Engine;
use mailstore::{Account, Error, Mailstore, NewMessage, Tx};
use model::{AccountId, Clock, Timestamp};
use tokio::sync::Notify as Bell;

use crate::index::Index;
use crate::{
    Config, Enhanced, Notices, QueueId, Queued, Reply, Results, Started, TABLE, from_rows,
    transition,
};

/// The queue: an index of due mail in memory over records in the accounts.
///
/// Cheap to clone; all clones are the same queue.
#[derive(Clone)]
pub struct Queue {
    inner: Arc<Inner>,
}

struct Inner {
    store: Mailstore,
    clock: Clock,
    config: Config,
    index: Mutex<Index>,
    bell: Bell,
    /// Somebody asked for a mail to be tried now.
    urged: AtomicBool,
}

/// What [`Queue::remove`] and its like could not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// It was sent, removed, or never there.
    #[error("no mail {0} waits: see `facteur queue list`")]
    NoSuchMail(QueueId),
    /// An attempt is under way.
    #[error("the mail {0} is being sent at this moment: try again in a minute")]
    Busy(QueueId),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Queue {
    /// An empty index; [`Queue::rebuild`] fills it.
    pub fn new(store: Mailstore, clock: Clock, config: Config) -> Queue {
        let (index, bell) = (Mutex::new(Index::default()), Bell::new());
        Queue {
            inner: Arc::new(Inner {
                store,
                clock,
                config,
                index,
                bell,
                urged: AtomicBool::new(false),
            }),
        }
    }

    /// The schedule.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The time by which mail is due.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.inner.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the records of `accounts` and of [`AccountId::MAILER`] into the
    /// index, at the start of the server; answers how many there are.
    ///
    /// It reads the rows from the engine, without loading the accounts. An
    /// attempt that a crash interrupted is due when it was: its record counts
    /// it, and it is made again.
    pub async fn rebuild(
        &self,
        engine: &dyn Engine,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<usize, engine::Error> {
        for account in accounts.into_iter().chain([AccountId::MAILER]) {
            let mut rows: Vec<(Vec<u8>, Bytes)> = Vec::new();
            let mut after = None;
            loop {
                let page = engine.scan(account, vec![TABLE], vec![TABLE + 1], after, 1000).await?;
                rows.extend(page.rows.into_iter().map(|(key, value)| (key[1..].to_vec(), value)));
                after = page.resume;
                if after.is_none() {
                    break;
                }
            }
            for (id, queued) in from_rows(account, &rows) {
                match queued {
                    Ok(queued) => self.note_record(id, &queued),
                    Err(error) => tracing::error!(%id, %error, "a waiting mail is left alone"),
                }
            }
        }
        Ok(self.index().len())
    }

    /// Notes that `id` is due at `due`: to be called after the commit that
    /// wrote its record.
    pub fn note(&self, id: QueueId, due: Timestamp) {
        self.index().note(id, due);
        self.inner.bell.notify_one();
    }

    fn note_record(&self, id: QueueId, queued: &Queued) {
        if queued.on_hold {
            self.index().hold(id);
        } else {
            self.note(id, queued.due);
        }
    }

    /// When the next mail is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.index().next_due()
    }

    /// How many mails wait.
    pub fn len(&self) -> usize {
        self.index().len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes up to `limit` mails that are due. Whoever takes one calls
    /// [`Queue::finish`] in the end; until then nobody else gets it.
    pub fn take_due(&self, now: Timestamp, limit: usize) -> Vec<QueueId> {
        self.index().take_due(now, limit)
    }

    /// The work on a taken mail is over; `next` is when it is due again.
    pub fn finish(&self, id: QueueId, next: Option<Timestamp>) {
        self.index().finish(id, next);
        self.inner.bell.notify_one();
    }

    /// The work on a taken mail is over: an administrator holds it.
    pub fn finish_on_hold(&self, id: QueueId) {
        let mut index = self.index();
        index.finish(id, None);
        index.hold(id);
    }

    /// Waits until the index changes. A change since the last wait counts, so
    /// none is missed by looking first and waiting then. For one waiter.
    pub async fn wait_for_work(&self) {
        self.inner.bell.notified().await;
    }

    async fn account(&self, id: QueueId) -> Result<Account, Error> {
        self.inner.store.account(id.account).await
    }

    async fn write<T, F>(&self, id: QueueId, act: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.account(id).await?.write(act).await
    }

    /// Puts a mail that nobody here sent into the queue: a DSN to outside, or
    /// what is left of a delivery. It is durable when this answers.
    pub async fn put(&self, new: NewMessage, queued: Queued) -> Result<QueueId, Error> {
        let due = queued.due;
        let mailer = self.inner.store.account(AccountId::MAILER).await?;
        let number = mailer.write(move |tx| transition::submit(tx, &new, &queued, None)).await?;
        let id = QueueId::new(AccountId::MAILER, number);
        self.note(id, due);
        Ok(id)
    }

    /// Begins an attempt on a taken mail (see [`transition::start`]).
    pub async fn start(&self, id: QueueId) -> Result<Started, Error> {
        let now = self.now();
        self.write(id, move |tx| transition::start(tx, id.account, id.message, now)).await
    }

    /// The text of a mail.
    pub async fn content(&self, id: QueueId, queued: &Queued) -> Result<Option<Bytes>, Error> {
        self.account(id).await?.blob(queued.blob).await
    }

    /// Takes in what an attempt found (see [`transition::record`]).
    pub async fn record(&self, id: QueueId, results: Results) -> Result<Option<Queued>, Error> {
        let (now, config) = (self.now(), self.inner.config.clone());
        self.write(id, move |tx| {
            transition::record(tx, id.account, id.message, results.clone(), now, &config)
        })
        .await
    }

    /// Notes that the sender was told (see [`transition::told`]).
    pub async fn told(&self, id: QueueId, notices: Notices) -> Result<Option<Queued>, Error> {
        self.write(id, move |tx| transition::told(tx, id.account, id.message, &notices)).await
    }

    /// Everything that waits, as the records are now; `facteur queue list`.
    pub async fn list(&self) -> Result<Vec<(QueueId, Queued)>, Error> {
        let ids = self.index().ids();
        let mut listed = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(queued) = self.read(id).await? {
                listed.push((id, queued));
            }
        }
        Ok(listed)
    }

    /// One mail; `facteur queue show`.
    pub async fn show(&self, id: QueueId) -> Result<Queued, QueueError> {
        self.known(id)?;
        self.read(id).await?.ok_or(QueueError::NoSuchMail(id))
    }

    async fn read(&self, id: QueueId) -> Result<Option<Queued>, Error> {
        let pieces = self
            .account(id)
            .await?
            .read(|state| {
                let piece = |at| state.attached(TABLE, &crate::key(id.message, at)).cloned();
                (0..).map_while(piece).collect::<Vec<Bytes>>()
            })
            .await?;
        if pieces.is_empty() {
            return Ok(None);
        }
        Ok(Some(crate::from_pieces(id, &pieces)?))
    }

    /// An id that the index does not know is not asked of the store: loading
    /// an account creates it.
    fn known(&self, id: QueueId) -> Result<(), QueueError> {
        if self.index().contains(id) { Ok(()) } else { Err(QueueError::NoSuchMail(id)) }
    }

    /// Takes `id` for a change by an administrator.
    fn take(&self, id: QueueId) -> Result<(), QueueError> {
        self.known(id)?;
        if self.index().take(id) { Ok(()) } else { Err(QueueError::Busy(id)) }
    }

    /// Changes a record on behalf of an administrator, and the index with it.
    async fn administer<F>(&self, id: QueueId, act: F) -> Result<Queued, QueueError>
    where
        F: FnMut(&mut Tx<'_>) -> Result<Option<Queued>, Error> + Send + 'static,
    {
        self.take(id)?;
        let changed = self.write(id, act).await;
        match &changed {
            Ok(Some(queued)) if queued.on_hold => self.finish_on_hold(id),
            Ok(Some(queued)) if !queued.is_finished() => self.finish(id, Some(queued.due)),
            Ok(_) => self.finish(id, None),
            Err(_) => self.finish(id, Some(self.now())),
        }
        changed?.ok_or(QueueError::NoSuchMail(id))
    }

    /// Stops a mail until [`Queue::retry`]; `facteur queue hold`.
    pub async fn hold(&self, id: QueueId) -> Result<Queued, QueueError> {
        let act = |queued: &mut Queued| queued.on_hold = true;
        self.administer(id, move |tx| transition::change(tx, id.account, id.message, act)).await
    }

    /// Whether [`Queue::retry`] was called since this was last asked: what is
    /// remembered of servers that were down should be forgotten then.
    pub fn was_urged(&self) -> bool {
        self.inner.urged.swap(false, Ordering::Relaxed)
    }

    /// Makes a mail due now, also one on hold; `facteur queue retry`.
    pub async fn retry(&self, id: QueueId) -> Result<Queued, QueueError> {
        let now = self.now();
        let act = move |queued: &mut Queued| (queued.on_hold, queued.due) = (false, now);
        // Before the mail is due, so that whoever takes it knows.
        self.inner.urged.store(true, Ordering::Relaxed);
        self.administer(id, move |tx| transition::change(tx, id.account, id.message, act)).await
    }

    /// Ends a mail; `facteur queue remove`. With `tell`, the sender gets a DSN.
    pub async fn remove(&self, id: QueueId, tell: bool) -> Result<Queued, QueueError> {
        let now = self.now();
        if !tell {
            let discard = move |tx: &mut Tx<'_>| transition::discard(tx, id.account, id.message);
            let removed = self.administer(id, discard).await;
            if removed.is_ok() {
                self.index().remove(id);
            }
            return removed;
        }
        let reason = Reply::ours(Enhanced(5, 0, 0), "removed from the queue by an administrator");
        self.administer(id, move |tx| {
            transition::abandon(tx, id.account, id.message, reason.clone(), now)
        })
        .await
    }
}
