//! The whole directory in memory: a fold of its rows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use engine::Version;
use model::{AccountId, Address};

use crate::rows::{
    AccountRow, AliasRow, AppPasswordId, AppPasswordRow, CounterRow, DomainRow, RowKey, Target,
    address_key,
};

/// One row written or removed. Opening the store and committing a change both
/// go through [`State::apply`], so memory cannot differ from what is stored.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) key: RowKey,
    pub(crate) value: Option<Bytes>,
}

impl Edit {
    pub(crate) fn put<T: engine::Versioned>(key: RowKey, row: &T) -> Edit {
        Edit { key, value: Some(engine::encode(row)) }
    }

    pub(crate) fn delete(key: RowKey) -> Edit {
        Edit { key, value: None }
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) version: Version,
    pub(crate) next_account: AccountId,
    pub(crate) domains: BTreeMap<String, DomainRow>,
    pub(crate) accounts: BTreeMap<AccountId, Arc<AccountRow>>,
    pub(crate) by_address: HashMap<String, AccountId>,
    /// By [`address_key`].
    pub(crate) aliases: BTreeMap<String, Arc<AliasRow>>,
    pub(crate) app_passwords: BTreeMap<(AccountId, AppPasswordId), AppPasswordRow>,
    pub(crate) settings: BTreeMap<(AccountId, String), Bytes>,
}

impl State {
    pub(crate) fn empty() -> State {
        State {
            version: 0,
            next_account: AccountId::FIRST_PERSON,
            domains: BTreeMap::new(),
            accounts: BTreeMap::new(),
            by_address: HashMap::new(),
            aliases: BTreeMap::new(),
            app_passwords: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }

    /// Fails with [`engine::Error::Damaged`] on a row that cannot be read.
    pub(crate) fn apply(&mut self, edit: Edit) -> Result<(), engine::Error> {
        let Edit { key, value } = edit;
        let what = format!("the directory's row {key:?}");
        match (key, value) {
            (RowKey::Counter, Some(value)) => {
                self.next_account = engine::decode::<CounterRow>(&what, &value)?.next_account;
            }
            (RowKey::Counter, None) => self.next_account = AccountId::FIRST_PERSON,
            (RowKey::Domain(name), Some(value)) => {
                self.domains.insert(name, engine::decode(&what, &value)?);
            }
            (RowKey::Domain(name), None) => {
                self.domains.remove(&name);
            }
            (RowKey::Account(id), Some(value)) => {
                let row: AccountRow = engine::decode(&what, &value)?;
                self.forget_address(id);
                self.by_address.insert(address_key(&row.address), id);
                self.accounts.insert(id, Arc::new(row));
            }
            (RowKey::Account(id), None) => {
                self.forget_address(id);
                self.accounts.remove(&id);
            }
            (RowKey::Alias(address), Some(value)) => {
                self.aliases.insert(address, Arc::new(engine::decode(&what, &value)?));
            }
            (RowKey::Alias(address), None) => {
                self.aliases.remove(&address);
            }
            (RowKey::AppPassword(id, app), Some(value)) => {
                self.app_passwords.insert((id, app), engine::decode(&what, &value)?);
            }
            (RowKey::AppPassword(id, app), None) => {
                self.app_passwords.remove(&(id, app));
            }
            (RowKey::Setting(id, name), Some(value)) => {
                self.settings.insert((id, name), value);
            }
            (RowKey::Setting(id, name), None) => {
                self.settings.remove(&(id, name));
            }
        }
        Ok(())
    }

    /// Only if it is still this account's: within one commit another account
    /// may have taken the address over.
    fn forget_address(&mut self, id: AccountId) {
        if let Some(old) = self.accounts.get(&id) {
            let key = address_key(&old.address);
            if self.by_address.get(&key) == Some(&id) {
                self.by_address.remove(&key);
            }
        }
    }

    pub(crate) fn account(&self, id: AccountId) -> Result<&AccountRow, crate::Error> {
        self.accounts.get(&id).map(Arc::as_ref).ok_or(crate::Error::NoSuchAccount(id))
    }

    /// Whether an account or an alias has exactly this address.
    pub(crate) fn is_taken(&self, address: &Address) -> bool {
        let key = address_key(address);
        self.by_address.contains_key(&key) || self.aliases.contains_key(&key)
    }

    pub(crate) fn app_passwords_of(
        &self,
        id: AccountId,
    ) -> impl Iterator<Item = (AppPasswordId, &AppPasswordRow)> {
        let range = (id, AppPasswordId(0))..=(id, AppPasswordId(u32::MAX));
        self.app_passwords.range(range).map(|((_, app), row)| (*app, row))
    }

    /// The oldest administrator who can read mail.
    pub(crate) fn first_administrator(&self) -> Option<AccountId> {
        let mut accounts = self.accounts.iter();
        accounts.find(|(_, row)| row.administrator && !row.suspended).map(|(id, _)| *id)
    }

    /// The address that leads where `target` does.
    pub(crate) fn target_address(&self, target: &Target) -> Option<Address> {
        let address = &self.accounts.get(&target.account)?.address;
        match &target.subaddress {
            None => Some(address.clone()),
            Some(sub) => Address::new(&format!("{}+{sub}", address.local()), address.domain()).ok(),
        }
    }

    /// The account that `address` names, itself or by a subaddress.
    pub(crate) fn target(&self, address: &Address) -> Option<Target> {
        if let Some(id) = self.by_address.get(&address_key(address)) {
            return Some(Target { account: *id, subaddress: None });
        }
        let subaddress = address.subaddress()?.to_owned();
        let key = crate::rows::lookup_key(address.base_local(), address.domain());
        let account = *self.by_address.get(&key)?;
        Some(Target { account, subaddress: Some(subaddress) })
    }
}
