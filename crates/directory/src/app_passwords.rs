//! App passwords: one for each device, made by us, revoked alone.

use data_encoding::BASE32_NOPAD;
use model::{AccountId, Secret, Timestamp};

use crate::accounts::checked;
use crate::rows::{AppPasswordId, AppPasswordRow, RowKey};
use crate::state::Edit;
use crate::{Directory, Error, Protocol};

/// An app password as its owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPassword {
    /// Its number within the account.
    pub id: AppPasswordId,
    /// What the owner called it: the device, as a rule.
    pub label: String,
    /// What it opens; `None` is every protocol of mail programs, not the web.
    pub protocols: Option<Vec<Protocol>>,
    /// When it was made.
    pub created: Timestamp,
    /// The beginning (UTC) of the day it was last used.
    pub last_used: Option<Timestamp>,
}

/// Random bytes in an app password: nobody guesses 128 bits, so a plain hash
/// is enough and checking one costs nothing.
const BYTES: usize = 16;
/// As text, without the hyphens.
const CHARS: usize = 26;
const DAY: i64 = 86_400;

impl Directory {
    /// Makes an app password. The secret is shown now and never again.
    pub async fn add_app_password(
        &self,
        id: AccountId,
        label: &str,
        protocols: Option<Vec<Protocol>>,
    ) -> Result<(AppPasswordId, Secret), Error> {
        let mut random = [0; BYTES];
        getrandom::fill(&mut random).map_err(|e| Error::Hashing(e.to_string()))?;
        let row = AppPasswordRow {
            label: checked("label", label, 200)?,
            hash: hash(&random),
            protocols,
            created: self.inner.clock.now(),
            last_used: None,
        };
        let app = self
            .change(move |state| {
                let mut account = state.account(id)?.clone();
                let app = account.next_app_password;
                account.next_app_password = AppPasswordId(app.0.saturating_add(1));
                let edits = vec![
                    Edit::put(RowKey::Account(id), &account),
                    Edit::put(RowKey::AppPassword(id, app), &row),
                ];
                Ok((edits, app))
            })
            .await?;
        Ok((app, Secret::new(grouped(&random))))
    }

    /// The account's app passwords, oldest first.
    pub fn app_passwords(&self, id: AccountId) -> Vec<AppPassword> {
        let state = self.read();
        let seen = |(app, row): (AppPasswordId, &AppPasswordRow)| AppPassword {
            id: app,
            label: row.label.clone(),
            protocols: row.protocols.clone(),
            created: row.created,
            last_used: row.last_used.map(|day| Timestamp(day.saturating_mul(DAY))),
        };
        state.app_passwords_of(id).map(seen).collect()
    }

    /// Makes one worthless from now on.
    pub async fn revoke_app_password(
        &self,
        id: AccountId,
        app: AppPasswordId,
    ) -> Result<(), Error> {
        self.change(move |state| {
            if !state.app_passwords.contains_key(&(id, app)) {
                return Err(Error::NoSuchAppPassword);
            }
            Ok((vec![Edit::delete(RowKey::AppPassword(id, app))], ()))
        })
        .await
    }

    /// Which of the account's app passwords this is, if any opens `protocol`.
    pub(crate) fn find_app_password(
        &self,
        id: AccountId,
        password: &str,
        protocol: Protocol,
    ) -> Option<AppPasswordId> {
        // blake3 hashes compare in constant time.
        let given = blake3::Hash::from_bytes(hash(&parse(password)?));
        let state = self.read();
        let opens = |row: &AppPasswordRow| match &row.protocols {
            Some(some) => some.contains(&protocol),
            None => protocol != Protocol::Web,
        };
        let mut rows = state.app_passwords_of(id).filter(|(_, row)| opens(row));
        rows.find(|(_, row)| blake3::Hash::from_bytes(row.hash) == given).map(|(app, _)| app)
    }

    /// Remembers the day; one commit a day, and a failure spoils no login.
    pub(crate) async fn used_app_password(&self, id: AccountId, app: AppPasswordId) {
        let today = self.inner.clock.now().0.div_euclid(DAY);
        let known = self.read().app_passwords.get(&(id, app)).and_then(|row| row.last_used);
        if known == Some(today) {
            return;
        }
        let noted = self.change(move |state| {
            let Some(row) = state.app_passwords.get(&(id, app)) else {
                return Ok((Vec::new(), ()));
            };
            let row = AppPasswordRow { last_used: Some(today), ..row.clone() };
            Ok((vec![Edit::put(RowKey::AppPassword(id, app), &row)], ()))
        });
        if let Err(error) = noted.await {
            tracing::warn!(account = %id, %error, "the last use of an app password was not noted");
        }
    }
}

fn hash(secret: &[u8; BYTES]) -> [u8; 32] {
    blake3::derive_key("facteur directory app password 1", secret)
}

/// `abcd-efgh-…`, easy to copy by hand.
fn grouped(secret: &[u8; BYTES]) -> String {
    let mut text = String::new();
    for (at, c) in BASE32_NOPAD.encode(secret).chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// Takes it with or without the hyphens, in any case.
fn parse(text: &str) -> Option<[u8; BYTES]> {
    if text.len() > 2 * CHARS {
        return None;
    }
    let plain: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let bytes = BASE32_NOPAD.decode(plain.to_ascii_uppercase().as_bytes()).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_come_back_however_they_are_typed() {
        let secret = *b"0123456789abcdef";
        let text = grouped(&secret);
        assert_eq!(text, "gayt-emzu-gu3d-oobz-mfrg-gzdf-my");
        for typed in
            [text.clone(), text.to_uppercase(), text.replace('-', ""), text.replace('-', " ")]
        {
            assert_eq!(parse(&typed), Some(secret), "{typed}");
        }
        for other in ["", "gayt", "hunter2", "gayt-emzu-gu3d-oobz-mfrg-gzdf-mz", &"a".repeat(1000)]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
