//! An account that is in use: reading, writing, news.
//!
//! Writers of one account are served in turns by one task, the leader: it
//! takes what waits, runs the closures one after the other on one [`Delta`],
//! and commits them together, so that many deliveries to one account share a
//! commit as those to many accounts share an fsync.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use engine::{BlobId, Outcome};
use model::{AccountId, MessageNumber, ModSeq, Role};
use tokio::sync::{oneshot, watch};

use crate::delta::Delta;
use crate::record::{Record, whole};
use crate::rows::{self, RecordRow};
use crate::state::State;
use crate::store::Shared;
use crate::tx::Tx;
use crate::{Error, load};

/// How many closures one commit takes at most, and how much they may change.
const GROUP: usize = 128;
const GROUP_WEIGHT: usize = 2000;
/// How often a commit is tried when others are faster.
const TRIES: usize = 50;

/// An account of the mail store. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Account {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub id: AccountId,
    store: Arc<Shared>,
    state: RwLock<Option<State>>,
    loading: tokio::sync::Mutex<()>,
    jobs: Mutex<Jobs>,
    news: watch::Sender<ModSeq>,
    pub weight: AtomicUsize,
    pub used: AtomicU64,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Box<dyn Job>>,
    led: bool,
}

/// A closure that waits for its turn.
trait Job: Send {
    /// Runs it; whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller how it ended.
    fn finish(self: Box<Self>, result: Result<(), Error>);
}

struct Closure<F, T> {
    act: F,
    outcome: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Job for Closure<F, T>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, Error> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let outcome = (self.act)(tx);
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn finish(self: Box<Self>, result: Result<(), Error>) {
        let outcome = match (result, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            // What it refused by itself stands, whatever became of the others.
            (Err(_), Some(Err(own))) => Err(own),
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(Error::Contended),
        };
        // Nobody listens any longer if the caller was cancelled.
        let _ = self.answer.send(outcome);
    }
}

/// News of an account: wakes when its state has risen.
#[derive(Debug, Clone)]
pub struct Changes(watch::Receiver<ModSeq>);

impl Changes {
    /// Waits until the account's state is another than when this was last
    /// called (or made). Cancelling it loses nothing.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The store is closed: there will be no news.
            std::future::pending::<()>().await;
        }
    }

    /// The state now, which counts as looked at.
    pub fn state(&mut self) -> ModSeq {
        *self.0.borrow_and_update()
    }
}

impl Account {
    pub(crate) fn new(id: AccountId, store: Arc<Shared>) -> Account {
        Account {
            inner: Arc::new(Inner {
                id,
                store,
                state: RwLock::new(None),
                loading: tokio::sync::Mutex::new(()),
                jobs: Mutex::default(),
                news: watch::Sender::new(ModSeq(0)),
                weight: AtomicUsize::new(0),
                used: AtomicU64::new(0),
            }),
        }
    }

    /// Which account this is.
    pub fn id(&self) -> AccountId {
        self.inner.id
    }

    /// News of this account from now on.
    pub fn changes(&self) -> Changes {
        Changes(self.inner.news.subscribe())
    }

    /// Looks at one state, the one after the last commit. `look` must be
    /// short: writers wait for it.
    pub async fn read<R>(&self, look: impl FnOnce(&State) -> R) -> Result<R, Error> {
        loop {
            {
                let state = self.inner.state.read().unwrap_or_else(PoisonError::into_inner);
                if let Some(state) = &*state {
                    self.inner.store.touch(&self.inner);
                    return Ok(look(state));
                }
            }
            self.inner.load().await?;
        }
    }

    /// Writes: `act` runs, and when this answers `Ok` what it did is durable.
    ///
    /// `act` may run again if the commit conflicts, and must have no other
    /// effect. Its `Err` is answered as it is and changes nothing. Once begun,
    /// the commit is carried through even if the caller stops waiting.
    pub async fn write<T, F>(&self, act: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let lead = {
            let mut jobs = self.inner.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.waiting.push_back(Box::new(Closure { act, outcome: None, answer }));
            !std::mem::replace(&mut jobs.led, true)
        };
        if lead {
            tokio::spawn(lead_writers(self.inner.clone()));
        }
        outcome.await.unwrap_or(Err(Error::Contended))
    }

    /// What never changes of messages, in the order of `numbers`; `None` for
    /// those that are gone.
    pub async fn records(
        &self,
        numbers: &[MessageNumber],
    ) -> Result<Vec<Option<Arc<Record>>>, Error> {
        let rows = self.inner.record_rows(numbers).await?;
        let bare: Vec<BlobId> =
            rows.iter().flatten().filter(|row| row.facts.is_none()).map(|row| row.blob).collect();
        let mut contents = BTreeMap::new();
        if !bare.is_empty() {
            let found = self.inner.store.engine.blobs(bare.clone()).await?;
            contents.extend(bare.into_iter().zip(found));
        }
        let record = |(number, row): (&MessageNumber, Option<RecordRow>)| {
            let mut row = row?;
            let facts = row.facts.take().or_else(|| {
                let content = contents.get(&row.blob).cloned().flatten()?;
                Some(message::facts(&content))
            })?;
            Some(Arc::new(Record::new(*number, row, facts)))
        };
        Ok(numbers.iter().zip(rows).map(record).collect())
    }

    /// What never changes of one message.
    pub async fn record(&self, number: MessageNumber) -> Result<Option<Arc<Record>>, Error> {
        Ok(self.records(&[number]).await?.into_iter().next().flatten())
    }

    /// The texts of messages, byte for byte as they were received behind the
    /// prefix that was fixed on delivery; `None` for those that are gone.
    pub async fn contents(&self, numbers: &[MessageNumber]) -> Result<Vec<Option<Bytes>>, Error> {
        let rows = self.inner.record_rows(numbers).await?;
        let blobs = rows.iter().flatten().map(|row| row.blob).collect();
        let mut found = self.inner.store.engine.blobs(blobs).await?.into_iter();
        let mut texts = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(row) = row else {
                texts.push(None);
                continue;
            };
            let content = found.next().flatten().ok_or_else(|| missing_blob(row.blob))?;
            texts.push(Some(whole(&row.prefix, &content)));
        }
        Ok(texts)
    }

    /// The text of one message.
    pub async fn content(&self, number: MessageNumber) -> Result<Option<Bytes>, Error> {
        Ok(self.contents(&[number]).await?.into_iter().next().flatten())
    }

    /// What a neighbour keeps in this account, keys without the table.
    pub async fn rows(&self, table: u8) -> Result<Vec<(Vec<u8>, Bytes)>, Error> {
        let own = |(key, value): (&[u8], &Bytes)| (key.to_vec(), value.clone());
        self.read(|state| state.attached_rows(table).map(own).collect()).await
    }

    /// Records and texts together, for who needs both: each is looked up once.
    pub async fn messages(
        &self,
        numbers: &[MessageNumber],
    ) -> Result<Vec<Option<(Record, Bytes)>>, Error> {
        let rows = self.inner.record_rows(numbers).await?;
        let blobs = rows.iter().flatten().map(|row| row.blob).collect();
        let mut found = self.inner.store.engine.blobs(blobs).await?.into_iter();
        let mut messages = Vec::with_capacity(rows.len());
        for (number, row) in numbers.iter().zip(rows) {
            let Some(mut row) = row else {
                messages.push(None);
                continue;
            };
            let content = found.next().flatten().ok_or_else(|| missing_blob(row.blob))?;
            let text = whole(&row.prefix, &content);
            let facts = row.facts.take().unwrap_or_else(|| message::facts(&content));
            messages.push(Some((Record::new(*number, row, facts), text)));
        }
        Ok(messages)
    }

    /// The bytes of a blob that a transaction held (see [`Tx::hold_blob`]).
    pub async fn blob(&self, blob: BlobId) -> Result<Option<Bytes>, Error> {
        Ok(self.inner.store.engine.blobs(vec![blob]).await?.into_iter().next().flatten())
    }
}

fn missing_blob(blob: BlobId) -> engine::Error {
    let detail = "it is missing although a message refers to it".into();
    engine::Error::Damaged { what: format!("blob {blob}"), detail }
}

impl Inner {
    async fn record_rows(
        &self,
        numbers: &[MessageNumber],
    ) -> Result<Vec<Option<RecordRow>>, Error> {
        let keys = numbers.iter().map(|number| rows::record(*number)).collect();
        let values = self.store.engine.get(self.id, keys).await?;
        let decode = |value: Option<Bytes>| match value {
            Some(value) => engine::decode("a message's record", &value).map(Some),
            None => Ok(None),
        };
        Ok(values.into_iter().map(decode).collect::<Result<_, _>>()?)
    }

    async fn load(&self) -> Result<(), Error> {
        let _one = self.loading.lock().await;
        if self.state.read().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(());
        }
        for _ in 0..TRIES {
            if let Some(state) = load::load(&*self.store.engine, self.id).await? {
                self.set(state);
                return Ok(());
            }
            self.found_account().await?;
        }
        Err(Error::Contended)
    }

    fn set(&self, state: State) {
        let modseq = state.modseq();
        self.weight.store(state.weight(), Ordering::Relaxed);
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Some(state);
        self.news.send_if_modified(|known| std::mem::replace(known, modseq) != modseq);
        self.store.touch(self);
        self.store.keep_budget(self.id);
    }

    /// Lets go of the columns; whoever looks next loads them again.
    pub fn evict(&self) {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if !jobs.led {
            *self.state.write().unwrap_or_else(PoisonError::into_inner) = None;
            self.weight.store(0, Ordering::Relaxed);
        }
    }

    /// The first commit of an account: a mailbox of every role.
    async fn found_account(&self) -> Result<(), Error> {
        let empty = State { next_number: 1, next_mailbox: 1, next_validity: 1, ..State::default() };
        let mut delta = Delta { next_number: Some(1), ..Delta::default() };
        let policy = (self.store.rules.policy)(self.id);
        let mut tx = Tx::new(&empty, &mut delta, policy, &self.store.rules, self.store.clock.now());
        for role in Role::ALL {
            let name = role.default_name().parse().expect("names of roles are names");
            tx.new_mailbox(name, Some(role))?;
            if let Ok(name) = role.default_name().parse() {
                tx.subscribe(&name, true);
            }
        }
        let commit = delta.commit(self.id, &empty, &BTreeMap::new());
        // Whoever was first, the account is there now.
        self.store.engine.commit(vec![commit]).await?;
        Ok(())
    }

    /// Takes as many closures as belong into one commit.
    fn take_jobs(&self) -> Vec<Box<dyn Job>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.waiting.is_empty() {
            jobs.led = false;
            return Vec::new();
        }
        let count = jobs.waiting.len().min(GROUP);
        jobs.waiting.drain(..count).collect()
    }

    fn put_back(&self, later: Vec<Box<dyn Job>>) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        for job in later.into_iter().rev() {
            jobs.waiting.push_front(job);
        }
    }

    /// Runs the closures on the present state. Those that do not fit into
    /// this commit are left in `jobs` behind the answered number.
    fn run(&self, jobs: &mut [Box<dyn Job>]) -> Option<(Delta, usize)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let state = state.as_ref()?;
        let policy = (self.store.rules.policy)(self.id);
        let now = self.store.clock.now();
        let mut delta = Delta::default();
        let mut taken = 0;
        for job in jobs {
            let before = if delta.is_empty() { Delta::default() } else { delta.clone() };
            let mut tx = Tx::new(state, &mut delta, policy, &self.store.rules, now);
            if !job.run(&mut tx) {
                delta = before;
            }
            taken += 1;
            if delta.weight() > GROUP_WEIGHT {
                break;
            }
        }
        Some((delta, taken))
    }

    /// Commits a group. `Ok(false)`: another writer was faster, try again.
    async fn commit(&self, mut delta: Delta) -> Result<bool, Error> {
        let wanted: Vec<MessageNumber> =
            delta.destroyed.iter().chain(delta.cloned.values()).copied().collect();
        let found = self.record_rows(&wanted).await?;
        let found = wanted.into_iter().zip(found);
        let found: BTreeMap<_, _> =
            found.filter_map(|(number, row)| row.map(|row| (number, Arc::new(row)))).collect();
        let commit = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let Some(state) = state.as_ref() else { return Ok(false) };
            delta.commit(self.id, state, &found)
        };
        let (id, version) = (commit.id, commit.next);
        let outcome = self.store.engine.commit(vec![commit]).await?.into_iter().next();
        let done = match outcome {
            Some(Outcome::Done(_)) => true,
            Some(Outcome::Unknown) => self.store.engine.find_commit(self.id, id).await?.is_some(),
            _ => false,
        };
        if !done {
            *self.state.write().unwrap_or_else(PoisonError::into_inner) = None;
            return Ok(false);
        }
        let weight = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let Some(state) = state.as_mut() else { return Ok(true) };
            delta.apply(state, version);
            state.weight()
        };
        self.weight.store(weight, Ordering::Relaxed);
        self.news.send_replace(ModSeq(version));
        self.store.keep_budget(self.id);
        Ok(true)
    }

    async fn group(&self, jobs: &mut Vec<Box<dyn Job>>) -> Result<usize, Error> {
        for _ in 0..TRIES {
            self.load().await?;
            let Some((delta, taken)) = self.run(jobs) else { continue };
            if delta.is_empty() || self.commit(delta).await? {
                return Ok(taken);
            }
        }
        Err(Error::Contended)
    }
}

/// Serves the writers of an account until none waits.
async fn lead_writers(inner: Arc<Inner>) {
    loop {
        let mut jobs = inner.take_jobs();
        if jobs.is_empty() {
            return;
        }
        match inner.group(&mut jobs).await {
            Ok(taken) => {
                inner.put_back(jobs.split_off(taken));
                jobs.into_iter().for_each(|job| job.finish(Ok(())));
            }
            Err(error) => {
                // What is in memory may differ from what is stored now.
                *inner.state.write().unwrap_or_else(PoisonError::into_inner) = None;
                jobs.into_iter().for_each(|job| job.finish(Err(error.clone())));
            }
        }
    }
}
