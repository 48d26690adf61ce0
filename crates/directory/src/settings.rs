//! Small things that neighbours keep for an account, in a form of their own.

use bytes::Bytes;
use model::AccountId;

use crate::rows::RowKey;
use crate::state::{Edit, State};
use crate::{Directory, Error};

/// The longest value; a row must stay below [`engine::MAX_ROW_BYTES`].
const MAX_VALUE: usize = 60_000;

impl Directory {
    /// What was kept under `name` for the account.
    pub fn setting(&self, id: AccountId, name: &str) -> Option<Bytes> {
        self.read().settings.get(&(id, name.to_owned())).cloned()
    }

    /// Keeps `value` under `name`, or forgets what was there.
    ///
    /// Settings live in memory as long as the server runs: keep them small. A
    /// name should begin with its room, as in `web.theme`; a value should
    /// begin with a format version, as [`engine::encode`] gives it.
    pub async fn set_setting(
        &self,
        id: AccountId,
        name: &str,
        value: Option<Bytes>,
    ) -> Result<(), Error> {
        if name.len() > 200 {
            return Err(Error::TooLong { what: "name of the setting", limit: 200 });
        }
        if value.as_ref().is_some_and(|value| value.len() > MAX_VALUE) {
            return Err(Error::TooLong { what: "setting", limit: MAX_VALUE });
        }
        let name = name.to_owned();
        self.change(move |state| {
            state.account(id)?;
            if state.settings.get(&(id, name.clone())) == value.as_ref() {
                return Ok((Vec::new(), ()));
            }
            let key = RowKey::Setting(id, name.clone());
            Ok((vec![Edit { key, value: value.clone() }], ()))
        })
        .await
    }
}

impl State {
    pub(crate) fn settings_of(&self, id: AccountId) -> impl Iterator<Item = &str> {
        let from = (id, String::new());
        let all = self.settings.range(from..);
        all.take_while(move |((account, _), _)| *account == id).map(|((_, name), _)| name.as_str())
    }
}
