//! What a person reads: the choice of text, HTML and attachments.

use message::{View, decode_part, facts, part_text, view};

use crate::mail;

fn read(bytes: &[u8]) -> View {
    view(bytes, &facts(bytes))
}

fn files(view: &View) -> Vec<(String, String, u64, bool)> {
    let file =
        |a: &message::AttachmentFacts| (a.name.clone(), a.media_type.clone(), a.size, a.inline);
    view.attachments.iter().map(file).collect()
}

fn file(name: &str, media_type: &str, size: u64, inline: bool) -> (String, String, u64, bool) {
    (name.to_owned(), media_type.to_owned(), size, inline)
}

#[test]
fn alternatives_and_related() {
    let view = read(&mail("alternative-newsletter"));
    assert!(view.text.is_some_and(|t| {
        t.starts_with("Le phare est réparé. On le voit de nouveau depuis la gare, même par")
    }));
    assert!(
        view.html.is_some_and(|h| h.starts_with("<!DOCTYPE html>") && h.contains("m&ecirc;me"))
    );
    assert!(view.attachments.is_empty());

    let view = read(&mail("related-inline-image"));
    assert_eq!(view.text.as_deref(), Some("(voir la photo)"));
    assert!(view.html.as_deref().is_some_and(|h| h.contains("Regarde la rosée")));
    assert_eq!(files(&view), [file("rosee.png", "image/png", 70, true)]);
    assert_eq!(view.attachments[0].content_id.as_deref(), Some("rosee@jardin.example"));
    assert_eq!(view.attachments[0].path, [2, 2]);
}

#[test]
fn attachments() {
    let bytes = mail("mixed-attachments-2231");
    let view = read(&bytes);
    assert_eq!(
        view.text.as_deref(),
        Some("Voici les plans. Le devis suit, dès que la pluie s’arrête.")
    );
    assert_eq!(view.html, None);
    let expected = [
        file("Devis été € et options.pdf", "application/pdf", 34, false),
        file("façade.png", "image/png", 70, false),
    ];
    assert_eq!(files(&view), expected);
    let found = facts(&bytes);
    let pdf = found.structure.part(&view.attachments[0].path).expect("the path is right");
    assert!(decode_part(&bytes, pdf).starts_with(b"%PDF-1.4"));

    let expected =
        [file("key.eml", "message/rfc822", 473, false), file("door.log", "text/x-log", 10, false)];
    let view = read(&mail("nested-forward"));
    assert_eq!(view.text.as_deref(), Some("Look at what came this morning.\n"));
    assert_eq!(files(&view), expected);

    let view = read(&mail("signed-smime"));
    assert_eq!(files(&view), [file("smime.p7s", "application/pkcs7-signature", 120, true)]);

    let view = read(&mail("calendar-invite"));
    let expected = [
        file("part-1.3.ics", "text/calendar", 216, false),
        file("invite.ics", "application/ics", 30, false),
    ];
    assert_eq!(files(&view), expected);
    assert_eq!(view.html.as_deref(), Some("<b>Stocktaking</b>, Thursday at two."));

    let names: Vec<String> =
        read(&mail("digest")).attachments.into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["e4.eml", "Re e4.eml"]);
}

#[test]
fn text_in_pieces() {
    let view = read(&mail("list-footer"));
    let text = view.text.expect("there is text");
    assert!(text.ends_with("from the mill.\n_______________\nwalkers mailing list"), "{text}");

    let message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>a</p>\r\n\
        --b\r\nContent-Type: image/png; name=../../x.png\r\n\r\n\r\n--b\r\n\r\nfoot <er>\r\n--b--\r\n";
    let view = read(message);
    assert_eq!(
        view.html.as_deref(),
        Some("<p>a</p>\n<div style=\"white-space: pre-wrap\">foot &lt;er&gt;</div>")
    );
    assert_eq!(view.text.as_deref(), Some("a\nfoot <er>"));
    assert_eq!(files(&view), [file("x.png", "image/png", 0, false)]);
}

/// A picture is inline only if the HTML shows it; the `cid:` may be escaped.
#[test]
fn pictures_shown_and_not_shown() {
    let message = b"Content-Type: multipart/related; boundary=b; start=\"<r@x>\"\r\n\r\n\
        --b\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\n\r\n1\r\n\
        --b\r\nContent-Type: text/html\r\nContent-ID: <r@x>\r\n\r\n<img src='cid:a%40x'>\r\n\
        --b\r\nContent-Type: image/png\r\nContent-ID: <b@x>\r\n\r\n2\r\n--b--\r\n";
    let view = read(message);
    assert_eq!(view.html.as_deref(), Some("<img src='cid:a%40x'>"));
    let expected =
        [file("part-1.png", "image/png", 1, true), file("part-3.png", "image/png", 1, false)];
    assert_eq!(files(&view), expected);
}

#[test]
fn names_that_deceive() {
    let rows = [
        ("\"..\\\\..\\\\evil.exe\"", "evil.exe"),
        ("\"/etc/passwd\"", "passwd"),
        ("\".bashrc\"", "bashrc"),
        ("=?utf-8?q?photo=E2=80=AEgpj.exe?=", "photogpj.exe"),
        ("\"a\tb\"", "ab"),
        ("\"...\"", "part-1.bin"),
        ("\"\"", "part-1.bin"),
    ];
    for (name, expected) in rows {
        let message = format!(
            "Content-Type: application/x-thing\r\nContent-Disposition: attachment; filename={name}\r\n\r\nx"
        );
        assert_eq!(read(message.as_bytes()).attachments[0].name, expected, "{name}");
    }
}

#[test]
fn texts_in_every_charset() {
    let text = |name: &str| {
        let bytes = mail(name);
        part_text(&bytes, &facts(&bytes).structure)
    };
    assert!(text("reply-french-8859-15").contains("coûté 12 €"));
    assert!(text("windows-1252-quotes").contains("“smart” quotes – and an ellipsis…"));
    assert!(text("utf7-memo").contains("Les boîtes numérotées 1 + 12 partent à midi."));
    assert!(text("html-only").contains("Où est la clé"), "the meta tag names the charset");
    assert!(!text("plain-english").contains('\r'));
}
