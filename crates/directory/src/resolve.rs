//! What an address means here: who gets its mail, who may write as it.

use model::{AccountId, Address};

use crate::Directory;
use crate::rows::{Target, address_key, lookup_key};
use crate::state::State;

/// Where mail for an address goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// To these accounts; at least one, none twice.
    Local(Vec<LocalRecipient>),
    /// The domain is ours, the name is nobody's: 550 5.1.1.
    NoSuchUser,
    /// The domain is not ours.
    NotLocal,
    /// Every account it leads to is closed: 550 5.2.1.
    Suspended,
}

/// One account that gets a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalRecipient {
    /// Whose.
    pub account: AccountId,
    /// The recipient as the sender wrote it.
    pub address: Address,
    /// What stood behind the `+` (RFC 5233), of the recipient or of the alias.
    pub subaddress: Option<String>,
}

impl Directory {
    /// Who gets mail for `recipient`.
    ///
    /// In this order: an account or alias of exactly that name, one of the
    /// name without its subaddress, the first administrator for `postmaster`
    /// (RFC 5321 §4.5.1) and `abuse` (RFC 2142 §2), the domain's catch-all.
    pub fn resolve(&self, recipient: &Address) -> Resolution {
        self.read().resolve(recipient)
    }

    /// Whether the account may write as `from`: any address whose mail it gets.
    pub fn may_send_as(&self, id: AccountId, from: &Address) -> bool {
        match self.resolve(from) {
            Resolution::Local(recipients) => recipients.iter().any(|r| r.account == id),
            _ => false,
        }
    }

    /// The account's own address, then the aliases that lead to it.
    pub fn addresses_of(&self, id: AccountId) -> Vec<Address> {
        let state = self.read();
        let own = state.accounts.get(&id).map(|row| row.address.clone());
        let leads_here = |to: &[Target]| to.iter().any(|target| target.account == id);
        let aliases = state.aliases.values().filter(|row| leads_here(&row.to));
        own.into_iter().chain(aliases.map(|row| row.address.clone())).collect()
    }
}

impl State {
    fn resolve(&self, recipient: &Address) -> Resolution {
        let Some(domain) = self.domains.get(recipient.domain()) else {
            return Resolution::NotLocal;
        };
        let exact = || self.named(&address_key(recipient), None);
        let without_subaddress = || {
            let detail = recipient.subaddress()?;
            self.named(&lookup_key(recipient.base_local(), recipient.domain()), Some(detail))
        };
        let by_duty = || {
            let name = recipient.base_local();
            let duty = ["postmaster", "abuse"].iter().any(|d| name.eq_ignore_ascii_case(d));
            let account = duty.then(|| self.first_administrator())??;
            let subaddress = recipient.subaddress().map(str::to_owned);
            Some(vec![Target { account, subaddress }])
        };
        let catch_all = || domain.catch_all.clone().map(|target| vec![target]);
        let found = exact().or_else(without_subaddress).or_else(by_duty).or_else(catch_all);
        match found {
            None => Resolution::NoSuchUser,
            Some(targets) => self.open_accounts(recipient, targets),
        }
    }

    /// Where the account or alias under `key` leads.
    fn named(&self, key: &str, subaddress: Option<&str>) -> Option<Vec<Target>> {
        let given = subaddress.map(str::to_owned);
        if let Some(account) = self.by_address.get(key) {
            return Some(vec![Target { account: *account, subaddress: given }]);
        }
        let alias = self.aliases.get(key)?;
        let target = |target: &Target| Target {
            account: target.account,
            // What the sender wrote says more than what the alias says.
            subaddress: given.clone().or_else(|| target.subaddress.clone()),
        };
        Some(alias.to.iter().map(target).collect())
    }

    fn open_accounts(&self, recipient: &Address, targets: Vec<Target>) -> Resolution {
        let mut recipients: Vec<LocalRecipient> = Vec::with_capacity(targets.len());
        for Target { account, subaddress } in targets {
            let open = self.accounts.get(&account).is_some_and(|row| !row.suspended);
            if open && recipients.iter().all(|known| known.account != account) {
                let address = recipient.clone();
                recipients.push(LocalRecipient { account, address, subaddress });
            }
        }
        if recipients.is_empty() { Resolution::Suspended } else { Resolution::Local(recipients) }
    }
}
