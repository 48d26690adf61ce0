//! Both languages, everywhere.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::StatusCode;
use locale::Language;
use model::Role;

use crate::world::World;

/// Every sentence id in our sources, wherever it is written as one.
fn ids() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut ids = BTreeSet::new();
    let mut waiting = vec![root.join("src"), root.join("templates")];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).expect("our sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            for piece in text.split('"') {
                let plain = piece
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if piece.starts_with("web-") && plain {
                    ids.insert(piece.to_owned());
                }
            }
        }
    }
    ids
}

/// Those that are put together from two pieces.
const STEMS: &[&str] = &["web-error-"];

#[test]
fn every_sentence_exists_in_both_languages() {
    let ids = ids();
    assert!(ids.len() > 150, "{}", ids.len());
    for language in Language::ALL {
        for id in &ids {
            if STEMS.iter().any(|stem| id.starts_with(stem)) {
                for end in ["title", "text"] {
                    assert!(locale::exists(language, &format!("{id}-{end}")), "{id}-{end}");
                }
            } else {
                assert!(locale::exists(language, id), "{id} in {language}");
            }
        }
        for place in
            ["inbox", "starred", "sent", "drafts", "outbox", "all", "spam", "trash", "label"]
        {
            assert!(locale::exists(language, &format!("web-empty-{place}")), "{place}");
        }
    }
}

#[tokio::test]
async fn french_pages_are_french() {
    let world = World::new().await;
    let n = world
        .put(
            world.bob,
            Role::Inbox,
            60,
            "From: A <a@x.org>\nTo: bob@demo.test\nSubject: S\n\nT\n> q\n",
        )
        .await;
    let mut browser = world.browser();
    browser.language = "fr-CA, en;q=0.5";
    let login = browser.open("/login").await;
    assert_eq!(login.attributes("html", "lang"), ["fr"]);
    assert_eq!(login.texts("form button"), ["Ouvrir ma boîte"]);
    assert_eq!(login.texts("h1"), ["Bonjour.Votre courrier vous attend."]);
    browser.sign_in("bob@demo.test", crate::world::PASSWORD).await;
    let inbox = browser.open("/mail/inbox").await;
    assert_eq!(inbox.texts("h1"), ["Boîte de réception"]);
    assert_eq!(inbox.texts(".day"), ["Aujourd’hui"]);
    for (path, heading) in [
        (format!("/c/{n}"), "S"),
        ("/compose".to_owned(), "Nouveau message"),
        ("/settings/account".to_owned(), "Réglages"),
        ("/mail/trash".to_owned(), "Corbeille"),
    ] {
        let page = browser.open(&path).await;
        assert_eq!(page.texts("main h1"), [heading], "{path}");
        let text = page.text();
        assert!(!text.contains("web-"), "an id without a sentence on {path}");
    }
    let lost = browser.get("/nowhere").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert_eq!(lost.texts("h1").len(), 1);
    assert!(
        lost.text().contains("Il n’y a rien ici.")
            || lost.text().contains("There is nothing here.")
    );
    let reply = browser.open(&format!("/compose?re={n}")).await;
    let body = reply.form(".draft").into_iter().find(|(name, _)| name == "body").expect("a body").1;
    assert!(body.contains("A a écrit\u{202f}:"), "{body:?}");
}
