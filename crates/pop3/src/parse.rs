//! From a line to a command: RFC 1939 §3, RFC 2449 §3.

use std::fmt;
use std::num::NonZeroU32;

use crate::command::Command;

/// The longest command line we read. RFC 2449 §4 asks for 255 bytes; a PLAIN
/// response of three long strings behind AUTH wants more.
pub(crate) const MAX_LINE: usize = 2048;

/// The number of a message in the maildrop of this session, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) NonZeroU32);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Position {
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0.get() - 1).unwrap_or(usize::MAX)
    }

    pub(crate) fn of_index(index: usize) -> Option<Position> {
        u32::try_from(index + 1).ok().and_then(NonZeroU32::new).map(Position)
    }

    pub(crate) fn parse(text: &str) -> Result<Position, ParseError> {
        let number = number(text)?;
        let fits = u32::try_from(number).ok().and_then(NonZeroU32::new);
        fits.map(Position).ok_or(ParseError::NoSuchNumber)
    }
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("no such command; CAPA lists what there is")]
    UnknownCommand,
    #[error("the command lacks an argument")]
    MissingArgument,
    #[error("the command has an argument too many")]
    UnexpectedArgument,
    #[error("a number was expected")]
    NotANumber,
    #[error("no such message")]
    NoSuchNumber,
    #[error("the line is not UTF-8")]
    NotUtf8,
    #[error("the line has a control character")]
    Control,
    #[error("there is no such SASL mechanism; CAPA lists what there is")]
    UnknownMechanism,
}

/// Decimal digits; too great a number is the greatest.
pub(crate) fn number(text: &str) -> Result<u64, ParseError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseError::NotANumber);
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// For commands without arguments.
pub(crate) fn nothing<T>(args: &str, command: T) -> Result<T, ParseError> {
    if args.is_empty() { Ok(command) } else { Err(ParseError::UnexpectedArgument) }
}

/// A line without its ending, parted at the first space: the keyword in upper
/// case, and its arguments.
pub(crate) fn keyword(line: &[u8]) -> Result<(String, &str), ParseError> {
    let text = std::str::from_utf8(line).map_err(|_| ParseError::NotUtf8)?;
    let (keyword, args) = text.split_once(' ').unwrap_or((text, ""));
    let keyword = keyword.to_ascii_uppercase();
    // A password may hold spaces, at its end too (RFC 1939 §7, PASS).
    let args = if keyword == "PASS" { args } else { args.trim() };
    if args.chars().any(|c| c.is_ascii_control()) {
        return Err(ParseError::Control);
    }
    Ok((keyword, args))
}

/// Parses any bytes as a command line, for fuzzing.
pub fn fuzz_command(line: &[u8]) {
    let _ = Command::parse(line);
    let _ = crate::downgrade::downgraded(line);
    let mut stuffed = Vec::new();
    crate::stuffing::stuff(line, |piece| stuffed.extend_from_slice(piece));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn positions() {
        let rows: &[(&str, Result<u32, ParseError>)] = &[
            ("1", Ok(1)),
            ("007", Ok(7)),
            ("4294967295", Ok(u32::MAX)),
            ("0", Err(ParseError::NoSuchNumber)),
            ("4294967296", Err(ParseError::NoSuchNumber)),
            ("99999999999999999999999", Err(ParseError::NoSuchNumber)),
            ("", Err(ParseError::NotANumber)),
            ("+1", Err(ParseError::NotANumber)),
            ("-1", Err(ParseError::NotANumber)),
            ("1a", Err(ParseError::NotANumber)),
            ("١", Err(ParseError::NotANumber)),
        ];
        for (text, expected) in rows {
            assert_eq!(Position::parse(text).map(|p| p.0.get()), *expected, "{text:?}");
        }
    }

    #[test]
    fn commands() {
        use ParseError::*;
        let rows: &[(&[u8], Result<(), ParseError>)] = &[
            (b"stat", Ok(())),
            (b"STAT ", Ok(())),
            (b"LIST", Ok(())),
            (b"LIST 3", Ok(())),
            (b"uidl 3", Ok(())),
            (b"RETR 1", Ok(())),
            (b"TOP 1 0", Ok(())),
            (b"TOP 1  10", Ok(())),
            (b"USER alice@example.org", Ok(())),
            (b"PASS  with spaces ", Ok(())),
            ("PASS pâte".as_bytes(), Ok(())),
            (b"AUTH PLAIN", Ok(())),
            (b"AUTH plain AGEAYg==", Ok(())),
            (b"AUTH PLAIN =", Ok(())),
            (b"", Err(UnknownCommand)),
            (b" STAT", Err(UnknownCommand)),
            (b"APOP a b", Err(UnknownCommand)),
            (b"STATS", Err(UnknownCommand)),
            (b"STAT 1", Err(UnexpectedArgument)),
            (b"QUIT now", Err(UnexpectedArgument)),
            (b"RETR", Err(MissingArgument)),
            (b"DELE", Err(MissingArgument)),
            (b"DELE 1 2", Err(NotANumber)),
            (b"RETR one", Err(NotANumber)),
            (b"LIST 0", Err(NoSuchNumber)),
            (b"TOP 1", Err(MissingArgument)),
            (b"TOP 1 -1", Err(NotANumber)),
            (b"TOP 1 2 3", Err(NotANumber)),
            (b"USER", Err(MissingArgument)),
            (b"PASS", Err(MissingArgument)),
            (b"AUTH", Err(MissingArgument)),
            (b"AUTH CRAM-MD5", Err(UnknownMechanism)),
            (b"AUTH PLAIN a b", Err(UnexpectedArgument)),
            (b"UTF8 yes", Err(UnexpectedArgument)),
            (b"USER \xff", Err(NotUtf8)),
            (b"USER a\0b", Err(Control)),
            (b"USER a\rb", Err(Control)),
        ];
        for (line, expected) in rows {
            let got = Command::parse(line).map(drop);
            assert_eq!(got, *expected, "{}", String::from_utf8_lossy(line));
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(line in proptest::collection::vec(any::<u8>(), 0..300)) {
            fuzz_command(&line);
        }

        #[test]
        fn no_likely_line_makes_the_parser_panic(
            line in "(?i)(TOP|LIST|RETR|AUTH|PASS|USER|STLS)[ ]?[0-9a-z =*]{0,12}",
        ) {
            fuzz_command(line.as_bytes());
        }
    }
}
