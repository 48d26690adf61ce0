//! The account page: space, looks, passwords, sessions.

use axum::http::StatusCode;
use directory::Protocol;
use model::{Role, Secret};

use crate::world::{PASSWORD, World};

const LOOPBACK: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn the_meter_shows_what_is_used() {
    let world = World::new().await;
    world
        .put(world.alice, Role::Inbox, 60, &format!("From: b@x.org\n\n{}\n", "x".repeat(2_000_000)))
        .await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/settings/account").await;
    let used: u64 = page.attributes("#space-big", "value")[0].parse().expect("a number");
    assert!(used > 2_000_000);
    assert!(page.texts(".gauge label")[0].starts_with("1.9"), "{:?}", page.texts(".gauge label"));
    assert!(page.has(".side meter"));
}

#[tokio::test]
async fn an_app_password_is_shown_once_and_withdrawn() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/settings/account").await;
    let form = "#apps form.row-of";
    let made = browser.submit(&page, form, &[("do", "create"), ("label", "My <b>phone</b>")]).await;
    assert_eq!((made.status, made.location()), (StatusCode::SEE_OTHER, "/settings/account#apps"));
    let page = browser.open("/settings/account").await;
    let secret = page.texts(".secret").remove(0);
    assert_eq!(page.texts("#apps tbody th"), ["My <b>phone</b>"]);
    let opened = |secret: String| {
        let directory = world.directory.clone();
        async move {
            directory
                .login("alice@demo.test", &Secret::new(secret), Protocol::Imap, LOOPBACK)
                .await
                .is_ok()
        }
    };
    assert!(opened(secret.clone()).await);
    let page = browser.open("/settings/account").await;
    assert!(!page.has(".secret") && !page.text().contains(&secret), "once is enough");
    let gone = browser.submit(&page, "#apps td form", &[("do", "revoke")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(!opened(secret).await);
    let page = browser.open("/settings/account").await;
    let refused = browser.submit(&page, form, &[("do", "create"), ("label", "  ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_new_password_closes_other_sessions() {
    let world = World::new().await;
    let mut stolen = world.signed_in("alice").await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/settings/account").await;
    assert_eq!(page.texts("#sessions tbody tr").len(), 2);
    let form = "#password form";
    for (current, new, again, said) in [
        ("wrong", "new-password", "new-password", "present password is not right"),
        (PASSWORD, "new-password", "other", "differ"),
        (PASSWORD, "", "", "too short"),
    ] {
        let values = [("do", "password"), ("current", current), ("new", new), ("again", again)];
        let page = browser.submit(&page, form, &values).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(page.texts("#password [role=alert]")[0].contains(said), "{said}");
    }
    let values = [
        ("do", "password"),
        ("current", PASSWORD),
        ("new", "new-password"),
        ("again", "new-password"),
    ];
    assert_eq!(browser.submit(&page, form, &values).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/mail/inbox").await.status, StatusCode::OK);
    assert_eq!(stolen.get("/mail/inbox").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        world.browser().sign_in("alice@demo.test", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        world.browser().sign_in("alice@demo.test", "new-password").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn one_session_closes_another() {
    let world = World::new().await;
    let mut other = world.signed_in("alice").await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/settings/account").await;
    browser.submit(&page, "#sessions td form", &[("do", "close")]).await;
    assert_eq!(other.get("/mail/inbox").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/mail/inbox").await.status, StatusCode::OK);
}

#[tokio::test]
async fn looks_and_language() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open("/settings/account").await;
    let values = [
        ("do", "general"),
        ("name", "Alice A."),
        ("language", "fr"),
        ("zone", "Asia/Tokyo"),
        ("theme", "dark"),
        ("density", "compact"),
    ];
    let saved = browser.submit(&page, "#general form", &values).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let page = browser.open("/settings/account").await;
    assert_eq!(page.attributes("html", "lang"), ["fr"]);
    assert_eq!(page.attributes("html", "data-theme"), ["dark"]);
    assert_eq!(page.attributes("html", "data-density"), ["compact"]);
    assert_eq!(page.texts("#general-h"), ["Général"]);
    assert!(page.text().contains("21:00"), "noon UTC in Tokyo");
    assert!(page.texts("[role=status]")[0].starts_with("C’est enregistré"));
    let refused = browser
        .submit(&page, "#general form", &[("do", "general"), ("zone", "Mars/Olympus")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.attributes("#zone", "value"), ["Mars/Olympus"]);
}
