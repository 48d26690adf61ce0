//! The selected mailbox, and telling the client what changed in it.
//!
//! The session compares its [`View`] with the mail store's state at the
//! moments RFC 3501 §7.4.1 allows and says the difference. Nothing is said
//! twice and nothing is forgotten, whoever made the change: this session,
//! another one, the webmail, an arrival.

use mailstore::{Mailbox, State};
use model::{MailboxId, ModSeq, Ranges, Uid};

use crate::encode;
use crate::view::{Run, View, expunge_numbers, uids_of};

/// The mailbox a session has selected.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) mailbox: MailboxId,
    /// Opened by EXAMINE.
    pub(crate) read_only: bool,
    pub(crate) view: View,
    /// The state whose marks the client knows.
    pub(crate) announced: ModSeq,
    /// The state whose expunges the client knows.
    expunged: ModSeq,
    /// UIDs from here on were never seen by the client.
    pub(crate) next: Uid,
    /// UIDs from here on are `\Recent` in this session.
    pub(crate) recent_from: Uid,
    /// This session claimed `\Recent` of UIDs below.
    pub(crate) claimed_to: Uid,
    /// Messages whose marks this session has just told the client, and the
    /// state they were told of.
    pub(crate) told: Option<(Ranges, ModSeq)>,
    /// Messages that a COPY of this session took out of the mailbox, as Spam
    /// and Trash exclude other mailboxes; the client does not know yet.
    pub(crate) moved_by_copy: Ranges,
    /// How many keywords the client has seen in FLAGS.
    keywords: usize,
}

/// What there is to say besides what was written already.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Expunges wait that are later than this state.
    pub(crate) behind: Option<ModSeq>,
    /// UIDs whose flags changed.
    pub(crate) changed: Ranges,
    /// The mailbox is gone.
    pub(crate) deleted: bool,
}

impl Selected {
    /// The mailbox as it is at this moment, nothing yet to announce.
    pub(crate) fn new(
        state: &State,
        mailbox: &Mailbox,
        read_only: bool,
        recent_from: Uid,
    ) -> Selected {
        Selected {
            mailbox: mailbox.id,
            read_only,
            view: View::new(mailbox.uids()),
            announced: state.modseq(),
            expunged: state.modseq(),
            next: mailbox.uid_next,
            recent_from,
            claimed_to: mailbox.uid_next,
            told: None,
            moved_by_copy: Ranges::new(),
            keywords: state.keywords().len(),
        }
    }

    /// How many messages are `\Recent` here.
    pub(crate) fn recent(&self) -> u32 {
        let from = self.recent_from.0;
        self.view.by_uid(&Ranges::between(from, u32::MAX)).iter().map(|run| run.count).sum()
    }

    pub(crate) fn is_recent(&self, uid: Uid) -> bool {
        uid >= self.recent_from
    }

    /// Writes what changed since the last time, except flags of messages,
    /// which the caller reads and streams.
    ///
    /// `expunges`: whether numbers may change now. If not, messages that are
    /// gone stay in the view until they may.
    /// `vanished`: the client wants VANISHED for EXPUNGE (RFC 7162 §3.2.10).
    pub(crate) fn news(
        &mut self,
        state: &State,
        out: &mut Vec<u8>,
        expunges: bool,
        vanished: bool,
    ) -> News {
        let Some(mailbox) = state.mailbox(self.mailbox) else {
            return News { deleted: true, ..News::default() };
        };
        let pending = self.view.len() as usize != mailbox.exists();
        if state.modseq() == self.announced && !(pending && expunges) {
            return News::default();
        }
        self.announce_keywords(state, out);
        let known = self.next;
        let changed = self.changed(state, mailbox, known);
        let added = self.add_new(mailbox);
        let mut gone = Vec::new();
        if expunges && self.view.len() as usize != mailbox.exists() {
            gone = self.expunge(mailbox);
            self.moved_by_copy = Ranges::new();
        }
        if self.view.len() as usize == mailbox.exists() {
            self.expunged = state.modseq();
        }
        write_gone(out, &gone, vanished);
        if added {
            out.extend_from_slice(b"* ");
            encode::number(out, self.view.len());
            out.extend_from_slice(b" EXISTS\r\n* ");
            encode::number(out, self.recent());
            out.extend_from_slice(b" RECENT\r\n");
        }
        self.announced = state.modseq();
        self.told = None;
        let behind = (self.view.len() as usize != mailbox.exists()).then_some(self.expunged);
        News { changed, behind, deleted: false }
    }

    /// UIDs the client knows whose marks changed since it was told.
    pub(crate) fn changed(&self, state: &State, mailbox: &Mailbox, known: Uid) -> Ranges {
        let told = |uid: Uid, modseq: ModSeq| {
            self.told.as_ref().is_some_and(|(set, at)| modseq <= *at && set.contains(uid.0))
        };
        state
            .changed_since(mailbox, self.announced)
            .filter(|entry| entry.uid < known && !told(entry.uid, entry.modseq))
            .map(|entry| entry.uid.0)
            .collect()
    }

    /// Takes what is gone out of the view.
    fn expunge(&mut self, mailbox: &Mailbox) -> Vec<Run> {
        let vanished = mailbox.vanished_since(self.expunged);
        let gone =
            if vanished.complete { vanished.ranges } else { self.view.missing(mailbox.uids()) };
        self.view.remove(&gone)
    }

    /// Takes arrivals into the view; whether there were any.
    fn add_new(&mut self, mailbox: &Mailbox) -> bool {
        let from = mailbox.uids().partition_point(|uid| *uid < self.next);
        for uid in &mailbox.uids()[from..] {
            self.view.push(*uid);
        }
        self.next = self.next.max(mailbox.uid_next);
        from < mailbox.exists()
    }

    /// FLAGS and PERMANENTFLAGS again, when there are keywords the client has
    /// not heard of (RFC 3501 §7.2.6).
    pub(crate) fn announce_keywords(&mut self, state: &State, out: &mut Vec<u8>) {
        if state.keywords().len() != self.keywords {
            self.keywords = state.keywords().len();
            write_flags(out, state, self.read_only);
        }
    }
}

/// EXPUNGE for each, or one VANISHED for all.
fn write_gone(out: &mut Vec<u8>, gone: &[Run], vanished: bool) {
    if gone.is_empty() {
        return;
    }
    if vanished {
        out.extend_from_slice(format!("* VANISHED {}\r\n", uids_of(gone)).as_bytes());
        return;
    }
    for number in expunge_numbers(gone) {
        out.extend_from_slice(b"* ");
        encode::number(out, number);
        out.extend_from_slice(b" EXPUNGE\r\n");
    }
}

/// The FLAGS response and PERMANENTFLAGS.
pub(crate) fn write_flags(out: &mut Vec<u8>, state: &State, read_only: bool) {
    let names = state.keywords();
    out.extend_from_slice(b"* FLAGS ");
    encode::flag_list(out, names);
    out.extend_from_slice(b"\r\n* OK [PERMANENTFLAGS ");
    let room = names.len() < mailstore::Keywords::MOST;
    encode::permanent_flags(out, names, read_only, room);
    out.extend_from_slice(if read_only {
        b"] no flag can be changed here\r\n".as_slice()
    } else {
        b"] these are kept\r\n".as_slice()
    });
}
