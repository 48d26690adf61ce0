//! `sequence-set` of RFC 3501 §9.

use model::Ranges;

use super::parser::{ParseError, Parsed, Parser};

/// Message sequence numbers or UIDs, where `*` is not yet known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceSet(Vec<(Bound, Bound)>);

/// `seq-number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Number(u32),
    /// `*`, the largest in use.
    Last,
}

impl Bound {
    fn parse(parser: &mut Parser) -> Parsed<Bound> {
        if parser.eat(b'*') { Ok(Bound::Last) } else { Ok(Bound::Number(parser.nz_number()?)) }
    }

    fn or_last(self, last: u32) -> u32 {
        match self {
            Bound::Number(number) => number,
            Bound::Last => last,
        }
    }
}

impl SequenceSet {
    pub(crate) fn parse(parser: &mut Parser) -> Parsed<SequenceSet> {
        let mut ranges = Vec::new();
        let bad = |_| ParseError::from("a set of messages has the form 1,3:5,8:*");
        loop {
            let first = Bound::parse(parser).map_err(bad)?;
            let last = if parser.eat(b':') { Bound::parse(parser).map_err(bad)? } else { first };
            ranges.push((first, last));
            if !parser.eat(b',') {
                return Ok(SequenceSet(ranges));
            }
        }
    }

    /// Whether a sequence set could begin here, rather than a word.
    pub(crate) fn begins(parser: &Parser) -> bool {
        parser.peek().is_some_and(|b| b.is_ascii_digit() || b == b'*')
    }

    /// The set of UIDs, with `last` the greatest in the mailbox (0: none).
    ///
    /// `559:*` always takes in the last message, even if its UID is less
    /// (RFC 3501 §6.4.8).
    pub(crate) fn uids(&self, last: u32) -> Ranges {
        let ranges = self.0.iter().map(|(a, b)| (a.or_last(last), b.or_last(last)));
        Ranges::from_unsorted(ranges.collect())
    }

    /// The set of sequence numbers in a mailbox of `exists` messages; `None`
    /// if it names one that is not there, `*` of an empty mailbox included
    /// (RFC 3501 §9, `seq-number`).
    pub(crate) fn numbers(&self, exists: u32) -> Option<Ranges> {
        let set = self.uids(exists);
        let fits = |(low, high): &(u32, u32)| *low >= 1 && *high <= exists;
        set.ranges().iter().all(fits).then_some(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let rows: &[(&str, u32, Result<&str, ()>)] = &[
            ("1", 5, Ok("1")),
            ("2,4:7,9,12:*", 15, Ok("2,4:7,9,12:15")),
            ("*:4,5:7", 10, Ok("4:10")),
            ("559:*", 12, Ok("12:559")),
            ("*", 3, Ok("3")),
            ("3:1", 3, Ok("1:3")),
            ("0", 1, Err(())),
            ("1,", 1, Err(())),
            (":3", 1, Err(())),
            ("1:", 1, Err(())),
            ("a", 1, Err(())),
            ("4294967296", 1, Err(())),
        ];
        for (text, last, expected) in rows {
            let set = SequenceSet::parse(&mut Parser::new(text.as_bytes()));
            let got = set.map(|set| set.uids(*last).to_string()).map_err(|_| ());
            assert_eq!(got, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn numbers_must_exist() {
        let numbers = |text: &str, exists| {
            let set = SequenceSet::parse(&mut Parser::new(text.as_bytes())).expect(text);
            set.numbers(exists).map(|set| set.to_string())
        };
        assert_eq!(numbers("1:*", 3).as_deref(), Some("1:3"));
        assert_eq!(numbers("4", 3), None);
        assert_eq!(numbers("2:*", 1), None);
        assert_eq!(numbers("*", 0), None);
        assert_eq!(numbers("1:*", 0), None);
    }
}
