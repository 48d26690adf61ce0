//! Writing, answering, passing on; drafts; the time for thinking again.

use axum::http::StatusCode;
use model::{Flags, Role};

use crate::world::{World, address};

const LETTER: &str = "From: Bob <bob@x.org>\nTo: alice@demo.test, Carol <carol@x.org>\nSubject: Lunch\nMessage-ID: <1@x>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\nAt noon?\n";

#[tokio::test]
async fn write_send_and_take_back() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/compose").await;
    for (field, label) in [
        ("from", "From"),
        ("to", "To"),
        ("cc", "Cc"),
        ("bcc", "Bcc"),
        ("subject", "Subject"),
        ("body", "Message"),
        ("files", "Attach"),
    ] {
        assert_eq!(page.texts(&format!("label[for={field}]")), [label]);
    }
    let values = [
        ("do", "send"),
        ("to", "Élodie <bob@demo.test>"),
        ("bcc", "hidden@x.org"),
        ("subject", "Été"),
        ("body", "Bonjour\r\n\r\nà midi"),
    ];
    let sent = browser
        .submit_files(&page, ".draft", &values, &[("a \"b\".txt", "text/plain", b"content")])
        .await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/mail/inbox"));
    let number = world.newest(world.alice, Role::Outbox).await;
    let facts = message::facts(world.content(world.alice, number).await.as_bytes());
    assert_eq!((facts.subject.as_str(), facts.to[0].name.as_str()), ("Été", "Élodie"));
    assert_eq!(facts.bcc[0].email, "hidden@x.org");
    assert!(facts.attachments);
    assert!(
        !world.content(world.alice, number).await.contains("127.0.0.1"),
        "the writer’s address stays home"
    );
    // The same form again, by a second click: one letter.
    let again = browser.submit(&page, ".draft", &values).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count(world.alice, Role::Outbox).await, 1);

    let inbox = browser.open("/mail/inbox").await;
    assert!(inbox.texts("[role=status]")[0].starts_with("Sent"));
    assert!(inbox.has(".side a[href='/mail/outbox']"), "the outbox shows while something waits");
    let back = browser.submit(&inbox, ".toast form", &[]).await;
    assert_eq!(back.location(), format!("/compose?draft={number}"));
    assert_eq!(world.places(world.alice, number).await, ["All Mail", "Drafts"]);
    let draft = browser.open(back.location()).await;
    assert_eq!(draft.attributes("#subject", "value"), ["Été"]);
    assert_eq!(draft.attributes("#to", "value"), ["Élodie <bob@demo.test>"]);
    assert_eq!(draft.attributes("#bcc", "value"), ["hidden@x.org"]);
    assert_eq!(draft.attributes("[name=keep][checked]", "value").len(), 1);
    // Sent again, it leaves no draft behind.
    let sent = browser.submit(&draft, ".draft", &[("do", "send")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(
        (
            world.count(world.alice, Role::Drafts).await,
            world.count(world.alice, Role::Outbox).await
        ),
        (0, 1)
    );
    let number = world.newest(world.alice, Role::Outbox).await;
    assert!(
        message::facts(world.content(world.alice, number).await.as_bytes()).attachments,
        "with its file"
    );
}

#[tokio::test]
async fn too_late_to_take_back() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/compose").await;
    browser
        .submit(&page, ".draft", &[("do", "send"), ("to", "bob@demo.test"), ("body", "x")])
        .await;
    let inbox = browser.open("/mail/inbox").await;
    let number = world.newest(world.alice, Role::Outbox).await;
    // It leaves.
    let account = world.account(world.alice).await;
    account.write(move |tx| tx.file_sent(number)).await.expect("sent");
    let late = browser.submit(&inbox, ".toast form", &[]).await;
    let page = browser.open(late.location()).await;
    assert!(
        page.texts("[role=status]")[0].contains("Too late"),
        "{:?}",
        page.texts("[role=status]")
    );
    assert_eq!(world.places(world.alice, number).await, ["All Mail", "Sent"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_lost() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/compose").await;
    for (to, from, said) in [
        ("", "alice@demo.test", "There is no recipient"),
        ("nonsense", "alice@demo.test", "“nonsense” is not an address"),
        ("nobody@demo.test", "alice@demo.test", "nobody with the address nobody@demo.test"),
        ("bob@demo.test", "bob@demo.test", "bob@demo.test is not an address of your account"),
        ("bob@demo.test", "<script>", "<script> is not an address of your account"),
    ] {
        let values =
            [("do", "send"), ("to", to), ("from", from), ("subject", "S"), ("body", "My words")];
        let page = browser.submit(&page, ".draft", &values).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{to} {from}");
        assert!(
            page.texts("[role=alert]")[0].contains(said),
            "{said}: {:?}",
            page.texts("[role=alert]")
        );
        assert_eq!(page.texts("#body"), ["My words"]);
        assert_eq!(page.attributes("#to", "value"), [to]);
    }
    assert_eq!(world.count(world.alice, Role::Outbox).await, 0);
    // Files that came with a refused form are kept in a draft.
    let values = [("do", "send"), ("to", ""), ("body", "My words")];
    let page = browser
        .submit_files(&page, ".draft", &values, &[("f.txt", "text/plain", b"content")])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.texts("label.file")[0].contains("f.txt"));
    let sent = browser.submit(&page, ".draft", &[("do", "send"), ("to", "bob@demo.test")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let number = world.newest(world.alice, Role::Outbox).await;
    assert!(message::facts(world.content(world.alice, number).await.as_bytes()).attachments);
    assert_eq!(world.count(world.alice, Role::Drafts).await, 0);
}

#[tokio::test]
async fn a_draft_with_half_an_address_is_saved_all_the_same() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/compose").await;
    let values = [("do", "save"), ("to", "bob@demo.test, carol@"), ("body", "My words")];
    let page = browser.submit(&page, ".draft", &values).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.texts("[role=alert]")[0].starts_with("Saved, but"),
        "{:?}",
        page.texts("[role=alert]")
    );
    assert_eq!(page.attributes("#to", "value"), ["bob@demo.test, carol@"], "nothing typed is lost");
    assert_eq!(world.count(world.alice, Role::Drafts).await, 1);
    let saved = browser.submit(&page, ".draft", &[("do", "save"), ("to", "bob@demo.test")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count(world.alice, Role::Drafts).await, 1);
}

#[tokio::test]
async fn drafts_replace_their_last_revision() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/compose").await;
    let saved = browser
        .submit(&page, ".draft", &[("do", "save"), ("to", "bob@demo.test"), ("body", "One")])
        .await;
    assert!(saved.location().starts_with("/compose?draft="));
    let page = browser.open(saved.location()).await;
    assert_eq!(page.texts("#body"), ["One"]);
    let saved = browser.submit(&page, ".draft", &[("do", "save"), ("body", "Two")]).await;
    assert_eq!(world.count(world.alice, Role::Drafts).await, 1);
    let list = browser.open("/mail/drafts").await;
    assert_eq!(list.attributes(".open", "href"), [saved.location()]);
    assert_eq!(
        (list.texts(".snip"), list.texts(".who")),
        (vec!["Two".to_owned()], vec!["To bob@demo.test".to_owned()])
    );
    let page = browser.open(saved.location()).await;
    let gone = browser.submit(&page, ".draft", &[("do", "discard")]).await;
    assert_eq!(world.count(world.alice, Role::Drafts).await, 0);
    let page = browser.open(gone.location()).await;
    browser.submit(&page, ".toast form", &[]).await;
    assert_eq!(world.count(world.alice, Role::Drafts).await, 1, "even that can be undone");
}

#[tokio::test]
async fn an_answer_joins_its_conversation() {
    let world = World::new().await;
    let n = world.put(world.alice, Role::Inbox, 60, LETTER).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open(&format!("/compose?re={n}&all=1")).await;
    assert_eq!(page.attributes("#to", "value"), ["Bob <bob@x.org>"]);
    assert_eq!(page.attributes("#cc", "value"), ["Carol <carol@x.org>"]);
    assert_eq!(page.attributes("#subject", "value"), ["Re: Lunch"]);
    let body = page.form(".draft").into_iter().find(|(name, _)| name == "body").expect("a body").1;
    assert!(
        body.starts_with("\n\nOn Monday, November 23, 2026, 10:00, Bob wrote:\n> At noon?"),
        "{body:?}"
    );
    // Through a draft and back: it still knows what it answers.
    let saved = browser.submit(&page, ".draft", &[("do", "save")]).await;
    let draft = browser.open(saved.location()).await;
    let body = format!("Yes!{body}");
    let sent = browser.submit(&draft, ".draft", &[("do", "send"), ("body", &body)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let number = world.newest(world.alice, Role::Outbox).await;
    let content = world.content(world.alice, number).await;
    let facts = message::facts(content.as_bytes());
    assert_eq!(facts.references, ["1@x"]);
    assert!(content.contains("In-Reply-To: <1@x>"), "{content}");
    assert!(!content.contains("X-Facteur-Answers"), "what is for drafts stays in drafts");
    assert!(world.flags(world.alice, n).await.contains(Flags::ANSWERED));
    let conversation = browser.open(&format!("/c/{n}")).await;
    assert_eq!(conversation.texts("details.msg").len(), 2);
    assert!(conversation.text().contains("Not sent yet"));
}

#[tokio::test]
async fn the_box_under_a_conversation() {
    let world = World::new().await;
    let n = world.put(world.alice, Role::Inbox, 60, LETTER).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open(&format!("/c/{n}")).await;
    assert_eq!(page.texts("label[for=quick]"), ["Reply to Bob, Carol"]);
    let sent = browser.submit(&page, ".reply", &[("do", "send"), ("body", "With pleasure")]).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, format!("/c/{n}").as_str()));
    let number = world.newest(world.alice, Role::Outbox).await;
    let content = world.content(world.alice, number).await;
    assert!(
        content.contains(
            "With pleasure\r\n\r\nOn Monday, November 23, 2026, 10:00, Bob wrote:\r\n> At noon?"
        ),
        "{content}"
    );
    let page = browser.open(&format!("/c/{n}")).await;
    let more = browser.submit(&page, ".reply", &[("do", "more"), ("body", "Half a thought")]).await;
    assert_eq!(browser.open(more.location()).await.texts("#body"), ["Half a thought"]);
}

#[tokio::test]
async fn forwarding_takes_the_files_along() {
    let world = World::new().await;
    let n = world.put(world.alice, Role::Inbox, 60, "From: Bob <bob@x.org>\nSubject: Photo\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLook\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=\"é.png\"\nContent-Transfer-Encoding: base64\n\niVBORw==\n--b--\n").await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open(&format!("/compose?fwd={n}")).await;
    assert_eq!(page.attributes("#subject", "value"), ["Fwd: Photo"]);
    assert!(page.texts("#body")[0].contains("From: Bob <bob@x.org>"));
    browser.submit(&page, ".draft", &[("do", "send"), ("to", "bob@demo.test")]).await;
    let number = world.newest(world.alice, Role::Outbox).await;
    let content = world.content(world.alice, number).await;
    let view = message::view(content.as_bytes(), &message::facts(content.as_bytes()));
    assert_eq!((view.attachments.len(), view.attachments[0].name.as_str()), (1, "é.png"));
    // Unticked, it stays behind.
    let page = browser.open(&format!("/compose?fwd={n}")).await;
    browser.submit(&page, ".draft", &[("do", "send"), ("to", "bob@demo.test"), ("keep", "")]).await;
    let number = world.newest(world.alice, Role::Outbox).await;
    assert!(!message::facts(world.content(world.alice, number).await.as_bytes()).attachments);
}

#[tokio::test]
async fn a_header_cannot_be_smuggled_in() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/compose").await;
    let values = [
        ("do", "send"),
        ("to", "Bob\r\nX-Evil: 1 <bob@demo.test>"),
        ("subject", "S\r\nX-Evil: 2\r\n\r\nBody"),
        ("body", "x"),
    ];
    let sent = browser.submit(&page, ".draft", &values).await;
    if sent.status == StatusCode::SEE_OTHER {
        let number = world.newest(world.alice, Role::Outbox).await;
        let content = world.content(world.alice, number).await;
        let names: Vec<_> = message::header_fields(content.as_bytes())
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        assert!(!names.contains(&b"x-evil".to_vec()), "{content}");
    }
    let _ = address("bob@demo.test");
}

#[tokio::test]
async fn an_alias_may_be_written_from() {
    let world = World::new().await;
    world
        .directory
        .add_alias(&address("club@demo.test"), &[address("alice@demo.test")])
        .await
        .expect("an alias");
    let n = world
        .put(world.alice, Role::Inbox, 60, "From: b@x.org\nTo: club@demo.test\nSubject: Q\n\n?\n")
        .await;
    let page = world.signed_in("alice").await.open(&format!("/compose?re={n}")).await;
    assert_eq!(page.texts("#from option[selected]"), ["club@demo.test"]);
}
