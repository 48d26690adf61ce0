//! How a person wants the pages to look.

use jiff::tz::TimeZone;
use mailstore::Account;
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::session::TABLE;

const PREFS: &[u8] = b"p";

/// Kept in the account; the language is kept by the directory, because
/// reports about delivery use it too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prefs {
    pub theme: Theme,
    pub density: Density,
    /// A name of the time zone database; empty for the server's own zone.
    pub zone: String,
}

impl engine::Versioned for Prefs {
    const FORMAT: u8 = 1;
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$default:ident])? $variant:ident = $text:literal),* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name {
            $($(#[$default])? $variant),*
        }

        impl $name {
            pub(crate) const ALL: &[$name] = &[$($name::$variant),*];

            /// As in forms and class names.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            pub(crate) fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|choice| choice.as_str() == text)
            }
        }
    };
}

choice! {
    /// Light or dark.
    Theme { #[default] Auto = "auto", Light = "light", Dark = "dark" }
}
choice! {
    /// The height of a row.
    Density { Compact = "compact", #[default] Normal = "normal", Airy = "airy" }
}

impl Prefs {
    /// The zone dates are shown in.
    pub(crate) fn time_zone(&self, server: &TimeZone) -> TimeZone {
        if self.zone.is_empty() {
            return server.clone();
        }
        TimeZone::get(&self.zone).unwrap_or_else(|_| server.clone())
    }

    /// Whether a zone of this name can be chosen.
    pub(crate) fn knows_zone(name: &str) -> bool {
        name.is_empty() || TimeZone::get(name).is_ok()
    }

    pub(crate) async fn of(account: &Account) -> Result<Prefs, Failure> {
        let row = account.read(|state| state.attached(TABLE, PREFS).cloned()).await?;
        let prefs = row.and_then(|row| engine::decode::<Prefs>("preferences", &row).ok());
        Ok(prefs.unwrap_or_default())
    }

    pub(crate) async fn save(&self, account: &Account) -> Result<(), Failure> {
        let value = engine::encode(self);
        let saved = account.write(move |tx| {
            tx.put_row(TABLE, PREFS, value.clone());
            Ok(())
        });
        Ok(saved.await?)
    }
}
