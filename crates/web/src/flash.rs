//! "3 conversations archived. Undo": what just happened, and its way back.
//!
//! Kept in memory for a while: after a restart the sentence is gone, what was
//! done is not.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use model::{Flags, MailboxId, MessageNumber, Secret, Timestamp};

use crate::session::SessionKey;

/// How long an undo is offered.
const KEEP_SECONDS: i64 = 600;
/// How many each session may have, and how many sessions.
const PER_SESSION: usize = 10;
const SESSIONS: usize = 10_000;

/// How to take back what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undo {
    /// Put the messages back where they were, with the marks they had.
    Restore(Vec<Before>),
    /// Keep a message from leaving.
    Cancel(MessageNumber),
}

/// Where a message was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Before {
    pub number: MessageNumber,
    pub labels: Vec<MailboxId>,
    pub flags: Flags,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    pub id: u64,
    pub sentence: String,
    pub undo: Option<Undo>,
    at: Timestamp,
    shown: bool,
}

/// What was done of late, by session.
#[derive(Default)]
pub(crate) struct Flashes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    next: u64,
    sessions: HashMap<SessionKey, VecDeque<Flash>>,
    /// App passwords that were just made: shown once.
    fresh: HashMap<SessionKey, FreshPassword>,
    /// Letters that were sent, by the key of their form: a form that is sent
    /// twice must not send its letter twice.
    sent: VecDeque<(SessionKey, String)>,
}

/// An app password its owner has not seen yet.
#[derive(Debug, Clone)]
pub(crate) struct FreshPassword {
    pub label: String,
    pub secret: Secret,
}

/// How many sent forms are remembered.
const SENT: usize = 10_000;

impl Flashes {
    /// Notes that something was done; the next page says so.
    pub(crate) fn add(&self, key: SessionKey, at: Timestamp, sentence: String, undo: Option<Undo>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.next += 1;
        let id = inner.next;
        if inner.sessions.len() >= SESSIONS && !inner.sessions.contains_key(&key) {
            let fresh = |flash: &Flash| flash.at.plus(KEEP_SECONDS) >= at;
            inner.sessions.retain(|_, flashes| flashes.back().is_some_and(fresh));
            if inner.sessions.len() >= SESSIONS {
                return;
            }
        }
        let flashes = inner.sessions.entry(key).or_default();
        flashes.push_back(Flash { id, sentence, undo, at, shown: false });
        if flashes.len() > PER_SESSION {
            flashes.pop_front();
        }
    }

    /// The latest thing not yet said.
    pub(crate) fn show(&self, key: &SessionKey, now: Timestamp) -> Option<Flash> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let flash = inner.sessions.get_mut(key)?.back_mut()?;
        if flash.shown || flash.at.plus(KEEP_SECONDS) < now {
            return None;
        }
        flash.shown = true;
        Some(flash.clone())
    }

    /// Takes the way back of something; it leads back once.
    pub(crate) fn take(&self, key: &SessionKey, id: u64, now: Timestamp) -> Option<Undo> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let flashes = inner.sessions.get_mut(key)?;
        let flash = flashes.iter_mut().find(|flash| flash.id == id)?;
        if flash.at.plus(KEEP_SECONDS) < now {
            return None;
        }
        flash.undo.take()
    }

    /// Keeps an app password until the next page shows it.
    pub(crate) fn keep_fresh(&self, key: SessionKey, fresh: FreshPassword) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.fresh.len() >= SESSIONS {
            inner.fresh.clear();
        }
        inner.fresh.insert(key, fresh);
    }

    /// The app password that was just made.
    pub(crate) fn take_fresh(&self, key: &SessionKey) -> Option<FreshPassword> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fresh.remove(key)
    }

    /// Whether the form of this key comes for the first time.
    pub(crate) fn claim(&self, key: SessionKey, form: &str) -> bool {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.sent.iter().any(|(k, f)| *k == key && f == form) {
            return false;
        }
        inner.sent.push_back((key, form.chars().take(64).collect()));
        if inner.sent.len() > SENT {
            inner.sent.pop_front();
        }
        true
    }

    /// The form led to nothing and may come again.
    pub(crate) fn unclaim(&self, key: &SessionKey, form: &str) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.sent.retain(|(k, f)| k != key || f != form);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn said_once_and_taken_back_once() {
        let flashes = Flashes::default();
        let (mine, other) = ([1; 32], [2; 32]);
        let undo = Undo::Cancel(MessageNumber(7));
        flashes.add(mine, Timestamp(0), "sent".to_owned(), Some(undo.clone()));
        assert_eq!(flashes.show(&other, Timestamp(1)), None);
        let flash = flashes.show(&mine, Timestamp(1)).expect("it was not said yet");
        assert_eq!(flashes.show(&mine, Timestamp(1)), None);
        assert_eq!(flashes.take(&other, flash.id, Timestamp(1)), None);
        assert_eq!(flashes.take(&mine, flash.id, Timestamp(1)), Some(undo));
        assert_eq!(flashes.take(&mine, flash.id, Timestamp(1)), None);
    }

    #[test]
    fn memory_is_bounded_and_time_passes() {
        let flashes = Flashes::default();
        for n in 0..20 {
            flashes.add([1; 32], Timestamp(0), n.to_string(), None);
        }
        let held = flashes.0.lock().expect("nobody panicked").sessions[&[1; 32]].len();
        assert_eq!(held, PER_SESSION);
        assert_eq!(flashes.show(&[1; 32], Timestamp(KEEP_SECONDS + 1)), None);
    }
}
