//! Sets of numbers kept as ranges.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A set of `u32` as ascending, disjoint, inclusive ranges: UIDs or sequence
/// numbers (the `sequence-set` of RFC 3501 §9, once `*` is known).
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// The empty set.
    pub fn new() -> Ranges {
        Ranges(Vec::new())
    }

    /// All of `first..=last`, in either order.
    pub fn between(first: u32, last: u32) -> Ranges {
        Ranges(vec![(first.min(last), first.max(last))])
    }

    /// From ranges in any order that may overlap.
    pub fn from_unsorted(mut ranges: Vec<(u32, u32)>) -> Ranges {
        for range in &mut ranges {
            *range = (range.0.min(range.1), range.0.max(range.1));
        }
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Ranges(merged)
    }

    /// Adds one number; cheap when numbers come in ascending order.
    pub fn insert(&mut self, number: u32) {
        match self.0.last_mut() {
            Some(last) if number == last.1.wrapping_add(1) && last.1 != u32::MAX => last.1 = number,
            Some(last) if number > last.1 => self.0.push((number, number)),
            None => self.0.push((number, number)),
            Some(_) => {
                if !self.contains(number) {
                    let mut all = std::mem::take(&mut self.0);
                    all.push((number, number));
                    *self = Ranges::from_unsorted(all);
                }
            }
        }
    }

    /// Whether `number` is in the set.
    pub fn contains(&self, number: u32) -> bool {
        let at = self.0.partition_point(|range| range.1 < number);
        self.0.get(at).is_some_and(|range| range.0 <= number)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers it holds.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(low, high)| u64::from(high - low) + 1).sum()
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }

    /// The numbers, ascending. Ask [`Ranges::len`] before walking a set that
    /// a client gave: `1:4294967295` is one range.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|(low, high)| *low..=*high)
    }
}

impl FromIterator<u32> for Ranges {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Ranges {
        let mut set = Ranges::new();
        for number in numbers {
            set.insert(number);
        }
        set
    }
}

/// As in IMAP: `1:3,5`.
impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (low, high)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else {
                write!(f, "{comma}{low}:{high}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_merge_and_print() {
        let set = Ranges::from_unsorted(vec![(9, 7), (1, 2), (3, 3), (5, 5)]);
        assert_eq!(set.to_string(), "1:3,5,7:9");
        assert_eq!(set.len(), 7);
        assert!(set.contains(8) && !set.contains(4) && !set.contains(10));
    }

    #[test]
    fn inserting_keeps_order() {
        let set: Ranges = [5, 1, 2, 4, 3, u32::MAX].into_iter().collect();
        assert_eq!(set.to_string(), "1:5,4294967295");
        assert_eq!(Ranges::from_unsorted(vec![(1, u32::MAX), (2, 5)]).len(), u64::from(u32::MAX));
    }
}
