//! Names of mailboxes: RFC 3501 §5.1.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The full name of a mailbox, in Unicode, levels separated by `/`.
///
/// INBOX is the same in any case (RFC 3501 §5.1), and also as the first level
/// of a longer name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailboxName(String);

/// Why a text is no mailbox name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailboxNameError {
    /// No text at all.
    #[error("a mailbox name cannot be empty")]
    Empty,
    /// More than [`MailboxName::MAX_BYTES`].
    #[error("a mailbox name is at most {} bytes long", MailboxName::MAX_BYTES)]
    TooLong,
    /// `//`, or a slash at the start or the end.
    #[error("a mailbox name has no empty level between its slashes")]
    EmptyLevel,
    /// Control characters, which would break listings and pages.
    #[error("a mailbox name has no control characters")]
    Control,
}

impl MailboxName {
    /// What separates the levels.
    pub const DELIMITER: char = '/';
    /// The longest name, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 500;

    /// INBOX.
    pub fn inbox() -> MailboxName {
        MailboxName("INBOX".to_owned())
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is INBOX itself.
    pub fn is_inbox(&self) -> bool {
        self.0 == "INBOX"
    }

    /// The last level.
    pub fn leaf(&self) -> &str {
        self.0.rsplit(Self::DELIMITER).next().unwrap_or(&self.0)
    }

    /// The name without its last level.
    pub fn parent(&self) -> Option<MailboxName> {
        self.0.rsplit_once(Self::DELIMITER).map(|(parent, _)| MailboxName(parent.to_owned()))
    }

    /// The names above this one, outermost first.
    pub fn ancestors(&self) -> impl Iterator<Item = MailboxName> + '_ {
        self.0.match_indices(Self::DELIMITER).map(|(at, _)| MailboxName(self.0[..at].to_owned()))
    }

    /// Whether this stands somewhere below `other`.
    pub fn is_below(&self, other: &MailboxName) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with(Self::DELIMITER))
    }

    /// The name this gets when `old`, itself or above it, becomes `new`.
    pub fn moved(&self, old: &MailboxName, new: &MailboxName) -> Option<MailboxName> {
        if self == old {
            return Some(new.clone());
        }
        self.is_below(old).then(|| MailboxName(format!("{}{}", new.0, &self.0[old.0.len()..])))
    }
}

impl FromStr for MailboxName {
    type Err = MailboxNameError;

    fn from_str(text: &str) -> Result<MailboxName, MailboxNameError> {
        if text.is_empty() {
            return Err(MailboxNameError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(MailboxNameError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}') {
            return Err(MailboxNameError::Control);
        }
        if text.split(Self::DELIMITER).any(str::is_empty) {
            return Err(MailboxNameError::EmptyLevel);
        }
        let first = text.split(Self::DELIMITER).next().unwrap_or(text);
        if first.eq_ignore_ascii_case("INBOX") {
            return Ok(MailboxName(format!("INBOX{}", &text[first.len()..])));
        }
        Ok(MailboxName(text.to_owned()))
    }
}

impl TryFrom<String> for MailboxName {
    type Error = MailboxNameError;
    fn try_from(text: String) -> Result<MailboxName, MailboxNameError> {
        text.parse()
    }
}

impl From<MailboxName> for String {
    fn from(name: MailboxName) -> String {
        name.0
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let rows: &[(&str, Result<&str, MailboxNameError>)] = &[
            ("inbox", Ok("INBOX")),
            ("Inbox/Été", Ok("INBOX/Été")),
            ("Inboxes", Ok("Inboxes")),
            ("a/b", Ok("a/b")),
            ("", Err(MailboxNameError::Empty)),
            ("/a", Err(MailboxNameError::EmptyLevel)),
            ("a/", Err(MailboxNameError::EmptyLevel)),
            ("a//b", Err(MailboxNameError::EmptyLevel)),
            ("a\r\nb", Err(MailboxNameError::Control)),
        ];
        for (text, expected) in rows {
            let got = text.parse::<MailboxName>();
            assert_eq!(
                got.as_ref().map(MailboxName::as_str),
                expected.as_ref().copied(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn moving_takes_the_children_along() {
        let name = |text: &str| text.parse::<MailboxName>().expect("a good name");
        assert_eq!(name("a/b").moved(&name("a"), &name("x/y")), Some(name("x/y/b")));
        assert_eq!(name("ab").moved(&name("a"), &name("x")), None);
    }
}
