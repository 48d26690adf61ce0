//! An account to play with.

use std::sync::Arc;

use engine::Memory;
use mailstore::{Account, Config, Mailstore, NewMessage, Rules, Tx};
use model::{AccountId, Clock, MailboxId, MessageNumber, Role, Timestamp, Uid};

pub const ALICE: AccountId = AccountId(1001);

pub struct Bench {
    pub engine: Arc<Memory>,
    pub clock: Clock,
    pub rules: Rules,
    pub store: Mailstore,
    pub alice: Account,
}

impl Bench {
    pub async fn new() -> Bench {
        Bench::with_rules(Rules::default()).await
    }

    pub async fn with_rules(rules: Rules) -> Bench {
        let engine = Arc::new(Memory::new());
        let clock = Clock::manual(1_800_000_000);
        let store = Mailstore::new(engine.clone(), clock.clone(), rules.clone(), Config::default());
        let alice = store.account(ALICE).await.unwrap();
        Bench { engine, clock, rules, store, alice }
    }

    /// The same engine, nothing in memory: as after a restart.
    pub async fn reopen(&mut self) {
        self.store = Mailstore::new(
            self.engine.clone(),
            self.clock.clone(),
            self.rules.clone(),
            Config::default(),
        );
        self.alice = self.store.account(ALICE).await.unwrap();
    }

    pub async fn role(&self, role: Role) -> MailboxId {
        self.alice.read(|state| state.role(role).id).await.unwrap()
    }

    /// UIDs of the mailbox of a role.
    pub async fn uids(&self, role: Role) -> Vec<u32> {
        self.alice.read(|s| s.role(role).uids().iter().map(|u| u.0).collect()).await.unwrap()
    }

    pub async fn append(&self, text: &str, role: Role) -> MessageNumber {
        let new = mail(text);
        let into = self.role(role).await;
        self.alice.write(move |tx: &mut Tx<'_>| tx.append(&new, &[into])).await.unwrap().number
    }
}

pub fn mail(text: &str) -> NewMessage {
    NewMessage::new(text.replace('\n', "\r\n").as_bytes(), Timestamp(1_800_000_000))
}

pub fn uid_list(uids: &[Uid]) -> Vec<u32> {
    uids.iter().map(|uid| uid.0).collect()
}
