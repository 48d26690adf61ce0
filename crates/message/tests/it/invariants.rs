//! What holds for every message, whatever its bytes.

use message::{Embedded, Facts, Part, Section, facts, section};

type Range = (u32, u32);

fn within(inner: Range, outer: Range) -> bool {
    outer.0 <= inner.0 && inner.0 <= inner.1 && inner.1 <= outer.1
}

/// Checks `part` and all below it; `outer` is where it must stand.
fn check_part(part: &Part, outer: Range, depth: usize, count: &mut usize) {
    *count += 1;
    assert!(depth <= 52, "too deep");
    assert!(within(part.header, outer), "header {:?} leaves {outer:?}", part.header);
    assert!(within(part.body, outer), "body {:?} leaves {outer:?}", part.body);
    assert_eq!(part.header.1.max(part.header.0), part.body.0, "body follows header");
    let multipart = part.type_ == "MULTIPART";
    assert_eq!(multipart, !part.children.is_empty(), "a multipart has children, others have none");
    let mut from = part.body.0;
    for child in &part.children {
        assert!(child.header.0 >= from, "children stand one after the other");
        from = child.body.1;
        check_part(child, part.body, depth + 1, count);
    }
    let message = part.type_ == "MESSAGE" && ["RFC822", "GLOBAL"].contains(&part.subtype.as_str());
    assert_eq!(message, part.message.is_some());
    if let Some(embedded) = &part.message {
        let Embedded { structure, header, body, .. } = embedded.as_ref();
        assert_eq!((structure.header, structure.body), (*header, *body));
        assert_eq!(header.0, part.body.0, "an embedded message begins with the body");
        check_part(structure, part.body, depth + 1, count);
    }
}

/// Checks everything that must hold of the message `bytes`; gives its facts.
pub fn check(bytes: &[u8]) -> Facts {
    let facts = facts(bytes);
    let whole = (0, bytes.len() as u32);
    let root = &facts.structure;
    let mut count = 0;
    check_part(root, whole, 0, &mut count);
    assert!(count <= 2001, "{count} parts");
    assert_eq!((root.header.0, root.header.1, root.body.1), (0, facts.header_bytes, whole.1));

    let get = |path: &[u32], what: Section<'_>| section(bytes, &facts, path, &what);
    assert_eq!(get(&[], Section::Whole).as_deref(), Some(bytes));
    let header = get(&[], Section::Header).expect("a message has a header");
    let text = get(&[], Section::Text).expect("a message has a text");
    assert_eq!([&header[..], &text[..]].concat(), bytes, "header and text are the message");
    assert!(get(&[], Section::Mime).is_none());
    assert!(get(&[1], Section::Whole).is_some(), "every message has a part 1");
    assert!(get(&[0], Section::Whole).is_none());
    let (some, none) = ([b"subject".to_vec(), b"TO".to_vec()], [b"no-such".to_vec()]);
    let some = get(&[], Section::HeaderFields(&some)).expect("a message has a header");
    assert!(some.len() <= header.len());
    let none = get(&[], Section::HeaderFields(&none)).expect("a message has a header");
    assert!([&b""[..], b"\n", b"\r\n"].contains(&&none[..]));

    let forbidden =
        |text: &Option<Vec<u8>>| text.iter().flatten().any(|b| [0, b'\r', b'\n'].contains(b));
    let envelope = &facts.envelope;
    assert!(
        ![&envelope.date, &envelope.subject, &envelope.in_reply_to, &envelope.message_id]
            .into_iter()
            .any(forbidden)
    );
    let lists = [
        &envelope.from,
        &envelope.sender,
        &envelope.reply_to,
        &envelope.to,
        &envelope.cc,
        &envelope.bcc,
    ];
    for address in lists.into_iter().flatten() {
        assert!(
            ![&address.name, &address.adl, &address.mailbox, &address.host]
                .into_iter()
                .any(forbidden)
        );
    }
    assert!(!facts.subject.contains(char::is_control));
    assert!(!facts.preview.contains(['\n', '\r', '\t']) && facts.preview.chars().count() <= 201);
    assert!(facts.references.len() <= 100);

    // Fields put in front move everything and change nothing else.
    let prefix = b"Delivered-To: bob@facteur.example\r\nX-Spam: no\r\n";
    let longer = [&prefix[..], bytes].concat();
    let shifted = facts.shifted(prefix.len() as u32);
    assert_eq!(shifted.structure.body.1 as usize, longer.len());
    if !bytes.starts_with(b" ") && !bytes.starts_with(b"\t") {
        assert_eq!(shifted, message::facts(&longer), "shifted is what reading again finds");
    }

    // Reading for people never fails either.
    let view = message::view(bytes, &facts);
    for attachment in &view.attachments {
        let part =
            facts.structure.part(&attachment.path).expect("the path leads to the attachment");
        let size = message::decode_part(bytes, part).len() as u64;
        assert!(part.encoding == "QUOTED-PRINTABLE" || size == attachment.size);
        assert!(!attachment.name.is_empty() && !attachment.name.contains(['/', '\\', '\0']));
    }
    if let Some(html) = &view.html {
        message::html_to_text(html);
    }
    facts
}
