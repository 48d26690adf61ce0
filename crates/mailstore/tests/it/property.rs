//! Random operations against a model simple enough to be believed.
//!
//! After every step the account must look as the model says, also when it is
//! read anew from the engine; UIDs and MODSEQs must only have grown, and what
//! vanished must be told to whoever asks since any earlier state. The engine
//! makes conflicts and unknown outcomes all the while.

use std::collections::{BTreeMap, BTreeSet};

use engine::Faults;
use mailstore::{Error, FlagChange, FlagMode, Tx};
use model::{Flags, MailboxId, MessageNumber, Ranges, Role, Uid};
use proptest::prelude::*;

use crate::support::{Bench, mail};

/// Mailboxes and messages are named by where they stand among those there
/// are, so that most operations meet something.
#[derive(Debug, Clone)]
enum Op {
    Append(usize),
    Copy(usize, usize, usize),
    Move(usize, usize, usize),
    Store(usize, usize, u8, FlagOp, bool),
    Expunge(usize),
    Trash(usize),
    Spam(usize),
    Archive(usize),
    ToInbox(usize),
    Label(usize, usize),
    Unlabel(usize, usize),
    Destroy(usize),
    Restore(usize),
    PopDelete(usize),
    Create(usize),
    Delete(usize),
    DeleteLabel(usize),
    Rename(usize, usize),
    Reopen,
}

#[derive(Debug, Clone, Copy)]
enum FlagOp {
    Add,
    Remove,
    Replace,
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0usize..12;
    let flag = prop_oneof![Just(FlagOp::Add), Just(FlagOp::Remove), Just(FlagOp::Replace)];
    prop_oneof![
        6 => n.clone().prop_map(Op::Append),
        3 => (n.clone(), n.clone(), n.clone()).prop_map(|(a, b, c)| Op::Copy(a, b, c)),
        3 => (n.clone(), n.clone(), n.clone()).prop_map(|(a, b, c)| Op::Move(a, b, c)),
        4 => (n.clone(), n.clone(), 0u8..16, flag, any::<bool>())
            .prop_map(|(a, b, f, m, d)| Op::Store(a, b, f, m, d)),
        3 => n.clone().prop_map(Op::Expunge),
        1 => n.clone().prop_map(Op::Trash),
        1 => n.clone().prop_map(Op::Spam),
        1 => n.clone().prop_map(Op::Archive),
        1 => n.clone().prop_map(Op::ToInbox),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Op::Label(a, b)),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Op::Unlabel(a, b)),
        1 => n.clone().prop_map(Op::Destroy),
        1 => n.clone().prop_map(Op::Restore),
        1 => n.clone().prop_map(Op::PopDelete),
        1 => n.clone().prop_map(Op::Create),
        1 => n.clone().prop_map(Op::Delete),
        1 => n.clone().prop_map(Op::DeleteLabel),
        1 => (n.clone(), n).prop_map(|(a, b)| Op::Rename(a, b)),
        2 => Just(Op::Reopen),
    ]
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Message {
    flags: Flags,
    /// Mailbox to UID and `\Deleted`.
    placed: BTreeMap<MailboxId, (u32, bool)>,
    size: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Box_ {
    name: String,
    role: Option<Role>,
    next: u32,
}

/// The model: no chunks, no columns, no counters.
#[derive(Debug, Clone, Default)]
struct Model {
    messages: BTreeMap<MessageNumber, Message>,
    recoverable: BTreeMap<MessageNumber, Message>,
    boxes: BTreeMap<MailboxId, Box_>,
    next_number: u64,
}

impl Model {
    fn role(&self, role: Role) -> MailboxId {
        *self.boxes.iter().find(|(_, b)| b.role == Some(role)).unwrap().0
    }

    fn pick(&self, n: usize) -> MailboxId {
        *self.boxes.keys().nth(n % self.boxes.len()).unwrap()
    }

    fn is_role(&self, id: MailboxId, roles: &[Role]) -> bool {
        self.boxes[&id].role.is_some_and(|role| roles.contains(&role))
    }

    /// UIDs and messages of a mailbox, by UID.
    fn list(&self, id: MailboxId) -> Vec<(u32, MessageNumber, bool)> {
        let here = |(number, m): (&MessageNumber, &Message)| {
            m.placed.get(&id).map(|(uid, deleted)| (*uid, *number, *deleted))
        };
        let mut list: Vec<_> = self.messages.iter().filter_map(here).collect();
        list.sort_unstable();
        list
    }

    fn place(&mut self, number: MessageNumber, id: MailboxId) {
        let next = &mut self.boxes.get_mut(&id).unwrap().next;
        let uid = *next;
        *next += 1;
        self.messages.get_mut(&number).unwrap().placed.insert(id, (uid, false));
    }

    fn put_into(&mut self, number: MessageNumber, to: MailboxId) {
        let all = self.role(Role::All);
        let placed = &mut self.messages.get_mut(&number).unwrap().placed;
        if to == all && placed.contains_key(&all) {
            return;
        }
        if self.boxes[&to].role.is_some_and(Role::is_exclusive) {
            placed.clear();
            self.place(number, to);
            return;
        }
        let away = [self.role(Role::Spam), self.role(Role::Trash), to];
        let placed = &mut self.messages.get_mut(&number).unwrap().placed;
        placed.retain(|id, _| !away.contains(id));
        self.place(number, to);
        self.keep_in_all(number);
    }

    fn keep_in_all(&mut self, number: MessageNumber) {
        let all = self.role(Role::All);
        let away = [self.role(Role::Spam), self.role(Role::Trash)];
        let placed = &self.messages[&number].placed;
        if !placed.contains_key(&all) && !away.iter().any(|id| placed.contains_key(id)) {
            self.place(number, all);
        }
    }

    fn retire(&mut self, number: MessageNumber) {
        let mut message = self.messages.remove(&number).unwrap();
        message.placed.clear();
        self.recoverable.insert(number, message);
    }

    /// `on_expunge` is `recover` here.
    fn expunge(&mut self, number: MessageNumber, id: MailboxId) {
        let all = self.role(Role::All);
        let drafts = self.role(Role::Drafts);
        if self.is_role(id, &[Role::Outbox]) {
            self.cancel(number, drafts);
            return;
        }
        if id != all {
            let placed = &mut self.messages.get_mut(&number).unwrap().placed;
            placed.remove(&id);
            if placed.keys().any(|other| *other != all) {
                return;
            }
        } else if self.messages[&number].placed.contains_key(&self.role(Role::Outbox)) {
            self.cancel(number, drafts);
            return;
        }
        self.retire(number);
    }

    fn cancel(&mut self, number: MessageNumber, drafts: MailboxId) {
        let outbox = self.role(Role::Outbox);
        self.messages.get_mut(&number).unwrap().placed.remove(&outbox);
        self.put_into(number, drafts);
        self.messages.get_mut(&number).unwrap().flags |= Flags::DRAFT;
    }
}

struct World {
    bench: Bench,
    model: Model,
    /// Greatest state and UIDs ever seen, and what was there at some states.
    modseq: u64,
    seen: Vec<(u64, BTreeMap<MailboxId, BTreeSet<u32>>)>,
    greatest: BTreeMap<MailboxId, u32>,
}

fn text(n: u64) -> String {
    format!("From: a@x.org\nSubject: number {n}\nMessage-ID: <{n}@x.org>\n\nText {n}.\n")
}

impl World {
    async fn new(seed: u64) -> World {
        let bench = Bench::new().await;
        let faults =
            Faults { conflicts: 50, unknown_done: 50, unknown_lost: 50, ..Faults::default() };
        bench.engine.set_faults(faults, seed);
        let boxes = bench.alice.read(|s| {
            let of = |m: &mailstore::Mailbox| {
                (m.id, Box_ { name: m.name.to_string(), role: m.role, next: m.uid_next.0 })
            };
            s.mailboxes().map(of).collect()
        });
        let model = Model { boxes: boxes.await.unwrap(), next_number: 1, ..Model::default() };
        World { bench, model, modseq: 0, seen: Vec::new(), greatest: BTreeMap::new() }
    }

    async fn write<T, F>(&self, act: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.bench.alice.write(act).await
    }

    fn message(&self, n: usize) -> Option<MessageNumber> {
        let count = self.model.messages.len();
        (count > 0).then(|| *self.model.messages.keys().nth(n % count).unwrap())
    }

    /// About a third of a mailbox.
    fn some(&self, id: MailboxId, n: usize) -> Vec<(u32, MessageNumber, bool)> {
        self.model
            .list(id)
            .into_iter()
            .enumerate()
            .filter(|(at, _)| at % 3 == n % 3)
            .map(|(_, e)| e)
            .collect()
    }

    async fn step(&mut self, op: Op) {
        match op {
            Op::Append(n) => {
                let id = self.model.pick(n);
                let number = self.model.next_number;
                let new = mail(&text(number));
                let size = new.size();
                let done = self.write(move |tx| tx.append(&new, &[id])).await.unwrap();
                assert_eq!(done.number.0, number);
                self.model.next_number += 1;
                let message = Message { size, ..Message::default() };
                self.model.messages.insert(done.number, message);
                self.model.put_into(done.number, id);
                let uid = self.model.messages[&done.number].placed[&id].0;
                assert_eq!(done.placements[0].2, Uid(uid));
            }
            Op::Copy(a, n, b) => self.copy(a, n, b).await,
            Op::Move(a, n, b) => self.move_(a, n, b).await,
            Op::Store(a, n, bits, mode, deleted) => {
                let id = self.model.pick(a);
                let some = self.some(id, n);
                let uids: Ranges = some.iter().map(|e| e.0).collect();
                let flags = Flags::from_bits(bits);
                let mode_of = match mode {
                    FlagOp::Add => FlagMode::Add,
                    FlagOp::Remove => FlagMode::Remove,
                    FlagOp::Replace => FlagMode::Replace,
                };
                let change = FlagChange { mode: mode_of, flags, keywords: vec![], deleted };
                self.write(move |tx| tx.store(id, &uids, &change, None)).await.unwrap();
                for (_, number, was) in some {
                    let message = self.model.messages.get_mut(&number).unwrap();
                    let (flags, deleted) = match mode {
                        FlagOp::Add => (message.flags.with(flags), was || deleted),
                        FlagOp::Remove => (message.flags.without(flags), was && !deleted),
                        FlagOp::Replace => (flags, deleted),
                    };
                    message.flags = flags;
                    message.placed.get_mut(&id).unwrap().1 = deleted;
                }
            }
            Op::Expunge(a) => {
                let id = self.model.pick(a);
                let gone = self.write(move |tx| tx.expunge(id, None)).await.unwrap();
                let marked: Vec<_> = self.model.list(id).into_iter().filter(|e| e.2).collect();
                assert_eq!(gone, marked.iter().map(|e| Uid(e.0)).collect::<Vec<_>>());
                marked.iter().for_each(|e| self.model.expunge(e.1, id));
            }
            Op::Create(n) => {
                let name = format!("Label {}", n % 4);
                let parsed = name.parse().unwrap();
                let made = self.write(move |tx| tx.create_mailbox(&parsed)).await;
                if self.model.boxes.values().any(|b| b.name == name) {
                    assert!(matches!(made, Err(Error::MailboxExists(_))), "{made:?}");
                } else {
                    self.model.boxes.insert(made.unwrap(), Box_ { name, role: None, next: 1 });
                }
            }
            Op::Delete(n) | Op::DeleteLabel(n) => {
                let id = self.model.pick(n);
                let imap = matches!(op, Op::Delete(_));
                let done = self
                    .write(move |tx| if imap { tx.delete_mailbox(id) } else { tx.delete_label(id) })
                    .await;
                if self.model.boxes[&id].role.is_some() {
                    assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
                    return;
                }
                done.unwrap();
                for (_, number, _) in self.model.list(id) {
                    if imap {
                        self.model.expunge(number, id);
                    } else {
                        self.model.messages.get_mut(&number).unwrap().placed.remove(&id);
                    }
                }
                self.model.boxes.remove(&id);
            }
            Op::Rename(a, n) => {
                let id = self.model.pick(a);
                let name = format!("Label {}", n % 4);
                let parsed = name.parse().unwrap();
                let done = self.write(move |tx| tx.rename_mailbox(id, &parsed)).await;
                if self.model.boxes.values().any(|b| b.name == name) {
                    assert!(matches!(done, Err(Error::MailboxExists(_))), "{done:?}");
                } else if self.model.is_role(id, &[Role::Inbox]) {
                    done.unwrap();
                    let new =
                        self.bench.alice.read(|s| s.named(&name.parse().unwrap()).unwrap().id);
                    let new = new.await.unwrap();
                    self.model.boxes.insert(new, Box_ { name, role: None, next: 1 });
                    for (_, number, _) in self.model.list(id) {
                        self.model.messages.get_mut(&number).unwrap().placed.remove(&id);
                        self.model.put_into(number, new);
                    }
                } else {
                    done.unwrap();
                    self.model.boxes.get_mut(&id).unwrap().name = name;
                }
            }
            Op::Restore(n) => {
                let count = self.model.recoverable.len();
                if count > 0 {
                    let number = *self.model.recoverable.keys().nth(n % count).unwrap();
                    self.write(move |tx| tx.restore(&[number])).await.unwrap();
                    let message = self.model.recoverable.remove(&number).unwrap();
                    self.model.messages.insert(number, message);
                    self.model.put_into(number, self.model.role(Role::Inbox));
                }
            }
            Op::Reopen => self.bench.reopen().await,
            other => self.one_message(other).await,
        }
    }

    /// Operations of the webmail and POP3 on one message.
    async fn one_message(&mut self, op: Op) {
        let (n, label) = match op {
            Op::Label(n, b) | Op::Unlabel(n, b) => (n, self.model.pick(b)),
            Op::Trash(n) | Op::Destroy(n) => (n, self.model.role(Role::Trash)),
            Op::Spam(n) => (n, self.model.role(Role::Spam)),
            Op::Archive(n) | Op::ToInbox(n) | Op::PopDelete(n) => (n, self.model.role(Role::Inbox)),
            _ => return,
        };
        let Some(number) = self.message(n) else { return };
        let kind = op.clone();
        let done = self.write(move |tx| match kind {
            Op::Trash(_) => tx.trash(&[number]),
            Op::Spam(_) => tx.spam(&[number]),
            Op::Archive(_) => tx.archive(&[number]),
            Op::ToInbox(_) => tx.to_inbox(&[number]),
            Op::Label(..) => tx.label(&[number], label),
            Op::Unlabel(..) => tx.unlabel(&[number], label),
            Op::Destroy(_) => tx.destroy(&[number]),
            _ => tx.pop_delete(&[number]),
        });
        let done = done.await;
        let here = self.model.messages[&number].placed.contains_key(&label);
        let outbox = self.model.role(Role::Outbox);
        let in_outbox = self.model.messages[&number].placed.contains_key(&outbox);
        let drafts = self.model.role(Role::Drafts);
        match op {
            Op::Trash(_) | Op::Spam(_) | Op::ToInbox(_) | Op::Label(..) => {
                done.unwrap();
                if here {
                } else if in_outbox && self.model.is_role(label, &[Role::Spam, Role::Trash]) {
                    self.model.cancel(number, drafts);
                } else {
                    self.model.put_into(number, label);
                }
            }
            Op::Unlabel(..) if self.model.is_role(label, &[Role::All, Role::Spam, Role::Trash]) => {
                assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
            }
            Op::Unlabel(..) if label == outbox => {
                done.unwrap();
                if here {
                    self.model.cancel(number, drafts);
                }
            }
            Op::Destroy(_) => {
                done.unwrap();
                let places = [Role::Trash, Role::Spam, Role::Drafts].map(|r| self.model.role(r));
                if places.iter().any(|p| self.model.messages[&number].placed.contains_key(p)) {
                    self.model.messages.remove(&number);
                }
            }
            _ => {
                done.unwrap();
                self.model.messages.get_mut(&number).unwrap().placed.remove(&label);
            }
        }
    }

    async fn copy(&mut self, a: usize, n: usize, b: usize) {
        let (from, to) = (self.model.pick(a), self.model.pick(b));
        let some = self.some(from, n);
        let uids: Ranges = some.iter().map(|e| e.0).collect();
        let outbox = self.model.role(Role::Outbox);
        let done = self.write(move |tx| tx.copy(from, &uids, to)).await;
        if from == to && to == outbox && !some.is_empty() {
            assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
            return;
        }
        let done = done.unwrap();
        let mut expected = Vec::new();
        for (_, number, _) in &some {
            let mut number = *number;
            let waits = self.model.messages[&number].placed.contains_key(&outbox);
            if from == to {
                let copy = MessageNumber(self.model.next_number);
                self.model.next_number += 1;
                let twin =
                    Message { placed: BTreeMap::new(), ..self.model.messages[&number].clone() };
                self.model.messages.insert(copy, twin);
                number = copy;
            } else if waits && self.model.is_role(to, &[Role::Spam, Role::Trash]) {
                self.model.cancel(number, self.model.role(Role::Drafts));
                continue;
            }
            self.model.put_into(number, to);
            expected.push(Uid(self.model.messages[&number].placed[&to].0));
        }
        assert_eq!(done.to, expected, "copy from {from} to {to}");
    }

    async fn move_(&mut self, a: usize, n: usize, b: usize) {
        let (from, to) = (self.model.pick(a), self.model.pick(b));
        let some = self.some(from, n);
        let uids: Ranges = some.iter().map(|e| e.0).collect();
        let outbox = self.model.role(Role::Outbox);
        let done = self.write(move |tx| tx.move_(from, &uids, to)).await.unwrap();
        let mut expected = Vec::new();
        for (_, number, _) in &some {
            if from == outbox && to != outbox {
                self.model.cancel(*number, self.model.role(Role::Drafts));
                if self.model.is_role(to, &[Role::Spam, Role::Trash]) {
                    continue;
                }
                if !self.model.is_role(to, &[Role::Drafts]) {
                    self.model.put_into(*number, to);
                }
            } else {
                self.model.messages.get_mut(number).unwrap().placed.remove(&from);
                self.model.put_into(*number, to);
                self.model.keep_in_all(*number);
            }
            expected.push(Uid(self.model.messages[number].placed[&to].0));
        }
        assert_eq!(done.to, expected, "move from {from} to {to}");
    }

    async fn check(&mut self) {
        let found = self.bench.alice.read(Clone::clone).await.unwrap();
        let names: BTreeMap<_, _> = found
            .mailboxes()
            .map(|m| (m.id, Box_ { name: m.name.to_string(), role: m.role, next: m.uid_next.0 }))
            .collect();
        assert_eq!(names, self.model.boxes);
        assert!(found.modseq().0 >= self.modseq, "the state never falls");
        let bytes: u64 = self.model.messages.values().map(|m| m.size).sum();
        assert_eq!(
            (found.usage().bytes, found.usage().messages),
            (bytes, self.model.messages.len() as u64)
        );
        let mut now = BTreeMap::new();
        for mailbox in found.mailboxes() {
            let wanted = self.model.list(mailbox.id);
            let got: Vec<_> =
                found.entries(mailbox).map(|e| (e.uid.0, e.number, e.deleted)).collect();
            assert_eq!(got, wanted, "{}", mailbox.name);
            for entry in found.entries(mailbox) {
                assert_eq!(entry.flags, self.model.messages[&entry.number].flags);
                assert!(entry.modseq <= mailbox.highest_modseq, "{entry:?} in {}", mailbox.name);
            }
            let unseen = |e: &&(u32, MessageNumber, bool)| {
                !self.model.messages[&e.1].flags.contains(Flags::SEEN)
            };
            assert_eq!(mailbox.unseen(), wanted.iter().filter(unseen).count(), "{}", mailbox.name);
            assert_eq!(mailbox.deleted(), wanted.iter().filter(|e| e.2).count());
            let size: u64 = wanted.iter().map(|e| self.model.messages[&e.1].size).sum();
            assert_eq!(mailbox.size(), size);
            let greatest = self.greatest.entry(mailbox.id).or_default();
            assert!(mailbox.uid_next.0 > *greatest, "UIDs are never given twice");
            *greatest = mailbox.uid_next.0 - 1;
            now.insert(mailbox.id, wanted.iter().map(|e| e.0).collect::<BTreeSet<u32>>());
        }
        for (state, then) in &self.seen {
            let since = model::ModSeq(*state);
            for mailbox in found.mailboxes() {
                let told: Vec<_> = found.changed_since(mailbox, since).collect();
                let searched: Vec<_> =
                    found.entries(mailbox).filter(|e| e.modseq > since).collect();
                assert_eq!(told, searched, "changed in {} since {state}", mailbox.name);
            }
            for (id, uids) in then {
                let Some(mailbox) = found.mailbox(*id) else { continue };
                let gone: BTreeSet<u32> = uids.difference(&now[id]).copied().collect();
                let told = mailbox.vanished_since(model::ModSeq(*state));
                assert!(told.complete);
                let told: BTreeSet<u32> =
                    told.ranges.iter().filter(|uid| uids.contains(uid)).collect();
                assert_eq!(told, gone, "vanished from {} since {state}", mailbox.name);
            }
        }
        self.modseq = found.modseq().0;
        self.seen.push((self.modseq, now));
        if self.seen.len() > 6 {
            self.seen.remove(0);
        }
        for number in self.model.messages.keys().take(3) {
            assert!(self.bench.alice.content(*number).await.unwrap().is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_operations_agrees_with_the_model(
        seed in any::<u64>(),
        ops in proptest::collection::vec(op(), 1..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let mut world = World::new(seed).await;
            for op in ops {
                world.step(op).await;
                world.check().await;
            }
            world.bench.reopen().await;
            world.check().await;
            let recoverable = world.bench.alice.read(|s| s.recoverable().count()).await.unwrap();
            assert_eq!(recoverable, world.model.recoverable.len());
        });
    }
}

/// The same over enough messages that chunks are written, folded and read.
#[test]
fn many_messages_go_through_chunks() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(3).await;
        world.bench.engine.set_faults(Faults::default(), 1);
        let inbox = world.model.pick(0);
        for round in 0..30u64 {
            let first = world.model.next_number;
            let new: Vec<_> = (0..100).map(|n| mail(&text(first + n))).collect();
            let sizes: Vec<u64> = new.iter().map(mailstore::NewMessage::size).collect();
            world
                .write(move |tx| new.iter().try_for_each(|m| tx.append(m, &[inbox]).map(drop)))
                .await
                .unwrap();
            for size in sizes {
                let number = MessageNumber(world.model.next_number);
                world.model.next_number += 1;
                world.model.messages.insert(number, Message { size, ..Message::default() });
                world.model.put_into(number, inbox);
            }
            let n = usize::try_from(round).unwrap();
            world.step(Op::Store(0, n, 1, FlagOp::Add, round % 5 == 0)).await;
            if round % 7 == 3 {
                world.step(Op::Expunge(0)).await;
            }
            if round % 4 == 1 {
                world.step(Op::Move(0, n, 6)).await;
            }
            if round % 3 == 2 {
                world.bench.reopen().await;
            }
            world.check().await;
        }
        // One at a time, so that tails fold.
        for n in 0..600 {
            let number = world.message(n * 5).unwrap();
            world.write(move |tx| tx.mark(&[number], Flags::FLAGGED, Flags::NONE)).await.unwrap();
            let message = world.model.messages.get_mut(&number).unwrap();
            message.flags |= Flags::FLAGGED;
        }
        world.bench.reopen().await;
        world.check().await;
    });
}
