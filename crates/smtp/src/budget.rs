//! How much of all messages on their way in may be in memory at one time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes for all connections together.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    used: AtomicU64,
    max: u64,
}

/// One message's share; given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Budget,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(max: u64) -> Budget {
        Budget(Arc::new(Counts { used: AtomicU64::new(0), max }))
    }

    /// A share of nothing yet.
    pub(crate) fn hold(&self) -> Held {
        Held { budget: self.clone(), bytes: 0 }
    }

    #[cfg(test)]
    pub(crate) fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }
}

impl Held {
    /// Makes the share `bytes` large; false, and no change, where that is too much.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> bool {
        let counts = &self.budget.0;
        let more = (bytes as u64).saturating_sub(self.bytes);
        let before = counts.used.fetch_add(more, Ordering::Relaxed);
        if before.saturating_add(more) > counts.max {
            counts.used.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        self.bytes += more;
        true
    }

    /// Makes the share nothing.
    pub(crate) fn give_back(&mut self) {
        self.budget.0.used.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = 0;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back();
    }
}
