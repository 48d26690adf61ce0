//! The primitives: atoms, numbers, strings and literals, RFC 3501 §4 and §9.

use std::borrow::Cow;

/// What was wrong with a command, in a sentence for the tagged BAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParseError(pub(crate) Cow<'static, str>);

impl From<&'static str> for ParseError {
    fn from(sentence: &'static str) -> ParseError {
        ParseError(Cow::Borrowed(sentence))
    }
}

impl From<String> for ParseError {
    fn from(sentence: String) -> ParseError {
        ParseError(Cow::Owned(sentence))
    }
}

pub(crate) type Parsed<T> = Result<T, ParseError>;

/// The announcement of a literal: `{5}`, `{5+}` (RFC 7888 §3), `~{5}`
/// (literal8 of RFC 4466 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LiteralHead {
    /// Bytes that follow the line.
    pub(crate) size: u64,
    /// The client does not wait for our leave to send them.
    pub(crate) non_synchronising: bool,
    /// Announced with a tilde.
    pub(crate) binary: bool,
}

/// The literal announced at the end of `line`, whose line ending is gone.
pub(crate) fn literal_at_end(line: &[u8]) -> Option<LiteralHead> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|b| *b == b'{')?;
    let binary = inner[..open].last() == Some(&b'~');
    let digits = &inner[open + 1..];
    let (digits, non_synchronising) = match digits.strip_suffix(b"+") {
        Some(digits) => (digits, true),
        None => (digits, false),
    };
    if digits.is_empty() || digits.len() > 20 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size =
        digits.iter().try_fold(0u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d - b'0')));
    // A number beyond 64 bits is surely too big, and that is what we say of it.
    Some(LiteralHead { size: size.unwrap_or(u64::MAX), non_synchronising, binary })
}

/// A place in a command.
#[derive(Debug, Clone)]
pub(crate) struct Parser<'a> {
    rest: &'a [u8],
    /// The client enabled UTF8=ACCEPT (RFC 6855 §3): mailbox names are UTF-8.
    pub(crate) utf8: bool,
}

/// `atom-specials` of RFC 3501 §9, without regard to `]`.
fn ends_atom(byte: u8) -> bool {
    byte <= 0x20 || byte >= 0x7f || matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\')
}

impl<'a> Parser<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Parser<'a> {
        Parser { rest: input, utf8: false }
    }

    /// What was not read yet.
    #[cfg(test)]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `byte` if it comes next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        if next {
            self.rest = &self.rest[1..];
        }
        next
    }

    /// Takes `word`, in any case, if it comes next.
    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let Some(head) = self.rest.get(..word.len()) else { return false };
        let next = head.eq_ignore_ascii_case(word.as_bytes());
        if next {
            self.rest = &self.rest[word.len()..];
        }
        next
    }

    pub(crate) fn expect(&mut self, byte: u8, sentence: &'static str) -> Parsed<()> {
        if self.eat(byte) { Ok(()) } else { Err(sentence.into()) }
    }

    /// One space. Further ones are forgiven: some clients pad.
    pub(crate) fn space(&mut self) -> Parsed<()> {
        if !self.eat(b' ') {
            return Err(if self.is_at_end() {
                "an argument is missing at the end of the command".into()
            } else {
                ParseError::from("a space is missing between two arguments")
            });
        }
        while self.eat(b' ') {}
        Ok(())
    }

    /// Nothing more may follow.
    pub(crate) fn end(&mut self) -> Parsed<()> {
        while self.eat(b' ') {}
        if self.is_at_end() {
            Ok(())
        } else {
            Err("there is more after the end of the command".into())
        }
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|b| !keep(*b)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// `tag`: an astring without `+`.
    pub(crate) fn tag(&mut self) -> Parsed<&'a str> {
        let tag = self.take_while(|b| b != b'+' && !ends_atom(b));
        text_of(tag).filter(|tag| !tag.is_empty() && tag.len() <= 100).ok_or_else(|| {
            ParseError::from("a command begins with a tag of letters and digits, then a space")
        })
    }

    /// `atom`, as text.
    pub(crate) fn atom(&mut self) -> Parsed<&'a str> {
        let atom = self.take_while(|b| !ends_atom(b) && b != b']');
        text_of(atom).filter(|atom| !atom.is_empty()).ok_or_else(|| "a word was expected".into())
    }

    /// A word of letters, digits, dots and hyphens, for names of items.
    pub(crate) fn name(&mut self) -> &'a str {
        let name = self.take_while(|b| {
            b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'=' || b == b'_'
        });
        text_of(name).unwrap_or("")
    }

    /// A flag's name, backslash included; ends at a space or parenthesis.
    pub(crate) fn flag_text(&mut self) -> &'a [u8] {
        self.take_while(|b| b > 0x20 && b != b'(' && b != b')' && b != 0x7f)
    }

    /// `number`: 32 bits.
    pub(crate) fn number(&mut self) -> Parsed<u32> {
        u32::try_from(self.number64()?).map_err(|_| "a number is greater than 4294967295".into())
    }

    /// `nz-number`.
    pub(crate) fn nz_number(&mut self) -> Parsed<u32> {
        match self.number()? {
            0 => Err("zero is not allowed here".into()),
            number => Ok(number),
        }
    }

    /// `mod-sequence-valzer` of RFC 7162 §7: 63 bits.
    pub(crate) fn number64(&mut self) -> Parsed<u64> {
        let digits = self.take_while(|b| b.is_ascii_digit());
        if digits.is_empty() {
            return Err("a number was expected".into());
        }
        digits
            .iter()
            .try_fold(0u64, |n, d| n.checked_mul(10)?.checked_add(u64::from(d - b'0')))
            .filter(|n| *n <= i64::MAX as u64)
            .ok_or_else(|| "a number is too big".into())
    }

    /// `string`: quoted or literal.
    pub(crate) fn string(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{' | b'~') => self.literal().map(Cow::Borrowed),
            _ => Err("a string in quotes or a literal was expected".into()),
        }
    }

    /// `astring`: an atom with `]` allowed, or a string.
    ///
    /// UTF-8 outside quotes is taken as well: many clients write it so.
    pub(crate) fn astring(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => {
                let atom = self.take_while(|b| b >= 0x80 || !ends_atom(b));
                if atom.is_empty() {
                    return Err("a word or a string was expected".into());
                }
                utf8_only(atom).map(Cow::Borrowed)
            }
        }
    }

    /// `list-mailbox`: an astring that may have `%` and `*`.
    pub(crate) fn list_mailbox(&mut self) -> Parsed<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(),
            _ => {
                let atom =
                    self.take_while(|b| b >= 0x80 || !ends_atom(b) || b == b'%' || b == b'*');
                if atom.is_empty() {
                    return Err("a mailbox pattern was expected".into());
                }
                utf8_only(atom).map(Cow::Borrowed)
            }
        }
    }

    /// `nstring`: a string or NIL.
    pub(crate) fn nstring(&mut self) -> Parsed<Option<Cow<'a, [u8]>>> {
        if self.eat_word("NIL") { Ok(None) } else { self.string().map(Some) }
    }

    fn quoted(&mut self) -> Parsed<Cow<'a, [u8]>> {
        let body = &self.rest[1..];
        let Some(end) = body.iter().position(|b| matches!(b, b'"' | b'\\' | b'\r' | b'\n' | 0))
        else {
            return Err("a string lacks its closing quote".into());
        };
        if body[end] == b'"' {
            self.rest = &body[end + 1..];
            return utf8_only(&body[..end]).map(Cow::Borrowed);
        }
        let mut text = body[..end].to_vec();
        let mut bytes = body[end..].iter().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    self.rest = &body[end + at + 1..];
                    utf8_only(&text)?;
                    return Ok(Cow::Owned(text));
                }
                b'\\' => match bytes.next() {
                    Some((_, escaped @ (b'"' | b'\\'))) => text.push(*escaped),
                    _ => {
                        return Err(
                            "in a quoted string a backslash stands before \" or \\ only".into()
                        );
                    }
                },
                b'\r' | b'\n' | 0 => break,
                byte => text.push(*byte),
            }
        }
        Err("a string lacks its closing quote".into())
    }

    /// A literal whose bytes were collected behind its head and CRLF.
    fn literal(&mut self) -> Parsed<&'a [u8]> {
        let line = self.rest.windows(2).position(|w| w == b"\r\n");
        let (head, at) =
            line.and_then(|at| Some((literal_at_end(&self.rest[..at])?, at))).ok_or_else(|| {
                ParseError::from("a literal has the form {number} at the end of a line")
            })?;
        // The head must be all that stood between here and the line's end.
        let written = self.rest[..at].iter().position(|b| *b == b'{').unwrap_or(0);
        if written != usize::from(head.binary) {
            return Err("a literal has the form {number} at the end of a line".into());
        }
        let start = at + 2;
        let end = usize::try_from(head.size).ok().and_then(|size| start.checked_add(size));
        let Some(bytes) = end.and_then(|end| self.rest.get(start..end)) else {
            return Err("a literal is shorter than it announced".into());
        };
        self.rest = &self.rest[start + bytes.len()..];
        Ok(bytes)
    }

    /// The head of a literal that ends the input: the message of APPEND.
    pub(crate) fn final_literal(&mut self) -> Parsed<LiteralHead> {
        let written = self.rest;
        let plain = written.strip_prefix(b"~").unwrap_or(written);
        let head = literal_at_end(written)
            .filter(|_| plain.first() == Some(&b'{') && plain[1..].iter().all(|b| *b != b'{'))
            .ok_or_else(|| {
                ParseError::from(
                    "the message must come as a literal, {size} at the end of the line",
                )
            })?;
        self.rest = &[];
        Ok(head)
    }

    /// `( item item … )`, possibly empty.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.expect(b'(', "a list in parentheses was expected")?;
        let mut items = Vec::new();
        while self.eat(b' ') {}
        while !self.eat(b')') {
            items.push(item(self)?);
            if self.peek() != Some(b')') {
                if !self.eat(b' ') {
                    return Err("a list lacks its closing parenthesis".into());
                }
                while self.eat(b' ') {}
            }
        }
        Ok(items)
    }
}

fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Eight-bit text must be UTF-8 (RFC 6855 §3).
fn utf8_only(bytes: &[u8]) -> Parsed<&[u8]> {
    if bytes.is_ascii() || std::str::from_utf8(bytes).is_ok() {
        Ok(bytes)
    } else {
        Err("a string has bytes that are no UTF-8; such text must come as a literal".into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn literal_heads() {
        let head =
            |size, non_synchronising, binary| Some(LiteralHead { size, non_synchronising, binary });
        let rows: &[(&[u8], Option<LiteralHead>)] = &[
            (b"a LOGIN {5}", head(5, false, false)),
            (b"a LOGIN {0+}", head(0, true, false)),
            (b"a APPEND x UTF8 (~{12}", head(12, false, true)),
            (b"{99999999999999999999}", head(u64::MAX, false, false)),
            (b"{5} ", None),
            (b"{}", None),
            (b"{+}", None),
            (b"{-1}", None),
            (b"{5-}", None),
            (b"5}", None),
            (b"", None),
        ];
        for (line, expected) in rows {
            assert_eq!(literal_at_end(line), *expected, "{:?}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn astrings() {
        let rows: &[(&str, Result<&str, ()>, &str)] = &[
            ("INBOX x", Ok("INBOX"), " x"),
            ("a]b", Ok("a]b"), ""),
            ("\"\" x", Ok(""), " x"),
            ("\"a \\\"b\\\\\")", Ok("a \"b\\"), ")"),
            ("{3}\r\nab) c", Ok("ab)"), " c"),
            ("{0+}\r\n c", Ok(""), " c"),
            ("\"é\"", Ok("é"), ""),
            ("été", Ok("été"), ""),
            ("{9}\r\nab", Err(()), ""),
            ("{3}ab", Err(()), ""),
            ("{x}\r\nab", Err(()), ""),
            ("\"abc", Err(()), ""),
            ("\"a\\bc\"", Err(()), ""),
            ("(", Err(()), ""),
            ("", Err(()), ""),
        ];
        for (text, expected, rest) in rows {
            let mut parser = Parser::new(text.as_bytes());
            match (parser.astring(), expected) {
                (Ok(got), Ok(expected)) => {
                    assert_eq!(got.as_ref(), expected.as_bytes(), "{text:?}");
                    assert_eq!(parser.rest(), rest.as_bytes(), "{text:?}");
                }
                (Err(_), Err(())) => {}
                (got, _) => panic!("{text:?}: {got:?}"),
            }
        }
    }

    #[test]
    fn eight_bit_outside_utf8_is_refused() {
        assert!(Parser::new(b"\"\xff\"").astring().is_err());
        assert!(Parser::new(b"\"a\\\"\xff\"").astring().is_err());
        assert_eq!(Parser::new(b"{1}\r\n\xff").astring().as_deref(), Ok(&b"\xff"[..]));
    }

    #[test]
    fn numbers() {
        assert_eq!(Parser::new(b"4294967295").number(), Ok(u32::MAX));
        for bad in ["4294967296", "", "x", "-1", "99999999999999999999999"] {
            assert!(Parser::new(bad.as_bytes()).number().is_err(), "{bad}");
        }
        assert!(Parser::new(b"0").nz_number().is_err());
        assert_eq!(Parser::new(b"9223372036854775807").number64(), Ok(i64::MAX as u64));
        assert!(Parser::new(b"9223372036854775808").number64().is_err());
    }

    proptest! {
        #[test]
        fn quoted_strings_come_back(text in "[ -~é☃]{0,40}") {
            let mut quoted = Vec::new();
            crate::encode::quoted(&mut quoted, text.as_bytes());
            prop_assert_eq!(Parser::new(&quoted).astring().expect("quoted").into_owned(), text.into_bytes());
        }

        #[test]
        fn any_bytes_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Parser::new(&bytes).astring();
            let _ = Parser::new(&bytes).final_literal();
            let _ = Parser::new(&bytes).list(|p| p.astring().map(Cow::into_owned));
        }
    }
}
