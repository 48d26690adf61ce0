//! Archive, delete, spam, marks, labels, and the way back from each.

use axum::http::StatusCode;
use model::{Flags, MailboxName, MessageNumber, Role};

use crate::world::{Browser, Page, World};

async fn letter(world: &World, role: Role) -> MessageNumber {
    world
        .put(
            world.alice,
            role,
            60,
            "From: Bob <b@x.org>\nTo: alice@demo.test\nSubject: Hello\n\nText\n",
        )
        .await
}

async fn act(browser: &mut Browser, place: &str, word: &str) -> Page {
    let list = browser.open(place).await;
    let id = list.attributes("[name=id]", "value").remove(0);
    let done = browser.submit(&list, ".lists", &[("id", &id), ("do", word)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{word}: {}", done.text());
    browser.open(done.location()).await
}

#[tokio::test]
async fn each_action_and_its_undo() {
    for (word, role, after, sentence) in [
        ("archive", Role::Inbox, &["All Mail"][..], "Conversation archived"),
        ("delete", Role::Inbox, &["Trash"], "Conversation moved to trash"),
        ("spam", Role::Inbox, &["Spam"], "Conversation moved to spam"),
        ("notspam", Role::Spam, &["All Mail", "INBOX"], "Not spam: moved to the inbox"),
        ("inbox", Role::Trash, &["All Mail", "INBOX"], "Conversation moved to the inbox"),
    ] {
        let world = World::new().await;
        let n = letter(&world, role).await;
        let before = world.places(world.alice, n).await;
        let mut browser = world.signed_in("alice").await;
        let place = match role {
            Role::Spam => "/mail/spam",
            Role::Trash => "/mail/trash",
            _ => "/mail/inbox",
        };
        let page = act(&mut browser, place, word).await;
        assert_eq!(world.places(world.alice, n).await, after, "{word}");
        assert!(
            page.texts("[role=status]")[0].starts_with(sentence),
            "{word}: {:?}",
            page.texts("[role=status]")
        );
        let undone = browser.submit(&page, ".toast form", &[]).await;
        assert_eq!(undone.location(), place, "{word}");
        assert_eq!(world.places(world.alice, n).await, before, "undo of {word}");
        let page = browser.open(place).await;
        assert!(page.texts("[role=status]")[0].starts_with("Undone"), "{word}");
        // Said once.
        assert!(!browser.open(place).await.has("[role=status]"));
    }
}

#[tokio::test]
async fn ones_own_letters_stay_in_sent() {
    let world = World::new().await;
    let theirs = world
        .put(world.alice, Role::Inbox, 90, "From: b@x.org\nSubject: Q\nMessage-ID: <1@x>\n\n?\n")
        .await;
    let own = world
        .put(
            world.alice,
            Role::Sent,
            60,
            "From: alice@demo.test\nSubject: Re: Q\nReferences: <1@x>\n\n!\n",
        )
        .await;
    let mut browser = world.signed_in("alice").await;
    for (place, word, after) in [
        ("/mail/inbox", "archive", &["All Mail"][..]),
        ("/mail/all", "inbox", &["All Mail", "INBOX"]),
        ("/mail/inbox", "spam", &["Spam"]),
    ] {
        let page = act(&mut browser, place, word).await;
        assert_eq!(world.places(world.alice, theirs).await, after, "{word}");
        assert_eq!(world.places(world.alice, own).await, ["All Mail", "Sent"], "{word}");
        if word == "spam" {
            browser.submit(&page, ".toast form", &[]).await;
            assert_eq!(world.places(world.alice, theirs).await, ["All Mail", "INBOX"]);
        }
    }
    // What is thrown away is thrown away whole, and comes back whole.
    let page = act(&mut browser, "/mail/inbox", "delete").await;
    assert_eq!(world.places(world.alice, own).await, ["Trash"]);
    browser.submit(&page, ".toast form", &[]).await;
    assert_eq!(world.places(world.alice, own).await, ["All Mail", "Sent"]);
}

#[tokio::test]
async fn a_discarded_draft_can_be_had_back() {
    let world = World::new().await;
    let n = world
        .put(
            world.alice,
            Role::Drafts,
            60,
            "From: alice@demo.test\nTo: b@x.org\nSubject: D\n\nText\n",
        )
        .await;
    let mut browser = world.signed_in("alice").await;
    let page = act(&mut browser, "/mail/drafts", "delete").await;
    assert_eq!(world.places(world.alice, n).await, ["Trash"]);
    browser.submit(&page, ".toast form", &[]).await;
    assert_eq!(world.places(world.alice, n).await, ["All Mail", "Drafts"]);
}

#[tokio::test]
async fn labels_come_back_from_the_trash() {
    let world = World::new().await;
    let n = letter(&world, Role::Inbox).await;
    let account = world.account(world.alice).await;
    let label = account.write(move |tx| {
        let name: MailboxName = "Family".parse().expect("a name");
        let label = tx.create_mailbox(&name)?;
        tx.label(&[n], label)?;
        Ok(label)
    });
    let label = label.await.expect("labelled");
    let mut browser = world.signed_in("alice").await;
    let list = browser.open(&format!("/mail/{label}")).await;
    assert_eq!((list.texts("h1"), list.texts(".row").len()), (vec!["Family".to_owned()], 1));
    assert_eq!(browser.open("/mail/inbox").await.texts(".row .chip"), ["Family"]);
    let page = act(&mut browser, "/mail/inbox", "delete").await;
    assert_eq!(world.places(world.alice, n).await, ["Trash"]);
    browser.submit(&page, ".toast form", &[]).await;
    assert_eq!(world.places(world.alice, n).await, ["All Mail", "Family", "INBOX"]);
    act(&mut browser, &format!("/mail/{label}"), "unlabel").await;
    assert_eq!(world.places(world.alice, n).await, ["All Mail", "INBOX"]);
    assert_eq!(
        browser.open(&format!("/mail/{label}")).await.texts("h2").pop().expect("a heading"),
        "Nothing under this label."
    );
}

#[tokio::test]
async fn marks() {
    let world = World::new().await;
    let n = letter(&world, Role::Inbox).await;
    let mut browser = world.signed_in("alice").await;
    act(&mut browser, "/mail/inbox", "read").await;
    assert_eq!(world.flags(world.alice, n).await, Flags::SEEN);
    let page = act(&mut browser, "/mail/inbox", "unread").await;
    assert_eq!(world.flags(world.alice, n).await, Flags::NONE);
    browser.submit(&page, ".toast form", &[]).await;
    assert_eq!(world.flags(world.alice, n).await, Flags::SEEN);
    let list = browser.open("/mail/inbox").await;
    let star = list.attributes(".star", "value").remove(0);
    assert_eq!(list.attributes(".star", "aria-pressed"), ["false"]);
    browser.submit(&list, ".lists", &[("do", &star)]).await;
    assert_eq!(world.flags(world.alice, n).await, Flags::SEEN | Flags::FLAGGED);
    let starred = browser.open("/mail/starred").await;
    assert_eq!(starred.texts(".sub"), ["Hello"]);
    assert_eq!(starred.attributes(".star", "aria-pressed"), ["true"]);
    let conversation = browser.open(&starred.attributes(".open", "href")[0]).await;
    let done = browser.submit(&conversation, ".then form", &[("do", "unstar")]).await;
    assert_eq!(done.location(), format!("/c/{n}?in=starred#m{n}"));
    assert_eq!(world.flags(world.alice, n).await, Flags::SEEN);
}

#[tokio::test]
async fn for_ever_only_from_trash_and_spam() {
    let world = World::new().await;
    let n = letter(&world, Role::Inbox).await;
    let mut browser = world.signed_in("alice").await;
    act(&mut browser, "/mail/inbox", "forever").await;
    assert_eq!(world.places(world.alice, n).await, ["All Mail", "INBOX"], "not from the inbox");
    act(&mut browser, "/mail/inbox", "delete").await;
    let page = act(&mut browser, "/mail/trash", "forever").await;
    assert!(page.texts("[role=status]")[0].starts_with("Deleted for ever"));
    assert!(!page.has(".toast form"), "there is no way back, and none is offered");
    assert!(world.places(world.alice, n).await.is_empty());
}

#[tokio::test]
async fn emptying_the_trash_empties_nothing_else() {
    let world = World::new().await;
    let kept = letter(&world, Role::Inbox).await;
    for n in 0..60 {
        world
            .put(world.alice, Role::Trash, n, &format!("From: b@x.org\nSubject: Old {n}\n\n.\n"))
            .await;
    }
    let mut browser = world.signed_in("alice").await;
    let trash = browser.open("/mail/trash").await;
    assert!(trash.has("button[value=empty]"));
    let done = browser.submit(&trash, ".lists", &[("do", "empty")]).await;
    let page = browser.open(done.location()).await;
    assert_eq!(page.texts(".empty h2"), ["Nothing to throw away."]);
    assert_eq!(world.count(world.alice, Role::Trash).await, 0);
    assert_eq!(world.places(world.alice, kept).await, ["All Mail", "INBOX"]);
    // The inbox has no such button, and no such action.
    let inbox = browser.open("/mail/inbox").await;
    assert!(!inbox.has("button[value=empty]"));
    browser.submit(&inbox, ".lists", &[("do", "empty")]).await;
    assert_eq!(world.places(world.alice, kept).await, ["All Mail", "INBOX"]);
}

#[tokio::test]
async fn nothing_ticked_and_nonsense() {
    let world = World::new().await;
    letter(&world, Role::Inbox).await;
    let mut browser = world.signed_in("alice").await;
    let list = browser.open("/mail/inbox").await;
    let done = browser.submit(&list, ".lists", &[("do", "archive")]).await;
    let page = browser.open(done.location()).await;
    assert!(page.texts("[role=status]")[0].contains("Nothing was ticked"));
    for (word, place) in [("fly", "inbox"), ("archive", "../etc"), ("", "inbox")] {
        let page = browser.submit(&list, ".lists", &[("do", word), ("place", place)]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{word} in {place}");
    }
    // A conversation that is not there any more is no error.
    let gone = browser.submit(&list, ".lists", &[("do", "archive"), ("id", "4711")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_acts_on_anothers_mail() {
    let world = World::new().await;
    let n = letter(&world, Role::Inbox).await;
    let mut bob = world.signed_in("bob").await;
    let settings = bob.open("/settings/account").await;
    let token = settings.attributes("[name=csrf]", "value").remove(0);
    for word in ["archive", "delete", "spam", "read", "star", "forever", "cancel"] {
        let fields: Vec<(String, String)> = [
            ("csrf", token.as_str()),
            ("do", word),
            ("place", "inbox"),
            ("id", &n.to_string()),
            ("message", &n.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        bob.post("/act", &fields).await;
    }
    assert_eq!(world.places(world.alice, n).await, ["All Mail", "INBOX"]);
    assert_eq!(world.flags(world.alice, n).await, Flags::NONE);
}
