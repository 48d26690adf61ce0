//! What a session believes to be in its selected mailbox.
//!
//! Sequence numbers belong to a session, not to the mailbox: they change only
//! when the session is told (RFC 3501 §7.4.1). The view keeps the UIDs in the
//! order of their numbers as runs of consecutive ones, so a mailbox of a
//! hundred thousand messages without gaps is one run.

use model::{Ranges, Uid};

/// Consecutive UIDs with consecutive sequence numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first sequence number.
    pub(crate) seq: u32,
    /// The first UID.
    pub(crate) uid: u32,
    /// How many; never zero.
    pub(crate) count: u32,
}

impl Run {
    fn last_seq(self) -> u32 {
        self.seq + (self.count - 1)
    }

    fn last_uid(self) -> u32 {
        self.uid + (self.count - 1)
    }

    /// The run without its first `n` messages, unless nothing is left.
    pub(crate) fn skip(self, n: u32) -> Option<Run> {
        (n < self.count).then(|| Run {
            seq: self.seq + n,
            uid: self.uid + n,
            count: self.count - n,
        })
    }
}

/// UIDs in the order of their sequence numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View {
    runs: Vec<Run>,
}

impl View {
    pub(crate) fn new(uids: &[Uid]) -> View {
        let mut view = View::default();
        uids.iter().for_each(|uid| view.push(*uid));
        view
    }

    /// How many messages the client believes in: its last EXISTS.
    pub(crate) fn len(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.last_seq())
    }

    /// The greatest UID, 0 where there is none.
    pub(crate) fn last_uid(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.last_uid())
    }

    /// Adds a message at the end. Its UID must be greater than all others;
    /// one that is not is passed over.
    pub(crate) fn push(&mut self, uid: Uid) {
        let seq = self.len() + 1;
        match self.runs.last_mut() {
            Some(run) if uid.0 <= run.last_uid() => {}
            Some(run) if uid.0 == run.last_uid() + 1 => run.count += 1,
            _ => self.runs.push(Run { seq, uid: uid.0, count: 1 }),
        }
    }

    /// The sequence number of a UID.
    #[cfg(test)]
    pub(crate) fn seq(&self, uid: Uid) -> Option<u32> {
        let at = self.runs.partition_point(|run| run.last_uid() < uid.0);
        let run = self.runs.get(at).filter(|run| run.uid <= uid.0)?;
        Some(run.seq + (uid.0 - run.uid))
    }

    /// The UID of a sequence number.
    #[cfg(test)]
    pub(crate) fn uid(&self, seq: u32) -> Option<Uid> {
        let at = self.runs.partition_point(|run| run.last_seq() < seq);
        let run = self.runs.get(at).filter(|run| run.seq <= seq)?;
        Some(Uid(run.uid + (seq - run.seq)))
    }

    /// All of it.
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The messages whose sequence numbers are in `set`.
    pub(crate) fn by_seq(&self, set: &Ranges) -> Vec<Run> {
        self.cut(set, |run| (run.seq, run.last_seq()))
    }

    /// The messages whose UIDs are in `set`.
    pub(crate) fn by_uid(&self, set: &Ranges) -> Vec<Run> {
        self.cut(set, |run| (run.uid, run.last_uid()))
    }

    /// Merges the two ascending lists; `bounds` tells which numbers count.
    fn cut(&self, set: &Ranges, bounds: impl Fn(&Run) -> (u32, u32)) -> Vec<Run> {
        let mut cut: Vec<Run> = Vec::new();
        let mut ranges = set.ranges().iter().peekable();
        for run in &self.runs {
            let (first, last) = bounds(run);
            while ranges.next_if(|range| range.1 < first).is_some() {}
            while let Some(&&(low, high)) = ranges.peek() {
                if low > last {
                    break;
                }
                let skip = low.max(first) - first;
                let count = high.min(last) - (first + skip) + 1;
                cut.push(Run { seq: run.seq + skip, uid: run.uid + skip, count });
                if high > last {
                    break;
                }
                ranges.next();
            }
        }
        cut
    }

    /// Adds a run of UIDs at the end.
    fn push_run(&mut self, uid: u32, count: u32) {
        if count == 0 {
            return;
        }
        let seq = self.len() + 1;
        match self.runs.last_mut() {
            Some(run) if run.last_uid().checked_add(1) == Some(uid) => run.count += count,
            _ => self.runs.push(Run { seq, uid, count }),
        }
    }

    /// Takes out the UIDs of `gone` and gives those that were there, with the
    /// numbers they had.
    pub(crate) fn remove(&mut self, gone: &Ranges) -> Vec<Run> {
        let removed = self.by_uid(gone);
        let mut cuts = removed.iter().peekable();
        let mut kept = View::default();
        for run in std::mem::take(&mut self.runs) {
            let mut uid = run.uid;
            let mut left = run.count;
            while let Some(cut) = cuts.next_if(|cut| cut.uid <= run.last_uid()) {
                kept.push_run(uid, cut.uid - uid);
                left -= (cut.uid - uid) + cut.count;
                // Past the greatest UID nothing is left.
                uid = cut.uid.saturating_add(cut.count);
            }
            kept.push_run(uid, left);
        }
        *self = kept;
        removed
    }

    /// The UIDs of the view that are not in `present`, which is ascending.
    pub(crate) fn missing(&self, present: &[Uid]) -> Ranges {
        let mut missing = Ranges::new();
        let mut present = present.iter().peekable();
        for run in &self.runs {
            for uid in run.uid..=run.last_uid() {
                while present.next_if(|p| p.0 < uid).is_some() {}
                if present.peek().is_none_or(|p| p.0 != uid) {
                    missing.insert(uid);
                }
            }
        }
        missing
    }
}

/// The numbers to announce for what [`View::remove`] took out: each EXPUNGE
/// counts those before it (RFC 3501 §7.4.1).
pub(crate) fn expunge_numbers(removed: &[Run]) -> Vec<u32> {
    let mut numbers = Vec::new();
    for run in removed {
        let number = run.seq - numbers.len() as u32;
        numbers.extend(std::iter::repeat_n(number, run.count as usize));
    }
    numbers
}

/// The UIDs of runs.
pub(crate) fn uids_of(runs: &[Run]) -> Ranges {
    Ranges::from_unsorted(runs.iter().map(|run| (run.uid, run.last_uid())).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn view(uids: &[u32]) -> View {
        View::new(&uids.iter().map(|uid| Uid(*uid)).collect::<Vec<_>>())
    }

    fn flat(runs: &[Run]) -> Vec<(u32, u32)> {
        runs.iter().flat_map(|run| (0..run.count).map(|i| (run.seq + i, run.uid + i))).collect()
    }

    #[test]
    fn expunges_are_numbered_one_after_another() {
        // RFC 3501 §6.4.3
        let mut view = view(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        let present: Vec<Uid> = [1, 2, 5, 6, 8, 9, 10].map(Uid).to_vec();
        let gone = view.missing(&present);
        assert_eq!(gone.to_string(), "3:4,7,11");
        assert_eq!(expunge_numbers(&view.remove(&gone)), [3, 3, 5, 8]);
        assert_eq!(view.len(), 7);
        assert_eq!(view.seq(Uid(8)), Some(5));
        assert_eq!(view.seq(Uid(7)), None);
    }

    #[test]
    fn the_greatest_uid_ends_a_run() {
        let view = view(&[u32::MAX - 1, u32::MAX]);
        assert_eq!(view.runs().len(), 1);
        assert_eq!(flat(&view.by_uid(&Ranges::between(1, u32::MAX))).len(), 2);
    }

    proptest! {
        #[test]
        fn a_view_is_the_list_it_was_made_of(
            uids in prop::collection::btree_set(1u32..60, 0..40),
            set in prop::collection::vec((1u32..70, 1u32..70), 0..6),
        ) {
            let uids: Vec<u32> = uids.into_iter().collect();
            let view = view(&uids);
            let list: Vec<(u32, u32)> = uids.iter().enumerate().map(|(i, u)| (i as u32 + 1, *u)).collect();
            prop_assert_eq!(view.len() as usize, uids.len());
            prop_assert_eq!(&flat(view.runs()), &list);
            let set = Ranges::from_unsorted(set);
            let by_uid: Vec<_> = list.iter().copied().filter(|(_, u)| set.contains(*u)).collect();
            prop_assert_eq!(flat(&view.by_uid(&set)), by_uid);
            let by_seq: Vec<_> = list.iter().copied().filter(|(s, _)| set.contains(*s)).collect();
            prop_assert_eq!(flat(&view.by_seq(&set)), by_seq);
            for (seq, uid) in list {
                prop_assert_eq!(view.seq(Uid(uid)), Some(seq));
                prop_assert_eq!(view.uid(seq), Some(Uid(uid)));
            }
        }

        #[test]
        fn removing_leaves_the_others(
            uids in prop::collection::btree_set(1u32..60, 0..40),
            gone in prop::collection::vec((1u32..70, 1u32..70), 0..5),
            offset in prop::sample::select(vec![0, u32::MAX - 60]),
        ) {
            let gone: Vec<_> = gone.iter().map(|(a, b)| (a.saturating_add(offset), b.saturating_add(offset))).collect();
            let gone = Ranges::from_unsorted(gone);
            let uids: Vec<u32> = uids.into_iter().map(|uid| uid + offset).collect();
            let present: Vec<Uid> = uids.iter().filter(|uid| !gone.contains(**uid)).map(|uid| Uid(*uid)).collect();
            let mut view = view(&uids);
            let missing: Ranges = uids.iter().copied().filter(|uid| gone.contains(*uid)).collect();
            prop_assert_eq!(&view.missing(&present), &missing);
            prop_assert_eq!(uids_of(&view.remove(&gone)), missing);
            prop_assert_eq!(view, View::new(&present));
        }

        #[test]
        fn a_client_that_obeys_expunges_ends_with_the_mailbox(
            uids in prop::collection::btree_set(1u32..60, 0..40),
            left in prop::collection::btree_set(1u32..60, 0..40),
        ) {
            let mut client: Vec<u32> = uids.iter().copied().collect();
            let mut view = view(&client);
            let present: Vec<Uid> = left.into_iter().map(Uid).collect();
            let gone = view.missing(&present);
            for number in expunge_numbers(&view.remove(&gone)) {
                client.remove(number as usize - 1);
            }
            prop_assert_eq!(flat(view.runs()).into_iter().map(|(_, u)| u).collect::<Vec<_>>(), client);
        }
    }
}
