//! Reading the directory and committing its changes.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use engine::{Commit, Outcome};
use model::{AccountId, Clock};
use tokio::sync::{Mutex, watch};

use crate::login::Logins;
use crate::rows::{END, RowKey};
use crate::state::{Edit, State};
use crate::{Config, Error};

/// The directory; clones are the same one.
#[derive(Clone)]
pub struct Directory {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    engine: engine::Shared,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    state: RwLock<State>,
    /// One change at a time: the next is made on what the last one left.
    writer: Mutex<()>,
    changed: watch::Sender<u64>,
    pub(crate) logins: Logins,
}

/// How often a change is made again when others were faster.
const ATTEMPTS: usize = 100;

/// Rows read at once.
const PAGE: usize = 1000;

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory").field("version", &self.read().version).finish_non_exhaustive()
    }
}

impl Directory {
    /// Reads the whole directory into memory.
    ///
    /// Fails with [`Error::Engine`] where the store cannot be read.
    pub async fn open(
        engine: engine::Shared,
        clock: Clock,
        config: Config,
    ) -> Result<Directory, Error> {
        let state = load(&engine).await?;
        let logins = Logins::new(&config.passwords)?;
        let changed = watch::Sender::new(state.version);
        let state = RwLock::new(state);
        let writer = Mutex::new(());
        Ok(Directory {
            inner: Arc::new(Inner { engine, clock, config, state, writer, changed, logins }),
        })
    }

    /// Rises with every change of the directory, for pages that show it.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Reads again what another process has changed meanwhile, if anything.
    pub async fn refresh(&self) -> Result<(), Error> {
        let _writer = self.inner.writer.lock().await;
        let version = self.inner.engine.version(AccountId::DIRECTORY).await?;
        if version != self.read().version {
            self.inner.reload().await?;
        }
        Ok(())
    }

    /// A look at one state; never held across an await.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.inner.read()
    }

    /// Commits the edits that `f` derives from the present state.
    ///
    /// `f` runs again on the newer state when another process was faster. The
    /// work goes on when the caller is dropped, so that memory never lags
    /// behind what was stored.
    pub(crate) async fn change<T, F>(&self, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&State) -> Result<(Vec<Edit>, T), Error> + Send + 'static,
    {
        let inner = self.inner.clone();
        let work = tokio::spawn(async move { inner.change(f).await });
        match work.await {
            Ok(result) => result,
            Err(error) => Err(engine::Error::Stopped(error.to_string()).into()),
        }
    }
}

impl Inner {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    async fn change<T, F>(&self, mut f: F) -> Result<T, Error>
    where
        F: FnMut(&State) -> Result<(Vec<Edit>, T), Error>,
    {
        let _writer = self.writer.lock().await;
        for _ in 0..ATTEMPTS {
            let (edits, value, expected) = {
                let state = self.read();
                let (edits, value) = f(&state)?;
                (edits, value, state.version)
            };
            if edits.is_empty() {
                return Ok(value);
            }
            let mut commit = Commit::new(AccountId::DIRECTORY, expected);
            for edit in &edits {
                match &edit.value {
                    Some(value) => commit.put(edit.key.encode(), value.clone()),
                    None => commit.delete(edit.key.encode()),
                }
            }
            if let Some(version) = self.commit(commit).await? {
                self.publish(edits, version)?;
                return Ok(value);
            }
        }
        Err(Error::Contended)
    }

    /// The version it made, or `None` if the change must be made anew.
    async fn commit(&self, commit: Commit) -> Result<Option<engine::Version>, Error> {
        let id = commit.id;
        let outcome = self.engine.commit(vec![commit]).await?.into_iter().next();
        match outcome.unwrap_or(Outcome::Unknown) {
            Outcome::Done(version) => Ok(Some(version)),
            Outcome::Unknown => Ok(self.engine.find_commit(AccountId::DIRECTORY, id).await?),
            Outcome::Conflict(_) => {
                self.reload().await?;
                Ok(None)
            }
            Outcome::NoSuchBlob(blob) => Err(Error::Engine(engine::Error::Damaged {
                what: "the directory".to_owned(),
                detail: format!("it has no blobs, yet blob {blob} was missed"),
            })),
        }
    }

    /// Lets everybody see what is now durable.
    fn publish(&self, edits: Vec<Edit>, version: engine::Version) -> Result<(), Error> {
        let mut state = self.write();
        for edit in edits {
            if let RowKey::Account(id) = edit.key {
                self.logins.forget(id);
            }
            state.apply(edit)?;
        }
        state.version = version;
        drop(state);
        self.changed.send_modify(|seen| *seen = version);
        Ok(())
    }

    async fn reload(&self) -> Result<(), Error> {
        let fresh = load(&self.engine).await?;
        let version = fresh.version;
        *self.write() = fresh;
        self.logins.forget_all();
        self.changed.send_modify(|seen| *seen = version);
        Ok(())
    }
}

/// Reads all rows as one state: a scan is many pages, so it begins again when
/// the version rose under it.
async fn load(engine: &engine::Shared) -> Result<State, Error> {
    for _ in 0..ATTEMPTS {
        let version = engine.version(AccountId::DIRECTORY).await?;
        let mut state = State::empty();
        let mut after = None;
        loop {
            let page =
                engine.scan(AccountId::DIRECTORY, Vec::new(), END.to_vec(), after, PAGE).await?;
            for (key, value) in page.rows {
                // A later release may have added tables; they are not ours to judge.
                if let Some(key) = RowKey::decode(&key) {
                    state.apply(Edit { key, value: Some(value) })?;
                }
            }
            after = page.resume;
            if after.is_none() {
                break;
            }
        }
        if engine.version(AccountId::DIRECTORY).await? == version {
            state.version = version;
            return Ok(state);
        }
    }
    Err(Error::Contended)
}
