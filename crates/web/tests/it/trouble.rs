//! When the store is in trouble: what still works, and what is said.

use axum::http::{StatusCode, header};
use engine::Faults;
use model::{Flags, Role};

use crate::world::World;

const LETTER: &str = "From: Bob <b@x.org>\nTo: bob@demo.test\nSubject: Hello\n\nWords to be read\n";

#[tokio::test]
async fn a_full_disk_leaves_reading() {
    let world = World::new().await;
    let n = world.put(world.bob, Role::Inbox, 60, LETTER).await;
    let mut browser = world.signed_in("bob").await;
    world.engine.set_faults(Faults { full: true, ..Faults::default() }, 1);
    let page = browser.open(&format!("/c/{n}")).await;
    assert!(page.text().contains("Words to be read"), "although it cannot be marked as read");
    let inbox = browser.open("/mail/inbox").await;
    let refused = browser.submit(&inbox, ".lists", &[("do", "star"), ("id", &n.to_string())]).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(refused.texts("h1"), ["Le serveur n’a plus de place."]);
    assert!(refused.texts(".small")[0].starts_with("Référence"), "{:?}", refused.texts(".small"));
    world.engine.set_faults(Faults::default(), 1);
    browser.submit(&inbox, ".lists", &[("do", "star"), ("id", &n.to_string())]).await;
    assert!(world.flags(world.bob, n).await.contains(Flags::FLAGGED));
}

#[tokio::test]
async fn a_broken_store_tells_nothing_of_its_inside() {
    let world = World::new().await;
    let n = world.put(world.bob, Role::Inbox, 60, LETTER).await;
    let mut browser = world.signed_in("bob").await;
    let inbox = browser.open("/mail/inbox").await;
    world.engine.set_faults(Faults { broken: true, ..Faults::default() }, 1);
    let page = browser.submit(&inbox, ".lists", &[("do", "archive"), ("id", &n.to_string())]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.headers[header::RETRY_AFTER], "60");
    assert!(
        !page.text().contains("disk error") && !page.text().contains("store"),
        "{}",
        page.text()
    );
    assert!(page.has("main h1") && page.has("link[rel=stylesheet]"));
}

#[tokio::test]
async fn conflicts_and_lost_answers_change_nothing_for_people() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let faults =
        Faults { conflicts: 300, unknown_done: 150, unknown_lost: 150, ..Faults::default() };
    for seed in 0..10 {
        let n = world
            .put(world.alice, Role::Inbox, 60, &format!("From: b@x.org\nSubject: S{seed}\n\n.\n"))
            .await;
        world.engine.set_faults(faults, seed);
        let inbox = browser.open("/mail/inbox").await;
        let done =
            browser.submit(&inbox, ".lists", &[("do", "archive"), ("id", &n.to_string())]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "seed {seed}");
        let compose = browser.open("/compose").await;
        let sent = browser
            .submit(&compose, ".draft", &[("do", "send"), ("to", "bob@demo.test"), ("body", "x")])
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "seed {seed}");
        world.engine.set_faults(Faults::default(), seed);
        assert_eq!(world.places(world.alice, n).await, ["All Mail"], "seed {seed}");
        let sent = usize::try_from(seed).expect("small") + 1;
        assert_eq!(world.count(world.alice, Role::Outbox).await, sent, "seed {seed}: once each");
    }
}
