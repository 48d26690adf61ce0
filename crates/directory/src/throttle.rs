//! Slowing down those who guess passwords, without locking the owner out.
//!
//! Three counts, each forgotten an hour after its last failure:
//!
//! - *address and account*: five wrong passwords are free, then each costs
//!   twice the time of the one before. A success clears it.
//! - *address*: who tries many accounts waits, whichever he tries next.
//! - *account*: who is attacked from many addresses grants each of them one
//!   guess. That one guess is why the owner gets in from anywhere, whatever
//!   others do meanwhile.
//!
//! An address from where the account was opened before is spared the second
//! and the third. Names of accounts that do not exist are counted alike, so
//! the answer tells nothing. Tables are bounded: the oldest entries go first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use model::Timestamp;

/// Entries in each table.
const CAPACITY: usize = 16_384;
const FORGET_FAILURES: i64 = 3600;
const FORGET_SUCCESSES: i64 = 30 * 86_400;
const FREE_FOR_PAIR: u32 = 5;
const FREE_FOR_PAIR_UNDER_ATTACK: u32 = 1;
const FREE_FOR_ADDRESS: u32 = 20;
const FREE_FOR_ACCOUNT: u32 = 20;
const LONGEST_FOR_PAIR: i64 = 900;
const LONGEST_FOR_ADDRESS: i64 = 300;

/// Who tries to be whom. Hashes under a key of this process, so that nobody
/// outside can aim at collisions and names take no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) pair: u64,
    account: u64,
    /// `None` for this very machine: a proxy in front is not a guesser.
    address: Option<u64>,
}

impl Attempt {
    pub(crate) fn new(key: &[u8; 32], user: &str, peer: IpAddr) -> Attempt {
        let network = network(peer);
        let hash = |parts: &[&[u8]]| short_hash(key, parts);
        Attempt {
            pair: hash(&[b"pair", &network, user.as_bytes()]),
            account: hash(&[b"account", user.as_bytes()]),
            address: (!peer.to_canonical().is_loopback()).then(|| hash(&[b"address", &network])),
        }
    }
}

/// The first eight bytes of a keyed hash of `parts`.
pub(crate) fn short_hash(key: &[u8; 32], parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

/// An IPv4 address, or the /64 that an IPv6 customer has for himself.
fn network(peer: IpAddr) -> [u8; 9] {
    let mut bytes = [0; 9];
    match peer.to_canonical() {
        IpAddr::V4(v4) => {
            bytes[0] = 4;
            bytes[1..5].copy_from_slice(&v4.octets());
        }
        IpAddr::V6(v6) => {
            bytes[0] = 6;
            bytes[1..].copy_from_slice(&v6.octets()[..8]);
        }
    }
    bytes
}

#[derive(Debug)]
pub(crate) struct Throttle {
    pairs: Table,
    addresses: Table,
    accounts: Table,
    /// Pairs that logged in; `failures` is not used.
    known: Table,
}

impl Throttle {
    pub(crate) fn new() -> Throttle {
        Throttle {
            pairs: Table::new(FORGET_FAILURES),
            addresses: Table::new(FORGET_FAILURES),
            accounts: Table::new(FORGET_FAILURES),
            known: Table::new(FORGET_SUCCESSES),
        }
    }

    /// How long this attempt must wait before its password is looked at.
    pub(crate) fn wait(&self, attempt: &Attempt, now: Timestamp) -> Option<Duration> {
        let known = self.known.get(attempt.pair, now).is_some();
        let failures = self.accounts.get(attempt.account, now).map_or(0, |e| e.failures);
        let attacked = failures >= FREE_FOR_ACCOUNT && !known;
        let by_pair = self.pairs.get(attempt.pair, now).map_or(0, |entry| {
            let delay = if attacked {
                // 64 seconds, then 128, ...
                delay(entry.failures, FREE_FOR_PAIR_UNDER_ATTACK, 6)
            } else {
                delay(entry.failures, FREE_FOR_PAIR, 0)
            };
            remaining(entry, delay.min(LONGEST_FOR_PAIR), now)
        });
        let address = attempt.address.filter(|_| !known);
        let entry = address.and_then(|address| self.addresses.get(address, now));
        let by_address = entry.map_or(0, |entry| {
            let delay = delay(entry.failures, FREE_FOR_ADDRESS, 0).min(LONGEST_FOR_ADDRESS);
            remaining(entry, delay, now)
        });
        let seconds = u64::try_from(by_pair.max(by_address)).unwrap_or(0);
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }

    /// Whether the last wrong password of this pair was this one.
    pub(crate) fn is_repeated(&self, attempt: &Attempt, wrong: u64, now: Timestamp) -> bool {
        self.pairs.get(attempt.pair, now).is_some_and(|entry| entry.wrong == wrong)
    }

    /// Counts a wrong password; `wrong` is a hash of it.
    pub(crate) fn failed(&mut self, attempt: &Attempt, wrong: u64, now: Timestamp) {
        self.pairs.count(attempt.pair, wrong, now);
        self.accounts.count(attempt.account, 0, now);
        if let Some(address) = attempt.address {
            self.addresses.count(address, 0, now);
        }
    }

    pub(crate) fn succeeded(&mut self, attempt: &Attempt, now: Timestamp) {
        self.pairs.entries.remove(&attempt.pair);
        self.known.count(attempt.pair, 0, now);
    }
}

/// Seconds to wait behind the last of `failures`: `2^first`, doubling.
fn delay(failures: u32, free: u32, first: u32) -> i64 {
    match failures.checked_sub(free) {
        None => 0,
        Some(over) => 1 << (over + first).min(32),
    }
}

fn remaining(entry: &Entry, delay: i64, now: Timestamp) -> i64 {
    // A clock that was set back must not make anyone wait longer than `delay`.
    (entry.last.0.min(now.0).saturating_add(delay)).saturating_sub(now.0)
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    failures: u32,
    last: Timestamp,
    wrong: u64,
}

#[derive(Debug)]
struct Table {
    entries: HashMap<u64, Entry>,
    forget_after: i64,
}

impl Table {
    fn new(forget_after: i64) -> Table {
        Table { entries: HashMap::new(), forget_after }
    }

    fn get(&self, key: u64, now: Timestamp) -> Option<&Entry> {
        let entry = self.entries.get(&key)?;
        (now.0.saturating_sub(entry.last.0) < self.forget_after).then_some(entry)
    }

    fn count(&mut self, key: u64, wrong: u64, now: Timestamp) {
        let failures = self.get(key, now).map_or(0, |entry| entry.failures);
        if self.entries.len() >= CAPACITY && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        let failures = failures.saturating_add(1);
        self.entries.insert(key, Entry { failures, last: now, wrong });
    }

    /// Drops what is forgotten anyway, then the oldest eighth: so seldom that
    /// sorting them costs nothing on average.
    fn make_room(&mut self, now: Timestamp) {
        let forget_after = self.forget_after;
        self.entries.retain(|_, entry| now.0.saturating_sub(entry.last.0) < forget_after);
        if self.entries.len() < CAPACITY {
            return;
        }
        let mut ages: Vec<(Timestamp, u64)> =
            self.entries.iter().map(|(key, entry)| (entry.last, *key)).collect();
        let eighth = CAPACITY / 8;
        ages.select_nth_unstable(eighth);
        for (_, key) in &ages[..eighth] {
            self.entries.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn from(user: &str, peer: &str) -> Attempt {
        Attempt::new(&KEY, user, peer.parse().unwrap())
    }

    #[test]
    fn networks() {
        let rows = [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ];
        for (one, other, same) in rows {
            assert_eq!(from("a", one) == from("a", other), same, "{one} {other}");
        }
        assert_ne!(from("a", "192.0.2.1").pair, from("b", "192.0.2.1").pair);
    }

    #[test]
    fn five_are_free_then_each_costs_double() {
        let mut throttle = Throttle::new();
        let alice = from("alice", "192.0.2.1");
        let mut now = Timestamp(1000);
        let mut waits = Vec::new();
        for guess in 0..18 {
            let wait = throttle.wait(&alice, now).map_or(0, |wait| wait.as_secs());
            waits.push(wait);
            now = now.plus(wait.cast_signed());
            assert_eq!(throttle.wait(&alice, now), None, "who waited may try");
            throttle.failed(&alice, guess, now);
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(throttle.wait(&from("alice", "192.0.2.2"), now), None, "another address");
        throttle.succeeded(&alice, now);
        assert_eq!(throttle.wait(&alice, now), None);
    }

    #[test]
    fn failures_are_forgotten_after_an_hour() {
        let mut throttle = Throttle::new();
        let alice = from("alice", "192.0.2.1");
        for guess in 0..50 {
            throttle.failed(&alice, guess, Timestamp(0));
        }
        assert_eq!(throttle.wait(&alice, Timestamp(1)), Some(Duration::from_secs(899)));
        assert_eq!(throttle.wait(&alice, Timestamp(-50)), Some(Duration::from_secs(900)));
        throttle.failed(&alice, 51, Timestamp(3600));
        assert_eq!(throttle.wait(&alice, Timestamp(3600)), None);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits() {
        let mut throttle = Throttle::new();
        let now = Timestamp(0);
        throttle.succeeded(&from("owner", "192.0.2.1"), now);
        for user in 0..25 {
            throttle.failed(&from(&user.to_string(), "192.0.2.1"), 0, now);
        }
        assert!(throttle.wait(&from("fresh", "192.0.2.1"), now).is_some());
        assert_eq!(throttle.wait(&from("fresh", "192.0.2.2"), now), None);
        assert_eq!(throttle.wait(&from("owner", "192.0.2.1"), now), None, "a known one is spared");
        for user in 0..25 {
            throttle.failed(&from(&user.to_string(), "127.0.0.1"), 0, now);
        }
        assert_eq!(throttle.wait(&from("fresh", "127.0.0.1"), now), None, "a proxy is no guesser");
    }

    #[test]
    fn an_account_attacked_from_everywhere_lets_its_owner_in() {
        let mut throttle = Throttle::new();
        let now = Timestamp(0);
        for host in 0..30 {
            throttle.failed(&from("alice", &format!("192.0.2.{host}")), host, now);
        }
        let attacker = from("alice", "192.0.2.1");
        assert_eq!(throttle.wait(&attacker, now), Some(Duration::from_secs(64)));
        assert_eq!(throttle.wait(&from("alice", "198.51.100.1"), now), None, "the owner, abroad");
        assert_eq!(throttle.wait(&from("bob", "192.0.2.1"), now), None, "another account");
    }

    #[test]
    fn tables_are_bounded_and_keep_the_newest() {
        let mut table = Table::new(FORGET_FAILURES);
        for key in 0..200_000_u64 {
            table.count(key, 0, Timestamp(key.cast_signed() / 100));
            assert!(table.entries.len() <= CAPACITY);
        }
        let end = Timestamp(2000);
        assert!(table.get(199_999, end).is_some());
        assert!(table.get(190_000, end).is_some());
        assert!(table.get(0, end).is_none());
    }
}
