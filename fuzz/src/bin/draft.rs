#![no_main]
//! Any text in any field of a draft: what is built is sound, has CRLF only,
//! gains no field, and its text comes back.

use message::{Draft, NewAttachment, Person};

#[path = "../../../crates/message/tests/it/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: (u64, [&str; 4], Vec<u8>)| {
    let (seed, [name, subject, text, file_name], bytes) = input;
    let person = Person::new(name, "a@x.example");
    let draft = Draft {
        from: person.clone(),
        to: vec![person.clone(), person],
        subject: subject.to_owned(),
        message_id: subject.to_owned(),
        references: vec![name.to_owned(), text.to_owned()],
        text: text.to_owned(),
        html: (seed % 2 == 1).then(|| text.to_owned()),
        attachments: vec![NewAttachment {
            name: file_name.to_owned(),
            media_type: name.to_owned(),
            bytes,
            content_id: (seed % 3 == 1).then(|| subject.to_owned()),
        }],
        headers: vec![("X-Note".to_owned(), text.to_owned())],
        ..Draft::default()
    };
    let built = draft.build(seed);
    assert!(!String::from_utf8_lossy(&built).replace("\r\n", "").contains(['\r', '\n']));
    let facts = invariants::check(&built);
    assert_eq!((facts.to.len(), facts.cc.len(), facts.structure.children.len()), (2, 0, 2));
    let seen = message::view(&built, &facts).text.expect("a draft has a text");
    let text = text.trim_start_matches('\u{FEFF}');
    assert_eq!(seen, text.replace("\r\n", "\n").replace('\r', "\n"));
});
