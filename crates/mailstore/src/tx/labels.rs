//! The webmail's words, and POP3's one.

use model::{Flags, MailboxId, MessageNumber, Role};

use super::Tx;
use crate::{Error, OnPopDelete};

impl Tx<'_> {
    /// Sets and clears system flags. Numbers that are gone are passed over,
    /// here and below.
    pub fn mark(
        &mut self,
        numbers: &[MessageNumber],
        add: Flags,
        remove: Flags,
    ) -> Result<(), Error> {
        for number in numbers {
            if let Some(row) = self.row(*number) {
                let flags = row.flags.without(remove).with(add);
                self.set_marks(*number, flags, row.keywords)?;
            }
        }
        Ok(())
    }

    /// Adds a label. Spam and Trash take the message away from the rest.
    pub fn label(&mut self, numbers: &[MessageNumber], label: MailboxId) -> Result<(), Error> {
        self.uid_validity(label)?;
        self.each(numbers, |tx, number| match tx.uid_in(number, label) {
            Some(_) => Ok(()),
            None => {
                let exclusive =
                    tx.mailbox(label).and_then(|head| head.role).is_some_and(Role::is_exclusive);
                if exclusive && tx.uid_in(number, tx.role(Role::Outbox)).is_some() {
                    return tx.cancel(number);
                }
                tx.put_into(number, label).map(drop)
            }
        })
    }

    /// Takes a label off; the message stays in All Mail. Out of Outbox it goes
    /// to Drafts. Out of All Mail, Spam and Trash there is no such way.
    pub fn unlabel(&mut self, numbers: &[MessageNumber], label: MailboxId) -> Result<(), Error> {
        self.uid_validity(label)?;
        match self.mailbox(label).and_then(|head| head.role) {
            Some(Role::All | Role::Spam | Role::Trash) => {
                Err(Error::Forbidden("this label is left by choosing another place"))
            }
            Some(Role::Outbox) => self.each(numbers, |tx, number| match tx.uid_in(number, label) {
                Some(_) => tx.cancel(number),
                None => Ok(()),
            }),
            _ => self.each(numbers, |tx, number| tx.unplace(number, label)),
        }
    }

    /// Out of the inbox, nothing else.
    pub fn archive(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        self.unlabel(numbers, self.role(Role::Inbox))
    }

    /// Into Trash; a mail in Outbox is cancelled and goes to Drafts.
    pub fn trash(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        self.label(numbers, self.role(Role::Trash))
    }

    /// Into Spam.
    pub fn spam(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        self.label(numbers, self.role(Role::Spam))
    }

    /// Into the inbox, out of Spam and Trash.
    pub fn to_inbox(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        self.label(numbers, self.role(Role::Inbox))
    }

    /// Gone for ever: only for messages in Trash, Spam or Drafts; others are
    /// passed over.
    pub fn destroy(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        let places = [Role::Trash, Role::Spam, Role::Drafts].map(|role| self.role(role));
        self.each(numbers, |tx, number| {
            let placed = tx.placed(number);
            if placed.iter().any(|(mailbox, _)| places.contains(mailbox)) {
                tx.destroy_one(number)?;
            }
            Ok(())
        })
    }

    /// Brings expunged messages back, into All Mail and the inbox. Fails with
    /// [`Error::OverQuota`].
    pub fn restore(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        for number in numbers {
            let kept = match self.delta.recoverable.get(number) {
                Some(changed) => changed.clone(),
                None => self.state.recoverable.get(number).cloned(),
            };
            let Some(kept) = kept else { continue };
            self.check_quota(u64::from(kept.row.size))?;
            self.delta.recoverable.insert(*number, None);
            self.delta.messages.insert(*number, Some(kept.row));
            self.delta.placed.insert(*number, crate::delta::Placed::new());
            self.count(i64::from(kept.row.size), 1);
            self.put_into(*number, self.role(Role::Inbox))?;
        }
        Ok(())
    }

    /// What QUIT does to messages marked by DELE, by the account's
    /// [`OnPopDelete`]. The maildrop is the inbox.
    pub fn pop_delete(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        let inbox = self.role(Role::Inbox);
        let how = self.policy.on_pop_delete;
        self.each(numbers, |tx, number| {
            if tx.uid_in(number, inbox).is_none() {
                return Ok(());
            }
            match how {
                OnPopDelete::Archive => tx.unplace(number, inbox),
                OnPopDelete::Trash => tx.put_into(number, tx.role(Role::Trash)).map(drop),
                OnPopDelete::Recover => tx.retire(number),
            }
        })
    }

    fn each(
        &mut self,
        numbers: &[MessageNumber],
        mut act: impl FnMut(&mut Self, MessageNumber) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for number in numbers {
            if self.row(*number).is_some() {
                act(self, *number)?;
            }
        }
        Ok(())
    }
}
