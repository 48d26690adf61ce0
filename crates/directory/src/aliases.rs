//! Aliases: addresses that lead to accounts.

use model::Address;

use crate::rows::{AliasRow, RowKey, Target, address_key};
use crate::state::{Edit, State};
use crate::{Alias, Directory, Error};

/// To how many accounts one alias may lead: what fits a row with room to spare.
const MAX_TARGETS: usize = 500;

impl Directory {
    /// Lets `alias` lead to the accounts of `to`, which may have subaddresses.
    ///
    /// Fails with [`Error::AddressTaken`], [`Error::NoSuchDomain`],
    /// [`Error::NoSuchAddress`] or [`Error::EmptyAlias`].
    pub async fn add_alias(&self, alias: &Address, to: &[Address]) -> Result<(), Error> {
        let (address, to) = (alias.clone(), to.to_vec());
        self.change(move |state| {
            state.check_new_address(&address)?;
            Ok((vec![state.put_alias(&address, &to)?], ()))
        })
        .await
    }

    /// Lets an alias that exists lead elsewhere.
    pub async fn set_alias(&self, alias: &Address, to: &[Address]) -> Result<(), Error> {
        let (address, to) = (alias.clone(), to.to_vec());
        self.change(move |state| {
            if !state.aliases.contains_key(&address_key(&address)) {
                return Err(Error::NoSuchAlias(address.clone()));
            }
            Ok((vec![state.put_alias(&address, &to)?], ()))
        })
        .await
    }

    /// Removes an alias; fails with [`Error::NoSuchAlias`].
    pub async fn remove_alias(&self, alias: &Address) -> Result<(), Error> {
        let address = alias.clone();
        self.change(move |state| {
            let key = address_key(&address);
            if !state.aliases.contains_key(&key) {
                return Err(Error::NoSuchAlias(address.clone()));
            }
            Ok((vec![Edit::delete(RowKey::Alias(key))], ()))
        })
        .await
    }

    /// All aliases, sorted by address.
    pub fn aliases(&self) -> Vec<Alias> {
        let state = self.read();
        let alias = |row: &AliasRow| Alias {
            address: row.address.clone(),
            to: row.to.iter().filter_map(|target| state.target_address(target)).collect(),
        };
        state.aliases.values().map(|row| alias(row)).collect()
    }
}

impl State {
    fn put_alias(&self, address: &Address, to: &[Address]) -> Result<Edit, Error> {
        let mut targets: Vec<Target> = Vec::with_capacity(to.len());
        for one in to {
            let target = self.target(one).ok_or_else(|| Error::NoSuchAddress(one.clone()))?;
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        if targets.is_empty() {
            return Err(Error::EmptyAlias(address.clone()));
        }
        if targets.len() > MAX_TARGETS {
            return Err(Error::AliasTooLarge { address: address.clone(), limit: MAX_TARGETS });
        }
        let row = AliasRow { address: address.clone(), to: targets };
        Ok(Edit::put(RowKey::Alias(address_key(address)), &row))
    }
}
