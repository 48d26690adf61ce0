//! The mail that lies there already, and the mail of the minute.

use bytes::Bytes;
use mailstore::{NewMessage, Tx};
use message::{Draft, NewAttachment, Person};
use model::{Address, Flags, MailboxName, Role, Timestamp};

use super::mail::{ARRIVING, MAIL, Owner, panorama, prepare};
use crate::admin::operations::store_refused;
use crate::exit::Failure;
use crate::services::Services;

/// A message with its place in an account.
struct Letter {
    content: NewMessage,
    role: Role,
    labels: Vec<MailboxName>,
}

/// Puts them into the accounts of alice and bob.
pub(super) async fn put(services: &Services) -> Result<(), Failure> {
    let now = services.clock.now();
    for (owner, local) in [(Owner::Alice, "alice"), (Owner::Bob, "bob")] {
        let Some(info) = services.directory.account_by_address(&super::address(local)?) else {
            continue;
        };
        let mail = services.mailstore.account(info.id).await.map_err(store_refused)?;
        let letters = letters(owner, now);
        let written = mail.write(move |tx| letters.iter().try_for_each(|letter| place(tx, letter)));
        written.await.map_err(store_refused)?;
    }
    Ok(())
}

/// What `owner` has at the moment `now`, oldest first.
fn letters(owner: Owner, now: Timestamp) -> Vec<Letter> {
    let mut letters: Vec<(Timestamp, Letter)> = MAIL
        .iter()
        .filter(|placed| placed.owner == owner)
        .map(|placed| {
            let sent = placed.sent(now);
            let flags =
                placed.flags.iter().copied().reduce(|all, flag| all | flag).unwrap_or_default();
            let content = NewMessage::new(&prepare(placed.raw, now, 0), sent);
            let labels = placed.labels.iter().filter_map(|label| label.parse().ok()).collect();
            let content = content.with_marks(flags, Vec::new(), false);
            (sent, Letter { content, role: placed.role, labels })
        })
        .collect();
    if owner == Owner::Alice {
        letters.extend(heavy(now));
        letters.sort_by_key(|(sent, _)| *sent);
    }
    letters.into_iter().map(|(_, letter)| letter).collect()
}

/// Stores a message in its mailbox and its labels, made where they are missing.
fn place(tx: &mut Tx<'_>, letter: &Letter) -> Result<(), mailstore::Error> {
    let mut into = Vec::new();
    // Who has a label is in All Mail by that alone.
    if letter.role != Role::All || letter.labels.is_empty() {
        into.push(tx.role(letter.role));
    }
    for label in &letter.labels {
        let known = tx.named(label).map(|head| head.id);
        into.push(match known {
            Some(mailbox) => mailbox,
            None => tx.create_mailbox(label)?,
        });
    }
    tx.append(&letter.content, &into).map(|_| ())
}

/// Days ago, subject and text of the mails that carry a picture too heavy for
/// mail: they bring the meter up, and leave visitors some megabytes below it.
const HEAVY: [(i64, Role, &str, &str); 3] = [
    (
        2,
        Role::Inbox,
        "Le panorama promis (attention, c’est lourd)",
        "Voici la vue depuis le refuge, un soir d’octobre.\n\nJe n’ai pas su la rendre plus légère : c’est une montagne.\n\nMarc\n",
    ),
    (
        33,
        Role::All,
        "Le même panorama, à midi",
        "À midi, la lumière écrase tout, mais on voit jusqu’au phare.\n\nMarc\n",
    ),
    (
        34,
        Role::All,
        "Le panorama, au lever du jour",
        "Il fallait se lever à cinq heures. Je l’ai fait pour vous.\n\nMarc\n",
    ),
];

fn heavy(now: Timestamp) -> Vec<(Timestamp, Letter)> {
    let picture = panorama::picture();
    let letter = |(days, role, subject, text): (i64, Role, &str, &str)| {
        let sent = now.plus(-(days * 86_400 + 20 * 3600));
        let draft = Draft {
            from: Person::new("Marc Petit", "marc@rando.example"),
            to: vec![Person::new("Alice Martin", "alice@demo.test")],
            subject: subject.to_owned(),
            date: sent,
            zone_offset_seconds: 3600,
            message_id: format!("panorama-{days}@rando.example"),
            text: text.to_owned(),
            attachments: vec![NewAttachment {
                name: "Trois Boîtes.bmp".to_owned(),
                media_type: "image/bmp".to_owned(),
                bytes: picture.clone(),
                content_id: None,
            }],
            ..Draft::default()
        };
        // Those that are not in the inbox were read long ago.
        let flags = if role == Role::Inbox { Flags::NONE } else { Flags::SEEN };
        let content = NewMessage::new(&draft.build(1), sent).with_marks(flags, Vec::new(), false);
        let labels = "Randonnées".parse().into_iter().collect();
        (sent, Letter { content, role, labels })
    };
    HEAVY.map(letter).into_iter().collect()
}

/// The mail of this minute and its sender.
pub(super) fn of_the_minute(round: usize, now: Timestamp) -> Option<(Option<Address>, Bytes)> {
    let raw = ARRIVING.get(round % ARRIVING.len())?;
    let content = prepare(raw, now, now.0.unsigned_abs());
    let from = message::facts(&content).from.first().and_then(|person| person.email.parse().ok());
    Some((from, content.into()))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// The store a newcomer sees: conversations, labels, a meter at 70 %.
    #[tokio::test]
    async fn the_house_is_furnished() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listen = crate::demo::listen(Ipv4Addr::LOCALHOST.into(), 0);
        let settings = crate::demo::settings(folder.path(), listen);
        let services = Services::open(settings).await.unwrap_or_else(|_| panic!("the store opens"));
        let furnished = crate::demo::furnish(&services).await;
        assert!(furnished.is_ok(), "the demonstration is furnished");

        let alice = "alice@demo.test".parse().expect("an address");
        let info = services.directory.account_by_address(&alice).expect("alice has an account");
        let mail = services.mailstore.account(info.id).await.expect("her mail opens");
        mail.read(|state| {
            let (rows, _) = state.conversations(state.role(Role::Inbox), 0, 100);
            let longest = rows.iter().map(|row| row.all.len()).max();
            assert_eq!(longest, Some(12), "two conversations have a dozen messages");
            assert!(
                rows.iter().any(|row| row.unread > 0) && rows.iter().any(|row| row.unread == 0)
            );
            let count = |role| state.role(role).exists();
            assert_eq!((count(Role::Spam), count(Role::Drafts), count(Role::Trash)), (4, 1, 1));
            assert!(count(Role::Sent) >= 8);
            let recipes = "Recettes".parse().expect("a name");
            assert!(state.named(&recipes).is_some_and(|label| label.exists() == 1));
            let quota = info.quota_bytes(services.clock.now()).max(1);
            let percent = state.usage().bytes * 100 / quota;
            assert!((60..80).contains(&percent), "the meter stands at {percent} %");
        })
        .await
        .expect("her mail can be read");
    }
}
