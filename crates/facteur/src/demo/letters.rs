//! The mail that lies there already, and the mail of the minute.

use bytes::Bytes;
use mailstore::NewMessage;
use message::{Draft, Person};
use model::{Address, Flags, Role, Timestamp};

use crate::admin::operations::store_refused;
use crate::exit::Failure;
use crate::services::Services;

/// A letter to alice, or from her.
struct Letter {
    /// Name and address.
    from: (&'static str, &'static str),
    subject: &'static str,
    /// Hours before the start of the demonstration.
    age: i64,
    text: &'static str,
    role: Role,
    flags: Flags,
}

const ALICE: (&str, &str) = ("Alice Martin", "alice@demo.test");

const LETTERS: &[Letter] = &[
    Letter {
        from: ("Facteur", "facteur@example.net"),
        subject: "Bienvenue",
        age: 2,
        text: "Bonjour,\n\nce serveur est à vous jusqu’à ce que vous l’arrêtiez. Répondez, archivez,\ncherchez ; un message arrive chaque minute.\n\nFacteur\n",
        role: Role::Inbox,
        flags: Flags::NONE,
    },
    Letter {
        from: ("Bob Taylor", "bob@demo.test"),
        subject: "Lunch on Thursday?",
        age: 26,
        text: "Hi Alice,\n\nthe place by the canal has opened again. Thursday at half past twelve?\n\nBob\n",
        role: Role::Inbox,
        flags: Flags::NONE,
    },
    Letter {
        from: ALICE,
        subject: "Re: Lunch on Thursday?",
        age: 25,
        text: "Thursday suits me. See you there!\n\nAlice\n",
        role: Role::Sent,
        flags: Flags::SEEN,
    },
    Letter {
        from: ALICE,
        subject: "Les photos de l’été",
        age: 50,
        text: "Chère Claire,\n\nj’ai retrouvé les photos de \n",
        role: Role::Drafts,
        flags: Flags::DRAFT,
    },
];

/// The mails of the minute, in turn.
const NEWS: &[(&str, &str, &str, &str)] = &[
    (
        "Weather station",
        "station@example.net",
        "Eleven degrees, wind from the west",
        "The wind turns south in the evening.\n",
    ),
    ("Bob Taylor", "bob@example.net", "Found your umbrella", "It was behind the door all along.\n"),
    (
        "Claire Dubois",
        "claire@example.org",
        "Le train de 18 h 04",
        "J’arrive par le train de 18 h 04. À ce soir !\n",
    ),
];

fn person((name, email): (&str, &str)) -> Person {
    Person { name: name.to_owned(), email: email.to_owned() }
}

/// Puts them into alice's account.
pub(super) async fn put(services: &Services) -> Result<(), Failure> {
    let Some(info) = services.directory.account_by_address(&super::address("alice")?) else {
        return Ok(());
    };
    let mail = services.mailstore.account(info.id).await.map_err(store_refused)?;
    let now = services.clock.now();
    let written = LETTERS.iter().enumerate().map(|(number, letter)| {
        let date = now.plus(-letter.age * 3600);
        let content =
            draft(letter.from, letter.subject, letter.text, date, number).build(number as u64);
        (NewMessage::new(&content, date).with_marks(letter.flags, Vec::new(), false), letter.role)
    });
    let written: Vec<(NewMessage, Role)> = written.collect();
    mail.write(move |tx| {
        for (message, role) in &written {
            let place = tx.role(*role);
            tx.append(message, &[place])?;
        }
        Ok(())
    })
    .await
    .map_err(store_refused)
}

fn draft(from: (&str, &str), subject: &str, text: &str, date: Timestamp, number: usize) -> Draft {
    Draft {
        from: person(from),
        to: vec![person(ALICE)],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: subject.to_owned(),
        date,
        zone_offset_seconds: 0,
        message_id: format!("{}.{number}@demo.test", date.0),
        in_reply_to: None,
        references: Vec::new(),
        text: text.to_owned(),
        html: None,
        attachments: Vec::new(),
        headers: Vec::new(),
    }
}

/// The mail of this minute and its sender.
pub(super) fn of_the_minute(round: usize, now: Timestamp) -> Option<(Option<Address>, Bytes)> {
    let (name, email, subject, text) = NEWS.get(round % NEWS.len())?;
    let content = draft((name, email), subject, text, now, round).build(round as u64);
    Some((email.parse().ok(), content.into()))
}
