//! The door for fuzzing: any bytes as a command.

use crate::command::{Append, Command};
use crate::grammar::Parser;

/// Parses `bytes` as one command with its tag, as collected from a client;
/// must neither panic nor take long, whatever they are.
pub fn fuzz_command(bytes: &[u8]) {
    for utf8 in [false, true] {
        let mut parser = Parser::new(bytes);
        parser.utf8 = utf8;
        if parser.tag().is_ok() && parser.space().is_ok() {
            let _ = Command::parse(&mut parser);
        }
        let _ = Append::head_is_complete(bytes, utf8);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[&str] = &[
        "a1 ",
        "UID ",
        "FETCH ",
        "STORE ",
        "SEARCH ",
        "APPEND ",
        "LIST ",
        "1:*",
        "BODY[",
        "]",
        "<0.1>",
        "(",
        ")",
        "FLAGS",
        "\\Seen",
        "{3}\r\nabc",
        "{5+}",
        "~{",
        "\"",
        "\\",
        " ",
        "INBOX",
        "RETURN ",
        "CHARSET ",
        "OR ",
        "NOT ",
        "HEADER.FIELDS ",
        "UNCHANGEDSINCE 1",
        "+",
        "*",
        "%",
        "&AOk-",
        "é",
        "UTF8 (",
        "NIL",
        ",",
        ":",
        "\0",
    ];

    proptest! {
        #[test]
        fn any_bytes_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            fuzz_command(&bytes);
        }

        #[test]
        fn any_words_no_panic(words in prop::collection::vec(prop::sample::select(WORDS), 0..25)) {
            fuzz_command(words.concat().as_bytes());
        }
    }
}
