//! `BODY[…]` of every kind: RFC 3501 §6.4.5.

use message::{Section, section};

use crate::invariants::check;
use crate::mail;

fn text(name: &str, path: &[u32], what: Section<'_>) -> Option<String> {
    let bytes = mail(name);
    let facts = check(&bytes);
    section(&bytes, &facts, path, &what).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn numbers_through_multiparts_and_messages() {
    use Section::{Header, Mime, Text, Whole};
    let rows: &[(&[u32], Section<'_>, Option<&str>)] = &[
        (&[1], Whole, Some("Look at what came this morning.\r\n")),
        (&[1], Mime, Some("Content-Type: text/plain\r\n\r\n")),
        (&[1], Header, None),
        (&[1], Text, None),
        (&[1, 1], Whole, None),
        (
            &[2],
            Mime,
            Some(
                "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"key.eml\"\r\n\r\n",
            ),
        ),
        (&[2, 1], Whole, Some("It hangs behind the barometer.\r\n")),
        (&[2, 1], Mime, Some("Content-Type: text/plain; charset=us-ascii\r\n\r\n")),
        (
            &[2, 2],
            Whole,
            Some(
                "From: Tide <tide@sea.example>\r\nSubject: High water\r\nContent-Type: text/plain\r\n\r\nAt six.",
            ),
        ),
        (
            &[2, 2],
            Header,
            Some(
                "From: Tide <tide@sea.example>\r\nSubject: High water\r\nContent-Type: text/plain\r\n\r\n",
            ),
        ),
        (&[2, 2], Text, Some("At six.")),
        (&[2, 2, 1], Whole, Some("At six.")),
        (
            &[2, 2, 1],
            Mime,
            Some(
                "From: Tide <tide@sea.example>\r\nSubject: High water\r\nContent-Type: text/plain\r\n\r\n",
            ),
        ),
        (&[2, 2, 2], Whole, None),
        (&[2, 3], Whole, None),
        (&[3], Whole, Some("open\r\nshut")),
        (&[4], Whole, None),
        (&[0], Whole, None),
        (&[u32::MAX], Whole, None),
    ];
    for (path, what, expected) in rows {
        assert_eq!(text("nested-forward", path, *what).as_deref(), *expected, "{path:?} {what:?}");
    }
    let header = text("nested-forward", &[2], Header).expect("part 2 is a message");
    assert!(
        header.starts_with("Date: Sun, 15 Nov") && header.ends_with("boundary=\"inner\"\r\n\r\n")
    );
    let inner = text("nested-forward", &[2], Text).expect("part 2 is a message");
    assert_eq!(text("nested-forward", &[2], Whole), Some(header + &inner));
}

#[test]
fn a_message_that_is_no_multipart_has_part_1() {
    let whole = mail("plain-english");
    let split = whole.windows(4).position(|w| w == b"\r\n\r\n").expect("a header") + 4;
    let body = String::from_utf8_lossy(&whole[split..]).into_owned();
    assert_eq!(text("plain-english", &[1], Section::Whole), Some(body.clone()));
    assert_eq!(text("plain-english", &[], Section::Text), Some(body));
    assert_eq!(text("plain-english", &[1, 1], Section::Whole), None);
    assert_eq!(text("plain-english", &[2], Section::Whole), None);
    assert_eq!(
        text("plain-english", &[1], Section::Mime),
        text("plain-english", &[], Section::Header)
    );
}

/// A message whose whole content is another message, itself a digest.
#[test]
fn a_message_in_the_root() {
    let bytes = b"From: a@x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\
        Content-Type: multipart/digest; boundary=\"d\"\r\n\r\n--d \r\n\r\nSubject: m1\r\n\r\none\r\n\
        --d\r\nX-Part: 2\r\n\r\nSubject: m2\r\n\r\ntwo\r\n--d--\r\n";
    let facts = check(bytes);
    let get = |path: &[u32], what: Section<'_>| {
        section(bytes, &facts, path, &what).map(|b| String::from_utf8_lossy(&b).into_owned())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(get(&[1], Section::Whole), get(&[], Section::Text));
    assert_eq!(
        get(&[1], Section::Header),
        some("Subject: inner\r\nContent-Type: multipart/digest; boundary=\"d\"\r\n\r\n")
    );
    assert_eq!(get(&[1, 1], Section::Whole), some("Subject: m1\r\n\r\none"));
    assert_eq!(get(&[1, 1], Section::Mime), some("\r\n"));
    assert_eq!(get(&[1, 1], Section::Header), some("Subject: m1\r\n\r\n"));
    assert_eq!(get(&[1, 1, 1], Section::Whole), some("one"));
    assert_eq!(get(&[1, 2], Section::Mime), some("X-Part: 2\r\n\r\n"));
    assert_eq!(get(&[1, 2], Section::Text), some("two"));
}

#[test]
fn header_fields() {
    let names =
        |names: &[&str]| -> Vec<Vec<u8>> { names.iter().map(|n| n.as_bytes().to_vec()).collect() };
    let bytes =
        b"To: b@y\r\nSubject : one\r\n two\r\nnonsense\r\nX: 1\r\nTO: c@z\r\n\r\nText: no\r\n";
    let facts = check(bytes);
    let get = |path: &[u32], what: Section<'_>| {
        section(bytes, &facts, path, &what).map(|b| String::from_utf8_lossy(&b).into_owned())
    };
    let wanted = names(&["to", "SUBJECT", "Text"]);
    let only = get(&[], Section::HeaderFields(&wanted));
    assert_eq!(only.as_deref(), Some("To: b@y\r\nSubject : one\r\n two\r\nTO: c@z\r\n\r\n"));
    let others = get(&[], Section::HeaderFieldsNot(&wanted));
    assert_eq!(others.as_deref(), Some("X: 1\r\n\r\n"));
    assert_eq!(get(&[], Section::HeaderFields(&names(&["none"]))).as_deref(), Some("\r\n"));
    assert_eq!(get(&[1], Section::HeaderFields(&wanted)), None);

    // RFC 3501 §6.4.5: no empty line where the message has none.
    let found = text("header-only", &[], Section::HeaderFields(&names(&["from"])));
    assert_eq!(found.as_deref(), Some("From: short@note.example\r\n"));
    let inner = text("nested-forward", &[2, 2], Section::HeaderFields(&names(&["subject"])));
    assert_eq!(inner.as_deref(), Some("Subject: High water\r\n\r\n"));
}
