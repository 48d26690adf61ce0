//! When to try again, when to warn, when to give up: RFC 5321 §4.5.4.1.

use model::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

/// `[queue]`: mail that waits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Minutes to wait after the first, second, ... attempt; the last one
    /// repeats. Default: 1, 5, 15, 39, 60, 120, 240 (RFC 5321 §4.5.4.1 would
    /// begin with 30; the short ones bring mail through greylisting soon).
    pub retry_minutes: Vec<u32>,
    /// Hours until the sender is told that a mail is late; 0 is never.
    /// Default: 4.
    pub warn_after_hours: u32,
    /// Hours until a mail is given up and returned. Default: 120, five days
    /// (RFC 5321 §4.5.4.1 asks for four or five).
    pub give_up_after_hours: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            retry_minutes: vec![1, 5, 15, 39, 60, 120, 240],
            warn_after_hours: 4,
            give_up_after_hours: 120,
        }
    }
}

impl Config {
    /// Seconds from the end of attempt number `attempts` (from 1) to the next.
    pub fn wait_seconds(&self, attempts: u32) -> i64 {
        let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let minutes = self.retry_minutes.get(at).or(self.retry_minutes.last());
        i64::from(minutes.copied().unwrap_or(30).max(1)) * MINUTE
    }

    /// When a mail accepted at `queued_at` is given up.
    pub fn gives_up_at(&self, queued_at: Timestamp) -> Timestamp {
        queued_at.plus(i64::from(self.give_up_after_hours) * HOUR)
    }

    /// When the sender of a mail accepted at `queued_at` is told that it is
    /// late; `None` is never.
    pub fn warns_at(&self, queued_at: Timestamp) -> Option<Timestamp> {
        (self.warn_after_hours > 0).then(|| queued_at.plus(i64::from(self.warn_after_hours) * HOUR))
    }

    /// When to try again after attempt number `attempts`, which ended `now`.
    ///
    /// The last attempt falls on the moment of giving up and no later.
    pub fn next_attempt(&self, queued_at: Timestamp, attempts: u32, now: Timestamp) -> Timestamp {
        let next = now.plus(self.wait_seconds(attempts));
        let end = self.gives_up_at(queued_at);
        if now < end { next.min(end) } else { next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn attempts_of_a_server_that_never_answers() {
        let config = Config::default();
        let (start, mut now) = (Timestamp(1_000_000), Timestamp(1_000_000));
        let mut minutes = Vec::new();
        for attempts in 1.. {
            minutes.push((now.0 - start.0) / 60);
            if now >= config.gives_up_at(start) {
                break;
            }
            now = config.next_attempt(start, attempts, now);
        }
        assert_eq!(minutes[..9], [0, 1, 6, 21, 60, 120, 240, 480, 720]);
        assert_eq!(minutes.last(), Some(&(5 * 24 * 60)), "the last falls on the fifth day");
        assert_eq!(minutes.len(), 36);
    }

    #[test]
    fn settings_of_no_sense_still_wait() {
        let none = Config { retry_minutes: vec![], ..Config::default() };
        assert_eq!(none.wait_seconds(1), 1800);
        let zero = Config { retry_minutes: vec![0], ..Config::default() };
        assert_eq!(zero.wait_seconds(7), 60);
        assert_eq!(Config::default().wait_seconds(0), 60);
        let never = Config { warn_after_hours: 0, ..Config::default() };
        assert_eq!(never.warns_at(Timestamp(5)), None);
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_always_later(
            attempts: u32, queued in 0i64..1_000_000_000, age in 0i64..10_000_000,
        ) {
            let now = Timestamp(queued + age);
            let next = Config::default().next_attempt(Timestamp(queued), attempts, now);
            prop_assert!(next > now);
        }
    }
}
