//! The shape of crafted messages: RFC 2046 and what goes wrong with it.

use message::{Facts, Part, facts};

use crate::invariants::check;
use crate::mail;

/// The tree in one line, with the size and lines of each leaf.
fn shape(part: &Part) -> String {
    let size = part.body.1 - part.body.0;
    let name = format!("{}/{}", part.type_, part.subtype).to_lowercase();
    let inside: Vec<String> = part.children.iter().map(shape).collect();
    match &part.message {
        Some(embedded) => format!("{name}[{}]", shape(&embedded.structure)),
        None if inside.is_empty() => format!("{name}:{size}:{}", part.lines),
        None => format!("{name}({})", inside.join(" ")),
    }
}

#[test]
fn shapes_of_our_own_mail() {
    let rows = [
        ("plain-english", "text/plain:232:9"),
        ("empty", "text/plain:0:0"),
        ("no-headers", "text/plain:44:1"),
        ("header-only", "text/plain:0:0"),
        ("alternative-newsletter", "multipart/alternative(text/plain:147:3 text/html:572:10)"),
        (
            "mixed-attachments-2231",
            "multipart/mixed(text/plain:88:2 application/pdf:50:0 image/png:100:0)",
        ),
        (
            "related-inline-image",
            "multipart/alternative(text/plain:15:0 multipart/related(text/html:62:0 image/png:100:0))",
        ),
        (
            "nested-forward",
            "multipart/mixed(text/plain:33:1 message/rfc822[multipart/mixed(text/plain:32:1 message/rfc822[text/plain:7:0])] text/x-log:10:1)",
        ),
        (
            "digest",
            "multipart/digest(message/rfc822[text/plain:7:0] message/rfc822[text/plain:9:0] text/plain:18:0)",
        ),
        ("signed-smime", "multipart/signed(text/plain:42:1 application/pkcs7-signature:166:0)"),
        (
            "calendar-invite",
            "multipart/mixed(multipart/alternative(text/plain:29:0 text/html:36:0 text/calendar:216:10) application/ics:30:0)",
        ),
        (
            "delivery-report",
            "multipart/report(text/plain:78:1 message/delivery-status:117:0 text/rfc822-headers:118:4)",
        ),
        ("boundary-never-closed", "multipart/mixed(text/plain:10:0 text/html:42:0)"),
        ("boundary-missing", "multipart/mixed(text/plain:83:5)"),
        (
            "boundary-outer-closes-inner",
            "multipart/mixed(multipart/alternative(text/plain:10:0 text/html:0:0) text/plain:10:0)",
        ),
        ("boundary-without-blank-line", "multipart/mixed(text/plain:48:0 text/plain:20:0)"),
        ("bare-lf", "multipart/mixed(text/plain:3:0 text/plain:3:0)"),
        ("absurd-headers", "text/plain:17:1"),
    ];
    for (name, expected) in rows {
        assert_eq!(shape(&check(&mail(name)).structure), expected, "{name}");
    }
}

fn with_type(content_type: &str) -> Facts {
    check(format!("Content-Type: {content_type}\r\n\r\nText\r\n").as_bytes())
}

#[test]
fn defaults_of_rfc_2045() {
    let rows = [
        ("", "text/plain:6:1"),
        ("text", "text/plain:6:1"),
        ("text/", "text/plain:6:1"),
        ("text plain/x y", "text/plain:6:1"),
        ("TeXt/HtMl", "text/html:6:1"),
        ("TEXT/HTML charset=utf-8", "text/html:6:1"),
        ("image/x-thing", "image/x-thing:6:1"),
        ("multipart/mixed; boundary=\"\"", "multipart/mixed(text/plain:6:1)"),
        ("multipart/mixed; boundary=x", "multipart/mixed(text/plain:6:1)"),
        ("multipart/digest; boundary=x", "multipart/digest(text/plain:6:1)"),
        ("message/rfc822", "message/rfc822[text/plain:0:0]"),
        ("message/global", "message/global[text/plain:0:0]"),
        ("message/partial", "message/partial:6:1"),
    ];
    for (content_type, expected) in rows {
        assert_eq!(shape(&with_type(content_type).structure), expected, "{content_type:?}");
    }
    let part = check(b"Subject: x\r\n\r\n").structure;
    assert_eq!(part.params, [("CHARSET".to_owned(), "us-ascii".to_owned())]);
    assert_eq!(part.encoding, "7BIT");
}

#[test]
fn fields_of_a_part() {
    let part = check(
        b"Content-Type: image/png (picture); name=a.png\r\n\
          Content-Transfer-Encoding: Base64 (sic)\r\n\
          Content-Disposition: Attachment;\r\n filename=\"a b.png\"; size=3\r\n\
          Content-ID:  <x@y> \r\nContent-Description: a\r\n picture\r\n\
          Content-Language: fr, en (maybe)\r\nContent-Location: http://x.example/a\r\n\
          Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\nContent-ID: <second@y>\r\n\r\nAAAA",
    )
    .structure;
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(part.params, [pair("NAME", "a.png")]);
    assert_eq!(part.encoding, "BASE64");
    let disposition = vec![pair("FILENAME", "a b.png"), pair("SIZE", "3")];
    assert_eq!(part.disposition, Some(("ATTACHMENT".to_owned(), disposition)));
    assert_eq!(part.id.as_deref(), Some("<x@y>"));
    assert_eq!(part.description.as_deref(), Some("a picture"));
    assert_eq!(part.language, ["fr", "en"]);
    assert_eq!(part.location.as_deref(), Some("http://x.example/a"));
    assert_eq!(part.md5.as_deref(), Some("Q2hlY2sgSW50ZWdyaXR5IQ=="));
    assert_eq!(part.file_name().as_deref(), Some("a b.png"));
}

#[test]
fn boundaries() {
    let message = |boundary: &str, body: &str| {
        let text = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\n\n{body}");
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(
            facts(crlf.as_bytes()).structure.children.len(),
            facts(text.as_bytes()).structure.children.len()
        );
        shape(&check(crlf.as_bytes()).structure)
    };
    let rows = [
        ("b", "--b\n\none\n--b--\n", "(text/plain:3:0)"),
        ("b", "--b  \n\none\n--b-- \t\n", "(text/plain:3:0)"),
        (
            "b",
            "pre\n--b\n\none\n\n--b\n\ntwo\n--b--\npost\n--b\n\nthree",
            "(text/plain:5:1 text/plain:3:0)",
        ),
        ("b", "--b\n--b\n\n--b\n\n\n--b--", "(text/plain:0:0 text/plain:0:0 text/plain:0:0)"),
        ("b", "--b\n\none --b\n -- b\n- -b\n--a\n--b--", "(text/plain:25:3)"),
        ("b", "--b", "(text/plain:3:0)"),
        ("b", "--b\n", "(text/plain:5:1)"),
        ("b", "--b--\n", "(text/plain:7:1)"),
        ("b", "--b trailing words\n\none\n--b--x", "(text/plain:3:0)"),
        ("b b", "--b b\n\none\n--b b--", "(text/plain:3:0)"),
        ("b:(?)=", "--b:(?)=\n\none\n--b:(?)=--", "(text/plain:3:0)"),
        ("b", "--b\nContent-Type: text/html\n--b--", "(text/html:0:0)"),
        ("b", "--b\nContent-Type: message/rfc822\n\n--b--", "(message/rfc822[text/plain:0:0])"),
        ("b", "--b\nContent-Type: message/rfc822\n--b--", "(message/rfc822[text/plain:0:0])"),
        (
            "b",
            "--b\nContent-Type: message/rfc822\n\nFrom: a@b\n\nhi\n--b--",
            "(message/rfc822[text/plain:2:0])",
        ),
    ];
    for (boundary, body, expected) in rows {
        assert_eq!(message(boundary, body), format!("multipart/mixed{expected}"), "{body:?}");
    }
}

/// Hostile depth and number stop where they must, and soon.
#[test]
fn bounds() {
    let mut deep = String::new();
    for level in 0..3000 {
        deep.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    let facts = check(deep.as_bytes());
    let mut part = &facts.structure;
    let mut depth = 0;
    while let Some(child) = part.children.first() {
        part = child;
        depth += 1;
    }
    assert_eq!((depth, part.type_.as_str()), (50, "APPLICATION"));

    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(3000);
    check(messages.as_bytes());

    let wide = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        "--b\r\n\r\nx\r\n".repeat(20_000)
    );
    assert_eq!(check(wide.as_bytes()).structure.children.len(), 999);

    let bushy = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n".repeat(2000);
    check(bushy.as_bytes());

    let params: String = (0..50_000).map(|i| format!(";p{i}*0*=x%41")).collect();
    assert!(
        check(format!("Content-Type: text/plain{params}\r\n\r\n").as_bytes())
            .structure
            .params
            .len()
            <= 65
    );

    let header = "X: y\r\n".repeat(100_000);
    check(header.as_bytes());
    let dashes =
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--\r\n".repeat(300_000));
    check(dashes.as_bytes());
    let to = format!("To: {}\r\n\r\n", "a@b,".repeat(200_000));
    assert_eq!(check(to.as_bytes()).to.len(), 2000);
    let nested =
        format!("To: {}\r\nSubject: {}\r\n\r\n", "(".repeat(300_000), "=?a?q?".repeat(50_000));
    check(nested.as_bytes());
}
