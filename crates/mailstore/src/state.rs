//! An account in memory: columns of numbers, one state between two commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;

use bytes::Bytes;
use model::{
    ConversationId, Flags, Keyword, MailboxId, MailboxName, MessageNumber, ModSeq, Ranges, Role,
    Timestamp, Uid, UidValidity,
};
use smallvec::SmallVec;

use crate::Keywords;
use crate::latest::Latest;
use crate::rows::{FiledRow, MessageRow, PlacementRow, RecoverableRow};

/// How many expunged ranges a mailbox remembers for QRESYNC.
pub(crate) const VANISHED_RANGES: usize = 100_000;

/// An account as it was after one commit.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub(crate) version: u64,
    pub(crate) next_number: u64,
    pub(crate) next_mailbox: u32,
    pub(crate) next_validity: u32,
    pub(crate) mailboxes: BTreeMap<MailboxId, Mailbox>,
    pub(crate) names: BTreeMap<MailboxName, MailboxId>,
    pub(crate) roles: BTreeMap<Role, MailboxId>,
    pub(crate) subscribed: BTreeSet<MailboxName>,
    pub(crate) keywords: Vec<Keyword>,
    pub(crate) messages: Messages,
    /// Conversations of more than one message.
    pub(crate) conversations: HashMap<ConversationId, Vec<MessageNumber>>,
    pub(crate) threads: HashMap<u64, ConversationId>,
    pub(crate) recoverable: BTreeMap<MessageNumber, RecoverableRow>,
    pub(crate) filed: BTreeMap<MessageNumber, FiledRow>,
    /// What `queue` keeps here: few rows, so they stay in memory.
    pub(crate) attached: BTreeMap<Vec<u8>, Bytes>,
    pub(crate) usage: Usage,
    pub(crate) latest: Latest,
    /// Which chunks there are, and which numbers have a tail row.
    pub(crate) message_chunks: BTreeSet<u64>,
    pub(crate) message_tails: BTreeSet<u64>,
}

/// What counts in the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Bytes of RFC 5322 text, each message once.
    pub bytes: u64,
    /// Messages, each once.
    pub messages: u64,
}

/// A message and the marks it carries in all its mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Its number in the account.
    pub number: MessageNumber,
    /// Bytes of its text as IMAP and POP3 give it.
    pub size: u32,
    /// When it arrived (RFC 3501 §2.3.3).
    pub internal_date: Timestamp,
    /// Its system flags.
    pub flags: Flags,
    /// Its keywords.
    pub keywords: Keywords,
    /// The last commit that changed its marks.
    pub modseq: ModSeq,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
}

/// A message in one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its UID there.
    pub uid: Uid,
    /// Its number in the account.
    pub number: MessageNumber,
    /// Its system flags.
    pub flags: Flags,
    /// Its keywords.
    pub keywords: Keywords,
    /// Whether it is marked `\Deleted` in this mailbox.
    pub deleted: bool,
    /// The later of the change of its marks and of its placement.
    pub modseq: ModSeq,
    /// When it arrived (RFC 3501 §2.3.3).
    pub internal_date: Timestamp,
    /// When it came into this mailbox (RFC 8514).
    pub save_date: Timestamp,
    /// Bytes of its text.
    pub size: u32,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
}

/// Messages by number, ascending, and where each is placed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages {
    pub rows: Vec<MessageRow>,
    pub placed: Vec<SmallVec<[(MailboxId, Uid); 2]>>,
}

impl Messages {
    pub fn position(&self, number: MessageNumber) -> Option<usize> {
        self.rows.binary_search_by_key(&number, |row| row.number).ok()
    }

    /// Like [`Messages::position`], looking at `hint` first: messages of a
    /// mailbox mostly follow each other.
    pub fn position_near(&self, number: MessageNumber, hint: usize) -> Option<usize> {
        match self.rows.get(hint) {
            Some(row) if row.number == number => Some(hint),
            _ => self.position(number),
        }
    }

    pub fn get(&self, number: MessageNumber) -> Option<&MessageRow> {
        self.position(number).map(|at| &self.rows[at])
    }
}

impl From<&MessageRow> for Message {
    fn from(row: &MessageRow) -> Message {
        Message {
            number: row.number,
            size: row.size,
            internal_date: row.internal_date,
            flags: row.flags,
            keywords: row.keywords,
            modseq: row.modseq,
            conversation: row.conversation,
        }
    }
}

/// What a mailbox is, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Survives renaming.
    pub id: MailboxId,
    /// The full name.
    pub name: MailboxName,
    /// What it is for.
    pub role: Option<Role>,
    /// RFC 3501 §2.3.1.1.
    pub uid_validity: UidValidity,
    /// The UID the next message gets.
    pub uid_next: Uid,
    /// RFC 7162 §3.1.2.1.
    pub highest_modseq: ModSeq,
    /// UIDs from here on are `\Recent`, until a session claims them.
    pub first_recent: Uid,
    /// Whether IMAP lists it.
    pub show_in_imap: bool,
    pub(crate) vanished_floor: ModSeq,
}

/// A mailbox with its messages in the order of their UIDs.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub(crate) head: Head,
    pub(crate) uids: Vec<Uid>,
    pub(crate) numbers: Vec<MessageNumber>,
    pub(crate) deleted: Vec<bool>,
    pub(crate) saved: Vec<Timestamp>,
    pub(crate) modseqs: Vec<ModSeq>,
    pub(crate) unseen: usize,
    pub(crate) deleted_count: usize,
    pub(crate) bytes: u64,
    pub(crate) vanished: Vec<(ModSeq, Ranges)>,
    pub(crate) vanished_ranges: usize,
    pub(crate) chunks: BTreeSet<u64>,
    pub(crate) tails: BTreeSet<u32>,
}

impl Deref for Mailbox {
    type Target = Head;
    fn deref(&self) -> &Head {
        &self.head
    }
}

/// What is gone from a mailbox since some state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanished {
    /// The UIDs.
    pub ranges: Ranges,
    /// Whether that is all. If not, the mailbox has forgotten what was
    /// expunged longer ago, and every UID that does not exist must be held
    /// for gone (RFC 7162 §5.3).
    pub complete: bool,
}

impl Mailbox {
    pub(crate) fn new(head: Head) -> Mailbox {
        Mailbox {
            head,
            uids: Vec::new(),
            numbers: Vec::new(),
            deleted: Vec::new(),
            saved: Vec::new(),
            modseqs: Vec::new(),
            unseen: 0,
            deleted_count: 0,
            bytes: 0,
            vanished: Vec::new(),
            vanished_ranges: 0,
            chunks: BTreeSet::new(),
            tails: BTreeSet::new(),
        }
    }

    /// How many messages it holds.
    pub fn exists(&self) -> usize {
        self.uids.len()
    }

    /// How many of them lack `\Seen`.
    pub fn unseen(&self) -> usize {
        self.unseen
    }

    /// How many of them are marked `\Deleted`.
    pub fn deleted(&self) -> usize {
        self.deleted_count
    }

    /// Bytes of all its messages.
    pub fn size(&self) -> u64 {
        self.bytes
    }

    /// The UIDs, ascending.
    pub fn uids(&self) -> &[Uid] {
        &self.uids
    }

    /// The messages, in the order of their UIDs.
    pub fn numbers(&self) -> &[MessageNumber] {
        &self.numbers
    }

    /// Where a UID stands: its sequence number less one.
    pub fn index_of(&self, uid: Uid) -> Option<usize> {
        self.uids.binary_search(&uid).ok()
    }

    /// The positions whose UIDs are in `set`, ascending.
    pub fn indices_in(&self, set: &Ranges) -> Vec<usize> {
        let mut found = Vec::new();
        for (low, high) in set.ranges() {
            let start = self.uids.partition_point(|uid| uid.0 < *low);
            let end = self.uids.partition_point(|uid| uid.0 <= *high);
            found.extend(start..end);
        }
        found
    }

    /// UIDs expunged by commits later than `since`.
    pub fn vanished_since(&self, since: ModSeq) -> Vanished {
        let start = self.vanished.partition_point(|(modseq, _)| *modseq <= since);
        let later = self.vanished[start..].iter();
        let ranges = later.flat_map(|(_, ranges)| ranges.ranges().iter().copied()).collect();
        Vanished { ranges: Ranges::from_unsorted(ranges), complete: since >= self.vanished_floor }
    }

    pub(crate) fn placement(&self, index: usize) -> PlacementRow {
        PlacementRow {
            uid: self.uids[index],
            number: self.numbers[index],
            deleted: self.deleted[index],
            saved: self.saved[index],
            modseq: self.modseqs[index],
        }
    }
}

/// A conversation as a list of a mailbox shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// The conversation.
    pub id: ConversationId,
    /// Its messages in this mailbox, oldest first.
    pub numbers: Vec<MessageNumber>,
    /// All its messages that are in no Trash and no Spam, and those of this
    /// mailbox, oldest first.
    pub all: Vec<MessageNumber>,
    /// How many of `all` lack `\Seen`.
    pub unread: usize,
}

impl State {
    /// The state's number: the MODSEQ of the last commit.
    pub fn modseq(&self) -> ModSeq {
        ModSeq(self.version)
    }

    /// All mailboxes in the order of their names.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Mailbox> {
        self.names.values().filter_map(|id| self.mailboxes.get(id))
    }

    /// The mailbox, if it is still there.
    pub fn mailbox(&self, id: MailboxId) -> Option<&Mailbox> {
        self.mailboxes.get(&id)
    }

    /// The mailbox of this name.
    pub fn named(&self, name: &MailboxName) -> Option<&Mailbox> {
        self.names.get(name).and_then(|id| self.mailboxes.get(id))
    }

    /// The mailbox of this role; each account has one of every role.
    pub fn role(&self, role: Role) -> &Mailbox {
        let mailbox = self.roles.get(&role).and_then(|id| self.mailboxes.get(id));
        mailbox.expect("an account has a mailbox of every role")
    }

    /// What counts in the quota.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The account's keywords: [`Keywords`] holds indices into this.
    pub fn keywords(&self) -> &[Keyword] {
        &self.keywords
    }

    /// The index of a keyword, if a message ever carried it.
    pub fn keyword_index(&self, keyword: &Keyword) -> Option<usize> {
        self.keywords.iter().position(|known| known == keyword)
    }

    /// Names that are subscribed, whether there is such a mailbox or not
    /// (RFC 3501 §6.3.6).
    pub fn subscribed_names(&self) -> impl Iterator<Item = &MailboxName> {
        self.subscribed.iter()
    }

    /// Whether the name is subscribed.
    pub fn is_subscribed(&self, name: &MailboxName) -> bool {
        self.subscribed.contains(name)
    }

    /// A message by its number.
    pub fn message(&self, number: MessageNumber) -> Option<Message> {
        self.messages.get(number).map(Message::from)
    }

    /// All messages, oldest number first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = Message> + ExactSizeIterator {
        self.messages.rows.iter().map(Message::from)
    }

    /// Where a message is placed.
    pub fn labels(&self, number: MessageNumber) -> impl Iterator<Item = (MailboxId, Uid)> + '_ {
        let at = self.messages.position(number);
        at.into_iter().flat_map(|at| self.messages.placed[at].iter().copied())
    }

    /// The message at `index` (sequence number less one) of a mailbox.
    ///
    /// Panics if there are not so many.
    pub fn entry_at(&self, mailbox: &Mailbox, index: usize) -> Entry {
        self.entry_near(mailbox, index, usize::MAX).1
    }

    /// The message of a UID.
    pub fn entry(&self, mailbox: &Mailbox, uid: Uid) -> Option<Entry> {
        mailbox.index_of(uid).map(|index| self.entry_at(mailbox, index))
    }

    /// All messages of a mailbox in the order of their UIDs.
    pub fn entries<'a>(&'a self, mailbox: &'a Mailbox) -> Entries<'a> {
        self.entries_from(mailbox, 0)
    }

    /// The messages from `index` on.
    pub fn entries_from<'a>(&'a self, mailbox: &'a Mailbox, index: usize) -> Entries<'a> {
        Entries { state: self, mailbox, index, hint: usize::MAX }
    }

    /// Messages whose marks or placement changed in commits later than `since`.
    pub fn changed_since<'a>(
        &'a self,
        mailbox: &'a Mailbox,
        since: ModSeq,
    ) -> impl Iterator<Item = Entry> + 'a {
        let latest = self.latest_changes(mailbox, since);
        let search = latest.is_none() && mailbox.highest_modseq > since;
        let entries = self.entries_from(mailbox, if search { 0 } else { mailbox.exists() });
        let searched = entries.filter(move |entry| entry.modseq > since);
        latest.unwrap_or_default().into_iter().chain(searched)
    }

    /// The same from the memory of the latest commits, if it reaches back so
    /// far: a session that is told of every change must not search a large
    /// mailbox for each.
    fn latest_changes(&self, mailbox: &Mailbox, since: ModSeq) -> Option<Vec<Entry>> {
        let uid_of = |number: MessageNumber| {
            let at = self.messages.position(number)?;
            self.messages.placed[at].iter().find(|(id, _)| *id == mailbox.id).map(|(_, uid)| *uid)
        };
        let mut uids: Vec<Uid> = self.latest.since(since)?.filter_map(uid_of).collect();
        uids.sort_unstable();
        uids.dedup();
        let entries = uids.into_iter().filter_map(|uid| self.entry(mailbox, uid));
        Some(entries.filter(|entry| entry.modseq > since).collect())
    }

    fn entry_near(&self, mailbox: &Mailbox, index: usize, hint: usize) -> (usize, Entry) {
        let number = mailbox.numbers[index];
        let at = self.messages.position_near(number, hint);
        let at = at.expect("what is placed is there");
        let row = &self.messages.rows[at];
        let entry = Entry {
            uid: mailbox.uids[index],
            number,
            flags: row.flags,
            keywords: row.keywords,
            deleted: mailbox.deleted[index],
            modseq: row.modseq.max(mailbox.modseqs[index]),
            internal_date: row.internal_date,
            save_date: mailbox.saved[index],
            size: row.size,
            conversation: row.conversation,
        };
        (at, entry)
    }

    /// The messages of a conversation, oldest first.
    pub fn conversation(&self, id: ConversationId) -> Vec<MessageNumber> {
        match self.conversations.get(&id) {
            Some(numbers) => numbers.clone(),
            None => {
                let first = MessageNumber(id.0);
                let alone = self.messages.get(first).filter(|row| row.conversation == id);
                alone.map(|row| row.number).into_iter().collect()
            }
        }
    }

    /// Conversations with a message in the mailbox, the one with the newest
    /// message there first; messages marked `\Deleted` do not count.
    ///
    /// Also tells how many there are in all.
    pub fn conversations(
        &self,
        mailbox: &Mailbox,
        skip: usize,
        take: usize,
    ) -> (Vec<ConversationRow>, usize) {
        let mut newest: HashMap<ConversationId, (Timestamp, MessageNumber)> = HashMap::new();
        for entry in self.entries(mailbox).filter(|entry| !entry.deleted) {
            let at = (entry.internal_date, entry.number);
            let known = newest.entry(entry.conversation).or_insert(at);
            *known = at.max(*known);
        }
        let total = newest.len();
        let mut order: Vec<_> = newest.into_iter().map(|(id, at)| (at, id)).collect();
        order.sort_unstable_by(|a, b| b.cmp(a));
        let page = order.into_iter().skip(skip).take(take);
        (page.map(|(_, id)| self.conversation_row(mailbox, id)).collect(), total)
    }

    fn conversation_row(&self, mailbox: &Mailbox, id: ConversationId) -> ConversationRow {
        let hidden = [Role::Spam, Role::Trash].map(|role| self.role(role).id);
        let mut row = ConversationRow { id, numbers: Vec::new(), all: Vec::new(), unread: 0 };
        for number in self.conversation(id) {
            let mut here = false;
            let mut away = false;
            for (place, uid) in self.labels(number) {
                if place == mailbox.id {
                    here = mailbox.index_of(uid).is_some_and(|at| !mailbox.deleted[at]);
                } else if hidden.contains(&place) {
                    away = true;
                }
            }
            if here {
                row.numbers.push(number);
            }
            if here || !away {
                row.all.push(number);
                let seen = self.message(number).is_some_and(|m| m.flags.contains(Flags::SEEN));
                row.unread += usize::from(!seen);
            }
        }
        row
    }

    /// What a neighbour keeps in this account under `table` and `key`.
    pub fn attached(&self, table: u8, key: &[u8]) -> Option<&Bytes> {
        self.attached.get(&crate::rows::with(table, key))
    }

    /// All rows of a neighbour's table, keys without the table.
    pub fn attached_rows(&self, table: u8) -> impl Iterator<Item = (&[u8], &Bytes)> {
        let from = vec![table];
        let rows = self.attached.range(from..).take_while(move |(key, _)| key[0] == table);
        rows.map(|(key, value)| (&key[1..], value))
    }

    /// Messages that were expunged and can be restored, with the time they
    /// were, newest last.
    pub fn recoverable(&self) -> impl Iterator<Item = (Message, Timestamp)> + '_ {
        self.recoverable.values().map(|kept| (Message::from(&kept.row), kept.since))
    }

    /// About how many bytes of memory this takes.
    pub(crate) fn weight(&self) -> usize {
        let placements: usize = self.mailboxes.values().map(|m| m.uids.len() * 33 + 600).sum();
        let messages = self.messages.rows.len() * 140;
        let attached: usize = self.attached.values().map(|v| v.len() + 64).sum();
        2000 + placements
            + messages
            + attached
            + self.threads.len() * 24
            + self.recoverable.len() * 120
    }
}

/// See [`State::entries`].
pub struct Entries<'a> {
    state: &'a State,
    mailbox: &'a Mailbox,
    index: usize,
    hint: usize,
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.index >= self.mailbox.uids.len() {
            return None;
        }
        let (at, entry) = self.state.entry_near(self.mailbox, self.index, self.hint);
        self.hint = at + 1;
        self.index += 1;
        Some(entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.mailbox.uids.len().saturating_sub(self.index);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}
