//! What a transaction changes, before it is true.
//!
//! A [`Delta`] lies over a [`State`]: the transaction reads through it, the
//! commit is made of it, and when that is durable the state takes it in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use engine::{BlobId, Commit, NewBlob};
use model::{
    ConversationId, Flags, Keyword, MailboxId, MailboxName, MessageNumber, ModSeq, Ranges, Uid,
};
use smallvec::SmallVec;

use crate::rows::{self, FiledRow, MessageRow, PlacementRow, RecordRow, RecoverableRow};
use crate::state::{Head, Mailbox, State, Usage, VANISHED_RANGES};

/// How many numbers share a chunk of messages: so few that it fits a row of
/// the engine even if every field is as long as it can be.
pub(crate) const MESSAGES_PER_CHUNK: u64 = 700;
/// How many UIDs share a chunk of placements.
pub(crate) const PLACEMENTS_PER_CHUNK: u64 = 1000;
/// From so many changes in one chunk on, the chunk itself is written.
const REWRITE_FROM: usize = 32;
/// So many tail rows stand before they are folded into their chunks.
const FOLD_AT: usize = 256;
/// So many expunged ranges fit one row; a commit that expunges more raises
/// the floor instead, and clients are told of everything that is gone.
const RANGES_PER_ROW: usize = 5000;

pub(crate) type Placed = SmallVec<[(MailboxId, Uid); 2]>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Delta {
    /// New messages and changed marks; `None` where a message is gone.
    pub messages: BTreeMap<MessageNumber, Option<MessageRow>>,
    /// Where each message stands whose placements changed.
    pub placed: BTreeMap<MessageNumber, Placed>,
    /// `None` where a mailbox is gone.
    pub mailboxes: BTreeMap<MailboxId, Option<MailboxDelta>>,
    pub next_number: Option<u64>,
    pub next_mailbox: Option<u32>,
    pub next_validity: Option<u32>,
    pub keywords: Option<Vec<Keyword>>,
    pub subscribed: BTreeMap<MailboxName, bool>,
    pub records: BTreeMap<MessageNumber, Arc<RecordRow>>,
    /// Second messages made by COPY: the record is that of the first.
    pub cloned: BTreeMap<MessageNumber, MessageNumber>,
    /// Messages whose record and blob go.
    pub destroyed: BTreeSet<MessageNumber>,
    pub blobs: Vec<Arc<NewBlob>>,
    pub references: BTreeMap<BlobId, i32>,
    pub threads: BTreeMap<u64, ConversationId>,
    pub recoverable: BTreeMap<MessageNumber, Option<RecoverableRow>>,
    pub filed: BTreeMap<MessageNumber, Option<FiledRow>>,
    pub attached: BTreeMap<Vec<u8>, Option<Bytes>>,
    pub usage: Option<Usage>,
    /// Chunks of messages that the commit writes whole.
    pub folded: BTreeSet<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct MailboxDelta {
    pub head: Head,
    pub added: BTreeMap<Uid, PlacementRow>,
    pub removed: BTreeSet<Uid>,
    pub changed: BTreeMap<Uid, PlacementRow>,
    /// Marks of its messages changed, so its HIGHESTMODSEQ rises.
    pub touched: bool,
    /// Chunks of placements that the commit writes whole.
    pub folded: BTreeSet<u64>,
    /// So many of the oldest records of expunged UIDs the commit forgets.
    pub forgotten: usize,
}

impl MailboxDelta {
    pub fn new(head: Head) -> MailboxDelta {
        MailboxDelta {
            head,
            added: BTreeMap::new(),
            removed: BTreeSet::new(),
            changed: BTreeMap::new(),
            touched: false,
            folded: BTreeSet::new(),
            forgotten: 0,
        }
    }

    fn raises_modseq(&self) -> bool {
        self.touched
            || !self.added.is_empty()
            || !self.removed.is_empty()
            || !self.changed.is_empty()
    }
}

impl Delta {
    /// Nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.placed.is_empty()
            && self.mailboxes.is_empty()
            && self.keywords.is_none()
            && self.subscribed.is_empty()
            && self.recoverable.is_empty()
            && self.destroyed.is_empty()
            && self.filed.is_empty()
            && self.attached.is_empty()
            && self.references.is_empty()
    }

    /// How much work it is, for whoever groups several.
    pub fn weight(&self) -> usize {
        self.messages.len() + self.placed.len() + self.blobs.len() * 8
    }

    /// The mailboxes whose MODSEQ this commit raises get it.
    fn stamp(&mut self, modseq: ModSeq) {
        for row in self.messages.values_mut().flatten() {
            row.modseq = modseq;
        }
        for mailbox in self.mailboxes.values_mut().flatten() {
            if mailbox.raises_modseq() {
                mailbox.head.highest_modseq = modseq;
            }
            for row in mailbox.added.values_mut().chain(mailbox.changed.values_mut()) {
                row.modseq = modseq;
            }
        }
    }

    /// The commit that makes this true on top of `state`.
    ///
    /// `found` holds the records of messages that [`Delta::cloned`] and
    /// [`Delta::destroyed`] name and this delta does not bring itself.
    pub fn commit(
        &mut self,
        account: model::AccountId,
        state: &State,
        found: &BTreeMap<MessageNumber, Arc<RecordRow>>,
    ) -> Commit {
        let mut commit = Commit::new(account, state.version);
        self.stamp(ModSeq(commit.next));
        if state.version == 0
            || self.next_number.is_some()
            || self.next_mailbox.is_some()
            || self.next_validity.is_some()
        {
            let head = rows::HeadRow {
                next_number: self.next_number.unwrap_or(state.next_number),
                next_mailbox: self.next_mailbox.unwrap_or(state.next_mailbox),
                next_validity: self.next_validity.unwrap_or(state.next_validity),
            };
            commit.put(rows::head(), engine::encode(&head));
        }
        if let Some(names) = &self.keywords {
            let row = rows::KeywordsRow { names: names.clone() };
            commit.put(rows::keywords(), engine::encode(&row));
        }
        for (name, on) in &self.subscribed {
            match on {
                true => commit.put(rows::subscribed(name), vec![1]),
                false => commit.delete(rows::subscribed(name)),
            }
        }
        self.commit_records(&mut commit, found);
        self.commit_messages(&mut commit, state);
        for (id, mailbox) in &mut self.mailboxes {
            match mailbox {
                Some(delta) => commit_mailbox(&mut commit, state.mailboxes.get(id), delta),
                None => {
                    state.mailboxes.get(id).into_iter().for_each(|m| drop_mailbox(&mut commit, m));
                }
            }
        }
        for (hash, conversation) in &self.threads {
            let row = rows::ThreadRow { conversation: *conversation };
            commit.put(rows::thread(*hash), engine::encode(&row));
        }
        for (number, row) in &self.recoverable {
            put_or_delete(&mut commit, rows::recoverable(*number), row.as_ref());
        }
        for (number, row) in &self.filed {
            put_or_delete(&mut commit, rows::filed(*number), row.as_ref());
        }
        for (key, value) in &self.attached {
            match value {
                Some(value) => commit.put(key.clone(), value.clone()),
                None => commit.delete(key.clone()),
            }
        }
        commit
    }

    fn commit_records(&self, commit: &mut Commit, found: &BTreeMap<MessageNumber, Arc<RecordRow>>) {
        let mut references = self.references.clone();
        let known = |number| self.records.get(number).or_else(|| found.get(number));
        for (number, record) in &self.records {
            if !self.destroyed.contains(number) {
                put_record(commit, *number, record);
                *references.entry(record.blob).or_default() += 1;
            }
        }
        for (number, of) in &self.cloned {
            // A chain of copies in one commit ends at a record that is known.
            let mut of = of;
            while let Some(earlier) = self.cloned.get(of) {
                of = earlier;
            }
            if let Some(record) = known(of).filter(|_| !self.destroyed.contains(number)) {
                put_record(commit, *number, record);
                *references.entry(record.blob).or_default() += 1;
            }
        }
        for number in &self.destroyed {
            commit.delete(rows::record(*number));
            let was_there = !self.records.contains_key(number) && !self.cloned.contains_key(number);
            if let Some(record) = found.get(number).filter(|_| was_there) {
                *references.entry(record.blob).or_default() -= 1;
            }
        }
        commit.blobs = self.blobs.clone();
        commit.references = references.into_iter().filter(|(_, by)| *by != 0).collect();
    }

    fn commit_messages(&mut self, commit: &mut Commit, state: &State) {
        let mut by_chunk: BTreeMap<u64, usize> = BTreeMap::new();
        for number in self.messages.keys() {
            *by_chunk.entry(number.0 / MESSAGES_PER_CHUNK).or_default() += 1;
        }
        self.folded = chunks_to_rewrite(
            &by_chunk,
            &state.message_tails,
            MESSAGES_PER_CHUNK,
            state.messages.rows.len(),
        );
        for chunk in &self.folded {
            let rows = self.merged_chunk(state, *chunk);
            if rows.is_empty() {
                commit.delete(rows::message_chunk(*chunk));
            } else {
                let value = engine::encode(&rows::MessageChunk { rows });
                commit.put(rows::message_chunk(*chunk), value);
            }
            let low = chunk * MESSAGES_PER_CHUNK;
            for number in state.message_tails.range(low..low + MESSAGES_PER_CHUNK) {
                commit.delete(rows::message_tail(MessageNumber(*number)));
            }
        }
        for (number, row) in &self.messages {
            let chunk = number.0 / MESSAGES_PER_CHUNK;
            if self.folded.contains(&chunk) {
                continue;
            }
            if row.is_some() || state.message_chunks.contains(&chunk) {
                let value = engine::encode(&rows::MessageTail { row: *row });
                commit.put(rows::message_tail(*number), value);
            } else {
                commit.delete(rows::message_tail(*number));
            }
        }
    }

    fn merged_chunk(&self, state: &State, chunk: u64) -> Vec<MessageRow> {
        let low = MessageNumber(chunk * MESSAGES_PER_CHUNK);
        let high = MessageNumber(low.0 + MESSAGES_PER_CHUNK);
        let start = state.messages.rows.partition_point(|row| row.number < low);
        let end = state.messages.rows.partition_point(|row| row.number < high);
        let old = state.messages.rows[start..end].iter().map(|row| (row.number, *row));
        let mut merged: BTreeMap<_, _> = old.collect();
        for (number, row) in self.messages.range(low..high) {
            match row {
                Some(row) => merged.insert(*number, *row),
                None => merged.remove(number),
            };
        }
        merged.into_values().collect()
    }

    /// Makes it true in memory; `state` is what [`Delta::commit`] was made for.
    pub fn apply(mut self, state: &mut State, version: u64) {
        self.stamp(ModSeq(version));
        state.latest.note(state.version, version, self.touched());
        self.fold_marks(state);
        for (id, mailbox) in &self.mailboxes {
            let Some(old) = state.mailboxes.get_mut(id) else { continue };
            state.names.remove(&old.head.name);
            match mailbox {
                Some(delta) if !delta.removed.is_empty() => {
                    remove_placements(old, &state.messages, delta, ModSeq(version));
                }
                Some(_) => {}
                None => {
                    state.roles.retain(|_, role_of| role_of != id);
                    state.mailboxes.remove(id);
                }
            }
        }
        self.apply_messages(state);
        for (id, mailbox) in std::mem::take(&mut self.mailboxes) {
            let Some(delta) = mailbox else { continue };
            let head = delta.head.clone();
            state.names.insert(head.name.clone(), id);
            if let Some(role) = head.role {
                state.roles.insert(role, id);
            }
            let mailbox = state.mailboxes.entry(id).or_insert_with(|| Mailbox::new(head.clone()));
            mailbox.head = head;
            add_placements(mailbox, &state.messages, delta);
        }
        for (number, placed) in std::mem::take(&mut self.placed) {
            if let Some(at) = state.messages.position(number) {
                state.messages.placed[at] = placed;
            }
        }
        state.version = version;
        state.next_number = self.next_number.unwrap_or(state.next_number);
        state.next_mailbox = self.next_mailbox.unwrap_or(state.next_mailbox);
        state.next_validity = self.next_validity.unwrap_or(state.next_validity);
        if let Some(keywords) = self.keywords {
            state.keywords = keywords;
        }
        for (name, on) in self.subscribed {
            if on {
                state.subscribed.insert(name)
            } else {
                state.subscribed.remove(&name)
            };
        }
        state.threads.extend(self.threads);
        overlay(&mut state.recoverable, self.recoverable);
        overlay(&mut state.filed, self.filed);
        overlay(&mut state.attached, self.attached);
        state.usage = self.usage.unwrap_or(state.usage);
    }

    /// Keeps the sets of chunks and tails as [`Delta::commit`] wrote them.
    fn fold_marks(&self, state: &mut State) {
        for chunk in &self.folded {
            if self.merged_chunk(state, *chunk).is_empty() {
                state.message_chunks.remove(chunk);
            } else {
                state.message_chunks.insert(*chunk);
            }
            let low = chunk * MESSAGES_PER_CHUNK;
            state.message_tails.retain(|number| !(low..low + MESSAGES_PER_CHUNK).contains(number));
        }
        for (number, row) in &self.messages {
            let chunk = number.0 / MESSAGES_PER_CHUNK;
            if self.folded.contains(&chunk) {
                continue;
            }
            if row.is_some() || state.message_chunks.contains(&chunk) {
                state.message_tails.insert(number.0);
            } else {
                state.message_tails.remove(&number.0);
            }
        }
    }

    /// Every message whose marks or placements are others.
    fn touched(&self) -> Vec<MessageNumber> {
        let marked =
            self.messages.iter().filter(|(_, row)| row.is_some()).map(|(number, _)| *number);
        let mailboxes = self.mailboxes.values().flatten();
        let placed = mailboxes.flat_map(|delta| delta.added.values().chain(delta.changed.values()));
        let mut touched: Vec<_> = marked.chain(placed.map(|row| row.number)).collect();
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    fn apply_messages(&mut self, state: &mut State) {
        let mut gone = BTreeSet::new();
        for (number, row) in &self.messages {
            match (state.messages.position(*number), row) {
                (Some(at), Some(row)) => {
                    let old = std::mem::replace(&mut state.messages.rows[at], *row);
                    let was = old.flags.contains(Flags::SEEN);
                    let is = row.flags.contains(Flags::SEEN);
                    if was != is {
                        for (mailbox, uid) in &state.messages.placed[at] {
                            let removed = self.mailboxes.get(mailbox).is_some_and(|delta| {
                                delta.as_ref().is_none_or(|delta| delta.removed.contains(uid))
                            });
                            if let Some(mailbox) =
                                state.mailboxes.get_mut(mailbox).filter(|_| !removed)
                            {
                                if is { mailbox.unseen -= 1 } else { mailbox.unseen += 1 }
                            }
                        }
                    }
                }
                (None, Some(row)) => {
                    let at = state.messages.rows.partition_point(|known| known.number < *number);
                    state.messages.rows.insert(at, *row);
                    state.messages.placed.insert(at, Placed::new());
                    join(state, row.conversation, *number);
                }
                (Some(at), None) => {
                    let conversation = state.messages.rows[at].conversation;
                    if let Some(members) = state.conversations.get_mut(&conversation) {
                        members.retain(|member| member != number);
                    }
                    gone.insert(*number);
                }
                (None, None) => {}
            }
        }
        if gone.len() > 8 {
            let messages = &mut state.messages;
            let mut kept = messages.rows.iter().map(|row| !gone.contains(&row.number));
            messages.placed.retain(|_| kept.next().unwrap_or(true));
            messages.rows.retain(|row| !gone.contains(&row.number));
        } else {
            for number in gone {
                if let Some(at) = state.messages.position(number) {
                    state.messages.rows.remove(at);
                    state.messages.placed.remove(at);
                }
            }
        }
    }
}

/// Adds a message to its conversation; one that is alone in the conversation
/// named after it needs no list.
pub(crate) fn join(state: &mut State, id: ConversationId, number: MessageNumber) {
    if id.0 == number.0 && !state.conversations.contains_key(&id) {
        return;
    }
    let first = state.messages.get(MessageNumber(id.0));
    let first = first.filter(|row| row.conversation == id && row.number != number);
    let first = first.map(|row| row.number);
    let members = state.conversations.entry(id).or_insert_with(|| first.into_iter().collect());
    let at = members.partition_point(|member| *member < number);
    if members.get(at) != Some(&number) {
        members.insert(at, number);
    }
}

fn overlay<K: Ord, V>(map: &mut BTreeMap<K, V>, changes: BTreeMap<K, Option<V>>) {
    for (key, value) in changes {
        match value {
            Some(value) => map.insert(key, value),
            None => map.remove(&key),
        };
    }
}

fn put_or_delete<T: engine::Versioned>(commit: &mut Commit, key: engine::Key, row: Option<&T>) {
    match row {
        Some(row) => commit.put(key, engine::encode(row)),
        None => commit.delete(key),
    }
}

fn put_record(commit: &mut Commit, number: MessageNumber, record: &RecordRow) {
    let mut value = engine::encode(record);
    if value.len() > engine::MAX_ROW_BYTES - 100 {
        let bare = RecordRow { facts: None, ..record.clone() };
        value = engine::encode(&bare);
    }
    commit.put(rows::record(number), value);
}

/// Which chunks are written whole: those with many changes, and, when there
/// are many tail rows, those with most of them.
fn chunks_to_rewrite<N: Copy + Into<u64>>(
    changes: &BTreeMap<u64, usize>,
    tails: &BTreeSet<N>,
    per_chunk: u64,
    rows: usize,
) -> BTreeSet<u64> {
    let many = changes.iter().filter(|(_, count)| **count >= REWRITE_FROM);
    let mut rewritten: BTreeSet<u64> = many.map(|(chunk, _)| *chunk).collect();
    // In a large account changes are scattered, and each fold rewrites a
    // whole chunk: more tails stand there before it is worth it.
    let limit = FOLD_AT + rows / 100;
    if tails.len() >= limit {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for tail in tails {
            *counts.entry((*tail).into() / per_chunk).or_default() += 1;
        }
        let mut fullest: Vec<_> = counts.into_iter().map(|(chunk, count)| (count, chunk)).collect();
        fullest.sort_unstable_by(|a, b| b.cmp(a));
        let mut left = tails.len();
        for (count, chunk) in fullest {
            if left <= limit / 2 {
                break;
            }
            left -= count;
            rewritten.insert(chunk);
        }
    }
    rewritten
}

fn placements_to_fold(old: Option<&Mailbox>, delta: &MailboxDelta) -> BTreeSet<u64> {
    let mut by_chunk: BTreeMap<u64, usize> = BTreeMap::new();
    let uids = delta.added.keys().chain(delta.changed.keys()).chain(&delta.removed);
    for uid in uids {
        *by_chunk.entry(chunk_of(uid.0)).or_default() += 1;
    }
    let none = BTreeSet::new();
    let tails = old.map_or(&none, |mailbox| &mailbox.tails);
    chunks_to_rewrite(&by_chunk, tails, PLACEMENTS_PER_CHUNK, old.map_or(0, Mailbox::exists))
}

fn merged_placements(old: Option<&Mailbox>, delta: &MailboxDelta, chunk: u64) -> Vec<PlacementRow> {
    let low = chunk * PLACEMENTS_PER_CHUNK;
    let inside = |uid: Uid| chunk_of(uid.0) == chunk;
    let mut merged: BTreeMap<Uid, PlacementRow> = BTreeMap::new();
    if let Some(mailbox) = old {
        let start = mailbox.uids.partition_point(|uid| u64::from(uid.0) < low);
        let indices = (start..mailbox.uids.len()).take_while(|at| inside(mailbox.uids[*at]));
        merged.extend(indices.map(|at| (mailbox.uids[at], mailbox.placement(at))));
    }
    merged.retain(|uid, _| !delta.removed.contains(uid));
    let newer = delta.added.iter().chain(&delta.changed);
    merged.extend(newer.filter(|(uid, _)| inside(**uid)).map(|(uid, row)| (*uid, *row)));
    merged.into_values().collect()
}

fn commit_mailbox(commit: &mut Commit, old: Option<&Mailbox>, delta: &mut MailboxDelta) {
    let id = delta.head.id;
    if !delta.removed.is_empty() {
        let ranges: Ranges = delta.removed.iter().map(|uid| uid.0).collect();
        let (forgotten, floor) = forgotten(old, ranges.ranges().len());
        delta.forgotten = forgotten.len();
        for modseq in forgotten {
            commit.delete(rows::vanished(id, modseq));
        }
        delta.head.vanished_floor = delta.head.vanished_floor.max(floor);
        if ranges.ranges().len() <= RANGES_PER_ROW {
            let row = rows::VanishedRow { ranges: ranges.ranges().to_vec() };
            commit.put(rows::vanished(id, ModSeq(commit.next)), engine::encode(&row));
        } else {
            delta.head.vanished_floor = ModSeq(commit.next);
        }
    }
    commit.put(rows::mailbox(id), engine::encode(&mailbox_row(&delta.head)));
    delta.folded = placements_to_fold(old, delta);
    for chunk in &delta.folded {
        let merged = merged_placements(old, delta, *chunk);
        if merged.is_empty() {
            commit.delete(rows::placement_chunk(id, *chunk));
        } else {
            let value = engine::encode(&rows::PlacementChunk { rows: merged });
            commit.put(rows::placement_chunk(id, *chunk), value);
        }
        for uid in old.into_iter().flat_map(|mailbox| &mailbox.tails) {
            if chunk_of(*uid) == *chunk {
                commit.delete(rows::placement_tail(id, Uid(*uid)));
            }
        }
    }
    let apart = |uid: &Uid| !delta.folded.contains(&chunk_of(uid.0));
    for (uid, row) in delta.added.iter().chain(&delta.changed).filter(|(uid, _)| apart(uid)) {
        let value = engine::encode(&rows::PlacementTail { row: Some(*row) });
        commit.put(rows::placement_tail(id, *uid), value);
    }
    for uid in delta.removed.iter().filter(|uid| apart(uid)) {
        if old.is_some_and(|mailbox| mailbox.chunks.contains(&chunk_of(uid.0))) {
            let value = engine::encode(&rows::PlacementTail { row: None });
            commit.put(rows::placement_tail(id, *uid), value);
        } else {
            commit.delete(rows::placement_tail(id, *uid));
        }
    }
}

fn mailbox_row(head: &Head) -> rows::MailboxRow {
    rows::MailboxRow {
        name: head.name.clone(),
        role: head.role,
        uid_validity: head.uid_validity,
        uid_next: head.uid_next,
        highest_modseq: head.highest_modseq,
        first_recent: head.first_recent,
        show_in_imap: head.show_in_imap,
        vanished_floor: head.vanished_floor,
    }
}

fn chunk_of(uid: u32) -> u64 {
    u64::from(uid) / PLACEMENTS_PER_CHUNK
}

/// Which rows of expunged UIDs make room for `more` ranges, and the floor
/// that follows.
fn forgotten(old: Option<&Mailbox>, more: usize) -> (Vec<ModSeq>, ModSeq) {
    let Some(mailbox) = old else { return (Vec::new(), ModSeq(0)) };
    let mut ranges = mailbox.vanished_ranges + more;
    let mut rows = Vec::new();
    for (modseq, gone) in &mailbox.vanished {
        if ranges <= VANISHED_RANGES {
            break;
        }
        ranges -= gone.ranges().len();
        rows.push(*modseq);
    }
    let floor = rows.last().copied().unwrap_or_default();
    (rows, floor)
}

fn drop_mailbox(commit: &mut Commit, mailbox: &Mailbox) {
    commit.delete(rows::mailbox(mailbox.id));
    for chunk in &mailbox.chunks {
        commit.delete(rows::placement_chunk(mailbox.id, *chunk));
    }
    for uid in &mailbox.tails {
        commit.delete(rows::placement_tail(mailbox.id, Uid(*uid)));
    }
    for (modseq, _) in &mailbox.vanished {
        commit.delete(rows::vanished(mailbox.id, *modseq));
    }
}

fn remove_placements(
    mailbox: &mut Mailbox,
    messages: &crate::state::Messages,
    delta: &MailboxDelta,
    modseq: ModSeq,
) {
    let removed = &delta.removed;
    let mut indices: Vec<usize> = removed.iter().filter_map(|uid| mailbox.index_of(*uid)).collect();
    indices.sort_unstable();
    for index in &indices {
        let row = messages.get(mailbox.numbers[*index]);
        mailbox.deleted_count -= usize::from(mailbox.deleted[*index]);
        if let Some(row) = row {
            mailbox.unseen -= usize::from(!row.flags.contains(Flags::SEEN));
            mailbox.bytes -= u64::from(row.size);
        }
    }
    if indices.len() > 8 {
        keep_others(&mut mailbox.uids, &indices);
        keep_others(&mut mailbox.numbers, &indices);
        keep_others(&mut mailbox.deleted, &indices);
        keep_others(&mut mailbox.saved, &indices);
        keep_others(&mut mailbox.modseqs, &indices);
    } else {
        for index in indices.into_iter().rev() {
            mailbox.uids.remove(index);
            mailbox.numbers.remove(index);
            mailbox.deleted.remove(index);
            mailbox.saved.remove(index);
            mailbox.modseqs.remove(index);
        }
    }
    let ranges: Ranges = removed.iter().map(|uid| uid.0).collect();
    mailbox.vanished.drain(..delta.forgotten);
    if ranges.ranges().len() <= RANGES_PER_ROW {
        mailbox.vanished.push((modseq, ranges));
    }
    mailbox.vanished_ranges = mailbox.vanished.iter().map(|(_, r)| r.ranges().len()).sum();
}

/// Drops the elements at `indices`, which ascend.
fn keep_others<T>(column: &mut Vec<T>, indices: &[usize]) {
    let mut drop = indices.iter().peekable();
    let mut at = 0;
    column.retain(|_| {
        let gone = drop.next_if(|index| **index == at).is_some();
        at += 1;
        !gone
    });
}

fn add_placements(mailbox: &mut Mailbox, messages: &crate::state::Messages, delta: MailboxDelta) {
    for (uid, row) in &delta.changed {
        if let Some(at) = mailbox.index_of(*uid) {
            mailbox.deleted_count -= usize::from(mailbox.deleted[at]);
            mailbox.deleted_count += usize::from(row.deleted);
            mailbox.deleted[at] = row.deleted;
            mailbox.modseqs[at] = row.modseq;
        }
    }
    for (uid, row) in &delta.added {
        mailbox.uids.push(*uid);
        mailbox.numbers.push(row.number);
        mailbox.deleted.push(row.deleted);
        mailbox.saved.push(row.saved);
        mailbox.modseqs.push(row.modseq);
        mailbox.deleted_count += usize::from(row.deleted);
        if let Some(message) = messages.get(row.number) {
            mailbox.unseen += usize::from(!message.flags.contains(Flags::SEEN));
            mailbox.bytes += u64::from(message.size);
        }
    }
    for chunk in &delta.folded {
        let start = mailbox.uids.partition_point(|uid| chunk_of(uid.0) < *chunk);
        if mailbox.uids.get(start).is_some_and(|uid| chunk_of(uid.0) == *chunk) {
            mailbox.chunks.insert(*chunk);
        } else {
            mailbox.chunks.remove(chunk);
        }
        mailbox.tails.retain(|uid| chunk_of(*uid) != *chunk);
    }
    let apart = |uid: &&Uid| !delta.folded.contains(&chunk_of(uid.0));
    let newer = delta.added.keys().chain(delta.changed.keys()).filter(apart);
    mailbox.tails.extend(newer.map(|uid| uid.0));
    for uid in delta.removed.iter().filter(apart) {
        if mailbox.chunks.contains(&chunk_of(uid.0)) {
            mailbox.tails.insert(uid.0);
        } else {
            mailbox.tails.remove(&uid.0);
        }
    }
}
