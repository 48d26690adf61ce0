//! Sessions, their cookies, and forms from elsewhere.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use model::Role;
use web::Door;

use crate::world::{Browser, PASSWORD, World};

#[tokio::test]
async fn wrong_then_right_password() {
    let world = World::new().await;
    let mut browser = world.browser();
    let refused = browser.sign_in("alice@demo.test", "wrong").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.texts("[role=alert]")[0].contains("Wrong address or password"));
    assert_eq!(refused.attributes("#user", "value"), ["alice@demo.test"]);
    assert!(!refused.text().contains("wrong\""), "the password is not sent back");
    let opened = browser.sign_in("alice@demo.test", PASSWORD).await;
    assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, "/mail/inbox"));
    assert_eq!(browser.open("/mail/inbox").await.texts("h1"), ["Inbox"]);
}

#[tokio::test]
async fn nobody_learns_which_accounts_exist() {
    let world = World::new().await;
    let mut browser = world.browser();
    let wrong = browser.sign_in("alice@demo.test", "wrong").await.texts("[role=alert]");
    let nobody = browser.sign_in("nobody@demo.test", "wrong").await.texts("[role=alert]");
    assert_eq!(wrong, nobody);
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in_and_come_back() {
    let world = World::new().await;
    let mut browser = world.browser();
    for path in ["/mail/inbox", "/c/1", "/m/1/raw", "/m/1/p/1", "/compose", "/settings/account"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert!(page.location().starts_with("/login?next=%2F"), "{path}: {}", page.location());
    }
    for path in ["/act", "/undo/1", "/compose", "/settings/account", "/logout"] {
        let page = browser.post(path, &[]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/login"), "{path}");
    }
    let login = browser.open("/login?next=%2Fmail%2Fsent%3Fpage%3D1").await;
    let values = [("user", "alice@demo.test"), ("password", PASSWORD)];
    let opened = browser.submit(&login, "form", &values).await;
    assert_eq!(opened.location(), "/mail/sent?page=1");
}

#[tokio::test]
async fn no_open_redirect() {
    let world = World::new().await;
    for next in
        ["https://evil.test/", "//evil.test", "/\\evil.test", "/logout", "javascript:alert(1)"]
    {
        let mut browser = world.browser();
        let login = browser.open("/login").await;
        let values = [("user", "alice@demo.test"), ("password", PASSWORD), ("next", next)];
        let opened = browser.submit(&login, "form", &values).await;
        assert_eq!(opened.location(), "/mail/inbox", "{next}");
    }
}

#[tokio::test]
async fn the_cookie_is_guarded_and_the_session_ends() {
    let world = World::new().await;
    let mut browser = world.browser();
    let opened = browser.sign_in("alice@demo.test", PASSWORD).await;
    let cookie = opened.headers[header::SET_COOKIE].to_str().expect("ASCII").to_owned();
    assert!(cookie.starts_with("__Host-facteur="), "{cookie}");
    for guard in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(guard), "{cookie}");
    }
    let kept = browser.cookies.clone();
    let inbox = browser.open("/mail/inbox").await;
    let left = browser.submit(&inbox, ".leave", &[]).await;
    assert_eq!((left.status, left.location()), (StatusCode::SEE_OTHER, "/login?left=1"));
    assert!(browser.open("/login?left=1").await.text().contains("You are signed out"));
    // The cookie is worth nothing after that, even if somebody kept it.
    browser.cookies = kept;
    assert_eq!(browser.get("/mail/inbox").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sessions_survive_a_restart_and_end_unused() {
    let world = World::new().await;
    let mut browser = world.signed_in("alice").await;
    let again = World::on(Arc::clone(&world.engine), false).await;
    let mut later = Browser::new(web::router(again.web.clone()));
    later.cookies = std::mem::take(&mut browser.cookies);
    assert_eq!(later.get("/mail/inbox").await.status, StatusCode::OK);
    again.clock.advance(60 * 86_400);
    assert_eq!(later.get("/mail/inbox").await.status, StatusCode::OK, "its use was noted");
    again.clock.advance(60 * 86_400);
    assert_eq!(later.get("/mail/inbox").await.status, StatusCode::OK);
    again.clock.advance(91 * 86_400);
    assert_eq!(later.get("/mail/inbox").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_made_up_cookie_opens_nothing_and_makes_no_account() {
    let world = World::new().await;
    for cookie in [
        "3e8.",
        "ffff.AAAA",
        "zz.zz",
        "",
        "3e8",
        &format!("{:x}.{}", world.alice.0, "A".repeat(43)),
    ] {
        let mut browser = world.browser();
        browser.cookies.push(("__Host-facteur".to_owned(), cookie.to_owned()));
        assert_eq!(browser.get("/mail/inbox").await.status, StatusCode::SEE_OTHER, "{cookie}");
    }
    // Bob's session is not Alice's, whatever number stands before it.
    let mut bob = world.signed_in("bob").await;
    let token = bob.cookies[0].1.split('.').nth(1).expect("a token").to_owned();
    bob.cookies[0].1 = format!("{:x}.{token}", world.alice.0);
    assert_eq!(bob.get("/mail/inbox").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_suspended_account_is_out_at_once() {
    let world = World::new().await;
    let mut browser = world.signed_in("bob").await;
    world.directory.suspend(world.bob, true).await.expect("suspended");
    assert_eq!(browser.get("/mail/inbox").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_from_elsewhere_change_nothing() {
    let world = World::new().await;
    let number = world.put(world.alice, Role::Inbox, 60, "From: b@x.org\n\nHi\n").await;
    let mut browser = world.signed_in("alice").await;
    let inbox = browser.open("/mail/inbox").await;
    let id = inbox.attributes("[name=id]", "value").remove(0);
    let archive = [("id", id.as_str()), ("do", "archive")];
    for site in ["cross-site", "same-site", "none"] {
        browser.says_site = Some(site);
        let page = browser.submit(&inbox, ".lists", &archive).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{site}");
    }
    // An old browser says nothing: then the token decides.
    browser.says_site = None;
    let forged = [("id", id.as_str()), ("do", "archive"), ("csrf", "forged")];
    assert_eq!(browser.submit(&inbox, ".lists", &forged).await.status, StatusCode::FORBIDDEN);
    assert!(world.places(world.alice, number).await.contains(&"INBOX".to_owned()));
    let done = browser.submit(&inbox, ".lists", &archive).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(!world.places(world.alice, number).await.contains(&"INBOX".to_owned()));
}

#[tokio::test]
async fn nobody_is_signed_in_by_another_site() {
    let world = World::new().await;
    let fields = [
        ("user".to_owned(), "bob@demo.test".to_owned()),
        ("password".to_owned(), PASSWORD.to_owned()),
    ];
    let mut browser = world.browser();
    browser.says_site = Some("cross-site");
    assert_eq!(browser.post("/login", &fields).await.status, StatusCode::FORBIDDEN);
    // Without headers, the cookie of the sign-in page is missing.
    browser.says_site = None;
    assert_eq!(browser.post("/login", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!browser.cookies.iter().any(|(name, _)| name == "__Host-facteur"));
    let opened = browser.sign_in("bob@demo.test", PASSWORD).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut last = StatusCode::OK;
    for n in 0..30 {
        last = browser.sign_in("alice@demo.test", &format!("guess-{n}")).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_app_password_does_not_open_the_web() {
    let world = World::new().await;
    let made = world.directory.add_app_password(world.alice, "Phone", None).await;
    let (_, secret) = made.expect("an app password");
    let refused = world.browser().sign_in("alice@demo.test", secret.expose()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn plain_http_leads_to_https() {
    let world = World::new().await;
    let mut browser = world.door(Door::Redirect);
    let page = browser.get("/mail/inbox?page=2").await;
    assert_eq!(page.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(page.location(), "https://mail.demo.test/mail/inbox?page=2");
    let page = browser.get("//evil.test/x").await;
    assert_eq!(page.location(), "https://mail.demo.test//evil.test/x");
    let fields = [
        ("user".to_owned(), "bob@demo.test".to_owned()),
        ("password".to_owned(), PASSWORD.to_owned()),
    ];
    assert_eq!(browser.post("/login", &fields).await.status, StatusCode::FORBIDDEN);
    // Where the administrator allows it, without the prefix that needs TLS.
    let mut browser = world.door(Door::Plain);
    assert_eq!(browser.sign_in("bob@demo.test", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.cookies[0].0, "facteur");
}
