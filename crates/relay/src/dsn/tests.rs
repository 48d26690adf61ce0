use super::*;
use message::{decode_part, facts, header_field, part_text};
use proptest::prelude::*;
use queue::{Enhanced, Recipient, Reply, Status};

const NOW: Timestamp = Timestamp(1_795_462_200);

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn queued(recipients: Vec<Recipient>) -> Queued {
    let (number, blob) = (model::MessageNumber(1), engine::BlobId([0; 16]));
    Queued::new(
        number,
        blob,
        Some(address("alice@demo.test")),
        recipients,
        Timestamp(NOW.0 - 5 * 86_400),
        NOW,
    )
}

fn failed(to: &str, code: u16, enhanced: &str, text: &str) -> Recipient {
    let mut recipient = Recipient::new(address(to));
    recipient.status = Status::Failed;
    let host = (code != 0).then(|| "mx.x.org".to_owned());
    recipient.reply = Some(Reply::new(code, Enhanced::parse(enhanced), text, host));
    recipient
}

const MAIL: &str = "From: alice@demo.test\r\nTo: bob@x.org\r\nSubject: =?UTF-8?Q?D=C3=A9jeuner?=\r\nMessage-ID: <one@demo.test>\r\nDate: Mon, 23 Nov 2026 19:30:00 +0000\r\n\r\nThe secret body.\r\n";

fn write(kind: Kind, queued: &Queued, recipients: &[usize], original: &[u8]) -> Vec<u8> {
    let from = address("postmaster@demo.test");
    let report = Report {
        kind,
        queued,
        recipients,
        original,
        hostname: "mail.demo.test",
        from: &from,
        until: NOW.plus(86_400),
        now: NOW,
        token: "token123",
    };
    report.write(queued.reverse_path.as_ref().expect("not null")).content
}

/// The parts: for people, for programs, and the mail.
fn parts(dsn: &[u8]) -> (String, String, String, Vec<u8>) {
    let facts = facts(dsn);
    let root = &facts.structure;
    assert_eq!((root.type_.as_str(), root.subtype.as_str()), ("MULTIPART", "REPORT"));
    assert!(root.params.iter().any(|(n, v)| n == "REPORT-TYPE" && v == "delivery-status"));
    let [human, status, third] = &root.children[..] else {
        panic!("{} parts", root.children.len())
    };
    let status_text = String::from_utf8(decode_part(dsn, status)).expect("UTF-8");
    let kind = format!("{}/{}", third.type_, third.subtype);
    (part_text(dsn, human), status_text, kind, decode_part(dsn, third))
}

#[test]
fn a_failure_is_readable_and_parses_back() {
    let mut queued = queued(vec![
        failed("bob@x.org", 550, "5.1.1", "No such user here"),
        Recipient::new(address("carol@y.org")),
    ]);
    queued.envid = Some("QQ314159".to_owned());
    queued.recipients[0].orcpt = Some("rfc822;Bob@X.org".parse().expect("an orcpt"));
    let dsn = write(Kind::Failed, &queued, &[0], MAIL.as_bytes());
    let facts = facts(&dsn);
    assert_eq!(facts.subject, "Not delivered: Déjeuner");
    assert_eq!(facts.from[0].email, "postmaster@demo.test");
    assert_eq!(facts.to[0].email, "alice@demo.test");
    assert_eq!(facts.references, ["one@demo.test"]);
    let auto = header_field(&dsn, "Auto-Submitted").expect("there");
    assert_eq!(auto.trim_ascii(), b"auto-replied");
    let (human, status, kind, third) = parts(&dsn);
    assert_eq!(
        human.replace("\r\n", "\n"),
        "Your message could not be delivered to this address. It will not be tried again. This says nothing of its other recipients.\n\
         \n\
         bob@x.org\n    There is no such address.\n    Check the spelling of what stands before the @, or ask the person by other means which address is right.\n    The server mx.x.org said: 550 5.1.1 No such user here\n\
         \n\
         Subject: Déjeuner\nSent: Monday, November 23, 2026, 19:30 UTC\n\
         \n\
         The technical report and your message, or its header, are attached.\n"
    );
    assert_eq!(
        status,
        "Original-Envelope-Id: QQ314159\r\n\
         Reporting-MTA: dns; mail.demo.test\r\n\
         Arrival-Date: Wed, 18 Nov 2026 19:30:00 +0000\r\n\
         \r\n\
         Original-Recipient: rfc822;Bob@X.org\r\n\
         Final-Recipient: rfc822;bob@x.org\r\n\
         Action: failed\r\n\
         Status: 5.1.1\r\n\
         Remote-MTA: dns; mx.x.org\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n\
         Last-Attempt-Date: Mon, 23 Nov 2026 19:30:00 +0000\r\n"
    );
    assert_eq!(kind, "TEXT/RFC822-HEADERS");
    assert!(!String::from_utf8_lossy(&third).contains("secret"), "only the header");
}

#[test]
fn the_same_in_french() {
    let mut queued = queued(vec![failed("bob@x.org", 552, "5.2.2", "Mailbox full")]);
    queued.language = "fr".to_owned();
    let dsn = write(Kind::Failed, &queued, &[0], MAIL.as_bytes());
    // Reading a subject turns any white space into a plain space.
    assert_eq!(facts(&dsn).subject, "Non remis : Déjeuner");
    let (human, ..) = parts(&dsn);
    assert!(human.contains("La boîte du destinataire est pleine."), "{human}");
    assert!(human.contains("Le serveur mx.x.org a dit\u{202f}: 552 5.2.2 Mailbox full"), "{human}");
    assert!(human.contains("lundi 23 novembre 2026 à 19:30 UTC"), "{human}");
    assert!(dsn.is_ascii(), "any server can carry it");
}

#[test]
fn ret_decides_what_is_returned() {
    let huge = format!("{MAIL}{}", "x".repeat(MAX_RETURNED));
    for (ret, kind, mail, expected) in [
        (None, Kind::Failed, MAIL, "TEXT/RFC822-HEADERS"),
        (Some(Ret::Headers), Kind::Failed, MAIL, "TEXT/RFC822-HEADERS"),
        (Some(Ret::Full), Kind::Failed, MAIL, "MESSAGE/RFC822"),
        (Some(Ret::Full), Kind::Failed, huge.as_str(), "TEXT/RFC822-HEADERS"),
        (Some(Ret::Full), Kind::Delayed, MAIL, "TEXT/RFC822-HEADERS"),
        (Some(Ret::Full), Kind::Succeeded, MAIL, "TEXT/RFC822-HEADERS"),
        (None, Kind::Failed, "Subject: é\r\n\r\nx", "MESSAGE/GLOBAL-HEADERS"),
        (Some(Ret::Full), Kind::Failed, "Subject: é\r\n\r\nx", "MESSAGE/GLOBAL"),
    ] {
        let mut queued = queued(vec![failed("bob@x.org", 550, "5.1.1", "no")]);
        queued.ret = ret;
        let dsn = write(kind, &queued, &[0], mail.as_bytes());
        let (_, _, got, third) = parts(&dsn);
        assert_eq!(got, expected, "{ret:?} {kind:?}");
        if got == "MESSAGE/RFC822" {
            assert_eq!(third, mail.as_bytes(), "byte for byte");
        }
    }
}

#[test]
fn delay_and_success() {
    let mut late = queued(vec![failed("bob@x.org", 0, "4.4.1", "mx.x.org did not answer")]);
    late.recipients[0].status = Status::Pending;
    let dsn = write(Kind::Delayed, &late, &[0], MAIL.as_bytes());
    let (human, status, ..) = parts(&dsn);
    assert!(human.contains("it is tried until Tuesday, November 24, 2026, 19:30 UTC"), "{human}");
    assert!(human.contains("could not be reached"), "{human}");
    assert!(
        status.contains("Action: delayed\r\nStatus: 4.4.1\r\nDiagnostic-Code: x-facteur; 4.4.1"),
        "{status}"
    );
    assert!(status.contains("Will-Retry-Until: Tue, 24 Nov 2026 19:30:00 +0000\r\n"), "{status}");

    let mut good = queued(vec![
        failed("bob@x.org", 250, "2.0.0", "ok"),
        Recipient::new(address("carol@y.org")),
    ]);
    good.recipients[0].status = Status::Relayed { dsn: false };
    good.recipients[1].status = Status::Delivered;
    let dsn = write(Kind::Succeeded, &good, &[0, 1], MAIL.as_bytes());
    let (human, status, ..) = parts(&dsn);
    assert!(human.contains("The server mx.x.org has taken it over."), "{human}");
    assert!(human.contains("It is in the mailbox of the recipient."), "{human}");
    assert!(status.contains("Action: relayed\r\nStatus: 2.0.0"), "{status}");
    assert!(
        status
            .contains("Final-Recipient: rfc822;carol@y.org\r\nAction: delivered\r\nStatus: 2.0.0"),
        "{status}"
    );
}

#[test]
fn expiry_says_how_long_it_was_tried() {
    let mut queued = queued(vec![failed("bob@x.org", 450, "4.2.1", "busy")]);
    queued.recipients[0].status = Status::Expired;
    let (human, status, ..) = parts(&write(Kind::Failed, &queued, &[0], MAIL.as_bytes()));
    assert!(human.contains("It was tried for 5 days without success."), "{human}");
    assert!(status.contains("Action: failed\r\nStatus: 4.2.1\r\n"), "{status}");
}

#[test]
fn an_address_beyond_ascii_has_its_own_types() {
    let queued = queued(vec![failed("élodie@x.org", 550, "5.6.7", "no SMTPUTF8")]);
    let dsn = write(Kind::Failed, &queued, &[0], MAIL.as_bytes());
    let facts = facts(&dsn);
    assert_eq!(facts.structure.children[1].subtype, "GLOBAL-DELIVERY-STATUS");
    let (_, status, ..) = parts(&dsn);
    assert!(status.contains("Final-Recipient: utf-8;élodie@x.org\r\n"), "{status}");
}

proptest! {
    /// Whatever a server says and whatever the mail is, the DSN has its three
    /// parts, and nothing said becomes a field of its own.
    #[test]
    fn dsns_parse_back(
        said in ".{0,300}", subject in "\\PC{0,80}", body in prop::collection::vec(any::<u8>(), 0..200),
        code in 400u16..600,
    ) {
        let recipient = failed("bob@x.org", code, "", &said);
        let queued = queued(vec![recipient]);
        let mut mail = format!("Subject: {subject}\r\n\r\n").into_bytes();
        mail.extend(body);
        let dsn = write(Kind::Failed, &queued, &[0], &mail);
        let (human, status, ..) = parts(&dsn);
        prop_assert!(human.contains("bob@x.org"));
        prop_assert_eq!(status.lines().filter(|l| l.starts_with("Status: ")).count(), 1);
        for line in status.lines().filter(|l| !l.is_empty()) {
            prop_assert!(line.contains(": "), "{:?}", line);
        }
    }
}
