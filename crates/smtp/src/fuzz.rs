//! Doors for the fuzzers: each takes any bytes and must neither panic nor hang.

use crate::budget::Budget;
use crate::client::Gathering;
use crate::command::Command;
use crate::content::{Content, Endings, Framing};

/// A command line of the server.
pub fn fuzz_command(line: &[u8]) {
    let _ = Command::parse(line);
}

/// A message behind DATA. The first byte chooses how it is cut and read; the
/// outcome must not depend on the cut, and holds no bare CR or LF.
pub fn fuzz_content(input: &[u8]) {
    let Some((choice, input)) = input.split_first() else { return };
    let endings = if choice & 1 == 0 { Endings::Strict } else { Endings::Normalise };
    let framing = if choice & 2 == 0 { Framing::Dot } else { Framing::Counted };
    let read = |cut: usize| {
        let mut content = Content::new(endings, framing, 1 << 20, &Budget::new(u64::MAX));
        for piece in input.chunks(cut) {
            if content.feed(piece).1 {
                break;
            }
        }
        content.finish().map(|message| message.bytes)
    };
    let whole = read(usize::MAX);
    assert_eq!(whole, read(usize::from(choice >> 2) + 1), "pieces do not matter");
    for (at, byte) in whole.iter().flatten().enumerate() {
        let bytes = whole.as_deref().unwrap_or_default();
        match byte {
            b'\n' => assert!(at > 0 && bytes[at - 1] == b'\r', "no bare LF"),
            b'\r' => assert_eq!(bytes.get(at + 1), Some(&b'\n'), "no bare CR"),
            _ => {}
        }
    }
}

/// The lines of a reply, as the client reads them.
pub fn fuzz_response(input: &[u8]) {
    let mut gathering = Gathering::default();
    for line in input.split(|byte| *byte == b'\n') {
        if gathering.take(line).is_err() {
            return;
        }
    }
}
