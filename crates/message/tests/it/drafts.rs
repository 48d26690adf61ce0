//! What we build, we read back.

use message::{Draft, NewAttachment, Person, decode_part, facts, header_field, view};
use model::Timestamp;

use crate::invariants::check;

fn draft() -> Draft {
    Draft {
        from: Person::new("Élodie Maréchal", "elodie@facteur.example"),
        to: vec![
            Person::new("Bob", "bob@facteur.example"),
            Person::new("Doe, \"J\"", "j@x.example"),
        ],
        subject: "Été".to_owned(),
        date: Timestamp(1_795_459_500),
        zone_offset_seconds: 3600,
        message_id: "1@facteur.example".to_owned(),
        text: "Bonjour,\nil fait beau.\n".to_owned(),
        ..Draft::default()
    }
}

fn file(name: &str, media_type: &str, bytes: &[u8], content_id: Option<&str>) -> NewAttachment {
    NewAttachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: bytes.to_vec(),
        content_id: content_id.map(str::to_owned),
    }
}

/// What every built message keeps to.
fn check_built(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(bytes.is_ascii(), "{text}");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "CRLF only: {text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 998));
    let header = text.split("\r\n\r\n").next().unwrap_or_default();
    let long = header
        .split("\r\n")
        .find(|line| line.len() > 76 && line.contains(' ') && !line.contains('"'));
    assert_eq!(long, None);
    check(bytes);
}

#[test]
fn a_simple_message_is_this() {
    let built = draft().build(7);
    check_built(&built);
    let expected = "Date: Mon, 23 Nov 2026 19:45:00 +0100\r\n\
        From: =?UTF-8?Q?=C3=89lodie_Mar=C3=A9chal?= <elodie@facteur.example>\r\n\
        To: Bob <bob@facteur.example>, \"Doe, \\\"J\\\"\" <j@x.example>\r\n\
        Subject: =?UTF-8?B?w4l0w6k=?=\r\nMessage-ID: <1@facteur.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
        Bonjour,\r\nil fait beau.\r\n";
    assert_eq!(String::from_utf8_lossy(&built), expected);
}

#[test]
fn everything_at_once() {
    let draft = Draft {
        cc: (0..30)
            .map(|i| Person::new(format!("Reader {i}"), format!("r{i}@x.example")))
            .collect(),
        bcc: vec![Person::new("", "secret@x.example")],
        subject: "Une très longue phrase, qui n’en finit pas de finir ; ".repeat(5),
        in_reply_to: Some("0@x.example".to_owned()),
        references: (0..20).map(|i| format!("{i}@a-rather-long-name.example")).collect(),
        text: "é\n.\nFrom here\n-- \nBob \n".to_owned(),
        html: Some("<p>é <img src=\"cid:p@x\"></p>".to_owned()),
        attachments: vec![
            file("photo.png", "image/png", b"\x89PNG", Some("p@x")),
            file(
                "Devis été € et une très longue suite d’options.pdf",
                "application/pdf",
                b"%PDF",
                None,
            ),
            file("fwd.eml", "message/rfc822", b"Subject: x\n\nhi\r\n", None),
            file("odd", "no media type", b"\0\r\n\xFF", None),
        ],
        headers: vec![
            ("X-Note".to_owned(), "é".to_owned()),
            ("Bad Name".to_owned(), "x".to_owned()),
        ],
        ..draft()
    };
    let built = draft.build(1);
    check_built(&built);
    let found = facts(&built);
    assert_eq!(
        (&found.from[0], &found.to, &found.cc, &found.bcc),
        (&draft.from, &draft.to, &draft.cc, &draft.bcc)
    );
    assert_eq!(found.subject, draft.subject.trim());
    assert_eq!(found.date, Some(draft.date));
    assert_eq!(found.references[..20], draft.references[..]);
    assert_eq!(found.references[20], "0@x.example");
    assert_eq!(header_field(&built, "x-note"), Some(b"=?UTF-8?B?w6k=?=".to_vec()));
    assert_eq!(header_field(&built, "bad name"), None);

    let seen = view(&built, &found);
    assert_eq!(seen.text.as_deref(), Some(draft.text.as_str()));
    assert_eq!(seen.html, draft.html);
    let expected =
        ["photo.png", "Devis été € et une très longue suite d’options.pdf", "fwd.eml", "odd"];
    assert_eq!(seen.attachments.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(
        seen.attachments.iter().map(|a| a.inline).collect::<Vec<_>>(),
        [true, false, false, false]
    );
    let content = |i: usize| {
        decode_part(&built, found.structure.part(&seen.attachments[i].path).expect("a path"))
    };
    assert_eq!((content(0), content(1)), (b"\x89PNG".to_vec(), b"%PDF".to_vec()));
    assert_eq!(
        (content(2), content(3)),
        (b"Subject: x\r\n\r\nhi\r\n".to_vec(), b"\0\r\n\xFF".to_vec())
    );
    assert_eq!(draft.build(1), built, "the same seed gives the same bytes");
    assert_ne!(draft.build(2), built);
}

#[test]
fn long_lines_are_encoded() {
    let text = format!("{}\nshort\n", "word".repeat(400));
    // The byte order mark is a row that the fuzzer found.
    let built = Draft { text: format!("\u{FEFF}{text}"), ..draft() }.build(1);
    check_built(&built);
    assert_eq!(view(&built, &facts(&built)).text, Some(text));
}

/// No value can smuggle a line into the header, no text end a part.
#[test]
fn injections() {
    let evil = "x\r\nBcc: all@x.example\r\n\r\nbody";
    let first = Draft { attachments: vec![file("a", "a/b", b"", None)], ..draft() }.build(5);
    let text = String::from_utf8_lossy(&first).into_owned();
    let boundary =
        text.split("boundary=\"").nth(1).and_then(|t| t.split('"').next()).expect("a boundary");
    let draft = Draft {
        from: Person::new(evil, evil),
        to: vec![Person::new(evil, evil)],
        subject: evil.to_owned(),
        message_id: evil.to_owned(),
        in_reply_to: Some(evil.to_owned()),
        references: vec![evil.to_owned()],
        text: format!("--{boundary}--\n"),
        attachments: vec![file(evil, evil, b"", Some(evil))],
        headers: vec![("X-A".to_owned(), evil.to_owned()), (evil.to_owned(), evil.to_owned())],
        ..draft()
    };
    let built = draft.build(5);
    check_built(&built);
    assert_eq!(header_field(&built, "Bcc"), None);
    let found = facts(&built);
    assert_eq!(found.structure.children.len(), 2);
    assert_eq!(view(&built, &found).text, Some(draft.text));
}

proptest::proptest! {
    #[test]
    fn texts_come_back(
        subject in "[ -~éà€😀]{0,120}",
        name in "[ -~éà€😀]{0,80}",
        text in "([ -~éà€😀\t]{0,90}\n){0,6}[ -~é]{0,2000}",
        file_name in "[a-zéà€😀 ()'%*]{1,60}[a-z]",
        seed: u64,
    ) {
        let draft = Draft {
            subject: subject.clone(),
            from: Person::new(name.clone(), "a@x.example"),
            text: text.clone(),
            attachments: vec![file(&file_name, "image/png", text.as_bytes(), None)],
            ..draft()
        };
        let built = draft.build(seed);
        check_built(&built);
        let found = facts(&built);
        let folded = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
        proptest::prop_assert_eq!(&found.subject, &folded(&subject));
        proptest::prop_assert_eq!(&found.from[0].name, &folded(&name));
        let seen = view(&built, &found);
        proptest::prop_assert_eq!(seen.text.as_deref(), Some(text.as_str()));
        proptest::prop_assert_eq!(&seen.attachments[0].name, file_name.trim());
    }
}
