//! What others see of domains, accounts and aliases.

use std::fmt;
use std::str::FromStr;

use model::{AccountId, Address, Timestamp};
use serde::{Deserialize, Serialize};

/// A domain served here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// In ASCII, lower case.
    pub name: String,
    /// Who gets what no account or alias of this domain takes.
    pub catch_all: Option<Address>,
}

/// An address that leads to accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The address itself.
    pub address: Address,
    /// Addresses of accounts, perhaps with a subaddress.
    pub to: Vec<Address>,
}

/// An account as everybody may know it; no password is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInfo {
    /// Its number, never given twice.
    pub id: AccountId,
    /// Its address, which is also its login.
    pub address: Address,
    /// The person's name, for From; may be empty.
    pub name: String,
    /// Whether it may change the directory.
    pub administrator: bool,
    /// Whether it is closed: no login, and mail to it is refused.
    pub suspended: bool,
    /// How much it may keep.
    pub quota: Quota,
    /// `en` or `fr`.
    pub language: String,
    /// When it was made.
    pub created: Timestamp,
    /// What becomes of a copy of sent mail.
    pub file_sent: FileSent,
    /// What EXPUNGE does to a message's last label.
    pub on_expunge: OnExpunge,
    /// What DELE of POP3 does.
    pub on_pop_delete: OnPopDelete,
}

impl AccountInfo {
    /// The quota of this moment, in bytes.
    pub fn quota_bytes(&self, now: Timestamp) -> u64 {
        self.quota.bytes(now)
    }
}

/// How much mail an account may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Bytes at the beginning, or for ever if `fixed`.
    pub base: u64,
    /// Bytes that are added in a day, little by little.
    pub growth_per_day: u64,
    /// Since when it grows.
    pub since: Timestamp,
    /// It was set for this account and does not grow.
    pub fixed: bool,
}

impl Quota {
    /// The quota of this moment, in bytes.
    pub fn bytes(&self, now: Timestamp) -> u64 {
        if self.fixed {
            return self.base;
        }
        let seconds = u128::try_from(now.0.saturating_sub(self.since.0)).unwrap_or(0);
        let grown = u128::from(self.growth_per_day) * seconds / 86_400;
        self.base.saturating_add(u64::try_from(grown).unwrap_or(u64::MAX))
    }
}

/// Whether mail sent by SMTP is filed in Sent by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileSent {
    /// We do, and a client's own copy replaces ours.
    #[default]
    Auto,
    /// The client does.
    Never,
}

/// What becomes of a message that EXPUNGE takes from its last mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExpunge {
    /// It is gone for programs, and can be got back for a while.
    #[default]
    Recover,
    /// It stays in All Mail.
    Archive,
    /// It is gone for ever.
    Delete,
}

/// What DELE of POP3 does to a message of the maildrop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnPopDelete {
    /// It leaves the maildrop and stays in All Mail.
    #[default]
    Archive,
    /// It goes to Trash.
    Trash,
    /// It is gone for programs, and can be got back for a while.
    Recover,
}

/// By which door somebody logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Submission of mail.
    Smtp,
    /// Reading by IMAP.
    Imap,
    /// Reading by POP3.
    Pop3,
    /// The webmail and the settings.
    Web,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Smtp => "smtp",
            Protocol::Imap => "imap",
            Protocol::Pop3 => "pop3",
            Protocol::Web => "web",
        })
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Protocol, String> {
        let all = [Protocol::Smtp, Protocol::Imap, Protocol::Pop3, Protocol::Web];
        let found = all.into_iter().find(|p| p.to_string().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("{text:?} is no protocol; take smtp, imap, pop3 or web"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_grow_unless_fixed() {
        let since = Timestamp(1_000_000);
        let quota = Quota { base: 1000, growth_per_day: 86_400, since, fixed: false };
        assert_eq!(quota.bytes(since), 1000);
        assert_eq!(quota.bytes(since.plus(10)), 1010);
        assert_eq!(quota.bytes(since.plus(86_400 * 2)), 1000 + 2 * 86_400);
        assert_eq!(quota.bytes(Timestamp(0)), 1000, "a clock set back does not shrink it");
        assert_eq!(Quota { fixed: true, ..quota }.bytes(since.plus(86_400)), 1000);
        let huge = Quota { base: u64::MAX, growth_per_day: u64::MAX, ..quota };
        assert_eq!(huge.bytes(Timestamp(i64::MAX)), u64::MAX);
    }

    #[test]
    fn protocols_parse_as_they_print() {
        for protocol in [Protocol::Smtp, Protocol::Imap, Protocol::Pop3, Protocol::Web] {
            assert_eq!(protocol.to_string().parse(), Ok(protocol));
        }
        assert!("ldap".parse::<Protocol>().is_err());
    }
}
