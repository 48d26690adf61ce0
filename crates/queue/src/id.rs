//! The name of a waiting mail.

use std::fmt;
use std::str::FromStr;

use model::{AccountId, MessageNumber};
use serde::{Deserialize, Serialize};

/// A waiting mail: its sender's account and the number of the message there.
///
/// Prints as two hexadecimal numbers, `3e8-1f`, and is read back from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueId {
    /// Whose account holds it; [`AccountId::MAILER`] for mail nobody here sent.
    pub account: AccountId,
    /// The message that is to be sent.
    pub message: MessageNumber,
}

/// A text that names no waiting mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no queue id: it has the form 3e8-1f, as `facteur queue list` shows it")]
pub struct QueueIdError(pub String);

impl QueueId {
    /// The mail `message` of `account`.
    pub fn new(account: AccountId, message: MessageNumber) -> QueueId {
        QueueId { account, message }
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.account.0, self.message.0)
    }
}

impl FromStr for QueueId {
    type Err = QueueIdError;

    fn from_str(text: &str) -> Result<QueueId, QueueIdError> {
        let error = || QueueIdError(text.to_owned());
        let (account, message) = text.split_once('-').ok_or_else(error)?;
        let hex = |part: &str| match part.bytes().all(|b| b.is_ascii_hexdigit()) {
            true => u64::from_str_radix(part, 16).map_err(|_| error()),
            false => Err(error()),
        };
        Ok(QueueId { account: AccountId(hex(account)?), message: MessageNumber(hex(message)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_read_back() {
        let rows = [
            ("3e8-1f", Some((1000, 31))),
            ("2-0", Some((2, 0))),
            ("3E8-1F", Some((1000, 31))),
            ("", None),
            ("3e8", None),
            ("-1", None),
            ("3e8-", None),
            ("+1-2", None),
            ("1-2-3", None),
            ("3e8-11111111111111111", None),
        ];
        for (text, expected) in rows {
            let got = text.parse::<QueueId>().ok().map(|id| (id.account.0, id.message.0));
            assert_eq!(got, expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn printed_ids_are_parsed_back(account: u64, message: u64) {
            let id = QueueId::new(AccountId(account), MessageNumber(message));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<QueueId>();
        }
    }
}
