//! `search-key` of RFC 3501 §9.

use encoding_rs::Encoding;
use model::{Flags, Keyword, ModSeq, Ranges, Timestamp};

use crate::grammar::date::{self, Day};
use crate::grammar::{ParseError, Parser, SequenceSet};

/// Parentheses, NOT and OR go no deeper.
const DEEPEST: u32 = 200;
/// So many keys in all.
const MOST_KEYS: u32 = 2_000;

/// The charset of the strings in a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// US-ASCII; UTF-8 is taken as well.
    Unstated,
    Known(&'static Encoding),
    Unknown,
}

impl Charset {
    pub(super) fn named(name: &[u8]) -> Charset {
        // US-ASCII is a label of windows-1252 there, which holds it.
        if name.eq_ignore_ascii_case(b"US-ASCII") {
            return Charset::Unstated;
        }
        Encoding::for_label(name).map_or(Charset::Unknown, Charset::Known)
    }

    /// The string in Unicode, folded for comparison.
    fn decode(self, bytes: &[u8]) -> Result<Needle, ParseError> {
        let text = match self {
            Charset::Known(encoding) => encoding.decode_without_bom_handling(bytes).0,
            // Whatever it is, the search is answered BADCHARSET.
            Charset::Unknown => "".into(),
            Charset::Unstated => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => {
                    return Err(
                        "a string beyond US-ASCII needs CHARSET before the search keys".into()
                    );
                }
            },
        };
        Ok(Needle(fold(&text)))
    }
}

/// Text to look for, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle(String);

impl Needle {
    /// Whether `text`, any case, contains it. White space of any length is
    /// one space, since lines are folded where nobody sees it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.is_empty() || fold(text).contains(&self.0)
    }

    /// The same in text that is folded already.
    pub(super) fn is_in_folded(&self, folded: &str) -> bool {
        folded.contains(&self.0)
    }
}

/// Lower case, and runs of white space as one space.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            if !space {
                folded.push(' ');
            }
            space = true;
            continue;
        }
        space = false;
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

/// An address field of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressField {
    Bcc,
    Cc,
    From,
    To,
}

/// How a day is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Before,
    On,
    Since,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    All,
    And(Vec<Key>),
    Or(Box<(Key, Key)>),
    Not(Box<Key>),
    Flag(Flags),
    Deleted,
    Recent,
    Keyword(Keyword),
    Numbers(SequenceSet),
    Uids(SequenceSet),
    /// What the sets above become: the UIDs they name.
    In(Ranges),
    Internal(When, Day),
    Sent(When, Day),
    /// RFC 8514 §4.3
    Saved(When, Day),
    /// Seconds before now (RFC 5032 §2).
    Older(i64),
    Younger(i64),
    /// What those two become: the moment they mean.
    Until(Timestamp),
    From(Timestamp),
    Larger(u64),
    Smaller(u64),
    ModSeq(ModSeq),
    Address(AddressField, Needle),
    Subject(Needle),
    Header(String, Needle),
    Body(Needle),
    Text(Needle),
}

impl Key {
    /// Keys up to the end: all of them must hold.
    pub(super) fn parse_all(parser: &mut Parser, charset: Charset) -> Result<Key, ParseError> {
        let mut keys = KeyParser { charset, left: MOST_KEYS };
        let mut all = vec![keys.one(parser, 0)?];
        while !parser.is_at_end() {
            parser.space()?;
            if parser.is_at_end() {
                break;
            }
            all.push(keys.one(parser, 0)?);
        }
        Ok(Key::and(all))
    }

    fn and(mut keys: Vec<Key>) -> Key {
        match (keys.pop(), keys.is_empty()) {
            (Some(only), true) => only,
            (Some(last), false) => {
                keys.push(last);
                Key::And(keys)
            }
            (None, _) => Key::All,
        }
    }

    /// Whether such a key is among them.
    pub(super) fn mentions(&self, such: &impl Fn(&Key) -> bool) -> bool {
        match self {
            Key::And(keys) => keys.iter().any(|key| key.mentions(such)),
            Key::Or(both) => both.0.mentions(such) || both.1.mentions(such),
            Key::Not(key) => key.mentions(such),
            key => such(key),
        }
    }
}

struct KeyParser {
    charset: Charset,
    left: u32,
}

impl KeyParser {
    fn one(&mut self, parser: &mut Parser, depth: u32) -> Result<Key, ParseError> {
        self.left = self.left.checked_sub(1).ok_or("the search has too many keys")?;
        if depth > DEEPEST {
            return Err("the search keys are nested too deeply".into());
        }
        if parser.peek() == Some(b'(') {
            let keys = parser.list(|parser| self.one(parser, depth + 1))?;
            if keys.is_empty() {
                return Err("there is no search key between the parentheses".into());
            }
            return Ok(Key::and(keys));
        }
        if SequenceSet::begins(parser) {
            return Ok(Key::Numbers(SequenceSet::parse(parser)?));
        }
        let name = parser.name().to_ascii_uppercase();
        let not = |key: Key| Key::Not(Box::new(key));
        Ok(match name.as_str() {
            "ALL" => Key::All,
            "ANSWERED" => Key::Flag(Flags::ANSWERED),
            "DELETED" => Key::Deleted,
            "DRAFT" => Key::Flag(Flags::DRAFT),
            "FLAGGED" => Key::Flag(Flags::FLAGGED),
            "RECENT" => Key::Recent,
            "SEEN" => Key::Flag(Flags::SEEN),
            "NEW" => Key::And(vec![Key::Recent, not(Key::Flag(Flags::SEEN))]),
            "OLD" => not(Key::Recent),
            "UNANSWERED" => not(Key::Flag(Flags::ANSWERED)),
            "UNDELETED" => not(Key::Deleted),
            "UNDRAFT" => not(Key::Flag(Flags::DRAFT)),
            "UNFLAGGED" => not(Key::Flag(Flags::FLAGGED)),
            "UNSEEN" => not(Key::Flag(Flags::SEEN)),
            "KEYWORD" => self.keyword(parser)?,
            "UNKEYWORD" => not(self.keyword(parser)?),
            "BEFORE" => Key::Internal(When::Before, day(parser)?),
            "ON" => Key::Internal(When::On, day(parser)?),
            "SINCE" => Key::Internal(When::Since, day(parser)?),
            "SENTBEFORE" => Key::Sent(When::Before, day(parser)?),
            "SENTON" => Key::Sent(When::On, day(parser)?),
            "SENTSINCE" => Key::Sent(When::Since, day(parser)?),
            "SAVEDBEFORE" => Key::Saved(When::Before, day(parser)?),
            "SAVEDON" => Key::Saved(When::On, day(parser)?),
            "SAVEDSINCE" => Key::Saved(When::Since, day(parser)?),
            // They are kept for every message (RFC 8514 §4.3).
            "SAVEDATESUPPORTED" => Key::All,
            "OLDER" => Key::Older(seconds(parser)?),
            "YOUNGER" => Key::Younger(seconds(parser)?),
            "BCC" => Key::Address(AddressField::Bcc, self.needle(parser)?),
            "CC" => Key::Address(AddressField::Cc, self.needle(parser)?),
            "FROM" => Key::Address(AddressField::From, self.needle(parser)?),
            "TO" => Key::Address(AddressField::To, self.needle(parser)?),
            "SUBJECT" => Key::Subject(self.needle(parser)?),
            "BODY" => Key::Body(self.needle(parser)?),
            "TEXT" => Key::Text(self.needle(parser)?),
            "HEADER" => {
                parser.space()?;
                let field = String::from_utf8_lossy(&parser.astring()?).into_owned();
                Key::Header(field, self.needle(parser)?)
            }
            "LARGER" => Key::Larger(number(parser)?),
            "SMALLER" => Key::Smaller(number(parser)?),
            "UID" => {
                parser.space()?;
                Key::Uids(SequenceSet::parse(parser)?)
            }
            "MODSEQ" => modseq(parser)?,
            "NOT" => {
                parser.space()?;
                not(self.one(parser, depth + 1)?)
            }
            "OR" => {
                parser.space()?;
                let first = self.one(parser, depth + 1)?;
                parser.space()?;
                Key::Or(Box::new((first, self.one(parser, depth + 1)?)))
            }
            _ => return Err(format!("there is no search key {name}").into()),
        })
    }

    fn needle(&self, parser: &mut Parser) -> Result<Needle, ParseError> {
        parser.space()?;
        self.charset.decode(&parser.astring()?)
    }

    fn keyword(&self, parser: &mut Parser) -> Result<Key, ParseError> {
        parser.space()?;
        let name = String::from_utf8_lossy(parser.flag_text()).into_owned();
        let keyword: Keyword =
            name.parse().map_err(|error: model::KeywordError| error.to_string())?;
        Ok(Key::Keyword(keyword))
    }
}

fn day(parser: &mut Parser) -> Result<Day, ParseError> {
    parser.space()?;
    date::date(parser)
}

fn number(parser: &mut Parser) -> Result<u64, ParseError> {
    parser.space()?;
    parser.number64()
}

fn seconds(parser: &mut Parser) -> Result<i64, ParseError> {
    parser.space()?;
    parser.nz_number().map(i64::from)
}

/// `MODSEQ ["/flags/…" all] n`: entries are not told apart here, so the entry
/// is passed over, as RFC 7162 §3.1.5 asks.
fn modseq(parser: &mut Parser) -> Result<Key, ParseError> {
    parser.space()?;
    if parser.peek() == Some(b'"') {
        parser.string()?;
        parser.space()?;
        if !["priv", "shared", "all"].contains(&parser.atom()?.to_ascii_lowercase().as_str()) {
            return Err("behind the entry of MODSEQ stands priv, shared or all".into());
        }
        parser.space()?;
    }
    Ok(Key::ModSeq(ModSeq(parser.number64()?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Key, ParseError> {
        Key::parse_all(&mut Parser::new(text.as_bytes()), Charset::Unstated)
    }

    #[test]
    fn keys() {
        let seen = || Key::Flag(Flags::SEEN);
        let needle = |text: &str| Needle(text.to_owned());
        let rows: &[(&str, Result<Key, ()>)] = &[
            ("ALL", Ok(Key::All)),
            ("seen", Ok(seen())),
            ("UNSEEN", Ok(Key::Not(Box::new(seen())))),
            ("(SEEN)", Ok(seen())),
            ("SEEN ALL", Ok(Key::And(vec![seen(), Key::All]))),
            (
                "OR SEEN (ALL SEEN)",
                Ok(Key::Or(Box::new((seen(), Key::And(vec![Key::All, seen()]))))),
            ),
            ("FROM Smith", Ok(Key::Address(AddressField::From, needle("smith")))),
            ("SUBJECT \"Été  à\"", Ok(Key::Subject(needle("été à")))),
            ("HEADER X-A \"\"", Ok(Key::Header("X-A".into(), needle("")))),
            ("MODSEQ \"/flags/\\\\draft\" all 5", Ok(Key::ModSeq(ModSeq(5)))),
            ("MODSEQ 0", Ok(Key::ModSeq(ModSeq(0)))),
            ("BODY {4}\r\na) b", Ok(Key::Body(needle("a) b")))),
            ("LARGER 10", Ok(Key::Larger(10))),
            ("YOUNGER 60", Ok(Key::Younger(60))),
            ("OLDER 0", Err(())),
            ("KEYWORD $Junk", Ok(Key::Keyword("$junk".parse().expect("a keyword")))),
            ("", Err(())),
            ("()", Err(())),
            ("(SEEN", Err(())),
            ("NOT", Err(())),
            ("OR SEEN", Err(())),
            ("FROM", Err(())),
            ("SINCE yesterday", Err(())),
            ("ON 30-Feb-2020", Err(())),
            ("KEYWORD \\Seen", Err(())),
            ("MODSEQ \"/flags/x\" some 5", Err(())),
            ("FOO", Err(())),
            ("SEEN)", Err(())),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).map_err(|_| ()), *expected, "{text}");
        }
        assert!(parse(&"NOT ".repeat(300)).is_err());
        assert!(parse(&"(".repeat(300)).is_err());
    }

    #[test]
    fn charsets() {
        let find = |charset: &str, bytes: &[u8]| Charset::named(charset.as_bytes()).decode(bytes);
        assert_eq!(find("iso-8859-1", b"\xc9T\xc9"), Ok(Needle("été".into())));
        assert_eq!(find("KOI8-R", b"\xf0\xf2"), Ok(Needle("пр".into())));
        assert_eq!(find("utf-8", "É".as_bytes()), Ok(Needle("é".into())));
        assert!(find("us-ascii", b"\xff").is_err());
        assert_eq!(Charset::named(b"x-klingon"), Charset::Unknown);
    }

    proptest! {
        #[test]
        fn any_keys_no_panic(text in "[-A-Z0-9 ()*:,\"\\\\{}\r\n]{0,60}") {
            let _ = parse(&text);
        }
    }
}
