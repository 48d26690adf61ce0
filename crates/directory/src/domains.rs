//! Domains served here, and who gets what nobody else takes.

use model::{Address, domain_to_ascii};

use crate::rows::{DomainRow, RowKey};
use crate::state::Edit;
use crate::{Directory, Domain, Error};

fn ascii(name: &str) -> Result<String, Error> {
    let bad = |cause| Error::BadName { text: name.to_owned(), cause };
    if name.starts_with('[') {
        return Err(bad(model::AddressError::Domain));
    }
    domain_to_ascii(name.trim_end_matches('.')).map_err(bad)
}

impl Directory {
    /// Serves a domain from now on.
    ///
    /// Fails with [`Error::DomainExists`] or [`Error::BadName`].
    pub async fn add_domain(&self, name: &str) -> Result<(), Error> {
        let name = ascii(name)?;
        self.change(move |state| {
            if state.domains.contains_key(&name) {
                return Err(Error::DomainExists(name.clone()));
            }
            let row = DomainRow { catch_all: None };
            Ok((vec![Edit::put(RowKey::Domain(name.clone()), &row)], ()))
        })
        .await
    }

    /// Serves it no longer.
    ///
    /// Fails with [`Error::DomainInUse`] while it has accounts or aliases.
    pub async fn remove_domain(&self, name: &str) -> Result<(), Error> {
        let name = ascii(name)?;
        self.change(move |state| {
            if !state.domains.contains_key(&name) {
                return Err(Error::NoSuchDomain(name.clone()));
            }
            let in_it = |address: &Address| address.domain() == name;
            let accounts = state.accounts.values().filter(|row| in_it(&row.address)).count();
            let aliases = state.aliases.values().filter(|row| in_it(&row.address)).count();
            if accounts + aliases > 0 {
                return Err(Error::DomainInUse { name: name.clone(), accounts, aliases });
            }
            Ok((vec![Edit::delete(RowKey::Domain(name.clone()))], ()))
        })
        .await
    }

    /// All domains, sorted by name.
    pub fn domains(&self) -> Vec<Domain> {
        let state = self.read();
        let domain = |(name, row): (&String, &DomainRow)| Domain {
            name: name.clone(),
            catch_all: row.catch_all.as_ref().and_then(|target| state.target_address(target)),
        };
        state.domains.iter().map(domain).collect()
    }

    /// Gives mail that no account or alias of `domain` takes to `to`, or to
    /// nobody.
    pub async fn set_catch_all(&self, domain: &str, to: Option<&Address>) -> Result<(), Error> {
        let name = ascii(domain)?;
        let to = to.cloned();
        self.change(move |state| {
            if !state.domains.contains_key(&name) {
                return Err(Error::NoSuchDomain(name.clone()));
            }
            let catch_all = match &to {
                None => None,
                Some(to) => Some(state.target(to).ok_or(Error::NoSuchAddress(to.clone()))?),
            };
            Ok((vec![Edit::put(RowKey::Domain(name.clone()), &DomainRow { catch_all })], ()))
        })
        .await
    }

    /// Whether mail for `domain` belongs here; in any case and script.
    pub fn is_local_domain(&self, domain: &str) -> bool {
        ascii(domain).is_ok_and(|name| self.read().domains.contains_key(&name))
    }
}
