//! A transaction: the only way in which mail is written.
//!
//! It reads through what it has changed so far. Its methods keep the rules of
//! the mail model, whatever command they serve: Spam, Trash and the rest
//! exclude each other, All Mail holds everything else, UIDs only grow.

mod labels;
mod mailboxes;
mod messages;

use bytes::Bytes;
use engine::BlobId;
use model::{
    Flags, Keyword, MailboxId, MailboxName, MessageNumber, ModSeq, Ranges, Role, Timestamp, Uid,
    UidValidity,
};

pub use messages::{Appended, Copied, FlagChange, FlagMode, Stored};

use crate::delta::{Delta, MailboxDelta, Placed};
use crate::rows::{self, MessageRow, PlacementRow, RecoverableRow};
use crate::state::{Head, Message, State, Usage};
use crate::{Error, Keywords, NewMessage, Policy, Rules};

/// The most mailboxes of an account.
pub(crate) const MOST_MAILBOXES: usize = 10_000;
/// How long an expunged message can be restored.
const RECOVERABLE_SECONDS: i64 = 30 * 24 * 3600;

/// See the module. It has no effect until its commit is durable, and the
/// closure that fills it may run again: it must not do anything else.
pub struct Tx<'a> {
    state: &'a State,
    pub(crate) delta: &'a mut Delta,
    policy: Policy,
    rules: &'a Rules,
    now: Timestamp,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(
        state: &'a State,
        delta: &'a mut Delta,
        policy: Policy,
        rules: &'a Rules,
        now: Timestamp,
    ) -> Tx<'a> {
        Tx { state, delta, policy, rules, now }
    }

    /// The time of the transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The MODSEQ that what is changed here will have (RFC 7162 §3.1).
    pub fn modseq(&self) -> ModSeq {
        ModSeq(self.state.version + 1)
    }

    /// What the account has chosen.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// What counts in the quota.
    pub fn usage(&self) -> Usage {
        self.delta.usage.unwrap_or(self.state.usage)
    }

    /// The mailbox, if it is there.
    pub fn mailbox(&self, id: MailboxId) -> Option<&Head> {
        match self.delta.mailboxes.get(&id) {
            Some(changed) => changed.as_ref().map(|delta| &delta.head),
            None => self.state.mailboxes.get(&id).map(|mailbox| &mailbox.head),
        }
    }

    /// The mailbox of this name.
    pub fn named(&self, name: &MailboxName) -> Option<&Head> {
        let changed = self.delta.mailboxes.values().flatten().map(|delta| &delta.head);
        let mut changed = changed.filter(|head| head.name == *name);
        changed.next().or_else(|| {
            let id = self.state.names.get(name)?;
            if self.delta.mailboxes.contains_key(id) { None } else { self.mailbox(*id) }
        })
    }

    /// The mailbox of this role.
    pub fn role(&self, role: Role) -> MailboxId {
        let changed = self.delta.mailboxes.values().flatten();
        let mut changed = changed.filter(|delta| delta.head.role == Some(role));
        match changed.next() {
            Some(delta) => delta.head.id,
            None => *self.state.roles.get(&role).expect("an account has a mailbox of every role"),
        }
    }

    /// The message, if it is there.
    pub fn message(&self, number: MessageNumber) -> Option<Message> {
        self.row(number).map(|row| Message::from(&row))
    }

    /// Where a message is placed.
    pub fn labels(&self, number: MessageNumber) -> Vec<(MailboxId, Uid)> {
        self.placed(number).into_vec()
    }

    /// The messages of a mailbox whose UIDs are in `set` (all without one), in
    /// the order of their UIDs.
    pub fn placements(
        &self,
        mailbox: MailboxId,
        set: Option<&Ranges>,
    ) -> Vec<(Uid, MessageNumber)> {
        self.placement_rows(mailbox, set).iter().map(|row| (row.uid, row.number)).collect()
    }

    /// The marks of those messages as this transaction leaves them so far:
    /// UID, system flags, keywords, `\\Deleted`.
    pub fn marks(
        &self,
        mailbox: MailboxId,
        set: &Ranges,
    ) -> impl Iterator<Item = (Uid, Flags, Keywords, bool)> + '_ {
        let rows = self.placement_rows(mailbox, Some(set)).into_iter();
        rows.filter_map(|placed| {
            let row = self.row(placed.number)?;
            Some((placed.uid, row.flags, row.keywords, placed.deleted))
        })
    }

    /// A neighbour's row (see [`Tx::put_row`]).
    pub fn row_of(&self, table: u8, key: &[u8]) -> Option<&Bytes> {
        let key = rows::with(table, key);
        match self.delta.attached.get(&key) {
            Some(changed) => changed.as_ref(),
            None => self.state.attached.get(&key),
        }
    }

    /// Writes a neighbour's row in the same commit. Such rows stay in memory
    /// while the account is, so they should be few; `table` is
    /// `b'q'` (queue) or `b'w'` (web): others would not be loaded again.
    pub fn put_row(&mut self, table: u8, key: &[u8], value: Bytes) {
        self.delta.attached.insert(rows::with(table, key), Some(value));
    }

    /// Removes a neighbour's row.
    pub fn delete_row(&mut self, table: u8, key: &[u8]) {
        self.delta.attached.insert(rows::with(table, key), None);
    }

    /// Keeps a blob although no message may hold it any longer: mail that
    /// waits to be sent must outlive its copy in Sent.
    pub fn hold_blob(&mut self, blob: BlobId) {
        *self.delta.references.entry(blob).or_default() += 1;
    }

    /// Brings the content of a message into the store for [`Tx::hold_blob`]
    /// alone: it is in no mailbox.
    pub fn bring_blob(&mut self, new: &NewMessage) {
        self.delta.blobs.push(new.blob.clone());
    }

    /// Undoes [`Tx::hold_blob`].
    pub fn release_blob(&mut self, blob: BlobId) {
        *self.delta.references.entry(blob).or_default() -= 1;
    }

    fn row(&self, number: MessageNumber) -> Option<MessageRow> {
        match self.delta.messages.get(&number) {
            Some(changed) => *changed,
            None => self.state.messages.get(number).copied(),
        }
    }

    fn placed(&self, number: MessageNumber) -> Placed {
        if let Some(placed) = self.delta.placed.get(&number) {
            return placed.clone();
        }
        let at = self.state.messages.position(number);
        at.map(|at| self.state.messages.placed[at].clone()).unwrap_or_default()
    }

    fn uid_in(&self, number: MessageNumber, mailbox: MailboxId) -> Option<Uid> {
        self.placed(number).iter().find(|(id, _)| *id == mailbox).map(|(_, uid)| *uid)
    }

    fn placement_rows(&self, mailbox: MailboxId, set: Option<&Ranges>) -> Vec<PlacementRow> {
        let changed = match self.delta.mailboxes.get(&mailbox) {
            Some(None) => return Vec::new(),
            Some(Some(delta)) => Some(delta),
            None => None,
        };
        let mut rows = Vec::new();
        if let Some(old) = self.state.mailboxes.get(&mailbox) {
            let indices = match set {
                Some(set) => old.indices_in(set),
                None => (0..old.exists()).collect(),
            };
            rows.extend(indices.into_iter().map(|at| old.placement(at)));
        }
        if let Some(delta) = changed {
            rows.retain(|row| !delta.removed.contains(&row.uid));
            for row in &mut rows {
                if let Some(newer) = delta.changed.get(&row.uid) {
                    *row = *newer;
                }
            }
            let inside = |uid: &Uid| set.is_none_or(|set| set.contains(uid.0));
            rows.extend(delta.added.iter().filter(|(uid, _)| inside(uid)).map(|(_, row)| *row));
        }
        rows
    }

    fn mailbox_mut(&mut self, id: MailboxId) -> Result<&mut MailboxDelta, Error> {
        let gone = || Error::NoSuchMailbox(id.to_string());
        if !self.delta.mailboxes.contains_key(&id) {
            let head = self.state.mailboxes.get(&id).ok_or_else(gone)?.head.clone();
            self.delta.mailboxes.insert(id, Some(MailboxDelta::new(head)));
        }
        self.delta.mailboxes.get_mut(&id).and_then(Option::as_mut).ok_or_else(gone)
    }

    /// Gives the message a UID in the mailbox, the next there is.
    fn place(
        &mut self,
        number: MessageNumber,
        mailbox: MailboxId,
        deleted: bool,
    ) -> Result<Uid, Error> {
        let saved = self.now;
        let mut placed = self.placed(number);
        let delta = self.mailbox_mut(mailbox)?;
        let uid = delta.head.uid_next;
        let next =
            uid.0.checked_add(1).ok_or(Error::Forbidden("the mailbox has used up all its UIDs"))?;
        delta.head.uid_next = Uid(next);
        let modseq = delta.head.highest_modseq;
        delta.added.insert(uid, PlacementRow { uid, number, deleted, saved, modseq });
        placed.push((mailbox, uid));
        self.delta.placed.insert(number, placed);
        Ok(uid)
    }

    /// Takes the message out of the mailbox; whatever follows from that is
    /// the caller's.
    fn unplace(&mut self, number: MessageNumber, mailbox: MailboxId) -> Result<(), Error> {
        let mut placed = self.placed(number);
        let Some(at) = placed.iter().position(|(id, _)| *id == mailbox) else { return Ok(()) };
        let (_, uid) = placed.remove(at);
        let delta = self.mailbox_mut(mailbox)?;
        if delta.added.remove(&uid).is_none() {
            delta.removed.insert(uid);
            delta.changed.remove(&uid);
        }
        self.delta.placed.insert(number, placed);
        Ok(())
    }

    fn unplace_all(&mut self, number: MessageNumber) -> Result<(), Error> {
        self.placed(number).iter().try_for_each(|(mailbox, _)| self.unplace(number, *mailbox))
    }

    /// Places the message in `to` and sees to what must follow: Spam and Trash
    /// are left or become the only place, All Mail holds all the rest. A UID it
    /// had in `to` vanishes; in All Mail it stays.
    fn put_into(&mut self, number: MessageNumber, to: MailboxId) -> Result<Uid, Error> {
        let all = self.role(Role::All);
        let exclusive = self.mailbox(to).and_then(|head| head.role).is_some_and(Role::is_exclusive);
        if to == all
            && let Some(uid) = self.uid_in(number, all)
        {
            return Ok(uid);
        }
        if exclusive {
            self.unplace_all(number)?;
            return self.place(number, to, false);
        }
        for role in [Role::Spam, Role::Trash] {
            self.unplace(number, self.role(role))?;
        }
        self.unplace(number, to)?;
        let uid = self.place(number, to, false)?;
        if to != all && self.uid_in(number, all).is_none() {
            self.place(number, all, false)?;
        }
        Ok(uid)
    }

    fn set_marks(
        &mut self,
        number: MessageNumber,
        flags: Flags,
        keywords: Keywords,
    ) -> Result<bool, Error> {
        let Some(row) = self.row(number) else { return Err(Error::NoSuchMessage) };
        if row.flags == flags && row.keywords == keywords {
            return Ok(false);
        }
        self.delta.messages.insert(number, Some(MessageRow { flags, keywords, ..row }));
        for (mailbox, _) in self.placed(number) {
            self.mailbox_mut(mailbox)?.touched = true;
        }
        Ok(true)
    }

    /// The index of a keyword, given now if it never was.
    fn keyword(&mut self, keyword: &Keyword) -> Result<usize, Error> {
        let known = self.delta.keywords.as_deref().unwrap_or(&self.state.keywords);
        if let Some(index) = known.iter().position(|other| other == keyword) {
            return Ok(index);
        }
        if known.len() >= Keywords::MOST {
            return Err(Error::TooManyKeywords(Keywords::MOST));
        }
        let mut names = known.to_vec();
        names.push(keyword.clone());
        self.delta.keywords = Some(names);
        Ok(self.delta.keywords.as_ref().map_or(0, |names| names.len() - 1))
    }

    fn keyword_set(&mut self, keywords: &[Keyword]) -> Result<Keywords, Error> {
        let mut set = Keywords::NONE;
        for keyword in keywords {
            set.insert(self.keyword(keyword)?);
        }
        Ok(set)
    }

    fn count(&mut self, bytes: i64, messages: i64) {
        let usage = self.usage();
        self.delta.usage = Some(Usage {
            bytes: usage.bytes.saturating_add_signed(bytes),
            messages: usage.messages.saturating_add_signed(messages),
        });
    }

    /// Fails with [`Error::OverQuota`] if `more` bytes do not fit.
    fn check_quota(&self, more: u64) -> Result<(), Error> {
        let used = self.usage().bytes;
        match self.policy.quota {
            Some(limit) if used.saturating_add(more) > limit => {
                Err(Error::OverQuota { used, limit })
            }
            _ => Ok(()),
        }
    }

    /// A number that no message of the account ever had or will have.
    pub fn next_number(&mut self) -> MessageNumber {
        let number = self.delta.next_number.unwrap_or(self.state.next_number);
        self.delta.next_number = Some(number + 1);
        MessageNumber(number)
    }

    /// Gone for ever, at once.
    fn destroy_one(&mut self, number: MessageNumber) -> Result<(), Error> {
        let Some(row) = self.row(number) else { return Ok(()) };
        self.unplace_all(number)?;
        self.delta.placed.remove(&number);
        self.delta.messages.insert(number, None);
        self.delta.destroyed.insert(number);
        self.forget_filed(number);
        self.count(-i64::from(row.size), -1);
        Ok(())
    }

    /// Gone from every mailbox and from the quota, restorable for a while.
    fn retire(&mut self, number: MessageNumber) -> Result<(), Error> {
        let Some(row) = self.row(number) else { return Ok(()) };
        self.unplace_all(number)?;
        self.delta.placed.remove(&number);
        self.delta.messages.insert(number, None);
        self.forget_filed(number);
        self.count(-i64::from(row.size), -1);
        let kept = RecoverableRow { row, since: self.now };
        self.delta.recoverable.insert(number, Some(kept));
        self.purge();
        Ok(())
    }

    fn forget_filed(&mut self, number: MessageNumber) {
        let known = self.state.filed.contains_key(&number);
        if known || self.delta.filed.contains_key(&number) {
            self.delta.filed.insert(number, None);
        }
    }

    /// Expunged messages go for ever after 30 days, or when they take more
    /// than a quarter of the quota: the oldest first.
    fn purge(&mut self) {
        let mut kept: Vec<(Timestamp, MessageNumber, u64)> = Vec::new();
        let unchanged = self.state.recoverable.iter();
        let unchanged =
            unchanged.filter(|(number, _)| !self.delta.recoverable.contains_key(number));
        let changed = self.delta.recoverable.iter();
        let changed = changed.filter_map(|(number, row)| row.as_ref().map(|row| (number, row)));
        for (number, row) in unchanged.chain(changed) {
            kept.push((row.since, *number, u64::from(row.row.size)));
        }
        kept.sort_unstable();
        let mut bytes: u64 = kept.iter().map(|(_, _, size)| size).sum();
        let limit = self.policy.quota.map_or(u64::MAX, |quota| quota / 4);
        for (since, number, size) in kept {
            let old = since.plus(RECOVERABLE_SECONDS) <= self.now;
            if !old && bytes <= limit {
                break;
            }
            bytes -= size;
            self.delta.recoverable.insert(number, None);
            self.delta.destroyed.insert(number);
        }
    }

    fn uid_validity(&self, mailbox: MailboxId) -> Result<UidValidity, Error> {
        let head = self.mailbox(mailbox);
        head.map(|head| head.uid_validity).ok_or_else(|| Error::NoSuchMailbox(mailbox.to_string()))
    }
}
