//! Logging in: app passwords, remembered successes, Argon2id, slowing down.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{AccountId, Address, Secret, Timestamp};
use tokio::sync::Semaphore;

use crate::password::{MAX_BYTES, PasswordHash};
use crate::rows::{AccountRow, address_key};
use crate::throttle::{Attempt, Throttle, short_hash};
use crate::{AccountInfo, AppPasswordId, Directory, Error, PasswordConfig, Protocol};

/// Who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The account.
    pub account: AccountInfo,
    /// With which app password, if it was not the account's own.
    pub by_app_password: Option<AppPasswordId>,
}

/// Why somebody may not log in.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// No such account, or not its password: never say which.
    #[error("the address or the password is wrong")]
    Refused,

    /// The password is right, and the account closed.
    #[error("this account is suspended; ask the administrator")]
    Suspended,

    /// Too many wrong passwords lately: this one was not even looked at.
    #[error("too many wrong passwords; try again in {} seconds", retry_after.as_secs())]
    TooFast {
        /// When it will be looked at.
        retry_after: Duration,
    },

    /// Our fault, never the user's: the cause goes to the log.
    #[error("logging in failed for a reason of ours; try again later")]
    Engine(#[from] Error),
}

/// For how long a right password need not be hashed again: mail programs log
/// in all day.
const REMEMBERED_SECONDS: i64 = 300;

/// How many attempts are told apart while they wait for each other.
const GATES: usize = 256;

/// What logging in remembers, none of it on disk.
pub(crate) struct Logins {
    /// Of this process: what is remembered is worth nothing outside.
    key: [u8; 32],
    verified: Mutex<HashMap<AccountId, (blake3::Hash, Timestamp)>>,
    throttle: Mutex<Throttle>,
    /// Attempts of one address on one account go one after the other: nobody
    /// guesses in parallel, and a mail program that opens ten connections at
    /// once has its password hashed once.
    gates: Vec<tokio::sync::Mutex<()>>,
    /// How many hash at once: each takes a processor and its memory.
    hashing: Arc<Semaphore>,
    nobody: PasswordHash,
}

impl Logins {
    pub(crate) fn new(config: &PasswordConfig) -> Result<Logins, Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|e| Error::Hashing(e.to_string()))?;
        Ok(Logins {
            key,
            verified: Mutex::default(),
            throttle: Mutex::new(Throttle::new()),
            gates: std::iter::repeat_with(tokio::sync::Mutex::default).take(GATES).collect(),
            hashing: Arc::new(Semaphore::new(config.parallel.clamp(1, 1024))),
            nobody: PasswordHash::of_nobody(config),
        })
    }

    pub(crate) fn forget(&self, id: AccountId) {
        self.verified().remove(&id);
    }

    pub(crate) fn forget_all(&self) {
        self.verified().clear();
    }

    /// Does heavy work on a thread of its own, a bounded number at a time.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let failed = |e: &dyn std::error::Error| Error::Hashing(e.to_string());
        let permit = self.hashing.clone().acquire_owned().await.map_err(|e| failed(&e))?;
        // The permit goes along: work whose caller hung up still counts.
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            f()
        });
        work.await.map_err(|e| failed(&e))?
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, (blake3::Hash, Timestamp)>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of this password against this hash: a change of either makes another.
    fn mac(&self, id: AccountId, hash: &PasswordHash, password: &str) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&id.0.to_le_bytes());
        hasher.update(&hash.fingerprint());
        hasher.update(password.as_bytes());
        hasher.finalize()
    }

    fn is_verified(&self, id: AccountId, mac: blake3::Hash, now: Timestamp) -> bool {
        // blake3 hashes compare in constant time.
        self.verified().get(&id).is_some_and(|(known, until)| *known == mac && now < *until)
    }
}

impl Directory {
    /// Whether `user` (a full address) with `password` may come in from `peer`.
    ///
    /// An unknown user costs the same time and gets the same answers as a
    /// wrong password. Only who knows the password learns that an account is
    /// suspended.
    pub async fn login(
        &self,
        user: &str,
        password: &Secret,
        protocol: Protocol,
        peer: IpAddr,
    ) -> Result<Login, LoginError> {
        let address: Option<Address> = user.parse().ok();
        let name = address.as_ref().map_or_else(|| user.to_lowercase(), address_key);
        let account = self.account_row(&name);
        if let Some((id, _)) = &account
            && let Some(app) = self.find_app_password(*id, password.expose(), protocol)
        {
            let login = self.admit(*id, Some(app))?;
            self.used_app_password(*id, app).await;
            return Ok(login);
        }
        let logins = &self.inner.logins;
        let attempt = Attempt::new(&logins.key, &name, peer);
        let gate = usize::try_from(attempt.pair % GATES as u64).unwrap_or(0);
        let _gate = logins.gates[gate].lock().await;
        if let Some(retry_after) = logins.throttle().wait(&attempt, self.inner.clock.now()) {
            tracing::info!(%peer, %protocol, ?retry_after, "login attempts come too fast");
            return Err(LoginError::TooFast { retry_after });
        }
        let result = self.check(&attempt, account, password).await;
        if let Err(LoginError::Refused) = &result {
            tracing::info!(%peer, %protocol, "login refused");
        }
        result
    }

    /// Whether it is the account's own password, for a page that asks again.
    /// Not slowed down: who asks is logged in already.
    pub async fn is_password(&self, id: AccountId, password: &Secret) -> Result<bool, Error> {
        let hash = self.read().account(id)?.password.clone();
        self.matches(hash, password).await
    }

    fn account_row(&self, name: &str) -> Option<(AccountId, Arc<AccountRow>)> {
        let state = self.read();
        let id = *state.by_address.get(name)?;
        Some((id, state.accounts.get(&id)?.clone()))
    }

    async fn check(
        &self,
        attempt: &Attempt,
        account: Option<(AccountId, Arc<AccountRow>)>,
        password: &Secret,
    ) -> Result<Login, LoginError> {
        let logins = &self.inner.logins;
        let now = self.inner.clock.now();
        let id = account.as_ref().map_or(AccountId(0), |(id, _)| *id);
        let hash = account.as_ref().map_or(&logins.nobody, |(_, row)| &row.password);
        let mac = logins.mac(id, hash, password.expose());
        if account.is_some() && logins.is_verified(id, mac, now) {
            let login = self.admit(id, None)?;
            logins.throttle().succeeded(attempt, now);
            return Ok(login);
        }
        // The same wrong password again is a program that was not told of the
        // new one, not a guess: it is neither counted nor worth hashing.
        let wrong = short_hash(&logins.key, &[b"wrong", mac.as_bytes()]);
        if logins.throttle().is_repeated(attempt, wrong, now) {
            return Err(LoginError::Refused);
        }
        let matches = self.matches(hash.clone(), password).await?;
        if !matches || account.is_none() || !self.still_has(id, hash) {
            logins.throttle().failed(attempt, wrong, now);
            return Err(LoginError::Refused);
        }
        let login = self.admit(id, None)?;
        logins.verified().insert(id, (mac, now.plus(REMEMBERED_SECONDS)));
        logins.throttle().succeeded(attempt, now);
        Ok(login)
    }

    async fn matches(&self, hash: PasswordHash, password: &Secret) -> Result<bool, Error> {
        let password = password.clone();
        let check = move || {
            let text = password.expose();
            Ok(hash.matches(text.get(..MAX_BYTES).unwrap_or(text))? && text.len() <= MAX_BYTES)
        };
        self.inner.logins.work(check).await
    }

    /// The password may have been changed while we were hashing.
    fn still_has(&self, id: AccountId, hash: &PasswordHash) -> bool {
        self.read().accounts.get(&id).is_some_and(|row| row.password == *hash)
    }

    fn admit(&self, id: AccountId, app: Option<AppPasswordId>) -> Result<Login, LoginError> {
        let account = self.account(id).ok_or(LoginError::Refused)?;
        if account.suspended {
            return Err(LoginError::Suspended);
        }
        Ok(Login { account, by_app_password: app })
    }
}

#[cfg(test)]
mod tests {
    use engine::Memory;
    use model::Clock;

    use super::*;
    use crate::Config;

    struct Office {
        directory: Directory,
        other: Directory,
        alice: AccountId,
    }

    async fn office() -> Office {
        let engine = Arc::new(Memory::new());
        let clock = Clock::manual(0);
        let open = async || {
            Directory::open(engine.clone(), clock.clone(), Config::for_tests()).await.unwrap()
        };
        let directory = open().await;
        directory.add_domain("example.org").await.unwrap();
        let address = "alice@example.org".parse().unwrap();
        let password = Secret::new("alice-secret");
        let alice = directory.add_account(&address, &password, None, false, "en").await.unwrap();
        Office { other: open().await, directory, alice }
    }

    fn login(
        directory: &Directory,
        user: &str,
    ) -> tokio::task::JoinHandle<Result<Login, LoginError>> {
        let (directory, user) = (directory.clone(), user.to_owned());
        let peer = IpAddr::from([192, 0, 2, 1]);
        let password = Secret::new("alice-secret");
        tokio::spawn(async move { directory.login(&user, &password, Protocol::Imap, peer).await })
    }

    /// Lets everything run that can.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    async fn no_hashing(directory: &Directory) -> tokio::sync::OwnedSemaphorePermit {
        directory.inner.logins.hashing.clone().acquire_many_owned(2).await.unwrap()
    }

    #[tokio::test]
    async fn a_password_changed_while_it_is_checked_opens_nothing() {
        let office = office().await;
        let all = no_hashing(&office.directory).await;
        let waiting = login(&office.directory, "alice@example.org");
        settle().await;
        office.other.set_password(office.alice, &Secret::new("new")).await.unwrap();
        office.directory.refresh().await.unwrap();
        drop(all);
        assert!(matches!(waiting.await.unwrap(), Err(LoginError::Refused)));
    }

    #[tokio::test]
    async fn an_account_suspended_while_it_is_checked_stays_closed() {
        let office = office().await;
        let all = no_hashing(&office.directory).await;
        let waiting = login(&office.directory, "alice@example.org");
        settle().await;
        office.directory.suspend(office.alice, true).await.unwrap();
        drop(all);
        assert!(matches!(waiting.await.unwrap(), Err(LoginError::Suspended)));
    }

    #[tokio::test]
    async fn unknown_users_cost_the_same_work() {
        let office = office().await;
        let all = no_hashing(&office.directory).await;
        let known = login(&office.directory, "alice@example.org");
        let unknown = login(&office.directory, "nobody@example.org");
        let nonsense = login(&office.directory, "no address");
        settle().await;
        let waiting = [&known, &unknown, &nonsense].map(|login| !login.is_finished());
        assert_eq!(waiting, [true; 3], "each waits for its turn to hash");
        drop(all);
        assert!(known.await.unwrap().is_ok());
        assert!(matches!(unknown.await.unwrap(), Err(LoginError::Refused)));
        assert!(matches!(nonsense.await.unwrap(), Err(LoginError::Refused)));
    }

    #[tokio::test]
    async fn remembered_and_app_passwords_cost_no_hashing() {
        let office = office().await;
        let directory = &office.directory;
        login(directory, "alice@example.org").await.unwrap().unwrap();
        let (_, app) = directory.add_app_password(office.alice, "phone", None).await.unwrap();
        // Adding one is a change of the account: it is hashed once more.
        login(directory, "alice@example.org").await.unwrap().unwrap();
        let _all = no_hashing(directory).await;
        login(directory, "alice@example.org").await.unwrap().unwrap();
        let peer = IpAddr::from([192, 0, 2, 1]);
        directory.login("alice@example.org", &app, Protocol::Imap, peer).await.unwrap();
        login(directory, "Alice@Example.ORG").await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_was_verified_is_forgotten_after_five_minutes() {
        let office = office().await;
        let directory = &office.directory;
        login(directory, "alice@example.org").await.unwrap().unwrap();
        let all = no_hashing(directory).await;
        directory.inner.clock.advance(REMEMBERED_SECONDS - 1);
        login(directory, "alice@example.org").await.unwrap().unwrap();
        directory.inner.clock.advance(1);
        let waiting = login(directory, "alice@example.org");
        settle().await;
        assert!(!waiting.is_finished());
        drop(all);
        waiting.await.unwrap().unwrap();
    }
}
