//! Which messages the latest commits touched.

use std::collections::VecDeque;

use model::{MessageNumber, ModSeq};

/// How many messages are remembered, over all commits.
const MOST: usize = 4096;

/// The latest commits and the messages whose marks or placements they
/// changed. Knows nothing until the first commit after loading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latest {
    /// All that changed after this state is here.
    complete_since: Option<u64>,
    /// The last commit that was noted.
    last: u64,
    commits: VecDeque<(u64, Vec<MessageNumber>)>,
    messages: usize,
}

impl Latest {
    /// Takes in the commit that made `version` out of `before`.
    pub fn note(&mut self, before: u64, version: u64, touched: Vec<MessageNumber>) {
        if self.complete_since.is_none() || self.last != before {
            *self = Latest { complete_since: Some(before), ..Latest::default() };
        }
        self.last = version;
        self.messages += touched.len();
        self.commits.push_back((version, touched));
        while self.messages + self.commits.len() > MOST {
            let Some((forgotten, touched)) = self.commits.pop_front() else { break };
            self.messages -= touched.len();
            self.complete_since = Some(forgotten);
        }
    }

    /// The messages touched after `since`, some perhaps twice; `None` if that
    /// is longer ago than is remembered.
    pub fn since(&self, since: ModSeq) -> Option<impl Iterator<Item = MessageNumber> + '_> {
        self.complete_since.filter(|complete| *complete <= since.0)?;
        let start = self.commits.partition_point(|(version, _)| *version <= since.0);
        Some(self.commits.range(start..).flat_map(|(_, touched)| touched.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(latest: &Latest, since: u64) -> Option<Vec<u64>> {
        latest.since(ModSeq(since)).map(|numbers| numbers.map(|number| number.0).collect())
    }

    fn numbers(count: usize) -> Vec<MessageNumber> {
        (0..count as u64).map(MessageNumber).collect()
    }

    #[test]
    fn it_knows_from_where_it_knows() {
        let mut latest = Latest::default();
        assert_eq!(since(&latest, 5), None);
        latest.note(5, 6, vec![MessageNumber(1)]);
        latest.note(6, 7, vec![MessageNumber(2), MessageNumber(1)]);
        assert_eq!(since(&latest, 4), None);
        assert_eq!(since(&latest, 5), Some(vec![1, 2, 1]));
        assert_eq!(since(&latest, 6), Some(vec![2, 1]));
        assert_eq!(since(&latest, 7), Some(vec![]));
        // A commit of somebody else came in between.
        latest.note(9, 10, vec![MessageNumber(3)]);
        assert_eq!(since(&latest, 7), None);
        assert_eq!(since(&latest, 9), Some(vec![3]));
    }

    #[test]
    fn it_forgets_the_oldest() {
        let mut latest = Latest::default();
        for version in 1..=10 {
            latest.note(version - 1, version, numbers(1000));
        }
        assert_eq!(since(&latest, 5), None);
        assert_eq!(since(&latest, 6).map(|all| all.len()), Some(4000));
        latest.note(10, 11, numbers(MOST + 1));
        assert_eq!(since(&latest, 10), None);
        assert_eq!(since(&latest, 11), Some(vec![]));
        latest.note(11, 12, numbers(1));
        assert_eq!(since(&latest, 11), Some(vec![0]));
        latest.note(12, 13, numbers(MOST + 1));
        latest.note(19, 20, numbers(1));
        assert_eq!(since(&latest, 13), None);
    }
}
