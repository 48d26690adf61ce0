//! Who is signed in: sessions are rows of the account they open.
//!
//! The cookie holds the account's number and 256 random bits. The row's key
//! is a hash of these bits, so that whoever reads the store (or a backup)
//! cannot sign in with what it finds.

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use directory::AccountInfo;
use mailstore::Account;
use model::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::web::Web;

/// The table of the webmail among the rows of an account.
pub(crate) const TABLE: u8 = b'w';
/// Sessions within the table; what is kept for the person is under `p`.
const SESSION: u8 = b's';

/// How long a session lasts after it was last used.
const STAYING_SECONDS: i64 = 90 * 86_400;
const PASSING_SECONDS: i64 = 24 * 3600;
/// How long the browser of somebody who stays keeps the cookie.
pub(crate) const COOKIE_SECONDS: u32 = 400 * 86_400;
/// The time of last use is written down this often.
const NOTE_SECONDS: i64 = 3600;
/// The oldest go when an account has more.
const MAX_SESSIONS: usize = 100;

/// Names a session within its account: the hash of its secret.
pub(crate) type SessionKey = [u8; 32];

/// What is known of an open session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionRow {
    pub created: Timestamp,
    pub used: Timestamp,
    pub stay: bool,
    pub agent: String,
    pub peer: String,
}

impl engine::Versioned for SessionRow {
    const FORMAT: u8 = 1;
}

impl SessionRow {
    fn is_over(&self, now: Timestamp) -> bool {
        let lasts = if self.stay { STAYING_SECONDS } else { PASSING_SECONDS };
        self.used.plus(lasts) < now
    }
}

/// An open session, as a request found it.
#[derive(Clone)]
pub(crate) struct Session {
    pub info: AccountInfo,
    pub account: Account,
    pub key: SessionKey,
    /// What every form of this session carries.
    pub form_token: FormToken,
}

fn row_key(key: &SessionKey) -> Vec<u8> {
    let mut row = vec![SESSION];
    row.extend_from_slice(key);
    row
}

/// 256 random bits as text.
pub(crate) fn random_token() -> String {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    BASE64URL_NOPAD.encode(&bytes)
}

fn key_of(token: &str) -> SessionKey {
    blake3::derive_key("facteur web 2026 session key", token.as_bytes())
}

/// What the forms of a session prove that they know.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FormToken([u8; 18]);

impl FormToken {
    fn of(token: &str) -> FormToken {
        let derived = blake3::derive_key("facteur web 2026 form token", token.as_bytes());
        let mut secret = [0; 18];
        secret.copy_from_slice(&derived[..18]);
        FormToken(secret)
    }

    /// As a page holds it: under another mask each time, so that the length of
    /// a compressed page tells nothing about it (the BREACH attack).
    pub(crate) fn masked(&self) -> String {
        let mut bytes = [0u8; 36];
        getrandom::fill(&mut bytes[..18]).expect("the system gives random bytes");
        for at in 0..18 {
            bytes[18 + at] = bytes[at] ^ self.0[at];
        }
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Whether a form brought it back.
    pub(crate) fn is(&self, masked: &str) -> bool {
        let Ok(bytes) = BASE64URL_NOPAD.decode(masked.as_bytes()) else { return false };
        let Ok(bytes) = <[u8; 36]>::try_from(bytes) else { return false };
        let mut secret = [0; 18];
        for at in 0..18 {
            secret[at] = bytes[at] ^ bytes[18 + at];
        }
        // Hashes compare in constant time.
        blake3::hash(&secret) == blake3::hash(&self.0)
    }
}

/// Opens a session and returns what the cookie holds.
pub(crate) async fn open(
    web: &Web,
    account: AccountId,
    stay: bool,
    agent: &str,
    peer: String,
) -> Result<String, Failure> {
    let token = random_token();
    let key = key_of(&token);
    let now = web.clock.now();
    let agent = agent.chars().filter(|c| !c.is_control()).take(200).collect();
    let row = SessionRow { created: now, used: now, stay, agent, peer };
    let value = engine::encode(&row);
    let store = web.mailstore.account(account).await?;
    let stale: Vec<SessionKey> = {
        let mut open = list(&store).await?;
        open.sort_by_key(|(_, row)| std::cmp::Reverse(row.used));
        let past = open.iter().enumerate();
        past.filter(|(at, (_, row))| *at + 1 >= MAX_SESSIONS || row.is_over(now))
            .map(|(_, (key, _))| *key)
            .collect()
    };
    store
        .write(move |tx| {
            for old in &stale {
                tx.delete_row(TABLE, &row_key(old));
            }
            tx.put_row(TABLE, &row_key(&key), value.clone());
            Ok(())
        })
        .await?;
    Ok(format!("{:x}.{token}", account.0))
}

/// The session a cookie names, if there is one and it is not over.
pub(crate) async fn find(web: &Web, cookie: &str) -> Result<Option<Session>, Failure> {
    let Some((account, token)) = cookie.split_once('.') else { return Ok(None) };
    let Ok(account) = u64::from_str_radix(account, 16) else { return Ok(None) };
    if token.len() != 43 {
        return Ok(None);
    }
    // Only of accounts that exist: the store would make a new one otherwise.
    let Some(info) = web.directory.account(AccountId(account)) else { return Ok(None) };
    if info.suspended {
        return Ok(None);
    }
    let store = web.mailstore.account(info.id).await?;
    let key = key_of(token);
    let value = store.read(|state| state.attached(TABLE, &row_key(&key)).cloned()).await?;
    let Some(mut row) = value.and_then(|value| decode(&value)) else { return Ok(None) };
    let now = web.clock.now();
    if row.is_over(now) {
        return Ok(None);
    }
    if row.used.plus(NOTE_SECONDS) < now {
        row.used = now;
        let value = engine::encode(&row);
        store
            .write(move |tx| {
                tx.put_row(TABLE, &row_key(&key), value.clone());
                Ok(())
            })
            .await?;
    }
    Ok(Some(Session { info, account: store, key, form_token: FormToken::of(token) }))
}

fn decode(value: &Bytes) -> Option<SessionRow> {
    engine::decode::<SessionRow>("session", value).ok()
}

/// All sessions of the account.
pub(crate) async fn list(account: &Account) -> Result<Vec<(SessionKey, SessionRow)>, Failure> {
    let rows = account.read(|state| {
        let rows = state.attached_rows(TABLE);
        rows.filter_map(|(key, value)| {
            let key = key.strip_prefix(&[SESSION])?.try_into().ok()?;
            Some((key, decode(value)?))
        })
        .collect()
    });
    Ok(rows.await?)
}

/// Ends these sessions.
pub(crate) async fn close(account: &Account, keys: Vec<SessionKey>) -> Result<(), Failure> {
    let done = account.write(move |tx| {
        for key in &keys {
            tx.delete_row(TABLE, &row_key(key));
        }
        Ok(())
    });
    Ok(done.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_not_used() {
        let mut row = SessionRow {
            created: Timestamp(0),
            used: Timestamp(1000),
            stay: false,
            agent: String::new(),
            peer: String::new(),
        };
        assert!(!row.is_over(Timestamp(1000 + PASSING_SECONDS)));
        assert!(row.is_over(Timestamp(1001 + PASSING_SECONDS)));
        row.stay = true;
        assert!(!row.is_over(Timestamp(1000 + STAYING_SECONDS)));
    }

    #[test]
    fn the_store_does_not_hold_the_secret() {
        let token = random_token();
        assert_eq!(token.len(), 43);
        let key = key_of(&token);
        assert_ne!(BASE64URL_NOPAD.encode(&key), token);
        let form = FormToken::of(&token);
        let (one, two) = (form.masked(), form.masked());
        assert!(one != two && form.is(&one) && form.is(&two));
        for bad in ["", "AAAA", &one[1..], &FormToken::of("other").masked()] {
            assert!(!form.is(bad), "{bad}");
        }
        assert_ne!(random_token(), token);
    }
}
