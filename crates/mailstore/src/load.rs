//! An account from the engine into memory.

use bytes::Bytes;
use engine::{Engine, Key};
use model::{
    AccountId, Flags, Keyword, MailboxId, MailboxName, MessageNumber, ModSeq, Ranges, Uid,
};

use crate::Error;
use crate::delta::join;
use crate::rows::{self, MessageRow, PlacementRow};
use crate::state::{Head, Mailbox, State, Usage};

/// How many rows are read at once.
const PAGE: usize = 2000;
/// Marks rows that a tail says are gone, until they are dropped.
const GONE: ModSeq = ModSeq(u64::MAX);
/// How often a load begins again because others wrote meanwhile.
const TRIES: usize = 20;

/// The account as it is. `None` if it never was written to.
pub(crate) async fn load(engine: &dyn Engine, account: AccountId) -> Result<Option<State>, Error> {
    for _ in 0..TRIES {
        let version = engine.version(account).await?;
        if version == 0 {
            return Ok(None);
        }
        let state = fold(engine, account, version).await?;
        if engine.version(account).await? == version {
            return Ok(Some(state));
        }
    }
    Err(Error::Contended)
}

async fn fold(engine: &dyn Engine, account: AccountId, version: u64) -> Result<State, Error> {
    let mut state = State { version, ..State::default() };
    let heads = engine.get(account, vec![rows::head(), rows::keywords()]).await?;
    if let [head, keywords] = &heads[..] {
        if let Some(value) = head {
            let row: rows::HeadRow = engine::decode("an account's head", value)?;
            state.next_number = row.next_number;
            state.next_mailbox = row.next_mailbox;
            state.next_validity = row.next_validity;
        }
        if let Some(value) = keywords {
            let row: rows::KeywordsRow = engine::decode("an account's keywords", value)?;
            state.keywords = row.names as Vec<Keyword>;
        }
    }
    mailboxes(engine, account, &mut state).await?;
    messages(engine, account, &mut state).await?;
    placements(engine, account, &mut state).await?;
    neighbours(engine, account, &mut state).await?;
    Ok(state)
}

/// All rows of a table.
async fn table(
    engine: &dyn Engine,
    account: AccountId,
    table: u8,
) -> Result<Vec<(Key, Bytes)>, Error> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = engine.scan(account, vec![table], vec![table + 1], after, PAGE).await?;
        rows.extend(page.rows);
        after = page.resume;
        if after.is_none() {
            return Ok(rows);
        }
    }
}

fn damaged(what: &str, key: &[u8]) -> Error {
    Error::Engine(engine::Error::Damaged {
        what: format!("{what} {key:02x?}"),
        detail: "its key has not the form it should have".into(),
    })
}

async fn mailboxes(
    engine: &dyn Engine,
    account: AccountId,
    state: &mut State,
) -> Result<(), Error> {
    for (key, value) in table(engine, account, b'b').await? {
        let id = MailboxId(rows::u32_at(&key, 1).ok_or_else(|| damaged("the mailbox", &key))?);
        let row: rows::MailboxRow = engine::decode("a mailbox", &value)?;
        state.names.insert(row.name.clone(), id);
        if let Some(role) = row.role {
            state.roles.insert(role, id);
        }
        let head = Head {
            id,
            name: row.name,
            role: row.role,
            uid_validity: row.uid_validity,
            uid_next: row.uid_next,
            highest_modseq: row.highest_modseq,
            first_recent: row.first_recent,
            show_in_imap: row.show_in_imap,
            vanished_floor: row.vanished_floor,
        };
        state.mailboxes.insert(id, Mailbox::new(head));
    }
    for (key, _) in table(engine, account, b's').await? {
        let name = std::str::from_utf8(&key[1..]).ok().and_then(|n| n.parse::<MailboxName>().ok());
        state.subscribed.insert(name.ok_or_else(|| damaged("the subscription", &key))?);
    }
    for (key, value) in table(engine, account, b'x').await? {
        let (id, modseq) = rows::u32_at(&key, 1)
            .zip(rows::u64_at(&key, 5))
            .ok_or_else(|| damaged("the expunged UIDs", &key))?;
        let row: rows::VanishedRow = engine::decode("expunged UIDs", &value)?;
        if let Some(mailbox) = state.mailboxes.get_mut(&MailboxId(id)) {
            mailbox.vanished_ranges += row.ranges.len();
            mailbox.vanished.push((ModSeq(modseq), Ranges::from_unsorted(row.ranges)));
        }
    }
    Ok(())
}

async fn messages(engine: &dyn Engine, account: AccountId, state: &mut State) -> Result<(), Error> {
    let mut all: Vec<MessageRow> = Vec::new();
    for (key, value) in table(engine, account, b'M').await? {
        let chunk = rows::u64_at(&key, 1).ok_or_else(|| damaged("the messages", &key))?;
        let row: rows::MessageChunk = engine::decode("a chunk of messages", &value)?;
        state.message_chunks.insert(chunk);
        all.extend(row.rows);
    }
    let mut behind = Vec::new();
    for (key, value) in table(engine, account, b'm').await? {
        let number = rows::u64_at(&key, 1).ok_or_else(|| damaged("the message", &key))?;
        let tail: rows::MessageTail = engine::decode("a message", &value)?;
        state.message_tails.insert(number);
        let at = all.binary_search_by_key(&MessageNumber(number), |row| row.number);
        match (at, tail.row) {
            (Ok(at), Some(row)) => all[at] = row,
            // No commit has this MODSEQ (states stay below 2^63): it marks the gone.
            (Ok(at), None) => all[at].modseq = GONE,
            (Err(_), Some(row)) => behind.push(row),
            (Err(_), None) => {}
        }
    }
    all.retain(|row| row.modseq != GONE);
    all.extend(behind);
    all.sort_by_key(|row| row.number);
    let bytes = all.iter().map(|row| u64::from(row.size)).sum();
    state.usage = Usage { bytes, messages: all.len() as u64 };
    state.messages.placed = vec![Default::default(); all.len()];
    state.messages.rows = all;
    let members: Vec<_> =
        state.messages.rows.iter().map(|row| (row.conversation, row.number)).collect();
    for (conversation, number) in members {
        join(state, conversation, number);
    }
    Ok(())
}

async fn placements(
    engine: &dyn Engine,
    account: AccountId,
    state: &mut State,
) -> Result<(), Error> {
    let mut found: Vec<(MailboxId, PlacementRow)> = Vec::new();
    for (key, value) in table(engine, account, b'P').await? {
        let (id, chunk) = rows::u32_at(&key, 1)
            .zip(rows::u64_at(&key, 5))
            .ok_or_else(|| damaged("the placements", &key))?;
        let row: rows::PlacementChunk = engine::decode("a chunk of placements", &value)?;
        if let Some(mailbox) = state.mailboxes.get_mut(&MailboxId(id)) {
            mailbox.chunks.insert(chunk);
            found.extend(row.rows.into_iter().map(|row| (MailboxId(id), row)));
        }
    }
    let mut behind = Vec::new();
    let mut gone = std::collections::HashSet::new();
    for (key, value) in table(engine, account, b'p').await? {
        let (id, uid) = rows::u32_at(&key, 1)
            .zip(rows::u32_at(&key, 5))
            .ok_or_else(|| damaged("the placement", &key))?;
        let tail: rows::PlacementTail = engine::decode("a placement", &value)?;
        let Some(mailbox) = state.mailboxes.get_mut(&MailboxId(id)) else { continue };
        mailbox.tails.insert(uid);
        gone.insert((MailboxId(id), Uid(uid)));
        behind.extend(tail.row.map(|row| (MailboxId(id), row)));
    }
    found.retain(|(id, row)| !gone.contains(&(*id, row.uid)));
    found.extend(behind);
    found.sort_unstable_by_key(|(id, row)| (*id, row.uid));
    let mut hint = 0;
    for (id, row) in found {
        let at = state.messages.position_near(row.number, hint);
        let at = at.ok_or_else(|| {
            damaged("the placement of a missing message", &row.uid.0.to_be_bytes())
        })?;
        hint = at + 1;
        state.messages.placed[at].push((id, row.uid));
        let message = state.messages.rows[at];
        let Some(mailbox) = state.mailboxes.get_mut(&id) else { continue };
        mailbox.uids.push(row.uid);
        mailbox.numbers.push(row.number);
        mailbox.deleted.push(row.deleted);
        mailbox.saved.push(row.saved);
        mailbox.modseqs.push(row.modseq);
        mailbox.deleted_count += usize::from(row.deleted);
        mailbox.unseen += usize::from(!message.flags.contains(Flags::SEEN));
        mailbox.bytes += u64::from(message.size);
    }
    Ok(())
}

async fn neighbours(
    engine: &dyn Engine,
    account: AccountId,
    state: &mut State,
) -> Result<(), Error> {
    for (key, value) in table(engine, account, b't').await? {
        let hash = rows::u64_at(&key, 1).ok_or_else(|| damaged("the thread", &key))?;
        let row: rows::ThreadRow = engine::decode("a thread", &value)?;
        state.threads.insert(hash, row.conversation);
    }
    for (key, value) in table(engine, account, b'r').await? {
        let number = rows::u64_at(&key, 1).ok_or_else(|| damaged("the expunged message", &key))?;
        let row = engine::decode("an expunged message", &value)?;
        state.recoverable.insert(MessageNumber(number), row);
    }
    for (key, value) in table(engine, account, b'f').await? {
        let number = rows::u64_at(&key, 1).ok_or_else(|| damaged("the filed mail", &key))?;
        state.filed.insert(MessageNumber(number), engine::decode("a filed mail", &value)?);
    }
    for neighbour in [b'q', b'w'] {
        state.attached.extend(table(engine, account, neighbour).await?);
    }
    Ok(())
}
