//! CREATE, DELETE, RENAME and SUBSCRIBE.

use std::collections::BTreeSet;

use model::{MailboxId, MailboxName, ModSeq, Role, Uid, UidValidity};

use super::{MOST_MAILBOXES, Tx};
use crate::Error;
use crate::delta::MailboxDelta;
use crate::state::Head;

impl Tx<'_> {
    /// Makes a mailbox and those above it that are missing (RFC 3501 §6.3.3).
    ///
    /// Fails with [`Error::MailboxExists`].
    pub fn create_mailbox(&mut self, name: &MailboxName) -> Result<MailboxId, Error> {
        if self.named(name).is_some() {
            return Err(Error::MailboxExists(name.clone()));
        }
        let above: Vec<_> = name.ancestors().collect();
        for ancestor in above {
            if self.named(&ancestor).is_none() {
                self.new_mailbox(ancestor, None)?;
            }
        }
        self.new_mailbox(name.clone(), None)
    }

    pub(crate) fn new_mailbox(
        &mut self,
        name: MailboxName,
        role: Option<Role>,
    ) -> Result<MailboxId, Error> {
        if self.state.mailboxes.len() + self.delta.mailboxes.len() >= MOST_MAILBOXES {
            return Err(Error::TooManyMailboxes(MOST_MAILBOXES));
        }
        let id = self.delta.next_mailbox.unwrap_or(self.state.next_mailbox);
        // Beyond what any mailbox of an account of this name had before, even
        // if that account was removed and made again.
        let today = u32::try_from(self.now.0).unwrap_or(1).max(1);
        let validity = self.delta.next_validity.unwrap_or(self.state.next_validity).max(today);
        self.delta.next_mailbox = Some(id + 1);
        self.delta.next_validity = Some(validity + 1);
        let id = MailboxId(id);
        let head = Head {
            id,
            name,
            role,
            uid_validity: UidValidity(validity),
            uid_next: Uid(1),
            highest_modseq: ModSeq(1),
            first_recent: Uid(1),
            show_in_imap: true,
            vanished_floor: ModSeq(0),
        };
        self.delta
            .mailboxes
            .insert(id, Some(MailboxDelta { touched: true, ..MailboxDelta::new(head) }));
        Ok(id)
    }

    fn removable(&self, id: MailboxId) -> Result<&Head, Error> {
        let head = self.mailbox(id).ok_or_else(|| Error::NoSuchMailbox(id.to_string()))?;
        match head.role {
            Some(_) => {
                Err(Error::Forbidden("every account keeps this mailbox; it cannot be deleted"))
            }
            None => Ok(head),
        }
    }

    /// Deletes a mailbox and expunges its messages (RFC 3501 §6.3.4);
    /// mailboxes below it stay.
    ///
    /// Fails with [`Error::Forbidden`] for a mailbox that has a role.
    pub fn delete_mailbox(&mut self, id: MailboxId) -> Result<(), Error> {
        self.removable(id)?;
        for (_, number) in self.placements(id, None) {
            self.expunge_one(number, id)?;
        }
        self.delta.mailboxes.insert(id, None);
        Ok(())
    }

    /// Deletes a label: its messages lose it and stay in All Mail.
    ///
    /// Fails with [`Error::Forbidden`] for a mailbox that has a role.
    pub fn delete_label(&mut self, id: MailboxId) -> Result<(), Error> {
        self.removable(id)?;
        for (_, number) in self.placements(id, None) {
            self.unplace(number, id)?;
        }
        self.delta.mailboxes.insert(id, None);
        Ok(())
    }

    /// Renames a mailbox and those below it (RFC 3501 §6.3.5). RENAME of INBOX
    /// moves its messages into the new mailbox instead.
    ///
    /// Fails with [`Error::MailboxExists`], and with [`Error::Forbidden`] for a
    /// name below the mailbox's own.
    pub fn rename_mailbox(&mut self, id: MailboxId, to: &MailboxName) -> Result<(), Error> {
        let head = self.mailbox(id).ok_or_else(|| Error::NoSuchMailbox(id.to_string()))?;
        let from = head.name.clone();
        if self.named(to).is_some() {
            return Err(Error::MailboxExists(to.clone()));
        }
        if from.is_inbox() {
            let new = self.create_mailbox(to)?;
            for (_, number) in self.placements(id, None) {
                self.unplace(number, id)?;
                self.put_into(number, new)?;
            }
            return Ok(());
        }
        if to.is_below(&from) {
            return Err(Error::Forbidden("a mailbox cannot be moved below itself"));
        }
        let above: Vec<_> = to.ancestors().collect();
        for ancestor in above {
            if self.named(&ancestor).is_none() {
                self.new_mailbox(ancestor, None)?;
            }
        }
        let mut moved = vec![(id, to.clone())];
        for id in self.mailbox_ids() {
            let below = self.mailbox(id).filter(|head| head.name.is_below(&from));
            moved.extend(below.and_then(|head| Some((id, head.name.moved(&from, to)?))));
        }
        for (id, name) in moved {
            self.mailbox_mut(id)?.head.name = name;
        }
        Ok(())
    }

    fn mailbox_ids(&self) -> BTreeSet<MailboxId> {
        self.state.mailboxes.keys().chain(self.delta.mailboxes.keys()).copied().collect()
    }

    /// Subscribes a name or not; there need be no such mailbox (RFC 3501
    /// §6.3.6).
    pub fn subscribe(&mut self, name: &MailboxName, on: bool) {
        self.delta.subscribed.insert(name.clone(), on);
    }

    /// Whether IMAP lists the mailbox.
    pub fn show_in_imap(&mut self, id: MailboxId, on: bool) -> Result<(), Error> {
        self.mailbox_mut(id)?.head.show_in_imap = on;
        Ok(())
    }
}
