//! `fetch-att` of RFC 3501 §9.

use message::Section;

use crate::encode;
use crate::grammar::{ParseError, Parser};
use crate::plain_fetch::PlainItem;

/// The deepest part number we follow.
const DEEPEST: usize = 100;

/// What a client wants of each message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Plain(PlainItem),
    Envelope,
    /// BODY without a section
    Body,
    BodyStructure,
    /// BODY with a section, and RFC822 with its like
    Part(Part),
}

/// `BODY[…]`: some bytes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// How the answer names it.
    pub(super) label: Vec<u8>,
    pub(super) path: Vec<u32>,
    pub(super) kind: Kind,
    /// Origin and most bytes.
    pub(super) partial: Option<(u32, u32)>,
    pub(super) peek: bool,
}

/// `section-text`, and nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Header,
    Fields(Vec<Vec<u8>>),
    FieldsNot(Vec<Vec<u8>>),
    Text,
    Mime,
}

impl Part {
    pub(super) fn section(&self) -> Section<'_> {
        match &self.kind {
            Kind::Whole => Section::Whole,
            Kind::Header => Section::Header,
            Kind::Fields(names) => Section::HeaderFields(names),
            Kind::FieldsNot(names) => Section::HeaderFieldsNot(names),
            Kind::Text => Section::Text,
            Kind::Mime => Section::Mime,
        }
    }

    /// RFC822, RFC822.HEADER, RFC822.TEXT
    fn old(label: &str, kind: Kind, peek: bool) -> Item {
        Item::Part(Part { label: label.into(), path: Vec::new(), kind, partial: None, peek })
    }

    /// Behind `BODY` or `BODY.PEEK`.
    fn parse(parser: &mut Parser, peek: bool) -> Result<Part, ParseError> {
        parser.expect(b'[', "BODY.PEEK needs a section in brackets")?;
        let mut path = Vec::new();
        let mut after_dot = true;
        while parser.peek().is_some_and(|b| b.is_ascii_digit()) {
            path.push(parser.nz_number()?);
            if path.len() > DEEPEST {
                return Err("a part number is too deep".into());
            }
            after_dot = parser.eat(b'.');
            if !after_dot {
                break;
            }
        }
        let kind = if path.is_empty() {
            if parser.peek() == Some(b']') { Kind::Whole } else { Kind::parse(parser)? }
        } else if after_dot {
            Kind::parse(parser)?
        } else {
            Kind::Whole
        };
        if kind == Kind::Mime && path.is_empty() {
            return Err("MIME needs a part number before it".into());
        }
        parser.expect(b']', "a section lacks its closing bracket")?;
        let partial = if parser.eat(b'<') {
            let origin = parser.number()?;
            parser.expect(b'.', "a partial fetch has the form <origin.count>")?;
            let count = parser.nz_number()?;
            parser.expect(b'>', "a partial fetch has the form <origin.count>")?;
            Some((origin, count))
        } else {
            None
        };
        let label = label(&path, &kind);
        Ok(Part { label, path, kind, partial, peek })
    }
}

impl Kind {
    fn parse(parser: &mut Parser) -> Result<Kind, ParseError> {
        let name = parser.name().to_ascii_uppercase();
        let mut fields = || -> Result<Vec<Vec<u8>>, ParseError> {
            parser.space()?;
            let names = parser.list(|parser| {
                let name = parser.astring()?;
                // It goes into our answer as it stands.
                if name.iter().any(|b| !b.is_ascii_graphic()) {
                    return Err("a header field's name is printable ASCII".into());
                }
                Ok(name.into_owned())
            })?;
            if names.is_empty() {
                Err("HEADER.FIELDS needs one field at least".into())
            } else {
                Ok(names)
            }
        };
        Ok(match name.as_str() {
            "HEADER" => Kind::Header,
            "HEADER.FIELDS" => Kind::Fields(fields()?),
            "HEADER.FIELDS.NOT" => Kind::FieldsNot(fields()?),
            "TEXT" => Kind::Text,
            "MIME" => Kind::Mime,
            _ => {
                return Err(
                    "a section is HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME or a number"
                        .into(),
                );
            }
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Kind::Whole => "",
            Kind::Header => "HEADER",
            Kind::Fields(_) => "HEADER.FIELDS",
            Kind::FieldsNot(_) => "HEADER.FIELDS.NOT",
            Kind::Text => "TEXT",
            Kind::Mime => "MIME",
        }
    }
}

/// `BODY[1.2.HEADER.FIELDS (A B)]`
fn label(path: &[u32], kind: &Kind) -> Vec<u8> {
    let mut label = b"BODY[".to_vec();
    for (at, number) in path.iter().enumerate() {
        if at > 0 {
            label.push(b'.');
        }
        encode::number(&mut label, *number);
    }
    if !path.is_empty() && *kind != Kind::Whole {
        label.push(b'.');
    }
    label.extend_from_slice(kind.name().as_bytes());
    if let Kind::Fields(names) | Kind::FieldsNot(names) = kind {
        for (at, name) in names.iter().enumerate() {
            label.extend_from_slice(if at == 0 { b" (" } else { b" " });
            encode::astring(&mut label, name);
        }
        label.push(b')');
    }
    label.push(b']');
    label
}

impl Item {
    /// A macro, one item, or items in parentheses.
    pub(super) fn parse_all(parser: &mut Parser) -> Result<Vec<Item>, ParseError> {
        if parser.peek() != Some(b'(') {
            return Item::parse(parser, true);
        }
        let lists = parser.list(|parser| Item::parse(parser, false))?;
        let mut items: Vec<Item> = Vec::new();
        for item in lists.into_iter().flatten() {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        if items.is_empty() { Err("FETCH needs one item at least".into()) } else { Ok(items) }
    }

    /// Macros stand for several items, and only alone (RFC 3501 §6.4.5).
    fn parse(parser: &mut Parser, macros: bool) -> Result<Vec<Item>, ParseError> {
        use PlainItem::*;
        let name = parser.name().to_ascii_uppercase();
        let fast = [Flags, InternalDate, Size].map(Item::Plain);
        Ok(vec![match name.as_str() {
            "UID" => Item::Plain(Uid),
            "FLAGS" => Item::Plain(Flags),
            "INTERNALDATE" => Item::Plain(InternalDate),
            "RFC822.SIZE" => Item::Plain(Size),
            "MODSEQ" => Item::Plain(ModSeq),
            "SAVEDATE" => Item::Plain(SaveDate),
            "ENVELOPE" => Item::Envelope,
            "BODYSTRUCTURE" => Item::BodyStructure,
            "BODY" if parser.peek() != Some(b'[') => Item::Body,
            "BODY" => Item::Part(Part::parse(parser, false)?),
            "BODY.PEEK" => Item::Part(Part::parse(parser, true)?),
            "RFC822" => Part::old("RFC822", Kind::Whole, false),
            "RFC822.HEADER" => Part::old("RFC822.HEADER", Kind::Header, true),
            "RFC822.TEXT" => Part::old("RFC822.TEXT", Kind::Text, false),
            "FAST" if macros => return Ok(fast.to_vec()),
            "ALL" if macros => return Ok([&fast[..], &[Item::Envelope]].concat()),
            "FULL" if macros => return Ok([&fast[..], &[Item::Envelope, Item::Body]].concat()),
            _ => return Err(format!("there is no FETCH item {name}").into()),
        }])
    }

    /// The item, if the state alone can answer it.
    pub(super) fn plain(&self) -> Option<PlainItem> {
        match self {
            Item::Plain(item) => Some(*item),
            _ => None,
        }
    }

    pub(super) fn needs_content(&self) -> bool {
        matches!(self, Item::Part(_))
    }

    /// Whether the facts of the message are needed; all of its text is not.
    pub(super) fn needs_record(&self) -> bool {
        match self {
            Item::Plain(_) => false,
            Item::Envelope | Item::Body | Item::BodyStructure => true,
            Item::Part(part) => !part.path.is_empty() || part.kind != Kind::Whole,
        }
    }

    /// A client that asks for a piece will ask for the next.
    pub(super) fn is_piece(&self) -> bool {
        matches!(self, Item::Part(part) if part.partial.is_some() || !part.path.is_empty())
    }

    /// Reading a text marks it `\Seen`, unless by PEEK.
    pub(super) fn marks_seen(&self) -> bool {
        matches!(self, Item::Part(part) if !part.peek)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items() {
        let rows: &[(&str, Result<&str, ()>)] = &[
            ("BODY[]", Ok("BODY[]")),
            ("body.peek[1.2.mime]", Ok("BODY[1.2.MIME]")),
            ("BODY[4]<0.10>", Ok("BODY[4]")),
            ("BODY[3.HEADER]", Ok("BODY[3.HEADER]")),
            ("BODY[HEADER.FIELDS (From \"To\")]", Ok("BODY[HEADER.FIELDS (From To)]")),
            ("BODY[2.HEADER.FIELDS.NOT (X-A)]", Ok("BODY[2.HEADER.FIELDS.NOT (X-A)]")),
            ("BODY[TEXT]", Ok("BODY[TEXT]")),
            ("RFC822.TEXT", Ok("RFC822.TEXT")),
            ("BODY[MIME]", Err(())),
            ("BODY[0]", Err(())),
            ("BODY[1.]", Err(())),
            ("BODY[1", Err(())),
            ("BODY[HEADER.FIELDS ()]", Err(())),
            ("BODY[HEADER.FIELDS (\"a b\")]", Err(())),
            ("BODY[]<0.0>", Err(())),
            ("BODY[]<0>", Err(())),
            ("BODY[FOO]", Err(())),
            ("BODY.PEEK", Err(())),
            ("FOO", Err(())),
            ("(FAST)", Err(())),
            ("()", Err(())),
            ("", Err(())),
        ];
        for (text, expected) in rows {
            let items = Item::parse_all(&mut Parser::new(text.as_bytes()));
            let got = items.map_err(|_| ()).map(|items| match &items[..] {
                [Item::Part(part)] => String::from_utf8_lossy(&part.label).into_owned(),
                other => panic!("{text}: {other:?}"),
            });
            assert_eq!(got, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn macros_stand_alone() {
        let count = |text: &str| {
            Item::parse_all(&mut Parser::new(text.as_bytes())).map(|items| items.len())
        };
        assert_eq!((count("FAST"), count("ALL"), count("full")), (Ok(3), Ok(4), Ok(5)));
        assert_eq!(count("(UID FLAGS UID BODY BODYSTRUCTURE)"), Ok(4));
    }
}
