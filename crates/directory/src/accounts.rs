//! Accounts: making, changing and removing them.

use model::{AccountId, Address, Secret};

use crate::rows::{
    AccountRow, AliasRow, AppPasswordId, CounterRow, DomainRow, RowKey, address_key,
};
use crate::state::{Edit, State};
use crate::{AccountInfo, Directory, Error, FileSent, OnExpunge, OnPopDelete, Quota};

/// The longest name of a person, in bytes.
const MAX_NAME: usize = 500;

impl Directory {
    /// Makes an account; `quota` in bytes, or `None` for the growing default.
    ///
    /// `language` is `en` or `fr`. Fails with [`Error::NoSuchDomain`],
    /// [`Error::AddressTaken`], [`Error::PlusInName`] or an error about the
    /// password.
    pub async fn add_account(
        &self,
        address: &Address,
        password: &Secret,
        quota: Option<u64>,
        administrator: bool,
        language: &str,
    ) -> Result<AccountId, Error> {
        self.read().check_new_account(address)?;
        let row = AccountRow {
            address: address.clone(),
            name: String::new(),
            administrator,
            suspended: false,
            quota,
            language: checked("language", language, 35)?,
            created: self.inner.clock.now(),
            file_sent: FileSent::Auto,
            on_expunge: OnExpunge::Recover,
            on_pop_delete: OnPopDelete::Archive,
            password: self.hash(password).await?,
            next_app_password: AppPasswordId(1),
        };
        self.change(move |state| {
            state.check_new_account(&row.address)?;
            let id = state.next_account;
            let counter = CounterRow { next_account: AccountId(id.0 + 1) };
            let edits =
                vec![Edit::put(RowKey::Counter, &counter), Edit::put(RowKey::Account(id), &row)];
            Ok((edits, id))
        })
        .await
    }

    /// All accounts, oldest first.
    pub fn accounts(&self) -> Vec<AccountInfo> {
        let state = self.read();
        state.accounts.iter().map(|(id, row)| self.info(*id, row)).collect()
    }

    /// The account of that number.
    pub fn account(&self, id: AccountId) -> Option<AccountInfo> {
        self.read().accounts.get(&id).map(|row| self.info(id, row))
    }

    /// The account of exactly that address, in any case; no alias.
    pub fn account_by_address(&self, address: &Address) -> Option<AccountInfo> {
        let state = self.read();
        let id = *state.by_address.get(&address_key(address))?;
        state.accounts.get(&id).map(|row| self.info(id, row))
    }

    pub(crate) fn info(&self, id: AccountId, row: &AccountRow) -> AccountInfo {
        let defaults = &self.inner.config.quota;
        AccountInfo {
            id,
            address: row.address.clone(),
            name: row.name.clone(),
            administrator: row.administrator,
            suspended: row.suspended,
            quota: Quota {
                base: row.quota.unwrap_or(defaults.default.0),
                growth_per_day: if row.quota.is_some() { 0 } else { defaults.growth_per_day.0 },
                since: row.created,
                fixed: row.quota.is_some(),
            },
            language: row.language.clone(),
            created: row.created,
            file_sent: row.file_sent,
            on_expunge: row.on_expunge,
            on_pop_delete: row.on_pop_delete,
        }
    }

    /// Removes the account and all that leads to it: app passwords, settings,
    /// its part of aliases and catch-alls. Its mail is for the caller to
    /// remove; its number is never given again.
    ///
    /// Fails with [`Error::LastAdministrator`] while others are left.
    pub async fn remove_account(&self, id: AccountId) -> Result<(), Error> {
        self.change(move |state| {
            state.account(id)?;
            if state.accounts.len() > 1 {
                state.check_not_last_administrator(id)?;
            }
            Ok((state.edits_to_remove(id), ()))
        })
        .await
    }

    /// Gives the account another address; mail and aliases stay with it.
    pub async fn rename_account(&self, id: AccountId, to: &Address) -> Result<(), Error> {
        let to = to.clone();
        self.change(move |state| {
            let mut row = state.account(id)?.clone();
            if address_key(&row.address) != address_key(&to) {
                state.check_new_account(&to)?;
            }
            row.address = to.clone();
            Ok((vec![Edit::put(RowKey::Account(id), &row)], ()))
        })
        .await
    }

    /// Closes the account, or opens it again: while closed nobody logs in and
    /// mail to it is refused (550 5.2.1, RFC 3463 §3.3). Nothing is lost.
    pub async fn suspend(&self, id: AccountId, suspended: bool) -> Result<(), Error> {
        self.change(move |state| {
            if suspended {
                state.check_not_last_administrator(id)?;
            }
            state.edit_account(id, |row| row.suspended = suspended)
        })
        .await
    }

    /// Makes the account an administrator, or no longer.
    pub async fn set_administrator(&self, id: AccountId, administrator: bool) -> Result<(), Error> {
        self.change(move |state| {
            if !administrator {
                state.check_not_last_administrator(id)?;
            }
            state.edit_account(id, |row| row.administrator = administrator)
        })
        .await
    }

    /// Sets the password. Who was logged in stays so; app passwords stay.
    pub async fn set_password(&self, id: AccountId, password: &Secret) -> Result<(), Error> {
        let hash = self.hash(password).await?;
        self.change(move |state| state.edit_account(id, |row| row.password = hash.clone())).await
    }

    /// Sets the quota in bytes, or lets it follow `[quota]` and grow again.
    pub async fn set_quota(&self, id: AccountId, quota: Option<u64>) -> Result<(), Error> {
        self.change(move |state| state.edit_account(id, |row| row.quota = quota)).await
    }

    /// Sets the person's name.
    pub async fn set_name(&self, id: AccountId, name: &str) -> Result<(), Error> {
        let name = checked("name", name, MAX_NAME)?;
        self.change(move |state| state.edit_account(id, |row| row.name.clone_from(&name))).await
    }

    /// Sets the language: `en` or `fr`.
    pub async fn set_language(&self, id: AccountId, language: &str) -> Result<(), Error> {
        let language = checked("language", language, 35)?;
        self.change(move |state| state.edit_account(id, |row| row.language.clone_from(&language)))
            .await
    }

    /// Sets who files sent mail.
    pub async fn set_file_sent(&self, id: AccountId, file_sent: FileSent) -> Result<(), Error> {
        self.change(move |state| state.edit_account(id, |row| row.file_sent = file_sent)).await
    }

    /// Sets what EXPUNGE does.
    pub async fn set_on_expunge(&self, id: AccountId, choice: OnExpunge) -> Result<(), Error> {
        self.change(move |state| state.edit_account(id, |row| row.on_expunge = choice)).await
    }

    /// Sets what DELE of POP3 does.
    pub async fn set_on_pop_delete(&self, id: AccountId, choice: OnPopDelete) -> Result<(), Error> {
        self.change(move |state| state.edit_account(id, |row| row.on_pop_delete = choice)).await
    }
}

/// A short text of one line.
pub(crate) fn checked(what: &'static str, text: &str, limit: usize) -> Result<String, Error> {
    if text.len() > limit {
        return Err(Error::TooLong { what, limit });
    }
    Ok(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

impl State {
    fn check_new_account(&self, address: &Address) -> Result<(), Error> {
        if address.subaddress().is_some() {
            return Err(Error::PlusInName(address.clone()));
        }
        self.check_new_address(address)
    }

    pub(crate) fn check_new_address(&self, address: &Address) -> Result<(), Error> {
        if !self.domains.contains_key(address.domain()) {
            return Err(Error::NoSuchDomain(address.domain().to_owned()));
        }
        if self.is_taken(address) {
            return Err(Error::AddressTaken(address.clone()));
        }
        Ok(())
    }

    fn check_not_last_administrator(&self, id: AccountId) -> Result<(), Error> {
        let row = self.account(id)?;
        let active = |row: &AccountRow| row.administrator && !row.suspended;
        let another = self.accounts.iter().any(|(other, row)| *other != id && active(row));
        if active(row) && !another {
            return Err(Error::LastAdministrator(row.address.clone()));
        }
        Ok(())
    }

    fn edit_account(
        &self,
        id: AccountId,
        f: impl FnOnce(&mut AccountRow),
    ) -> Result<(Vec<Edit>, ()), Error> {
        let mut row = self.account(id)?.clone();
        f(&mut row);
        Ok((vec![Edit::put(RowKey::Account(id), &row)], ()))
    }

    fn edits_to_remove(&self, id: AccountId) -> Vec<Edit> {
        let mut edits = vec![Edit::delete(RowKey::Account(id))];
        let apps = self.app_passwords_of(id).map(|(app, _)| RowKey::AppPassword(id, app));
        edits.extend(apps.map(Edit::delete));
        let settings = self.settings_of(id).map(|name| RowKey::Setting(id, name.to_owned()));
        edits.extend(settings.map(Edit::delete));
        for (key, alias) in &self.aliases {
            let to: Vec<_> = alias.to.iter().filter(|t| t.account != id).cloned().collect();
            let key = RowKey::Alias(key.clone());
            if to.is_empty() {
                edits.push(Edit::delete(key));
            } else if to.len() < alias.to.len() {
                edits.push(Edit::put(key, &AliasRow { address: alias.address.clone(), to }));
            }
        }
        for (name, domain) in &self.domains {
            if domain.catch_all.as_ref().is_some_and(|target| target.account == id) {
                let row = DomainRow { catch_all: None };
                edits.push(Edit::put(RowKey::Domain(name.clone()), &row));
            }
        }
        edits
    }
}
