//! The directory on the engine in memory.

mod accounts;
mod faults;
mod login;
mod model;
mod resolve;

use std::net::IpAddr;
use std::sync::Arc;

use ::model::{AccountId, Address, Clock, Secret};
use directory::{Config, Directory};
use engine::Memory;

/// A directory with `example.org`, an administrator and Alice.
pub(crate) struct Office {
    pub(crate) engine: Arc<Memory>,
    pub(crate) clock: Clock,
    pub(crate) directory: Directory,
    pub(crate) admin: AccountId,
    pub(crate) alice: AccountId,
}

pub(crate) const ADMIN: &str = "admin@example.org";
pub(crate) const ALICE: &str = "alice@example.org";

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text)
}

pub(crate) fn peer(text: &str) -> IpAddr {
    text.parse().expect("an IP address")
}

impl Office {
    pub(crate) async fn new() -> Office {
        Office::with(Config::for_tests()).await
    }

    pub(crate) async fn with(config: Config) -> Office {
        let engine = Arc::new(Memory::new());
        let clock = Clock::manual(1_200_000_000);
        let directory = Directory::open(engine.clone(), clock.clone(), config).await.unwrap();
        directory.add_domain("example.org").await.unwrap();
        let add = async |who, password, administrator| {
            let (who, password) = (address(who), secret(password));
            directory.add_account(&who, &password, None, administrator, "fr").await.unwrap()
        };
        let admin = add(ADMIN, "admin-secret", true).await;
        let alice = add(ALICE, "alice-secret", false).await;
        Office { engine, clock, directory, admin, alice }
    }

    /// What a second process, or this one after a restart, would see.
    pub(crate) async fn another(&self) -> Directory {
        let engine = self.engine.clone();
        Directory::open(engine, self.clock.clone(), Config::for_tests()).await.unwrap()
    }

    pub(crate) async fn add(&self, who: &str) -> AccountId {
        let (who, password) = (address(who), secret("a-password"));
        self.directory.add_account(&who, &password, None, false, "en").await.unwrap()
    }
}

/// All that can be seen of a directory, to compare two.
pub(crate) fn picture(directory: &Directory) -> String {
    let accounts = directory.accounts();
    let apps: Vec<_> = accounts.iter().map(|a| directory.app_passwords(a.id)).collect();
    format!("{:#?} {accounts:#?} {:#?} {apps:#?}", directory.domains(), directory.aliases())
}
