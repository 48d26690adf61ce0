//! APPEND, COPY, MOVE, STORE and EXPUNGE.

use model::{
    ConversationId, Flags, Keyword, MailboxId, MessageNumber, ModSeq, Ranges, Role, Uid,
    UidValidity,
};

use super::Tx;
use crate::conversation;
use crate::rows::{FiledRow, MessageRow, RecordRow};
use crate::{Error, Keywords, NewMessage, OnExpunge};

/// How long a copy that we filed may be replaced by a client's.
const FILED_SECONDS: i64 = 24 * 3600;

/// A message that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Its number.
    pub number: MessageNumber,
    /// Its UIDs, in the order of the mailboxes it was appended to (APPENDUID,
    /// RFC 4315 §3).
    pub placements: Vec<(MailboxId, UidValidity, Uid)>,
}

/// What COPY or MOVE did: the COPYUID of RFC 4315 §3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Of the mailbox copied to.
    pub uid_validity: UidValidity,
    /// The UIDs that were found, ascending.
    pub from: Vec<Uid>,
    /// What each became there. Shorter than `from` where a message went
    /// somewhere else than was asked: a mail cancelled in Outbox goes to Drafts.
    pub to: Vec<Uid>,
}

/// How STORE changes marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagMode {
    /// `+FLAGS`
    Add,
    /// `-FLAGS`
    Remove,
    /// `FLAGS`
    Replace,
}

/// A change of marks (RFC 3501 §6.4.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagChange {
    /// Add, remove or replace.
    pub mode: FlagMode,
    /// System flags.
    pub flags: Flags,
    /// Keywords.
    pub keywords: Vec<Keyword>,
    /// `\Deleted`, of this placement alone.
    pub deleted: bool,
}

/// What STORE did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// UIDs whose marks are others now.
    pub changed: Vec<Uid>,
    /// UIDs left alone because they changed since UNCHANGEDSINCE (RFC 7162
    /// §3.1.3).
    pub modified: Ranges,
}

impl Tx<'_> {
    /// Adds a message to the mailboxes `into` (to All Mail alone if none).
    ///
    /// Always makes a new message, but for Sent: a copy that the server filed
    /// in the last 24 hours under the same Message-ID gives way to it. Fails
    /// with [`Error::OverQuota`], and with [`Error::NoSuchMailbox`].
    pub fn append(&mut self, new: &NewMessage, into: &[MailboxId]) -> Result<Appended, Error> {
        for mailbox in into {
            self.uid_validity(*mailbox)?;
        }
        let size = u32::try_from(new.size())
            .map_err(|_| Error::TooLarge { limit: u64::from(u32::MAX) })?;
        let sent = self.role(Role::Sent);
        let message_id = new.facts.message_id.as_deref().map(conversation::hash_id);
        let mut conversation = None;
        if into.contains(&sent) && !new.filed_by_us && self.policy.replace_filed {
            conversation = self.replace_filed(message_id)?;
        }
        self.check_quota(new.size())?;
        let number = self.next_number();
        let conversation = self.converse(number, conversation, &new.facts);
        let keywords = self.keyword_set(&new.keywords)?;
        let row = MessageRow {
            number,
            size,
            internal_date: new.internal_date,
            flags: new.flags,
            keywords,
            modseq: ModSeq(0),
            conversation,
        };
        self.delta.messages.insert(number, Some(row));
        self.delta.blobs.push(new.blob.clone());
        let record = RecordRow {
            blob: new.blob.id,
            prefix: new.prefix.to_vec(),
            content_bytes: new.content_bytes,
            internal_date: new.internal_date,
            conversation,
            reverse_path: new.reverse_path.clone(),
            facts: Some((*new.facts).clone()),
        };
        self.delta.records.insert(number, record.into());
        self.count(i64::from(size), 1);
        let all = [self.role(Role::All)];
        let into = if into.is_empty() { &all[..] } else { into };
        let mut placements = Vec::new();
        for mailbox in into {
            let uid = self.put_into(number, *mailbox)?;
            if new.deleted {
                self.set_deleted(*mailbox, uid, true)?;
            }
            placements.push((*mailbox, self.uid_validity(*mailbox)?, uid));
        }
        if new.filed_by_us
            && let Some(message_id) = message_id
        {
            self.delta.filed.insert(number, Some(FiledRow { message_id, at: self.now }));
        }
        Ok(Appended { number, placements })
    }

    /// Our own copies of the mail, which a client's copy replaces, go; so do
    /// notes of copies that are too old to be replaced.
    fn replace_filed(&mut self, message_id: Option<u64>) -> Result<Option<ConversationId>, Error> {
        let mut filed = self.state.filed.clone();
        for (number, row) in &self.delta.filed {
            match row {
                Some(row) => filed.insert(*number, row.clone()),
                None => filed.remove(number),
            };
        }
        let mut conversation = None;
        for (number, row) in filed {
            let young = row.at.plus(FILED_SECONDS) > self.now;
            if young && Some(row.message_id) == message_id {
                // It may still be in Outbox, about to leave: whoever sends it
                // holds its content by itself.
                let places = [Role::Sent, Role::Outbox].map(|role| self.role(role));
                if places.iter().any(|place| self.uid_in(number, *place).is_some()) {
                    conversation = self.row(number).map(|row| row.conversation);
                    self.destroy_one(number)?;
                }
            } else if !young {
                self.delta.filed.insert(number, None);
            }
        }
        Ok(conversation)
    }

    /// Finds the conversation of a new message, or begins one.
    fn converse(
        &mut self,
        number: MessageNumber,
        known: Option<ConversationId>,
        facts: &message::Facts,
    ) -> ConversationId {
        let keys = conversation::keys(facts);
        let known = known.or_else(|| {
            let threads = |key| self.delta.threads.get(key).or_else(|| self.state.threads.get(key));
            // Two conversations are never merged: the newcomer joins the older.
            keys.iter().filter_map(threads).min().copied()
        });
        let id = known.unwrap_or(ConversationId(number.0));
        for key in keys {
            if !self.state.threads.contains_key(&key) {
                self.delta.threads.entry(key).or_insert(id);
            }
        }
        id
    }

    /// Adds the label `to` to messages of `from` (RFC 3501 §6.4.7).
    ///
    /// Only a COPY into the mailbox copied from makes second messages. UIDs
    /// that are not there are passed over.
    pub fn copy(&mut self, from: MailboxId, uids: &Ranges, to: MailboxId) -> Result<Copied, Error> {
        let uid_validity = self.uid_validity(to)?;
        let mut copied = Copied { uid_validity, from: Vec::new(), to: Vec::new() };
        for (uid, number) in self.placements(from, Some(uids)) {
            let new =
                if from == to { self.clone_one(number, to)? } else { self.copy_one(number, to)? };
            copied.from.push(uid);
            copied.to.extend(new);
        }
        Ok(copied)
    }

    fn copy_one(&mut self, number: MessageNumber, to: MailboxId) -> Result<Option<Uid>, Error> {
        let exclusive = self.mailbox(to).and_then(|head| head.role).is_some_and(Role::is_exclusive);
        let outbox = self.role(Role::Outbox);
        if exclusive && self.uid_in(number, outbox).is_some() {
            self.cancel(number)?;
            return Ok(None);
        }
        self.put_into(number, to).map(Some)
    }

    fn clone_one(&mut self, number: MessageNumber, to: MailboxId) -> Result<Option<Uid>, Error> {
        let Some(row) = self.row(number) else { return Ok(None) };
        if self.mailbox(to).and_then(|head| head.role) == Some(Role::Outbox) {
            return Err(Error::Forbidden("mail waiting to be sent cannot be doubled"));
        }
        self.check_quota(u64::from(row.size))?;
        let copy = self.next_number();
        self.delta.messages.insert(copy, Some(MessageRow { number: copy, ..row }));
        self.delta.cloned.insert(copy, number);
        self.count(i64::from(row.size), 1);
        self.put_into(copy, to).map(Some)
    }

    /// Takes messages from `from` to `to` (RFC 6851 §3.1). Fails with
    /// [`Error::Forbidden`] for a mail in Outbox that is being sent already.
    pub fn move_(
        &mut self,
        from: MailboxId,
        uids: &Ranges,
        to: MailboxId,
    ) -> Result<Copied, Error> {
        let uid_validity = self.uid_validity(to)?;
        let role = self.mailbox(from).and_then(|head| head.role);
        let target = self.mailbox(to).and_then(|head| head.role);
        let mut copied = Copied { uid_validity, from: Vec::new(), to: Vec::new() };
        for (uid, number) in self.placements(from, Some(uids)) {
            copied.from.push(uid);
            if role == Some(Role::Outbox) && from != to {
                self.cancel(number)?;
                let wanted =
                    target != Some(Role::Drafts) && !target.is_some_and(Role::is_exclusive);
                if wanted {
                    copied.to.push(self.put_into(number, to)?);
                } else if target == Some(Role::Drafts) {
                    copied.to.extend(self.uid_in(number, to));
                }
                continue;
            }
            self.unplace(number, from)?;
            copied.to.push(self.put_into(number, to)?);
            self.keep_in_all_mail(number)?;
        }
        Ok(copied)
    }

    /// A message outside Spam and Trash has a UID in All Mail.
    fn keep_in_all_mail(&mut self, number: MessageNumber) -> Result<(), Error> {
        let exclusive = [Role::Spam, Role::Trash].map(|role| self.role(role));
        let all = self.role(Role::All);
        let placed = self.placed(number);
        let away = placed.iter().any(|(mailbox, _)| exclusive.contains(mailbox));
        if !away && self.uid_in(number, all).is_none() {
            self.place(number, all, false)?;
        }
        Ok(())
    }

    /// A mail leaves Outbox unsent and goes to Drafts.
    ///
    /// Fails with [`Error::Forbidden`] if it is being sent already.
    pub fn cancel(&mut self, number: MessageNumber) -> Result<(), Error> {
        let outbox = self.role(Role::Outbox);
        let drafts = self.role(Role::Drafts);
        if self.uid_in(number, outbox).is_none() {
            return Err(Error::NoSuchMessage);
        }
        (self.rules.leave_outbox)(self, number)?;
        self.forget_filed(number);
        self.unplace(number, outbox)?;
        self.put_into(number, drafts)?;
        let row = self.row(number).ok_or(Error::NoSuchMessage)?;
        self.set_marks(number, row.flags | Flags::DRAFT, row.keywords)?;
        Ok(())
    }

    /// A mail in Outbox is on its way: it goes to Sent, unless a client has
    /// put its own copy there meanwhile.
    pub fn file_sent(&mut self, number: MessageNumber) -> Result<(), Error> {
        let outbox = self.role(Role::Outbox);
        if self.uid_in(number, outbox).is_some() {
            self.unplace(number, outbox)?;
            self.put_into(number, self.role(Role::Sent))?;
        }
        Ok(())
    }

    /// Changes marks (RFC 3501 §6.4.6, RFC 7162 §3.1.3). UIDs that are not
    /// there are passed over. Fails with [`Error::TooManyKeywords`].
    pub fn store(
        &mut self,
        mailbox: MailboxId,
        uids: &Ranges,
        change: &FlagChange,
        unchanged_since: Option<ModSeq>,
    ) -> Result<Stored, Error> {
        let keywords = match change.mode {
            FlagMode::Remove => self.known_keywords(&change.keywords),
            _ => self.keyword_set(&change.keywords)?,
        };
        let mut stored = Stored::default();
        for placement in self.placement_rows(mailbox, Some(uids)) {
            let Some(row) = self.row(placement.number) else { continue };
            if let Some(since) = unchanged_since {
                // What this very transaction touched has no MODSEQ yet.
                let touched = self.delta.messages.contains_key(&placement.number);
                if touched || row.modseq.max(placement.modseq) > since {
                    stored.modified.insert(placement.uid.0);
                    continue;
                }
            }
            let (flags, words, deleted) = match change.mode {
                FlagMode::Add => (
                    row.flags.with(change.flags),
                    row.keywords.with(keywords),
                    placement.deleted || change.deleted,
                ),
                FlagMode::Remove => (
                    row.flags.without(change.flags),
                    row.keywords.without(keywords),
                    placement.deleted && !change.deleted,
                ),
                FlagMode::Replace => (change.flags, keywords, change.deleted),
            };
            let marked = self.set_marks(placement.number, flags, words)?;
            let flipped = placement.deleted != deleted;
            if flipped {
                self.set_deleted(mailbox, placement.uid, deleted)?;
            }
            if marked || flipped {
                stored.changed.push(placement.uid);
            }
        }
        Ok(stored)
    }

    fn known_keywords(&self, keywords: &[Keyword]) -> Keywords {
        let known = self.delta.keywords.as_deref().unwrap_or(&self.state.keywords);
        let mut set = Keywords::NONE;
        for keyword in keywords {
            known
                .iter()
                .position(|other| other == keyword)
                .into_iter()
                .for_each(|at| set.insert(at));
        }
        set
    }

    fn set_deleted(&mut self, mailbox: MailboxId, uid: Uid, deleted: bool) -> Result<(), Error> {
        let old = self.state.mailboxes.get(&mailbox);
        let old = old.and_then(|old| old.index_of(uid).map(|at| old.placement(at)));
        let delta = self.mailbox_mut(mailbox)?;
        if let Some(row) = delta.added.get_mut(&uid).or(delta.changed.get_mut(&uid)) {
            row.deleted = deleted;
        } else if let Some(row) = old {
            delta.changed.insert(uid, crate::rows::PlacementRow { deleted, ..row });
        }
        Ok(())
    }

    /// Takes messages marked `\Deleted` out of the mailbox (RFC 3501 §6.4.3),
    /// those of `uids` if it is given (RFC 4315 §2.1), and answers their UIDs.
    ///
    /// What has lost its last mailbox follows the account's [`OnExpunge`].
    pub fn expunge(
        &mut self,
        mailbox: MailboxId,
        uids: Option<&Ranges>,
    ) -> Result<Vec<Uid>, Error> {
        self.uid_validity(mailbox)?;
        let rows = self.placement_rows(mailbox, uids);
        let mut gone = Vec::new();
        for row in rows.into_iter().filter(|row| row.deleted) {
            self.expunge_one(row.number, mailbox)?;
            gone.push(row.uid);
        }
        Ok(gone)
    }

    pub(super) fn expunge_one(
        &mut self,
        number: MessageNumber,
        mailbox: MailboxId,
    ) -> Result<(), Error> {
        let role = self.mailbox(mailbox).and_then(|head| head.role);
        let outbox = self.role(Role::Outbox);
        if role == Some(Role::Outbox) {
            return self.cancel(number);
        }
        let all = self.role(Role::All);
        if mailbox != all {
            self.unplace(number, mailbox)?;
            if self.placed(number).iter().any(|(id, _)| *id != all) {
                return Ok(());
            }
        } else if self.uid_in(number, outbox).is_some() {
            return self.cancel(number);
        }
        match (role, self.policy.on_expunge) {
            (Some(Role::Drafts), _) => self.retire(number),
            (_, OnExpunge::Delete) => self.destroy_one(number),
            (_, OnExpunge::Recover) => self.retire(number),
            // Nothing is left to archive in All Mail, Spam and Trash.
            (Some(Role::All | Role::Spam | Role::Trash), OnExpunge::Archive) => self.retire(number),
            (_, OnExpunge::Archive) => self.keep_in_all_mail(number),
        }
    }

    /// All messages are known to be there from now on, so the next session
    /// sees none of them as `\Recent`. Answers the first UID that was.
    pub fn claim_recent(&mut self, mailbox: MailboxId) -> Result<Uid, Error> {
        let first = self.mailbox(mailbox).map(|head| (head.first_recent, head.uid_next));
        let (first, next) = first.ok_or_else(|| Error::NoSuchMailbox(mailbox.to_string()))?;
        if first != next {
            self.mailbox_mut(mailbox)?.head.first_recent = next;
        }
        Ok(first)
    }
}
