//! Marks on messages: RFC 3501 §2.3.2.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The system flags a message carries in all its mailboxes.
///
/// `\Deleted` is not among them: it belongs to one placement of the message.
/// `\Recent` belongs to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Flags(u8);

impl Flags {
    /// No flag.
    pub const NONE: Flags = Flags(0);
    /// `\Seen`
    pub const SEEN: Flags = Flags(1);
    /// `\Answered`
    pub const ANSWERED: Flags = Flags(2);
    /// `\Flagged`, a star in the webmail
    pub const FLAGGED: Flags = Flags(4);
    /// `\Draft`
    pub const DRAFT: Flags = Flags(8);

    /// Each flag with its name, in the order they are printed.
    pub const NAMED: [(Flags, &'static str); 4] = [
        (Flags::ANSWERED, "\\Answered"),
        (Flags::FLAGGED, "\\Flagged"),
        (Flags::SEEN, "\\Seen"),
        (Flags::DRAFT, "\\Draft"),
    ];

    /// Whether every flag of `other` is set here.
    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no flag is set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As stored.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From what was stored; bits of no meaning are dropped.
    pub fn from_bits(bits: u8) -> Flags {
        Flags(bits & 0x0f)
    }

    /// These and `other`.
    #[must_use]
    pub fn with(self, other: Flags) -> Flags {
        self | other
    }

    /// These without `other`.
    #[must_use]
    pub fn without(self, other: Flags) -> Flags {
        self & !other
    }
}

impl BitOr for Flags {
    type Output = Flags;
    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Flags) {
        self.0 |= other.0;
    }
}

impl BitAnd for Flags {
    type Output = Flags;
    fn bitand(self, other: Flags) -> Flags {
        Flags(self.0 & other.0)
    }
}

impl Not for Flags {
    type Output = Flags;
    fn not(self) -> Flags {
        Flags(!self.0 & 0x0f)
    }
}

/// A keyword (RFC 3501 §2.3.2): a flag that clients name themselves.
///
/// Compared without regard to the case of ASCII letters, kept as first written.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keyword(String);

/// Why a text is no keyword.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeywordError {
    /// It is empty, too long, or has a character that `atom` does not allow.
    #[error(
        "a keyword has 1 to 100 printable ASCII characters, without spaces and ( ) {{ % * \" \\ ]"
    )]
    Form,
}

impl Keyword {
    /// The name as first written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Keyword {
    type Err = KeywordError;

    /// Takes an `atom` of RFC 3501 §9 of at most 100 characters.
    fn from_str(text: &str) -> Result<Keyword, KeywordError> {
        let allowed = |b: u8| {
            (0x21..0x7f).contains(&b)
                && !matches!(b, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
        };
        if text.is_empty() || text.len() > 100 || !text.bytes().all(allowed) {
            return Err(KeywordError::Form);
        }
        Ok(Keyword(text.to_owned()))
    }
}

impl TryFrom<String> for Keyword {
    type Error = KeywordError;
    fn try_from(text: String) -> Result<Keyword, KeywordError> {
        text.parse()
    }
}

impl From<Keyword> for String {
    fn from(keyword: Keyword) -> String {
        keyword.0
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Keyword) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl std::hash::Hash for Keyword {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_atoms() {
        for good in ["$Forwarded", "NonJunk", "a", "$label1", "x-y.z:1", "x[y"] {
            assert!(good.parse::<Keyword>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "\\Seen", "a)", "é", "a\"b", "a]", &"x".repeat(101)] {
            assert!(bad.parse::<Keyword>().is_err(), "{bad}");
        }
    }

    #[test]
    fn keywords_ignore_case() {
        assert_eq!("NonJunk".parse::<Keyword>(), "nonjunk".parse::<Keyword>());
    }

    #[test]
    fn flags_combine() {
        let both = Flags::SEEN | Flags::DRAFT;
        assert!(both.contains(Flags::SEEN) && !both.contains(Flags::FLAGGED));
        assert_eq!(both.without(Flags::SEEN), Flags::DRAFT);
        assert_eq!(Flags::from_bits(0xff).bits(), 0x0f);
    }
}
