//! Header facts of our own messages.

use message::{Facts, Person};
use model::Timestamp;

use crate::invariants::check;
use crate::mail;

fn of(name: &str) -> Facts {
    check(&mail(name))
}

#[test]
fn a_plain_message() {
    let facts = of("plain-english");
    assert_eq!(facts.from, [Person::new("Carol Whitfield", "carol@orchard.example")]);
    assert_eq!(facts.to, [Person::new("Dave", "dave@facteur.example")]);
    assert_eq!(
        (facts.subject.as_str(), facts.base_subject.as_str()),
        ("The apples are in", "the apples are in")
    );
    assert_eq!(facts.date, Some(Timestamp(1_795_421_698)));
    assert_eq!(facts.message_id.as_deref(), Some("apples.1@orchard.example"));
    assert!(facts.references.is_empty() && facts.reply_to.is_empty() && !facts.attachments);
    assert!(facts.preview.starts_with("Dear Dave, eleven crates"), "{}", facts.preview);
    assert!(facts.preview.ends_with("before the frost, please."), "{}", facts.preview);
    let envelope = &facts.envelope;
    assert_eq!(envelope.date.as_deref(), Some(&b"Mon, 23 Nov 2026 09:14:58 +0100"[..]));
    assert_eq!(envelope.message_id.as_deref(), Some(&b"<apples.1@orchard.example>"[..]));
    assert_eq!((&envelope.sender, &envelope.reply_to), (&envelope.from, &envelope.from));
    assert_eq!(envelope.in_reply_to, None);
}

#[test]
fn a_french_conversation() {
    let (first, answer) = (of("plain-french-utf8"), of("reply-french-8859-15"));
    assert_eq!(first.from, [Person::new("Élodie Maréchal", "elodie@atelier.example")]);
    assert_eq!(first.to, [Person::new("Mère Noël", "noelle@facteur.example")]);
    assert_eq!(first.subject, "Répétition de mardi : qui apporte la cafetière ?");
    assert_eq!(answer.subject, "RE : Répétition de mardi : qui apporte la cafetière ?");
    assert_eq!(answer.base_subject, first.base_subject);
    assert_eq!(answer.references, ["repetition@atelier.example"]);
    assert_eq!(answer.from, [Person::new("Noëlle Besançon", "noelle@facteur.example")]);
    assert_eq!(answer.preview, "J'apporte la mienne. Elle a coûté 12 €, traitez-la en amie.");
    assert_eq!(
        answer.envelope.subject.as_deref(),
        Some(
            &b"=?iso-8859-15?Q?RE_:_R=E9p=E9tition_de_mardi_:_qui_apporte_la_cafeti=E8re_=3F?="[..]
        )
    );
}

#[test]
fn subjects_previews_and_attachments() {
    let rows: &[(&str, &str, &str, bool)] = &[
        (
            "windows-1252-quotes",
            "A “curly” question",
            "My machine writes “smart” quotes – and an ellipsis… all by itself. It is 10 € well spent, isn’t it?",
            false,
        ),
        (
            "utf7-memo",
            "Déménagement des archives",
            "Les boîtes numérotées 1 + 12 partent à midi. Total : 100 € de cartons.",
            false,
        ),
        (
            "alternative-newsletter",
            "« Le phare réparé » et autres nouvelles",
            "Le phare est réparé. On le voit de nouveau depuis la gare, même par temps de brume. Lire la suite : https://quai.example/phare",
            false,
        ),
        (
            "mixed-attachments-2231",
            "Plans et devis",
            "Voici les plans. Le devis suit, dès que la pluie s’arrête.",
            true,
        ),
        ("related-inline-image", "Une photo", "(voir la photo)", false),
        ("nested-forward", "Fwd: The lighthouse key", "Look at what came this morning.", true),
        (
            "signed-smime",
            "Deed of the boathouse",
            "The boathouse is yours, the boat is not.",
            false,
        ),
        ("calendar-invite", "Invitation: Stocktaking", "Stocktaking, Thursday at two.", true),
        ("html-only", "New message from the contact form", "1. Derrière 2. le baromètre", false),
        (
            "list-footer",
            "[walkers] Re: [walkers] Sunday's walk",
            "Yes, at nine, from the mill.",
            false,
        ),
        ("bare-lf", "bare line feeds in the header too", "one", false),
        ("raw-8bit-headers", "Café ou thé ?", "Un café, merci.", false),
        ("absurd-headers", "€écafé", "Still readable.", false),
        ("nul-and-controls", "a b c", "before after [31mred", false),
        ("no-headers", "", "Only a text, with an empty line before it.", false),
        ("empty", "", "", false),
    ];
    for (name, subject, preview, attachments) in rows {
        let facts = of(name);
        let got = (facts.subject.as_str(), facts.preview.as_str(), facts.attachments);
        assert_eq!(got, (*subject, *preview, *attachments), "{name}");
    }
}

#[test]
fn lists_references_and_groups() {
    let facts = of("list-footer");
    assert_eq!(facts.list_id.as_deref(), Some("walkers.lists.example"));
    assert_eq!(facts.base_subject, "sunday's walk");
    assert_eq!(facts.references, ["walk1@walks.example"]);
    assert_eq!(of("alternative-newsletter").list_id.as_deref(), Some("gazette.quai.example"));

    let facts = of("very-long-lines");
    assert_eq!((facts.references.len(), facts.to.len()), (100, 150));
    assert_eq!(facts.references[0], "chapter0@winded.example");
    assert_eq!(facts.references[1], "chapter31@winded.example");
    assert_eq!(facts.references[99], "chapter129@winded.example");

    let facts = of("calendar-invite");
    let emails: Vec<&str> = facts.to.iter().map(|p| p.email.as_str()).collect();
    assert_eq!(emails, ["alice@facteur.example", "bob@facteur.example"]);
    let to = &facts.envelope.to;
    assert_eq!(to.len(), 4);
    assert!(to[0].host.is_none() && to[0].mailbox.as_deref() == Some(b"team"));
    assert!(to[3].mailbox.is_none() && to[3].host.is_none());

    let facts = of("absurd-headers");
    assert_eq!((facts.date, facts.message_id.as_deref()), (None, Some("no")));
    assert_eq!(facts.references, ["a@b", "cd@e"]);
}

/// What the store keeps must come back as it was.
#[test]
fn facts_survive_postcard() {
    for name in ["nested-forward", "calendar-invite", "absurd-headers", "empty"] {
        let facts = of(name);
        let bytes = postcard::to_stdvec(&facts).expect("facts can be written");
        assert_eq!(postcard::from_bytes::<Facts>(&bytes).expect("and read"), facts);
    }
    // The size of an everyday record is worth watching.
    assert!(postcard::to_stdvec(&of("plain-english")).expect("facts can be written").len() < 700);
}
