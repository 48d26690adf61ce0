//! The due times of all waiting mail, in memory.

use std::collections::{BTreeSet, HashMap};

use model::Timestamp;

use crate::QueueId;

/// Which mail is due when. It is a fold of the records and nothing more: what
/// is lost with it is found again by reading them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_time: BTreeSet<(Timestamp, QueueId)>,
    entries: HashMap<QueueId, Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// To be taken at this time.
    Due(Timestamp),
    /// Not to be taken until noted again.
    OnHold,
    /// Being worked on; noted meanwhile for this time.
    Taken(Option<Timestamp>),
}

impl Index {
    /// `id` is due at `due`. What is being worked on keeps the note until
    /// [`Index::finish`], so that nobody works on it twice at once.
    pub(crate) fn note(&mut self, id: QueueId, due: Timestamp) {
        match self.entries.get(&id).copied() {
            Some(Entry::Taken(_)) => {
                self.entries.insert(id, Entry::Taken(Some(due)));
                return;
            }
            Some(Entry::Due(old)) => {
                self.by_time.remove(&(old, id));
            }
            Some(Entry::OnHold) | None => {}
        }
        self.entries.insert(id, Entry::Due(due));
        self.by_time.insert((due, id));
    }

    /// `id` waits for an administrator.
    pub(crate) fn hold(&mut self, id: QueueId) {
        match self.entries.get(&id).copied() {
            Some(Entry::Taken(_)) => return,
            Some(Entry::Due(old)) => {
                self.by_time.remove(&(old, id));
            }
            _ => {}
        }
        self.entries.insert(id, Entry::OnHold);
    }

    /// `id` is gone.
    pub(crate) fn remove(&mut self, id: QueueId) {
        if let Some(Entry::Due(old)) = self.entries.remove(&id) {
            self.by_time.remove(&(old, id));
        }
    }

    /// The work on `id` is over. `next` is when it is due again; `None` if it
    /// is gone. An earlier note taken meanwhile wins.
    pub(crate) fn finish(&mut self, id: QueueId, next: Option<Timestamp>) {
        let noted = match self.entries.remove(&id) {
            Some(Entry::Taken(noted)) => noted,
            Some(Entry::Due(old)) => {
                self.by_time.remove(&(old, id));
                None
            }
            Some(Entry::OnHold) | None => None,
        };
        if let Some(next) = next {
            self.note(id, noted.map_or(next, |n| n.min(next)));
        }
    }

    /// Takes up to `limit` mails that are due at `now`, the longest due first.
    pub(crate) fn take_due(&mut self, now: Timestamp, limit: usize) -> Vec<QueueId> {
        let mut taken = Vec::new();
        while taken.len() < limit
            && let Some((due, id)) = self.by_time.first().copied()
            && due <= now
        {
            self.by_time.pop_first();
            self.entries.insert(id, Entry::Taken(None));
            taken.push(id);
        }
        taken
    }

    /// Takes one mail, whatever its due time; `false` if somebody has it.
    pub(crate) fn take(&mut self, id: QueueId) -> bool {
        match self.entries.get(&id).copied() {
            Some(Entry::Taken(_)) => return false,
            Some(Entry::Due(old)) => {
                self.by_time.remove(&(old, id));
            }
            Some(Entry::OnHold) | None => {}
        }
        self.entries.insert(id, Entry::Taken(None));
        true
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(due, _)| *due)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn contains(&self, id: QueueId) -> bool {
        self.entries.contains_key(&id)
    }

    pub(crate) fn ids(&self) -> Vec<QueueId> {
        let mut ids: Vec<QueueId> = self.entries.keys().copied().collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountId, MessageNumber};
    use proptest::prelude::*;

    fn id(number: u64) -> QueueId {
        QueueId::new(AccountId(1000), MessageNumber(number))
    }

    #[test]
    fn mail_is_taken_once_and_in_order() {
        let mut index = Index::default();
        for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
            index.note(id(number), Timestamp(due));
        }
        assert_eq!(index.next_due(), Some(Timestamp(10)));
        assert_eq!(index.take_due(Timestamp(50), 2), [id(2), id(3)]);
        assert_eq!(index.take_due(Timestamp(50), 9), [id(1)]);
        assert_eq!(index.take_due(Timestamp(50), 9), []);
        assert_eq!(index.next_due(), Some(Timestamp(99)));
    }

    #[test]
    fn a_note_during_the_work_waits_for_its_end() {
        let mut index = Index::default();
        index.note(id(1), Timestamp(10));
        assert_eq!(index.take_due(Timestamp(10), 9), [id(1)]);
        index.note(id(1), Timestamp(11));
        assert_eq!(index.take_due(Timestamp(99), 9), [], "somebody works on it");
        index.finish(id(1), Some(Timestamp(500)));
        assert_eq!(index.next_due(), Some(Timestamp(11)), "the note was earlier");
        assert_eq!(index.take_due(Timestamp(11), 9), [id(1)]);
        index.note(id(1), Timestamp(12));
        index.finish(id(1), None);
        assert_eq!((index.next_due(), index.len()), (None, 0), "it is gone");
    }

    #[test]
    fn held_mail_is_not_due() {
        let mut index = Index::default();
        index.note(id(1), Timestamp(10));
        index.hold(id(1));
        assert_eq!(index.take_due(Timestamp(99), 9), []);
        assert_eq!(index.len(), 1);
        index.note(id(1), Timestamp(20));
        assert_eq!(index.take_due(Timestamp(99), 9), [id(1)]);
        assert!(!index.take(id(1)));
        index.finish(id(1), Some(Timestamp(30)));
        assert!(index.take(id(1)));
    }

    proptest! {
        /// The two halves of the index never disagree.
        #[test]
        fn halves_agree(steps in prop::collection::vec((0u8..6, 0u64..4, 0i64..20), 0..200)) {
            let mut index = Index::default();
            for (step, number, time) in steps {
                let (id, time) = (id(number), Timestamp(time));
                match step {
                    0 => index.note(id, time),
                    1 => index.hold(id),
                    2 => index.remove(id),
                    3 => index.finish(id, Some(time)),
                    4 => { index.take(id); }
                    _ => { index.take_due(time, 2); }
                }
                let due = index.entries.iter().filter_map(|(id, e)| match e {
                    Entry::Due(t) => Some((*t, *id)),
                    _ => None,
                });
                prop_assert_eq!(due.collect::<BTreeSet<_>>(), index.by_time.clone());
            }
        }
    }
}
