//! The maildrop of a session: INBOX as it was at login.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use directory::AccountInfo;
use mailstore::{Account, Mailstore};
use model::{AccountId, MessageNumber, Role};

use crate::parse::Position;
use crate::response::Response;

/// Which maildrops are open: each at most once (RFC 1939 §4).
#[derive(Debug, Clone, Default)]
pub(crate) struct Locks(Arc<Mutex<HashSet<AccountId>>>);

/// A maildrop held open; given back when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    locks: Locks,
    account: AccountId,
}

impl Locks {
    /// `None` while another session has it.
    pub(crate) fn take(&self, account: AccountId) -> Option<Lock> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(account).then(|| Lock { locks: self.clone(), account })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut open = self.locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&self.account);
    }
}

/// A message of the maildrop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mail {
    /// Its number in the account, which is its unique-id (RFC 1939 §7): it
    /// outlives moves between mailboxes and never names another message.
    pub(crate) number: MessageNumber,
    /// In octets.
    pub(crate) size: u64,
    /// DELE was said; it goes at QUIT.
    pub(crate) deleted: bool,
}

/// Everything the TRANSACTION state works on.
pub(crate) struct Maildrop {
    pub(crate) account: Account,
    mails: Vec<Mail>,
    _lock: Lock,
}

/// How many messages one commit takes out of the maildrop.
const AT_ONCE: usize = 500;

impl Maildrop {
    /// What lies in INBOX and is not marked `\Deleted`, oldest first.
    pub(crate) async fn open(
        store: &Mailstore,
        account: &AccountInfo,
        lock: Lock,
    ) -> Result<Maildrop, mailstore::Error> {
        let account = store.account(account.id).await?;
        let mails = account
            .read(|state| {
                let entries = state.entries(state.role(Role::Inbox));
                let kept = entries.filter(|entry| !entry.deleted);
                let mail = |entry: mailstore::Entry| Mail {
                    number: entry.number,
                    size: u64::from(entry.size),
                    deleted: false,
                };
                kept.map(mail).collect()
            })
            .await?;
        Ok(Maildrop { account, mails, _lock: lock })
    }

    /// The messages that are not deleted, with their positions.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (Position, &Mail)> {
        let numbered = self.mails.iter().enumerate().filter(|(_, mail)| !mail.deleted);
        numbered.filter_map(|(index, mail)| Some((Position::of_index(index)?, mail)))
    }

    /// How many there are and their octets, without the deleted.
    pub(crate) fn totals(&self) -> (usize, u64) {
        self.kept().fold((0, 0), |(count, octets), (_, mail)| (count + 1, octets + mail.size))
    }

    /// The message there, or why there is none.
    pub(crate) fn get(&self, position: Position) -> Result<Mail, Response> {
        match self.mails.get(position.index()) {
            Some(mail) if mail.deleted => {
                Err(Response::err(format!("message {position} is already deleted")))
            }
            Some(mail) => Ok(*mail),
            None => {
                let count = self.mails.len();
                Err(Response::err(format!("no such message, only {count} messages in maildrop")))
            }
        }
    }

    pub(crate) fn delete(&mut self, position: Position) {
        if let Some(mail) = self.mails.get_mut(position.index()) {
            mail.deleted = true;
        }
    }

    pub(crate) fn undelete_all(&mut self) {
        for mail in &mut self.mails {
            mail.deleted = false;
        }
    }

    /// The UPDATE state (RFC 1939 §6): takes what was deleted out of the
    /// maildrop, durably, and answers how many messages that were.
    pub(crate) async fn update(&self) -> Result<usize, mailstore::Error> {
        let gone: Vec<MessageNumber> =
            self.mails.iter().filter(|mail| mail.deleted).map(|mail| mail.number).collect();
        for some in gone.chunks(AT_ONCE) {
            let some = some.to_vec();
            self.account.write(move |tx| tx.pop_delete(&some)).await?;
        }
        Ok(gone.len())
    }
}
