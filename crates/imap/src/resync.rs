//! Quick resynchronisation: what a client missed while it was away, RFC 7162
//! §3.2.

use mailstore::{Mailbox, State};
use model::{ModSeq, Ranges, Uid, UidValidity};

use crate::grammar::{ParseError, Parser, SequenceSet};
use crate::sets::{both, without};

/// The QRESYNC parameter of SELECT and EXAMINE (RFC 7162 §3.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resync {
    uid_validity: UidValidity,
    pub(crate) since: ModSeq,
    known: Option<SequenceSet>,
    /// Some numbers and their UIDs, as the client knows them.
    matches: Vec<(u32, u32)>,
}

/// So many pairs are compared, the last of them: more say no more.
const MOST_MATCHES: u64 = 10_000;

impl Resync {
    /// `(uidvalidity modseq [known-uids] [(numbers uids)])`
    pub(crate) fn parse(parser: &mut Parser) -> Result<Resync, ParseError> {
        parser.expect(b'(', "QRESYNC takes its arguments in parentheses")?;
        let uid_validity = UidValidity(parser.nz_number()?);
        parser.space()?;
        let since = ModSeq(parser.number64()?);
        let (mut known, mut matches) = (None, Vec::new());
        while parser.eat(b' ') {
            if parser.eat(b'(') {
                let numbers = SequenceSet::parse(parser)?.uids(0);
                parser.space()?;
                let uids = SequenceSet::parse(parser)?.uids(0);
                parser.expect(b')', "the known numbers and UIDs lack a closing parenthesis")?;
                if numbers.len() != uids.len() {
                    return Err("as many numbers as UIDs must be given".into());
                }
                if numbers.len() <= MOST_MATCHES {
                    matches = numbers.iter().zip(uids.iter()).collect();
                }
            } else {
                known = Some(SequenceSet::parse(parser)?);
            }
        }
        parser.expect(b')', "the arguments of QRESYNC lack a closing parenthesis")?;
        Ok(Resync { uid_validity, since, known, matches })
    }

    /// What the client must be told of the mailbox it has just opened: UIDs
    /// that vanished, UIDs whose marks changed. `None` if it knew another
    /// mailbox of that name.
    pub(crate) fn missed(&self, state: &State, mailbox: &Mailbox) -> Option<(Ranges, Ranges)> {
        if self.uid_validity != mailbox.uid_validity {
            return None;
        }
        let last = mailbox.uid_next.0.saturating_sub(1);
        let known = match &self.known {
            Some(set) => set.uids(last),
            None if last == 0 => Ranges::new(),
            None => Ranges::between(1, last),
        };
        let changed = state.changed_since(mailbox, self.since).map(|entry| entry.uid.0);
        let changed = changed.filter(|uid| known.contains(*uid)).collect();
        Some((vanished(mailbox, &known, self.since, self.matched(mailbox)), changed))
    }

    /// Up to this UID the client knows of every expunge: the pairs of number
    /// and UID it gave are true (RFC 7162 §3.2.5.2).
    fn matched(&self, mailbox: &Mailbox) -> u32 {
        let is_true = |(number, uid): &&(u32, u32)| {
            let at = number.checked_sub(1).map(|at| at as usize);
            at.and_then(|at| mailbox.uids().get(at)) == Some(&Uid(*uid))
        };
        self.matches.iter().take_while(is_true).last().map_or(0, |(_, uid)| *uid)
    }
}

/// UIDs of `known` that were expunged after `since`. If that is longer ago
/// than the mailbox remembers, all that are not there, but those up to
/// `matched` (RFC 7162 §3.2.6 and §5.3).
pub(crate) fn vanished(mailbox: &Mailbox, known: &Ranges, since: ModSeq, matched: u32) -> Ranges {
    let vanished = mailbox.vanished_since(since);
    if vanished.complete {
        return both(known, &vanished.ranges);
    }
    let present: Ranges = mailbox.uids().iter().map(|uid| uid.0).collect();
    // A client may name UIDs that were never given.
    let given = Ranges::between(1, mailbox.uid_next.0.saturating_sub(1).max(1));
    let gone = without(&both(known, &given), &present);
    if matched == 0 { gone } else { without(&gone, &Ranges::between(1, matched)) }
}

/// `* VANISHED (EARLIER) 1:3`, unless nothing vanished.
pub(crate) fn write_earlier(out: &mut Vec<u8>, vanished: &Ranges) {
    if !vanished.is_empty() {
        out.extend_from_slice(format!("* VANISHED (EARLIER) {vanished}\r\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::House;

    #[test]
    fn parameters() {
        let rows = [
            ("(67890007 20050715194045000 41,43:211,214:541)", Ok((true, 0))),
            ("(1 5)", Ok((false, 0))),
            ("(1 5 1:29997 (5000,7500 15000,22500))", Ok((true, 2))),
            ("(1 5 (1:3 4:6))", Ok((false, 3))),
            ("(1 5 (1:3 4:5))", Err(())),
            ("(0 5)", Err(())),
            ("(1)", Err(())),
            ("1 5", Err(())),
            ("(1 5 x)", Err(())),
        ];
        for (text, expected) in rows {
            let got = Resync::parse(&mut Parser::new(text.as_bytes()));
            let got =
                got.map(|resync| (resync.known.is_some(), resync.matches.len())).map_err(|_| ());
            assert_eq!(got, expected, "{text}");
        }
    }

    #[tokio::test]
    async fn a_client_comes_back() {
        let house = House::with_letters(6).await;
        house
            .logged_in(
                r"
                C: a SELECT INBOX (QRESYNC (1700000000 4))
                S: a BAD ENABLE QRESYNC first
                C: a ENABLE QRESYNC
                S: * ENABLED CONDSTORE QRESYNC
                S: a OK enabled
                C: a SELECT INBOX
                S: ...
                S: ...
                S: * 6 EXISTS
                S: ...
                S: ...
                S: ...
                S: ...
                S: * OK [HIGHESTMODSEQ 7] of this mailbox
                S: a OK ...
                C: a STORE 2:3,5 +FLAGS.SILENT (\Deleted)
                S: * 2 FETCH (UID 2 MODSEQ (9))
                S: * 3 FETCH (UID 3 MODSEQ (9))
                S: * 5 FETCH (UID 5 MODSEQ (9))
                S: a OK stored
                C: a EXPUNGE
                S: * VANISHED 2:3,5
                S: a OK [HIGHESTMODSEQ 10] expunged
                C: a STORE 3 +FLAGS.SILENT (\Seen)
                S: * 3 FETCH (UID 6 MODSEQ (11))
                S: a OK stored
                C: a UID FETCH 1:4 (FLAGS) (CHANGEDSINCE 8 VANISHED)
                S: * VANISHED (EARLIER) 2:3
                S: a OK fetched
                C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 8 VANISHED)
                S: * VANISHED (EARLIER) 2:3,5
                S: * 3 FETCH (UID 6 MODSEQ (11) FLAGS (\Seen \Recent))
                S: a OK fetched
                C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 10 VANISHED)
                S: * 3 FETCH (UID 6 MODSEQ (11) FLAGS (\Seen \Recent))
                S: a OK fetched
                C: a FETCH 1:* (FLAGS) (CHANGEDSINCE 10 VANISHED)
                S: a BAD VANISHED goes with UID FETCH and CHANGEDSINCE only
                C: a SELECT INBOX (QRESYNC (1700000000 8 3:6))
                S: * OK [CLOSED] ...
                S: ...
                S: ...
                S: * 3 EXISTS
                S: ...
                S: ...
                S: ...
                S: ...
                S: * OK [HIGHESTMODSEQ 11] of this mailbox
                S: * VANISHED (EARLIER) 3,5
                S: * 3 FETCH (UID 6 FLAGS (\Seen) MODSEQ (11))
                S: a OK [READ-WRITE] opened
                C: a SELECT INBOX (QRESYNC (1234 8))
                S: * OK [CLOSED] ...
                S: ...
                S: ...
                S: * 3 EXISTS
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: a OK [READ-WRITE] opened
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn late_expunges_hold_the_modseq_back() {
        let house = House::with_letters(3).await;
        house
            .transcript(
                r"
                C: a ENABLE QRESYNC
                S: * ENABLED CONDSTORE QRESYNC
                S: * OK [HIGHESTMODSEQ 4] of this mailbox
                S: a OK enabled
                C2: b STORE 2 +FLAGS.SILENT (\Deleted)
                S2: b OK stored
                C2: b EXPUNGE
                S2: * 2 EXPUNGE
                S2: b OK expunged
                C: a FETCH 1 (FLAGS)
                S: * 1 FETCH (FLAGS (\Recent))
                S: * OK [HIGHESTMODSEQ 5] expunges are yet to be told
                S: a OK fetched
                C: a UID SEARCH 1
                S: * SEARCH 1
                S: a OK searched
                C: a NOOP
                S: * VANISHED 2
                S: a OK done
                ",
            )
            .await;
    }
}
