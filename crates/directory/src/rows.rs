//! The rows as they are stored, and their keys.
//!
//! A key is a letter for the table, then what names the row. Numbers stand in
//! big-endian form, so that an account's rows stand together.

use engine::{Key, Versioned};
use model::{AccountId, Address, Timestamp};
use serde::{Deserialize, Serialize};

use crate::password::PasswordHash;
use crate::{FileSent, OnExpunge, OnPopDelete, Protocol};

/// Names an app password within its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppPasswordId(pub u32);

/// The number the next account gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CounterRow {
    pub(crate) next_account: AccountId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DomainRow {
    pub(crate) catch_all: Option<Target>,
}

/// Where an alias or a catch-all leads. The account is named by number, so
/// that renaming it breaks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) account: AccountId,
    pub(crate) subaddress: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AliasRow {
    /// As it was written; the key has it in lower case.
    pub(crate) address: Address,
    pub(crate) to: Vec<Target>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountRow {
    pub(crate) address: Address,
    pub(crate) name: String,
    pub(crate) administrator: bool,
    pub(crate) suspended: bool,
    /// `None` follows `[quota]`.
    pub(crate) quota: Option<u64>,
    pub(crate) language: String,
    pub(crate) created: Timestamp,
    pub(crate) file_sent: FileSent,
    pub(crate) on_expunge: OnExpunge,
    pub(crate) on_pop_delete: OnPopDelete,
    pub(crate) password: PasswordHash,
    pub(crate) next_app_password: AppPasswordId,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AppPasswordRow {
    pub(crate) label: String,
    pub(crate) hash: [u8; 32],
    pub(crate) protocols: Option<Vec<Protocol>>,
    pub(crate) created: Timestamp,
    /// Days since 1970.
    pub(crate) last_used: Option<i64>,
}

macro_rules! versioned {
    ($($row:ty: $format:literal),*) => {
        $(impl Versioned for $row { const FORMAT: u8 = $format; })*
    };
}
versioned!(CounterRow: 1, DomainRow: 1, AliasRow: 1, AccountRow: 1, AppPasswordRow: 1);

/// What a key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowKey {
    Counter,
    Domain(String),
    Account(AccountId),
    AppPassword(AccountId, AppPasswordId),
    /// By [`lookup_key`].
    Alias(String),
    Setting(AccountId, String),
}

/// One greater than any key.
pub(crate) const END: [u8; 1] = [0xff];

impl RowKey {
    pub(crate) fn encode(&self) -> Key {
        let id = |id: &AccountId| id.0.to_be_bytes();
        match self {
            RowKey::Counter => b"c".to_vec(),
            RowKey::Domain(name) => [b"d", name.as_bytes()].concat(),
            RowKey::Account(account) => [&b"a"[..], &id(account)].concat(),
            RowKey::AppPassword(account, app) => {
                [&b"p"[..], &id(account), &app.0.to_be_bytes()].concat()
            }
            RowKey::Alias(address) => [b"l", address.as_bytes()].concat(),
            RowKey::Setting(account, name) => [&b"s"[..], &id(account), name.as_bytes()].concat(),
        }
    }

    /// `None` for a key this version of the program does not write.
    pub(crate) fn decode(key: &[u8]) -> Option<RowKey> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let id = |bytes: [u8; 8]| AccountId(u64::from_be_bytes(bytes));
        let (table, rest) = key.split_first()?;
        match table {
            b'c' if rest.is_empty() => Some(RowKey::Counter),
            b'd' => text(rest).map(RowKey::Domain),
            b'a' => rest.try_into().ok().map(|bytes| RowKey::Account(id(bytes))),
            b'l' => text(rest).map(RowKey::Alias),
            b'p' => {
                let (account, app) = rest.split_first_chunk::<8>()?;
                let app = AppPasswordId(u32::from_be_bytes(app.try_into().ok()?));
                Some(RowKey::AppPassword(id(*account), app))
            }
            b's' => {
                let (account, name) = rest.split_first_chunk::<8>()?;
                Some(RowKey::Setting(id(*account), text(name)?))
            }
            _ => None,
        }
    }
}

/// By which an address is found: without regard to case, as people expect
/// although RFC 5321 §2.4 would let us distinguish.
pub(crate) fn lookup_key(local: &str, domain: &str) -> String {
    format!("{}@{domain}", local.to_lowercase())
}

pub(crate) fn address_key(address: &Address) -> String {
    lookup_key(address.local(), address.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back() {
        let keys = [
            RowKey::Counter,
            RowKey::Domain("example.org".into()),
            RowKey::Account(AccountId(1000)),
            RowKey::AppPassword(AccountId(1000), AppPasswordId(7)),
            RowKey::Alias("élodie@example.org".into()),
            RowKey::Setting(AccountId(u64::MAX), "theme".into()),
        ];
        for key in keys {
            let bytes = key.encode();
            assert!(bytes.as_slice() < &END[..], "{key:?}");
            assert_eq!(RowKey::decode(&bytes), Some(key));
        }
        for bad in [&b""[..], b"x", b"a123", b"p12345678", b"cc", b"d\xff"] {
            assert_eq!(RowKey::decode(bad), None, "{bad:?}");
        }
    }
}
