//! STORE: changing flags, RFC 3501 §6.4.6, with UNCHANGEDSINCE of RFC 7162
//! §3.1.3.

use mailstore::FlagChange;
use model::{ModSeq, Ranges};

use super::{messages, refusal};
use crate::answer::{Answer, Code, Outcome};
use crate::grammar::{FlagArgs, ParseError, Parser, SequenceSet};
use crate::plain_fetch::{self, PlainItem, Rest};
use crate::session::Session;
use crate::view::{Run, uids_of};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Store {
    set: SequenceSet,
    pub(super) by_uid: bool,
    unchanged_since: Option<ModSeq>,
    mode: Mode,
    silent: bool,
    flags: FlagArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Add,
    Remove,
    Replace,
}

impl Store {
    pub(super) fn parse(parser: &mut Parser, by_uid: bool) -> Result<Store, ParseError> {
        parser.space()?;
        let set = SequenceSet::parse(parser)?;
        parser.space()?;
        let mut unchanged_since = None;
        if parser.peek() == Some(b'(') {
            parser.list(|parser| {
                if !parser.eat_word("UNCHANGEDSINCE ") {
                    return Err("the only modifier of STORE is UNCHANGEDSINCE with a number".into());
                }
                unchanged_since = Some(ModSeq(parser.number64()?));
                Ok(())
            })?;
            parser.space()?;
        }
        let mode = match parser.peek() {
            Some(b'+') => Mode::Add,
            Some(b'-') => Mode::Remove,
            _ => Mode::Replace,
        };
        if mode != Mode::Replace {
            parser.eat(b'+');
            parser.eat(b'-');
        }
        let silent = match parser.atom()?.to_ascii_uppercase().as_str() {
            "FLAGS" => false,
            "FLAGS.SILENT" => true,
            _ => return Err("STORE changes FLAGS, +FLAGS or -FLAGS, each with .SILENT or without".into()),
        };
        parser.space()?;
        let flags = FlagArgs::parse_to_end(parser)?;
        Ok(Store { set, by_uid, unchanged_since, mode, silent, flags })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if self.unchanged_since.is_some() {
            session.enable_condstore().await?;
        }
        let mut open = session.open()?;
        let runs = messages(&open, &self.set, self.by_uid)?;
        if open.selected.read_only {
            return Ok(super::expunge::read_only());
        }
        let uids = uids_of(&runs);
        if uids.is_empty() {
            return Ok(Answer::ok("there was no such message"));
        }
        let mailbox = open.selected.mailbox;
        let (wanted, since) = (uids.clone(), self.unchanged_since);
        let change = self.change();
        let stored = open.account.write(move |tx| {
            let stored = tx.store(mailbox, &wanted, &change, since)?;
            Ok((stored, tx.modseq()))
        });
        let (stored, modseq) = stored.await.map_err(refusal)?;

        let told = without(&uids, &stored.modified);
        let runs = open.selected.view.by_uid(&told);
        let items = self.items(open.condstore);
        let missing = if items.is_empty() {
            let (selected, mut rest) = (&*open.selected, Rest::new(runs.clone()));
            open.account.read(|state| rest.walk(state, selected, |_, _| true)).await.map_err(refusal)?
        } else {
            plain_fetch::stream(&mut open, runs.clone(), &items, None).await?
        };
        open.selected.told = Some((told, modseq));
        let modified = self.modified(&open.selected.view, &stored.modified);
        // What a COPY of ours took away is stored as well as it ever will be.
        let lost = missing && !self.by_uid && lost(&open, &runs).await?;
        Ok(match (modified, lost) {
            (Some(set), false) => Answer::ok("some were changed since").with(Code::Modified(set)),
            (Some(set), true) => Answer::no(Code::Modified(set), "some were changed since, some expunged"),
            (None, true) => Answer::no(Code::ExpungeIssued, "some of these messages were expunged elsewhere"),
            (None, false) => Answer::ok("stored"),
        })
    }

    fn change(&self) -> FlagChange {
        FlagChange {
            mode: match self.mode {
                Mode::Add => mailstore::FlagMode::Add,
                Mode::Remove => mailstore::FlagMode::Remove,
                Mode::Replace => mailstore::FlagMode::Replace,
            },
            flags: self.flags.flags,
            keywords: self.flags.keywords.clone(),
            deleted: self.flags.deleted,
        }
    }

    /// What to answer of each message. A CONDSTORE-aware client must learn the
    /// new MODSEQ even where it asked for silence (RFC 7162 §3.1.3).
    fn items(&self, condstore: bool) -> Vec<PlainItem> {
        use PlainItem::*;
        let mut items = Vec::new();
        if self.by_uid || condstore {
            items.push(Uid);
        }
        if !self.silent {
            items.push(Flags);
        }
        if condstore {
            items.push(ModSeq);
        } else if self.silent {
            return Vec::new();
        }
        items
    }

    /// MODIFIED names messages as the command did (RFC 7162 §3.1.3).
    fn modified(&self, view: &crate::view::View, failed: &Ranges) -> Option<Ranges> {
        if failed.is_empty() {
            return None;
        }
        if self.by_uid {
            return Some(failed.clone());
        }
        let runs = view.by_uid(failed);
        Some(Ranges::from_unsorted(runs.iter().map(|run| (run.seq, run.seq + run.count - 1)).collect()))
    }
}

/// `set` without `other`.
fn without(set: &Ranges, other: &Ranges) -> Ranges {
    if other.is_empty() {
        return set.clone();
    }
    let mut left = Vec::new();
    let mut others = other.ranges().iter().peekable();
    for (low, high) in set.ranges() {
        let mut from = *low;
        while others.next_if(|(_, last)| *last < from).is_some() {}
        let mut ahead = others.clone();
        let mut ended = false;
        while let Some((first, last)) = ahead.next_if(|(first, _)| first <= high) {
            if *first > from {
                left.push((from, first - 1));
            }
            if *last >= *high {
                ended = true;
                break;
            }
            from = last + 1;
        }
        if !ended {
            left.push((from, *high));
        }
    }
    Ranges::from_unsorted(left)
}

/// Whether any of `runs` is gone for another reason than a COPY of ours.
async fn lost(open: &crate::session::Open<'_>, runs: &[Run]) -> Result<bool, crate::answer::Stop> {
    let selected = &*open.selected;
    let own = uids_of(runs);
    let kept = open.account.read(|state| {
        let mut kept = Ranges::new();
        Rest::new(runs.to_vec()).walk(state, selected, |_, entry| {
            kept.insert(entry.uid.0);
            true
        });
        kept
    });
    let kept = kept.await.map_err(refusal)?;
    let gone = without(&own, &kept);
    Ok(!without(&gone, &selected.moved_by_copy).is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn without_takes_away(
            a in prop::collection::vec((1u32..40, 1u32..40), 0..6),
            b in prop::collection::vec((1u32..40, 1u32..40), 0..6),
        ) {
            let (a, b) = (Ranges::from_unsorted(a), Ranges::from_unsorted(b));
            let expected: Ranges = a.iter().filter(|n| !b.contains(*n)).collect();
            prop_assert_eq!(without(&a, &b), expected);
        }
    }
}
