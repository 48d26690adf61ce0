//! The lines of listings, as tables and as JSON.

use serde::{Deserialize, Serialize};

use crate::output::Row;
use crate::say::{language, say};

/// A domain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DomainRow {
    /// In ASCII.
    pub name: String,
    /// How many accounts have an address in it.
    pub accounts: u64,
}

impl Row for DomainRow {
    const HEADINGS: &'static [&'static str] = &["cli-column-domain", "cli-column-accounts"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.accounts.to_string()]
    }
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountRow {
    /// Its number in the store.
    pub id: u64,
    /// Its login.
    pub address: String,
    /// The person's name.
    pub name: String,
    /// Whether it may change the directory.
    pub administrator: bool,
    /// Whether nobody may log in.
    pub suspended: bool,
    /// Bytes it may hold today.
    pub quota_bytes: u64,
    /// Bytes it holds.
    pub used_bytes: u64,
    /// How many messages that is.
    pub messages: u64,
    /// `en` or `fr`.
    pub language: String,
    /// When it was made, RFC 3339.
    pub created: String,
}

impl Row for AccountRow {
    const HEADINGS: &'static [&'static str] = &[
        "cli-column-address",
        "cli-column-messages",
        "cli-column-used",
        "cli-column-quota",
        "cli-column-state",
    ];

    fn cells(&self) -> Vec<String> {
        let states = [
            (self.administrator, "cli-state-administrator"),
            (self.suspended, "cli-state-suspended"),
        ];
        let states = states.iter().filter(|(is, _)| *is).map(|(_, id)| say(id));
        vec![
            self.address.clone(),
            locale::number(language(), self.messages),
            locale::size(language(), self.used_bytes),
            locale::size(language(), self.quota_bytes),
            states.collect::<Vec<_>>().join(", "),
        ]
    }
}

/// An alias.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AliasRow {
    /// The address itself.
    pub alias: String,
    /// Where its mail goes.
    pub to: Vec<String>,
}

impl Row for AliasRow {
    const HEADINGS: &'static [&'static str] = &["cli-column-alias", "cli-column-to"];

    fn cells(&self) -> Vec<String> {
        vec![self.alias.clone(), self.to.join(", ")]
    }
}

/// An app password, without its secret, which nobody knows any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppPasswordRow {
    /// Its number within the account.
    pub id: u32,
    /// What its owner called it.
    pub label: String,
    /// What it opens; none is everything but the web.
    pub protocols: Option<Vec<String>>,
    /// When it was made, RFC 3339.
    pub created: String,
    /// The day it was last used.
    pub last_used: Option<String>,
}

impl Row for AppPasswordRow {
    const HEADINGS: &'static [&'static str] = &[
        "cli-column-number",
        "cli-column-label",
        "cli-column-protocols",
        "cli-column-created",
        "cli-column-last-used",
    ];

    fn cells(&self) -> Vec<String> {
        let protocols = self.protocols.as_ref().map(|all| all.join(", "));
        vec![
            self.id.to_string(),
            self.label.clone(),
            protocols.unwrap_or_else(|| say("cli-all-protocols")),
            self.created.clone(),
            self.last_used.clone().unwrap_or_else(|| say("cli-never")),
        ]
    }
}
