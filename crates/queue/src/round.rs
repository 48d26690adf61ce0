//! What a round of attempts changes in a record; pure.

use model::Timestamp;

use crate::{Config, Enhanced, Queued, Reply, State, Status};

/// What one attempt found out about one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It lies in a mailbox of this server.
    Delivered,
    /// Another server has taken it over; `dsn` says whether that server
    /// reports to the sender itself (RFC 3461 §5.2.1).
    Relayed {
        /// It announced the DSN extension.
        dsn: bool,
        /// What it answered.
        reply: Reply,
    },
    /// Not now: try again.
    Later(Reply),
    /// Never.
    Failed(Reply),
}

/// The results of an attempt, by index into [`Queued::recipients`].
pub type Results = Vec<(usize, Outcome)>;

/// What the sender has to be told, as indices into [`Queued::recipients`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices {
    /// It will never arrive.
    pub failed: Vec<usize>,
    /// It is late, and still tried.
    pub delayed: Vec<usize>,
    /// It has arrived, as far as we can know.
    pub succeeded: Vec<usize>,
}

impl Notices {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.failed.is_empty() && self.delayed.is_empty() && self.succeeded.is_empty()
    }
}

impl Queued {
    /// Notes that an attempt begins, before anything is sent: after a crash
    /// the record shows that it was tried.
    pub fn begin_attempt(&mut self) {
        self.state = State::Sending;
        self.attempts = self.attempts.saturating_add(1);
    }

    /// Takes in the results of the attempt that ended `now`.
    ///
    /// Recipients without a result are tried again. On or after the moment
    /// of giving up, whoever is still pending has expired (RFC 5321
    /// §4.5.4.1). A final status is never taken back.
    pub fn apply(&mut self, results: Results, now: Timestamp, config: &Config) {
        for (at, outcome) in results {
            let Some(recipient) = self.recipients.get_mut(at) else { continue };
            if recipient.status.is_final() {
                continue;
            }
            (recipient.status, recipient.reply) = match outcome {
                Outcome::Delivered => (Status::Delivered, None),
                Outcome::Relayed { dsn, reply } => (Status::Relayed { dsn }, Some(reply)),
                Outcome::Later(reply) => (Status::Pending, Some(reply)),
                Outcome::Failed(reply) => (Status::Failed, Some(reply)),
            };
        }
        if now >= config.gives_up_at(self.queued_at) {
            self.give_up();
        }
        self.settle();
        self.state = State::Waiting;
        self.due = if self.pending().next().is_some() {
            config.next_attempt(self.queued_at, self.attempts, now)
        } else {
            now
        };
    }

    /// Nobody pending is tried any more.
    fn give_up(&mut self) {
        for recipient in self.recipients.iter_mut().filter(|r| !r.status.is_final()) {
            recipient.status = Status::Expired;
            recipient
                .reply
                .get_or_insert_with(|| Reply::ours(Enhanced(4, 4, 7), "delivery time expired"));
        }
    }

    /// An administrator ends it: whoever is pending has failed.
    pub fn abandon(&mut self, reason: Reply, now: Timestamp) {
        for recipient in self.recipients.iter_mut().filter(|r| !r.status.is_final()) {
            recipient.status = Status::Failed;
            recipient.reply = Some(reason.clone());
        }
        self.settle();
        (self.state, self.due, self.on_hold) = (State::Waiting, now, false);
    }

    /// Marks as told whoever has a final status of which the sender does not
    /// want to hear (RFC 3461 §5.2), or cannot.
    fn settle(&mut self) {
        let nobody = self.reverse_path.is_none();
        for recipient in self.recipients.iter_mut().filter(|r| r.status.is_final()) {
            let wanted = match recipient.status {
                Status::Failed | Status::Expired => recipient.notify.failure(),
                Status::Delivered | Status::Relayed { dsn: false } => recipient.notify.success(),
                Status::Relayed { dsn: true } | Status::Pending => false,
            };
            recipient.told |= nobody || !wanted;
        }
    }

    /// What the sender has to be told `now`.
    pub fn notices(&self, now: Timestamp, config: &Config) -> Notices {
        let mut notices = Notices::default();
        if self.reverse_path.is_none() {
            return notices;
        }
        let late = !self.warned && config.warns_at(self.queued_at).is_some_and(|at| now >= at);
        for (at, recipient) in self.recipients.iter().enumerate() {
            match recipient.status {
                _ if recipient.told => {}
                Status::Pending if late && recipient.notify.delay() => notices.delayed.push(at),
                Status::Pending => {}
                Status::Failed | Status::Expired => notices.failed.push(at),
                Status::Delivered | Status::Relayed { .. } => notices.succeeded.push(at),
            }
        }
        notices
    }

    /// Notes that the sender was told of `notices`.
    pub fn told(&mut self, notices: &Notices) {
        self.warned |= !notices.delayed.is_empty();
        for at in notices.failed.iter().chain(&notices.succeeded) {
            if let Some(recipient) = self.recipients.get_mut(*at) {
                recipient.told = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Notify, Recipient};
    use model::MessageNumber;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn mail(notify: &[&str]) -> Queued {
        let recipient = |(at, notify): (usize, &&str)| {
            let address = format!("r{at}@x.org").parse().expect("an address");
            Recipient::new(address).with_dsn(notify.parse().unwrap_or(Notify::Unspecified), None)
        };
        let recipients = notify.iter().enumerate().map(recipient).collect();
        let from = Some("alice@demo.test".parse().expect("an address"));
        Queued::new(MessageNumber(1), engine::BlobId([0; 16]), from, recipients, START, START)
    }

    fn reply(code: u16) -> Reply {
        Reply::new(code, None, "said so", Some("mx.x.org".into()))
    }

    fn later() -> Outcome {
        Outcome::Later(reply(450))
    }

    fn relayed(dsn: bool) -> Outcome {
        Outcome::Relayed { dsn, reply: reply(250) }
    }

    #[test]
    fn who_is_told_what_by_rfc_3461() {
        let failed = || Outcome::Failed(reply(550));
        // (NOTIFY, outcome, hours, told of: f failure, d delay, s success, - nothing)
        let rows = [
            ("", failed(), 0, "f"),
            ("FAILURE", failed(), 0, "f"),
            ("SUCCESS", failed(), 0, "-"),
            ("NEVER", failed(), 0, "-"),
            ("", Outcome::Delivered, 0, "-"),
            ("SUCCESS", Outcome::Delivered, 0, "s"),
            ("FAILURE", Outcome::Delivered, 0, "-"),
            ("NEVER", Outcome::Delivered, 0, "-"),
            ("", relayed(false), 0, "-"),
            ("SUCCESS", relayed(false), 0, "s"),
            ("SUCCESS", relayed(true), 0, "-"),
            ("", later(), 3, "-"),
            ("", later(), 4, "d"),
            ("DELAY", later(), 4, "d"),
            ("FAILURE", later(), 4, "-"),
            ("NEVER", later(), 4, "-"),
            ("", later(), 120, "f"),
            ("DELAY", later(), 120, "-"),
            ("FAILURE", later(), 119, "-"),
            ("FAILURE", later(), 120, "f"),
        ];
        for (notify, outcome, hours, expected) in rows {
            let row = format!("{notify} {outcome:?} after {hours} h");
            let mut queued = mail(&[notify]);
            let now = START.plus(hours * 3600);
            queued.begin_attempt();
            queued.apply(vec![(0, outcome)], now, &Config::default());
            let notices = queued.notices(now, &Config::default());
            let got = match (&notices.failed[..], &notices.delayed[..], &notices.succeeded[..]) {
                ([0], [], []) => "f",
                ([], [0], []) => "d",
                ([], [], [0]) => "s",
                ([], [], []) => "-",
                _ => "?",
            };
            assert_eq!(got, expected, "{row}");
            queued.told(&notices);
            assert!(queued.notices(now, &Config::default()).is_empty(), "{row}: told once");
            let pending = queued.pending().next().is_some();
            assert_eq!(queued.is_finished(), !pending, "{row}");
        }
    }

    #[test]
    fn nothing_is_reported_to_the_null_reverse_path() {
        let mut queued = mail(&["", "SUCCESS,FAILURE,DELAY"]);
        queued.reverse_path = None;
        queued.begin_attempt();
        let now = START.plus(5 * 3600);
        queued.apply(vec![(0, Outcome::Failed(reply(550))), (1, later())], now, &Config::default());
        assert!(queued.notices(now, &Config::default()).is_empty());
        assert!(!queued.is_finished());
        queued.apply(vec![(1, Outcome::Delivered)], now, &Config::default());
        assert!(queued.is_finished());
    }

    #[test]
    fn mixed_results_leave_the_pending_ones() {
        let mut queued = mail(&["", "", "", ""]);
        queued.begin_attempt();
        assert_eq!((queued.state, queued.attempts), (State::Sending, 1));
        let results = vec![
            (0, relayed(false)),
            (1, Outcome::Failed(reply(550))),
            (2, later()),
            (99, Outcome::Delivered),
        ];
        queued.apply(results, START, &Config::default());
        assert_eq!(queued.pending().collect::<Vec<_>>(), [2, 3]);
        assert_eq!((queued.state, queued.due), (State::Waiting, START.plus(60)));
        assert_eq!(queued.notices(START, &Config::default()).failed, [1]);
    }

    #[test]
    fn expiry_keeps_the_last_reply() {
        let mut queued = mail(&["", ""]);
        queued.begin_attempt();
        queued.apply(vec![(0, later())], START.plus(120 * 3600), &Config::default());
        let text = |at: usize| queued.recipients[at].reply.as_ref().map(ToString::to_string);
        assert_eq!(text(0).as_deref(), Some("450 said so"));
        assert_eq!(text(1).as_deref(), Some("4.4.7 delivery time expired"));
        assert!(queued.recipients.iter().all(|r| r.status == Status::Expired));
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::Delivered),
            any::<bool>().prop_map(relayed),
            Just(later()),
            Just(Outcome::Failed(reply(550))),
        ]
    }

    proptest! {
        /// Whatever servers answer: final stays final, each final status is
        /// told at most once, and after five days everything is finished.
        #[test]
        fn every_mail_comes_to_an_end(
            notify in prop::collection::vec(
                prop::sample::select(vec!["", "NEVER", "SUCCESS", "FAILURE", "DELAY", "SUCCESS,FAILURE,DELAY"]),
                1..5,
            ),
            rounds in prop::collection::vec(prop::collection::vec((0usize..5, outcome()), 0..5), 1..60),
        ) {
            let config = Config::default();
            let mut queued = mail(&notify);
            let mut tellings = vec![0; notify.len()];
            let mut rounds = rounds.into_iter();
            for _ in 0..60 {
                let now = queued.due;
                let before = queued.clone();
                queued.begin_attempt();
                queued.apply(rounds.next().unwrap_or_default(), now, &config);
                for (old, new) in before.recipients.iter().zip(&queued.recipients) {
                    prop_assert!(!old.status.is_final() || old.status == new.status);
                }
                let notices = queued.notices(now, &config);
                for at in notices.failed.iter().chain(&notices.succeeded) {
                    tellings[*at] += 1;
                }
                queued.told(&notices);
                if queued.is_finished() { break }
                prop_assert!(queued.due > now);
            }
            prop_assert!(queued.is_finished());
            prop_assert!(tellings.iter().all(|t| *t <= 1));
        }
    }
}
