//! The bytes of a message as they come in: dots, line endings, size.
//!
//! Servers that disagreed on what ends a message let senders smuggle a second one
//! into it. So only `CRLF . CRLF` ends it here (RFC 5321 §4.1.1.4); what others
//! might have taken for the end is refused on port 25 and stays a line of the
//! text in submission. What comes out has CRLF endings only (RFC 5321 §2.3.8).

use bytes::Bytes;
use memchr::memchr2;

use crate::budget::{Budget, Held};
use crate::reply::Reply;

/// Room made for a message at first; most are smaller.
const FIRST_PIECE: usize = 16 * 1024;

/// What becomes of endings other than CRLF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endings {
    /// On port 25: bare LF becomes CRLF; bare CR, and a lone dot between endings
    /// that are not both CRLF, refuse the message.
    Strict,
    /// From our own users and the MTA beside us: each becomes CRLF.
    Normalise,
}

/// How the end of the message is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// DATA: by a lone dot; a dot that begins another line is doubled (RFC 5321 §4.5.2).
    Dot,
    /// BDAT: by count (RFC 3030 §2).
    Counted,
}

/// Why a message that came in wholly is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLarge,
    BareCr,
    LoneDot,
    /// Too much mail is coming in at this moment.
    Busy,
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Reply {
        match fault {
            Fault::TooLarge => Reply::new(552, "5.3.4", "The message is too large"),
            Fault::Busy => Reply::new(452, "4.3.1", "Too much mail at once; try again in a minute"),
            Fault::BareCr => Reply::new(
                550,
                "5.6.0",
                "Refused: the message has a CR without LF; lines must end with CRLF (RFC 5321 2.3.8)",
            ),
            Fault::LoneDot => Reply::new(
                550,
                "5.6.0",
                "Refused: the message has a lone dot not between CRLF and CRLF (RFC 5321 2.3.8)",
            ),
        }
    }
}

/// Where in a line the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a line, after CRLF.
    Start,
    /// At the beginning of a line, after another ending.
    OtherStart,
    /// After a dot at [`State::Start`], and a CR behind it.
    Dot,
    DotCr,
    /// After a dot at [`State::OtherStart`], and a CR behind it.
    OtherDot,
    OtherDotCr,
    /// Within a line, and after a CR there.
    Middle,
    Cr,
}

/// A message on its way in.
#[derive(Debug)]
pub(crate) struct Content {
    endings: Endings,
    framing: Framing,
    max: usize,
    state: State,
    bytes: Vec<u8>,
    held: Held,
    fault: Option<Fault>,
}

/// A message that came in wholly, and its share of the budget.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) bytes: Bytes,
    /// Given back when the message has been dealt with.
    pub(crate) _held: Held,
}

impl Content {
    /// An empty message of at most `max` bytes, counted as RFC 1870 §5 does, which
    /// takes its memory from `budget`.
    pub(crate) fn new(endings: Endings, framing: Framing, max: u64, budget: &Budget) -> Content {
        Content {
            held: budget.hold(),
            endings,
            framing,
            max: usize::try_from(max).unwrap_or(usize::MAX),
            state: State::Start,
            bytes: Vec::new(),
            fault: None,
        }
    }

    /// Takes input and returns how many bytes of it belong to the message, and
    /// whether it has ended with them.
    ///
    /// After a fault nothing is kept any more, but the end is still found.
    pub(crate) fn feed(&mut self, input: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match (self.state, byte) {
                (State::Start, b'.') if self.framing == Framing::Dot => {
                    self.state = State::Dot;
                    at += 1;
                }
                (State::OtherStart, b'.') if self.framing == Framing::Dot => {
                    self.state = State::OtherDot;
                    at += 1;
                }
                (State::Start | State::OtherStart | State::Middle, _) => {
                    at += self.line(&input[at..]);
                }

                (State::Dot, b'\r') => {
                    self.state = State::DotCr;
                    at += 1;
                }
                (State::DotCr, b'\n') => return (at + 1, true),
                (State::OtherDot, b'\r') => {
                    self.state = State::OtherDotCr;
                    at += 1;
                }
                (State::Dot | State::OtherDot, b'\n') => {
                    self.lone_dot(State::OtherStart);
                    at += 1;
                }
                (State::OtherDotCr, b'\n') => {
                    self.lone_dot(State::Start);
                    at += 1;
                }
                // A CR alone might pass for an ending elsewhere.
                (State::DotCr | State::OtherDotCr, _) => {
                    self.bare_cr();
                    self.lone_dot(State::OtherStart);
                }
                // The first of doubled dots, or a dot nobody doubled, goes (RFC 5321 §4.5.2).
                (State::Dot, _) => self.state = State::Middle,
                // Whoever does not end lines with CRLF has not doubled dots behind LF.
                (State::OtherDot, _) => {
                    self.keep(b".");
                    self.state = State::Middle;
                }

                (State::Cr, b'\n') => {
                    self.keep(b"\r\n");
                    self.state = State::Start;
                    at += 1;
                }
                (State::Cr, _) => {
                    self.bare_cr();
                    self.keep(b"\r\n");
                    self.state = State::OtherStart;
                }
            }
        }
        (at, false)
    }

    /// Takes as much of whole, ordinary lines as there is, in one piece, and the
    /// first thing that is not; returns how many bytes that were.
    fn line(&mut self, input: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let Some(found) = memchr2(b'\r', b'\n', &input[at..]) else {
                self.keep(input);
                self.state = State::Middle;
                return input.len();
            };
            let ending = at + found;
            if input[ending] == b'\n' {
                self.keep(&input[..ending]);
                self.keep(b"\r\n");
                self.state = State::OtherStart;
                return ending + 1;
            }
            match input.get(ending + 1) {
                Some(b'\n') => at = ending + 2,
                _ => {
                    self.keep(&input[..ending]);
                    self.state = State::Cr;
                    return ending + 1;
                }
            }
            let dot = input.get(at).is_none_or(|next| *next == b'.');
            if dot && (self.framing == Framing::Dot || at == input.len()) {
                self.keep(&input[..at]);
                self.state = State::Start;
                return at;
            }
        }
    }

    /// A line with nothing but a dot that did not end the message.
    fn lone_dot(&mut self, next: State) {
        if self.endings == Endings::Strict {
            self.fail(Fault::LoneDot);
        }
        self.keep(b".\r\n");
        self.state = next;
    }

    fn bare_cr(&mut self) {
        if self.endings == Endings::Strict {
            self.fail(Fault::BareCr);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        let length = self.bytes.len() + bytes.len();
        if length > self.max {
            return self.fail(Fault::TooLarge);
        }
        if length > self.bytes.capacity() {
            let capacity = length.max(self.bytes.capacity() * 2).max(FIRST_PIECE);
            let capacity = capacity.min(self.max);
            let capacity = if self.held.grow_to(capacity) { capacity } else { length };
            if !self.held.grow_to(capacity) {
                return self.fail(Fault::Busy);
            }
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn fail(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.bytes = Vec::new();
        self.held.give_back();
    }

    /// Bytes of the message so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The message, once it has ended; a last line without ending gets one.
    pub(crate) fn finish(mut self) -> Result<Message, Fault> {
        if self.state == State::Cr {
            self.bare_cr();
            self.keep(b"\r\n");
        } else if self.state == State::Middle {
            self.keep(b"\r\n");
        }
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Message { bytes: Bytes::from(self.bytes), _held: self.held }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Outcome = (Result<String, Fault>, usize, bool);

    fn feed(endings: Endings, framing: Framing, input: &[u8], cut: usize) -> Outcome {
        let mut content = Content::new(endings, framing, 1000, &Budget::new(u64::MAX));
        let mut used = 0;
        for piece in input.chunks(cut) {
            let (n, ended) = content.feed(piece);
            used += n;
            if ended {
                return (content.finish().map(text), used, true);
            }
            assert_eq!(n, piece.len(), "all is taken while the message goes on");
        }
        (content.finish().map(text), used, false)
    }

    fn text(message: Message) -> String {
        String::from_utf8_lossy(&message.bytes).into_owned()
    }

    #[test]
    fn smuggling() {
        use Fault::*;
        const TAIL: &str = "MAIL FROM:<x@y>\r\n";
        // What stands around the dot, and what strict and normalising reading make of it.
        let rows: &[(&str, Result<&str, Fault>, &str)] = &[
            ("a\n.\nb", Err(LoneDot), "a\r\n.\r\nb\r\n"),
            ("a\n.\r\nb", Err(LoneDot), "a\r\n.\r\nb\r\n"),
            ("a\r\n.\nb", Err(LoneDot), "a\r\n.\r\nb\r\n"),
            ("a\r.\rb", Err(BareCr), "a\r\n.\r\nb\r\n"),
            ("a\r.\r\nb", Err(BareCr), "a\r\n.\r\nb\r\n"),
            ("a\r.\nb", Err(BareCr), "a\r\n.\r\nb\r\n"),
            ("a\r\n.\rb", Err(BareCr), "a\r\n.\r\nb\r\n"),
            ("a\n.\rb", Err(BareCr), "a\r\n.\r\nb\r\n"),
            ("a\r\n.\r\r\nb", Err(BareCr), "a\r\n.\r\n\r\nb\r\n"),
            ("a\r\r\n.\r\r\nb", Err(BareCr), "a\r\n\r\n.\r\n\r\nb\r\n"),
            ("a\n\r.\n\rb", Err(BareCr), "a\r\n\r\n.\r\n\r\nb\r\n"),
            ("a\r\n\n.\nb", Err(LoneDot), "a\r\n\r\n.\r\nb\r\n"),
            (".\nb", Err(LoneDot), ".\r\nb\r\n"),
            // Not alone on its line: no danger.
            ("a\n.b\nc", Ok("a\r\n.b\r\nc\r\n"), "a\r\n.b\r\nc\r\n"),
            ("a\n..\nc", Ok("a\r\n..\r\nc\r\n"), "a\r\n..\r\nc\r\n"),
            ("a\0\r\n.\0\r\nb", Ok("a\0\r\n\0\r\nb\r\n"), "a\0\r\n\0\r\nb\r\n"),
            // Other bare endings.
            ("a\nb", Ok("a\r\nb\r\n"), "a\r\nb\r\n"),
            ("a\rb", Err(BareCr), "a\r\nb\r\n"),
            ("a\r", Err(BareCr), "a\r\n\r\n"),
        ];
        for (body, strict, normal) in rows {
            let input = format!("{body}\r\n.\r\n{TAIL}");
            for cut in 1..=input.len() {
                let end = input.len() - TAIL.len();
                let got = feed(Endings::Strict, Framing::Dot, input.as_bytes(), cut);
                assert_eq!(got, (strict.map(str::to_owned), end, true), "{body:?} cut {cut}");
                let got = feed(Endings::Normalise, Framing::Dot, input.as_bytes(), cut);
                assert_eq!(got, (Ok((*normal).to_owned()), end, true), "{body:?} cut {cut}");
            }
        }
    }

    #[test]
    fn dots() {
        let rows = [
            (".\r\n", ""),
            ("\r\n.\r\n", "\r\n"),
            ("a\r\n.\r\n", "a\r\n"),
            ("..\r\n.\r\n", ".\r\n"),
            ("a\r\n..\r\n...b\r\n.\r\n", "a\r\n.\r\n..b\r\n"),
            (".a\r\n.\r\n", "a\r\n"),
            ("a.\r\n.b.\r\n.\r\n", "a.\r\nb.\r\n"),
        ];
        for (input, expected) in rows {
            for cut in 1..=input.len() {
                let got = feed(Endings::Strict, Framing::Dot, input.as_bytes(), cut);
                assert_eq!(got, (Ok(expected.to_owned()), input.len(), true), "{input:?} {cut}");
            }
        }
    }

    #[test]
    fn counted_text_keeps_its_dots() {
        let rows: &[(&str, Result<&str, Fault>, &str)] = &[
            ("a\r\n.\r\n..b\r\n", Ok("a\r\n.\r\n..b\r\n"), "a\r\n.\r\n..b\r\n"),
            ("a\n.\nb", Ok("a\r\n.\r\nb\r\n"), "a\r\n.\r\nb\r\n"),
            ("a\r.\nb", Err(Fault::BareCr), "a\r\n.\r\nb\r\n"),
            ("a\r", Err(Fault::BareCr), "a\r\n"),
            ("", Ok(""), ""),
        ];
        for (input, strict, normal) in rows {
            for cut in 1..=input.len().max(1) {
                let got = feed(Endings::Strict, Framing::Counted, input.as_bytes(), cut);
                assert_eq!(got.0, strict.map(str::to_owned), "{input:?} {cut}");
                let got = feed(Endings::Normalise, Framing::Counted, input.as_bytes(), cut);
                assert_eq!(got.0, Ok((*normal).to_owned()), "{input:?} {cut}");
            }
        }
    }

    #[test]
    fn too_large_is_noticed_and_not_kept() {
        let budget = Budget::new(1 << 20);
        let mut content = Content::new(Endings::Strict, Framing::Dot, 10, &budget);
        assert_eq!(content.feed(b"12345678\r\n"), (10, false));
        assert!(budget.used() > 0);
        assert_eq!(content.feed(b"x"), (1, false));
        assert_eq!((content.bytes.capacity(), budget.used()), (0, 0));
        assert_eq!(content.feed(b"\r\n.\r\nQUIT"), (5, true));
        assert_eq!(content.finish().map(text), Err(Fault::TooLarge));

        // The doubled dot does not count (RFC 1870 §5).
        let mut content = Content::new(Endings::Strict, Framing::Dot, 9, &budget);
        assert_eq!(content.feed(b"..234567\r\n.\r\n"), (13, true));
        assert_eq!(content.finish().map(text), Ok(".234567\r\n".into()));
    }

    #[test]
    fn messages_share_one_budget() {
        let budget = Budget::new(100 * 1024);
        let long = [b'x'; 60 * 1024];
        let mut first = Content::new(Endings::Strict, Framing::Counted, 1 << 20, &budget);
        let mut second = Content::new(Endings::Strict, Framing::Counted, 1 << 20, &budget);
        first.feed(&long);
        second.feed(&long);
        assert_eq!(second.finish().map(text), Err(Fault::Busy));
        let first = first.finish().expect("within the budget");
        assert!(budget.used() >= 60 * 1024);
        drop(first);
        assert_eq!(budget.used(), 0);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            input in prop::collection::vec(prop::sample::select(b"a.\r\n".to_vec()), 0..60),
            cut in 1usize..20,
            strict: bool,
            dots: bool,
        ) {
            let endings = if strict { Endings::Strict } else { Endings::Normalise };
            let framing = if dots { Framing::Dot } else { Framing::Counted };
            let whole = feed(endings, framing, &input, usize::MAX);
            prop_assert_eq!(&feed(endings, framing, &input, cut), &whole);
            if let Ok(text) = whole.0 {
                let rest = text.replace("\r\n", "");
                prop_assert!(!rest.contains(['\r', '\n']), "{:?}", text);
            }
        }

        #[test]
        fn what_the_client_stuffs_comes_back(text in "[a.\r\n]{0,80}") {
            let text = text.replace('\r', "").replace('\n', "\r\n");
            let mut wire = crate::client::stuff(text.as_bytes());
            wire.extend_from_slice(b"QUIT");
            let (got, used, ended) = feed(Endings::Strict, Framing::Dot, &wire, 7);
            let wanted = if text.is_empty() || text.ends_with("\r\n") { text } else { text + "\r\n" };
            prop_assert_eq!(got, Ok(wanted));
            prop_assert!(ended);
            prop_assert_eq!(used, wire.len() - 4);
        }
    }
}
