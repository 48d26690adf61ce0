//! The mail store: accounts in use, and the memory they share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use model::{AccountId, Clock};
use serde::Deserialize;

use crate::account::{Account, Inner};
use crate::{Error, Rules};

/// `[mailstore]`: the columns of accounts in memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How many bytes of memory the columns of all accounts may take before
    /// those longest unused are let go of. An account in use is always held.
    /// Default: 512 MiB.
    pub memory_budget_bytes: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config { memory_budget_bytes: 512 << 20 }
    }
}

/// The mail of all accounts. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Mailstore {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub engine: engine::Shared,
    pub clock: Clock,
    pub rules: Rules,
    config: Config,
    accounts: Mutex<HashMap<AccountId, Account>>,
    ticks: AtomicU64,
}

impl Mailstore {
    /// Over an engine, with what those above decide.
    pub fn new(engine: engine::Shared, clock: Clock, rules: Rules, config: Config) -> Mailstore {
        let shared = Shared {
            engine,
            clock,
            rules,
            config,
            accounts: Mutex::default(),
            ticks: AtomicU64::new(0),
        };
        Mailstore { shared: Arc::new(shared) }
    }

    /// The account; at its first use it gets a mailbox of every role.
    ///
    /// Whether there is such a person is the directory's to say.
    pub async fn account(&self, id: AccountId) -> Result<Account, Error> {
        let account = {
            let mut accounts = self.shared.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Account::new(id, self.shared.clone());
            accounts.entry(id).or_insert_with(new).clone()
        };
        account.read(|_| ()).await?;
        Ok(account)
    }

    /// Free and whole bytes of the disk, where there is one.
    pub fn space(&self) -> Option<engine::Space> {
        self.shared.engine.space()
    }

    /// The time by the store's clock.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Bytes of memory that the columns of accounts take now, about.
    pub fn memory_bytes(&self) -> usize {
        self.shared.memory_bytes()
    }
}

impl Shared {
    pub fn touch(&self, inner: &Inner) {
        inner.used.store(self.ticks.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    fn memory_bytes(&self) -> usize {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.values().map(|account| account.inner.weight.load(Ordering::Relaxed)).sum()
    }

    /// Lets go of accounts longest unused until the rest fits, but never of
    /// the one in hand.
    pub fn keep_budget(&self, in_hand: AccountId) {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let held = accounts.values().map(|account| account.inner.clone());
        let held: Vec<_> = held.filter(|inner| inner.weight.load(Ordering::Relaxed) > 0).collect();
        drop(accounts);
        let mut total: usize = held.iter().map(|inner| inner.weight.load(Ordering::Relaxed)).sum();
        if total <= self.config.memory_budget_bytes {
            return;
        }
        let mut oldest: Vec<_> = held.into_iter().filter(|inner| inner.id != in_hand).collect();
        oldest.sort_by_key(|inner| inner.used.load(Ordering::Relaxed));
        for inner in oldest {
            if total <= self.config.memory_budget_bytes {
                break;
            }
            total -= inner.weight.load(Ordering::Relaxed);
            inner.evict();
        }
    }
}
