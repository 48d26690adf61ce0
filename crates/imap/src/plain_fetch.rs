//! Streaming what is known of messages without opening them.
//!
//! Most of what clients ask for is `UID` and `FLAGS` of everything. That is
//! numbers the state holds, written straight into the connection's buffer:
//! nothing is allocated for a message, and the buffer leaves whenever it is
//! full, so a mailbox of any size takes the same memory.

use mailstore::{Entry, State};
use model::{Keyword, ModSeq, Uid};

use crate::answer::Stop;
use crate::command;
use crate::encode;
use crate::grammar::date;
use crate::selected::Selected;
use crate::session::Open;
use crate::view::Run;

/// A part of a FETCH answer that needs no more than the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainItem {
    Uid,
    Flags,
    InternalDate,
    /// RFC822.SIZE
    Size,
    /// RFC 7162 §3.1.4.2
    ModSeq,
    /// RFC 8514 §4.1
    SaveDate,
}

/// What an unsolicited FETCH says; CONDSTORE-aware clients get the UID and
/// MODSEQ as well (RFC 7162 §3.1 and §3.2.4).
pub(crate) fn flags_items(condstore: bool) -> Vec<PlainItem> {
    use PlainItem::*;
    if condstore { vec![Uid, Flags, ModSeq] } else { vec![Flags] }
}

/// A batch ends when it has filled this much.
const BATCH_BYTES: usize = 32 * 1024;
/// The state is not held for longer than so many messages take.
const BATCH_MESSAGES: u32 = 2_000;

/// Messages still to be looked at, in order.
#[derive(Debug)]
pub(crate) struct Rest {
    runs: std::vec::IntoIter<Run>,
    current: Option<Run>,
}

impl Rest {
    pub(crate) fn new(runs: Vec<Run>) -> Rest {
        let mut runs = runs.into_iter();
        let current = runs.next();
        Rest { runs, current }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.current.is_none()
    }

    /// Gives `each` the next messages with their sequence numbers until it
    /// answers `false`; whether some were no longer in the mailbox.
    pub(crate) fn walk(
        &mut self,
        state: &State,
        selected: &Selected,
        mut each: impl FnMut(u32, &Entry) -> bool,
    ) -> bool {
        let Some(mailbox) = state.mailbox(selected.mailbox) else {
            let missing = self.current.take().is_some();
            self.runs = Vec::new().into_iter();
            return missing;
        };
        let mut missing = false;
        while let Some(run) = self.current {
            let start = mailbox.uids().partition_point(|uid| uid.0 < run.uid);
            let mut done = 0;
            for entry in state.entries_from(mailbox, start) {
                let Some(offset) = entry.uid.0.checked_sub(run.uid).filter(|o| *o < run.count)
                else {
                    break;
                };
                missing |= offset > done;
                done = offset + 1;
                if !each(run.seq + offset, &entry) {
                    self.current = run.skip(done).or_else(|| self.runs.next());
                    return missing;
                }
            }
            missing |= done < run.count;
            self.current = self.runs.next();
        }
        missing
    }
}

/// Writes `items` of the messages of `runs`, those only that changed after
/// `since`, batch by batch; whether some were no longer in the mailbox.
pub(crate) async fn stream(
    open: &mut Open<'_>,
    runs: Vec<Run>,
    items: &[PlainItem],
    since: Option<ModSeq>,
) -> Result<bool, Stop> {
    let mut rest = Rest::new(runs);
    let mut missing = false;
    while !rest.is_empty() {
        let out = open.connection.output();
        let selected = &mut *open.selected;
        let rest = &mut rest;
        let batch = open.account.read(|state| {
            if items.contains(&PlainItem::Flags) {
                selected.announce_keywords(state, out);
            }
            let names = state.keywords();
            let mut left = BATCH_MESSAGES;
            rest.walk(state, selected, |seq, entry| {
                if since.is_none_or(|since| entry.modseq > since) {
                    write(out, seq, entry, items, selected.is_recent(entry.uid), names);
                }
                left -= 1;
                left > 0 && out.len() < BATCH_BYTES
            })
        });
        missing |= batch.await.map_err(command::refusal)?;
        if open.connection.output().len() >= BATCH_BYTES {
            open.connection.flush().await?;
        }
    }
    Ok(missing)
}

/// One line of FETCH.
pub(crate) fn write(
    out: &mut Vec<u8>,
    seq: u32,
    entry: &Entry,
    items: &[PlainItem],
    recent: bool,
    names: &[Keyword],
) {
    out.extend_from_slice(b"* ");
    encode::number(out, seq);
    out.extend_from_slice(b" FETCH (");
    let mut first = true;
    for item in items {
        if !first {
            out.push(b' ');
        }
        first = false;
        write_item(out, entry, *item, recent, names);
    }
    out.extend_from_slice(b")\r\n");
}

/// One item with its name.
#[inline]
pub(crate) fn write_item(
    out: &mut Vec<u8>,
    entry: &Entry,
    item: PlainItem,
    recent: bool,
    names: &[Keyword],
) {
    match item {
        PlainItem::Uid => {
            out.extend_from_slice(b"UID ");
            let Uid(uid) = entry.uid;
            encode::number(out, uid);
        }
        PlainItem::Flags => {
            out.extend_from_slice(b"FLAGS ");
            encode::entry_flags(out, entry, recent, names);
        }
        PlainItem::InternalDate => {
            out.extend_from_slice(b"INTERNALDATE ");
            date::write_date_time(out, entry.internal_date);
        }
        PlainItem::Size => {
            out.extend_from_slice(b"RFC822.SIZE ");
            encode::number(out, entry.size);
        }
        PlainItem::SaveDate => {
            out.extend_from_slice(b"SAVEDATE ");
            date::write_date_time(out, entry.save_date);
        }
        PlainItem::ModSeq => {
            out.extend_from_slice(b"MODSEQ (");
            encode::number(out, entry.modseq.0);
            out.push(b')');
        }
    }
}
