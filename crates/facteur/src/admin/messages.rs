//! Mail in and out of an account, in batches.
//!
//! An import can be broken off and begun again: a message that is there
//! already, byte for byte and with the same date, is not taken twice; it only
//! gets the label it came with. So one message in five folders is one message
//! with five labels, as in Gmail.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use mailstore::{NewMessage, State, Tx};
use model::{Address, Flags, Keyword, MailboxId, MailboxName, MessageNumber, Role, Timestamp, Uid};
use serde::{Deserialize, Serialize};

use super::operations::{account, store_refused};
use super::request::Reply;
use crate::exit::{Exit, Failure};
use crate::services::Services;

/// A mailbox, for an export.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailboxFacts {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: MailboxName,
    /// What it is for.
    pub role: Option<Role>,
    /// How many messages it holds.
    pub messages: u64,
    /// Rises with every change of it.
    pub highest_modseq: u64,
}

/// A message that goes out; its bytes are in the payload, in this order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exported {
    /// Where it stands in its mailbox.
    pub uid: u32,
    /// Its number in the account, never used twice.
    pub number: u64,
    /// How many bytes of the payload are its.
    pub bytes: usize,
    /// When it came.
    pub date: Timestamp,
    /// Its system flags.
    pub flags: Flags,
    /// Its keywords.
    pub keywords: Vec<Keyword>,
    /// `\Deleted` in this mailbox.
    pub deleted: bool,
    /// The envelope's sender, where it is known.
    pub reverse_path: Option<String>,
    /// Whether it has labels besides this one.
    pub labelled: bool,
}

/// A message that comes in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// How many bytes of the payload are its.
    pub bytes: usize,
    /// When it came.
    pub date: Timestamp,
    /// Its system flags.
    pub flags: Flags,
    /// Its keywords.
    pub keywords: Vec<Keyword>,
    /// `\Deleted`.
    pub deleted: bool,
    /// Its labels; none is All Mail.
    pub labels: Vec<Label>,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Label {
    /// The mailbox of this role.
    Role(Role),
    /// The mailbox of this name, made if it is not there.
    Name(MailboxName),
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Messages that are new.
    pub new: u64,
    /// Messages that were there already.
    pub known: u64,
}

/// The bytes of one answer of an export: one message may be more.
const BATCH_BYTES: u64 = 8 << 20;

/// The messages of one answer.
const BATCH: usize = 256;

pub(super) async fn mailboxes(services: &Services, address: &Address) -> Result<Reply, Failure> {
    let id = account(services, address)?.id;
    let mail = services.mailstore.account(id).await.map_err(store_refused)?;
    let facts = |state: &State| {
        let fact = |mailbox: &mailstore::Mailbox| MailboxFacts {
            id: mailbox.id.0,
            name: mailbox.name.clone(),
            role: mailbox.role,
            messages: mailbox.exists() as u64,
            highest_modseq: mailbox.highest_modseq.0,
        };
        state.mailboxes().map(fact).collect()
    };
    mail.read(facts).await.map(Reply::Mailboxes).map_err(store_refused)
}

pub(super) async fn export(
    services: &Services,
    address: &Address,
    mailbox: u32,
    after: u32,
) -> Result<(Reply, Bytes), Failure> {
    let id = account(services, address)?.id;
    let mail = services.mailstore.account(id).await.map_err(store_refused)?;
    let mut listed = mail
        .read(|state| some_behind(state, MailboxId(mailbox), Uid(after)))
        .await
        .map_err(store_refused)?;
    let numbers: Vec<MessageNumber> = listed.iter().map(|m| MessageNumber(m.number)).collect();
    let contents = mail.contents(&numbers).await.map_err(store_refused)?;
    let records = mail.records(&numbers).await.map_err(store_refused)?;
    let mut payload = Vec::new();
    let mut kept = Vec::new();
    for ((mut message, content), record) in listed.drain(..).zip(contents).zip(records) {
        // Expunged since it was listed.
        let Some(content) = content else { continue };
        message.bytes = content.len();
        message.reverse_path = record.and_then(|record| record.reverse_path.clone());
        payload.extend_from_slice(&content);
        kept.push(message);
    }
    Ok((Reply::Exported(kept), payload.into()))
}

fn some_behind(state: &State, mailbox: MailboxId, after: Uid) -> Vec<Exported> {
    let Some(mailbox) = state.mailbox(mailbox) else { return Vec::new() };
    let start = mailbox.uids().partition_point(|uid| *uid <= after);
    let names = state.keywords();
    let all = state.role(Role::All).id;
    let mut bytes = 0;
    let mut found = Vec::new();
    for entry in state.entries_from(mailbox, start).take(BATCH) {
        bytes += u64::from(entry.size);
        if !found.is_empty() && bytes > BATCH_BYTES {
            break;
        }
        let keywords = entry.keywords.iter().filter_map(|bit| names.get(bit).cloned()).collect();
        let elsewhere = |(id, _): &(MailboxId, Uid)| *id != mailbox.id && *id != all;
        found.push(Exported {
            uid: entry.uid.0,
            number: entry.number.0,
            bytes: 0,
            date: entry.internal_date,
            flags: entry.flags,
            keywords,
            deleted: entry.deleted,
            reverse_path: None,
            labelled: state.labels(entry.number).any(|label| elsewhere(&label)),
        });
    }
    found
}

/// A message of a batch, and what is known of it.
#[derive(Clone)]
struct Arrival {
    facts: Import,
    content: Bytes,
    message: NewMessage,
    /// The same message, in the account already.
    known: Option<MessageNumber>,
}

pub(super) async fn import(
    services: &Services,
    address: &Address,
    imports: Vec<Import>,
    payload: Bytes,
) -> Result<Reply, Failure> {
    let id = account(services, address)?.id;
    let mail = services.mailstore.account(id).await.map_err(store_refused)?;
    let prepared = tokio::task::spawn_blocking(move || prepare(imports, payload)).await;
    let mut arrivals = prepared
        .map_err(|error| Failure::new(Exit::Software, "cli-runtime").with("error", error))??;
    find_known(&mail, &mut arrivals).await.map_err(store_refused)?;
    let imported = mail.write(move |tx| put(tx, &arrivals)).await.map_err(store_refused)?;
    Ok(Reply::Imported(imported))
}

fn prepare(imports: Vec<Import>, payload: Bytes) -> Result<Vec<Arrival>, Failure> {
    let mut rest = payload;
    let mut arrivals = Vec::with_capacity(imports.len());
    for facts in imports {
        if facts.bytes > rest.len() {
            return Err(Failure::new(Exit::DataErr, "cli-server-other-version"));
        }
        let content = rest.split_to(facts.bytes);
        let message = NewMessage::new(&content, facts.date).with_marks(
            facts.flags,
            facts.keywords.clone(),
            facts.deleted,
        );
        arrivals.push(Arrival { facts, content, message, known: None });
    }
    Ok(arrivals)
}

/// What two copies of a message have in common, before their bytes are compared.
fn likeness(size: u64, date: Timestamp) -> (u64, Timestamp) {
    (size, date)
}

async fn find_known(
    mail: &mailstore::Account,
    arrivals: &mut [Arrival],
) -> Result<(), mailstore::Error> {
    let wanted: HashSet<_> =
        arrivals.iter().map(|a| likeness(a.message.size(), a.facts.date)).collect();
    let candidates = mail
        .read(|state| {
            let mut found: HashMap<_, Vec<MessageNumber>> = HashMap::new();
            for message in state.messages() {
                let key = likeness(message.size.into(), message.internal_date);
                if wanted.contains(&key) {
                    found.entry(key).or_default().push(message.number);
                }
            }
            found
        })
        .await?;
    for arrival in arrivals {
        let key = likeness(arrival.message.size(), arrival.facts.date);
        for number in candidates.get(&key).into_iter().flatten() {
            if mail.content(*number).await?.is_some_and(|content| content == arrival.content) {
                arrival.known = Some(*number);
                break;
            }
        }
    }
    Ok(())
}

fn put(tx: &mut Tx<'_>, arrivals: &[Arrival]) -> Result<Imported, mailstore::Error> {
    let mut imported = Imported::default();
    let mut added: Vec<(&Arrival, MessageNumber)> = Vec::new();
    for arrival in arrivals {
        let mut labels = Vec::new();
        for label in &arrival.facts.labels {
            labels.push(mailbox(tx, label)?);
        }
        let twin = |(other, _): &&(&Arrival, MessageNumber)| {
            other.facts.date == arrival.facts.date && other.content == arrival.content
        };
        let known = arrival.known.or_else(|| added.iter().find(twin).map(|(_, number)| *number));
        match known.filter(|number| tx.message(*number).is_some()) {
            Some(number) => {
                add_labels(tx, number, &labels)?;
                imported.known += 1;
            }
            None => {
                let appended = tx.append(&arrival.message, &labels)?;
                added.push((arrival, appended.number));
                imported.new += 1;
            }
        }
    }
    Ok(imported)
}

/// Whoever threw a message away since the import was broken off meant it.
fn add_labels(
    tx: &mut Tx<'_>,
    number: MessageNumber,
    labels: &[MailboxId],
) -> Result<(), mailstore::Error> {
    let away = [Role::Trash, Role::Spam].map(|role| tx.role(role));
    if tx.labels(number).iter().any(|(mailbox, _)| away.contains(mailbox)) {
        return Ok(());
    }
    for label in labels {
        if *label != tx.role(Role::All) {
            tx.label(&[number], *label)?;
        }
    }
    Ok(())
}

fn mailbox(tx: &mut Tx<'_>, label: &Label) -> Result<MailboxId, mailstore::Error> {
    let name = match label {
        Label::Role(role) => return Ok(tx.role(*role)),
        Label::Name(name) => name,
    };
    match tx.named(name).map(|head| head.id) {
        Some(id) => Ok(id),
        None => {
            let id = tx.create_mailbox(name)?;
            tx.subscribe(name, true);
            Ok(id)
        }
    }
}
