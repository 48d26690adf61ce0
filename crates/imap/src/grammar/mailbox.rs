//! A mailbox name as an argument: RFC 3501 §5.1.

use model::MailboxName;

use super::parser::{Parsed, Parser};
use super::utf7;
use crate::answer::{Answer, Code, Stop};

/// What the client wrote, decoded; it need not be a name we could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailboxArg(Result<String, &'static str>);

impl MailboxArg {
    pub(crate) fn parse(parser: &mut Parser) -> Parsed<MailboxArg> {
        let written = parser.astring()?;
        Ok(MailboxArg(decode(&written, parser.utf8)))
    }

    /// The text, in Unicode.
    pub(crate) fn text(&self) -> Result<&str, Stop> {
        self.0.as_deref().map_err(|why| Answer::no(Code::Cannot, *why).into())
    }

    /// The name, if it is one; otherwise the refusal, `[CANNOT]` (RFC 5530 §3).
    pub(crate) fn name(&self) -> Result<MailboxName, Stop> {
        let name = self.text()?.parse::<MailboxName>();
        name.map_err(|error| Answer::no(Code::Cannot, error.to_string()).into())
    }
}

/// A name or pattern in Unicode: modified UTF-7, or UTF-8 where the client
/// enabled it (RFC 6855 §3) or wrote eight-bit text all the same.
pub(crate) fn decode(written: &[u8], utf8: bool) -> Result<String, &'static str> {
    let text = std::str::from_utf8(written).map_err(|_| "the mailbox name is no UTF-8")?;
    if utf8 || !text.is_ascii() {
        return Ok(text.to_owned());
    }
    utf7::decode(text)
        .ok_or("the mailbox name is no modified UTF-7 (RFC 3501 5.1.3): a plain & is written &-")
}
