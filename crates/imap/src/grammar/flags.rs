//! Flags as clients write them: RFC 3501 §2.3.2 and `flag` of §9.

use model::{Flags, Keyword};

use super::parser::{Parsed, Parser};

/// Flags of STORE, APPEND: system flags, `\Deleted`, keywords.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FlagArgs {
    pub(crate) flags: Flags,
    pub(crate) deleted: bool,
    pub(crate) keywords: Vec<Keyword>,
}

impl FlagArgs {
    /// A list in parentheses.
    pub(crate) fn parse_list(parser: &mut Parser) -> Parsed<FlagArgs> {
        let mut all = FlagArgs::default();
        parser.list(|parser| all.parse_one(parser))?;
        Ok(all)
    }

    /// A list, or flags without parentheses up to the end, as STORE allows.
    pub(crate) fn parse_to_end(parser: &mut Parser) -> Parsed<FlagArgs> {
        if parser.peek() == Some(b'(') {
            return FlagArgs::parse_list(parser);
        }
        let mut all = FlagArgs::default();
        loop {
            all.parse_one(parser)?;
            if parser.is_at_end() {
                return Ok(all);
            }
            parser.space()?;
        }
    }

    fn parse_one(&mut self, parser: &mut Parser) -> Parsed<()> {
        let text = parser.flag_text();
        let name = std::str::from_utf8(text).map_err(|_| "a flag's name is ASCII")?;
        if let Some((flag, _)) =
            Flags::NAMED.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))
        {
            self.flags |= *flag;
        } else if name.eq_ignore_ascii_case("\\Deleted") {
            self.deleted = true;
        } else if name.eq_ignore_ascii_case("\\Recent") {
            // No client may set it (RFC 3501 §2.3.2), but some copy what they
            // were shown; refusing the whole command would help nobody.
        } else if name.starts_with('\\') {
            return Err(format!("{name} is no system flag of this server").into());
        } else {
            let keyword: Keyword =
                name.parse().map_err(|error: model::KeywordError| error.to_string())?;
            if !self.keywords.contains(&keyword) {
                self.keywords.push(keyword);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_lists() {
        let good = |text: &str| {
            let args = FlagArgs::parse_to_end(&mut Parser::new(text.as_bytes())).expect(text);
            (args.flags.bits(), args.deleted, args.keywords.len())
        };
        assert_eq!(good("()"), (0, false, 0));
        assert_eq!(good("(\\Seen \\DELETED $Junk $junk)"), (1, true, 1));
        assert_eq!(good("\\Seen \\Flagged a"), (5, false, 1));
        assert_eq!(good("(\\Recent)"), (0, false, 0));
        for bad in ["", "(\\Nope)", "(\\Seen", "(a\"b)", "\\Seen  ", "(é)"] {
            assert!(FlagArgs::parse_to_end(&mut Parser::new(bad.as_bytes())).is_err(), "{bad}");
        }
    }
}
