//! Which of an account's keywords a message carries.

use serde::{Deserialize, Serialize};

/// A set of indices into [`crate::State::keywords`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Keywords([u64; 4]);

impl Keywords {
    /// None.
    pub const NONE: Keywords = Keywords([0; 4]);
    /// How many keywords an account may have.
    pub const MOST: usize = 256;

    /// Whether the keyword at `index` is set.
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Sets the keyword at `index`; indices beyond [`Keywords::MOST`] are none.
    pub fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The indices that are set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..Self::MOST).filter(|index| self.contains(*index))
    }

    /// These and `other`.
    #[must_use]
    pub fn with(mut self, other: Keywords) -> Keywords {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
        self
    }

    /// These without `other`.
    #[must_use]
    pub fn without(mut self, other: Keywords) -> Keywords {
        self.0.iter_mut().zip(other.0).for_each(|(word, less)| *word &= !less);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let mut set = Keywords::NONE;
        for index in [0, 63, 64, 255, 256] {
            set.insert(index);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 255]);
        let mut one = Keywords::NONE;
        one.insert(64);
        assert_eq!(set.without(one).iter().count(), 3);
        assert_eq!(one.with(one), one);
    }
}
