//! What holds for every page: structure, labels, weight, headers.

use std::collections::HashSet;

use axum::http::header;
use model::Role;
use scraper::{Html, Selector};

use crate::world::{Page, World};

async fn pages(world: &World) -> Vec<(String, Page)> {
    for n in 0..60 {
        let text = format!(
            "From: Somebody Number {n} <b{n}@x.org>\nTo: alice@demo.test\nSubject: A subject of usual length, number {n}\n\
             Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSome words that are different in each letter: {} and then more of them until the line is full enough to be cut.\n\
             --b\nContent-Disposition: attachment; filename=a{n}.pdf\nContent-Type: application/pdf\n\nx\n--b--\n",
            n * 7919 % 1000
        );
        world.put(world.alice, Role::Inbox, n * 5000, &text).await;
    }
    let mut browser = world.browser();
    let mut all = vec![("/login".to_owned(), browser.open("/login").await)];
    browser.sign_in("alice@demo.test", crate::world::PASSWORD).await;
    let last = world.newest(world.alice, Role::Inbox).await;
    for path in [
        "/mail/inbox".to_owned(),
        "/mail/inbox?page=2".to_owned(),
        "/mail/trash".to_owned(),
        "/mail/all".to_owned(),
        format!("/c/{last}"),
        "/compose".to_owned(),
        format!("/compose?re={last}"),
        "/settings/account".to_owned(),
    ] {
        let page = browser.open(&path).await;
        all.push((path, page));
    }
    let page = browser.get("/nowhere").await;
    all.push(("/nowhere".to_owned(), page));
    all
}

fn select(html: &Html, selector: &str) -> usize {
    html.select(&Selector::parse(selector).expect("a selector")).count()
}

#[tokio::test]
async fn every_page_is_well_made() {
    let world = World::new().await;
    for (path, page) in pages(&world).await {
        let html = page.html();
        assert!(
            html.errors.is_empty() || html.errors.iter().all(|e| !e.contains("Unexpected")),
            "{path}: {:?}",
            html.errors
        );
        for (selector, count) in
            [("main", 1), ("main h1", 1), ("title", 1), ("html[lang]", 1), ("link[rel=icon]", 1)]
        {
            assert_eq!(select(&html, selector), count, "{selector} on {path}");
        }
        // No script, no style of our own in the page.
        for banned in ["script", "style", "[style]", "iframe", "[onclick]", "object"] {
            assert_eq!(select(&html, banned), 0, "{banned} on {path}");
        }
        // Every id once.
        let ids = page.attributes("[id]", "id");
        let unique: HashSet<&String> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "ids on {path}");
        // Every field has a label, every button and link a name.
        let fields =
            Selector::parse("input:not([type=hidden]):not([aria-hidden]), select, textarea, meter")
                .expect("a selector");
        let labels: HashSet<String> = page.attributes("label[for]", "for").into_iter().collect();
        for field in html.select(&fields) {
            let id = field.value().attr("id").unwrap_or("");
            let inside = field
                .ancestors()
                .filter_map(scraper::ElementRef::wrap)
                .any(|e| e.value().name() == "label");
            let said = field.value().attr("aria-label").is_some_and(|label| !label.is_empty());
            assert!(
                labels.contains(id) || inside && (said || !field.html().contains("name=\"id\"")),
                "{} has no label on {path}",
                field.html()
            );
        }
        let controls = Selector::parse("button, a[href]").expect("a selector");
        for control in html.select(&controls) {
            let text: String = control.text().collect();
            let named = !text.trim().is_empty() || control.html().contains("aria-label=");
            assert!(named, "{} has no name on {path}", control.html());
        }
        for form in page.attributes("form[method=post]", "action") {
            assert!(form.starts_with('/') && !form.starts_with("//"), "{form} on {path}");
        }
        // Headings do not jump.
        let headings = Selector::parse("h1, h2, h3").expect("a selector");
        let mut before = 0;
        for heading in html.select(&headings) {
            let level: u8 = heading.value().name()[1..].parse().expect("a level");
            assert!(level <= before + 1 || before == 0, "a heading jumps to {level} on {path}");
            before = level;
        }
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let world = World::new().await;
    for (path, page) in pages(&world).await {
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
        for rule in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{rule} on {path}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(page.headers[header::REFERRER_POLICY], "same-origin", "{path}");
        // No outside address in anything a browser loads by itself.
        for (selector, name) in
            [("link", "href"), ("img", "src"), ("use", "href"), ("source", "srcset")]
        {
            for target in page.attributes(selector, name) {
                assert!(target.starts_with("/assets/"), "{target} on {path}");
            }
        }
    }
}

#[tokio::test]
async fn assets_are_immutable_and_found() {
    let world = World::new().await;
    let mut browser = world.browser();
    let login = browser.open("/login").await;
    let mut targets = login.attributes("link", "href");
    targets.extend(
        login
            .attributes("use", "href")
            .iter()
            .map(|u| u.split('#').next().expect("a path").to_owned()),
    );
    assert!(targets.len() >= 3);
    for target in targets {
        let asset = browser.open(&target).await;
        assert!(
            asset.headers[header::CACHE_CONTROL].to_str().expect("ASCII").contains("immutable"),
            "{target}"
        );
    }
    // Every icon a template names is in the sprite.
    let sprite = include_str!("../../assets/icons.svg");
    for (path, page) in pages(&world).await {
        for icon in page.attributes("use", "href") {
            let id = icon.split('#').nth(1).expect("an icon");
            assert!(sprite.contains(&format!("id=\"{id}\"")), "{id} on {path}");
        }
    }
    assert_eq!(browser.get("/assets/facteur.css").await.status, 404);
    assert_eq!(browser.get("/assets/..%2F..%2FCargo.toml").await.status, 404);
    assert_eq!(browser.open("/favicon.ico").await.headers[header::CONTENT_TYPE], "image/svg+xml");
}

#[tokio::test]
async fn pages_stay_small() {
    let world = World::new().await;
    for (path, page) in pages(&world).await {
        let elements = select(&page.html(), "*");
        assert!(elements <= 2_000, "{elements} elements on {path}");
        assert!(page.body.len() <= 110_000, "{} bytes on {path}", page.body.len());
    }
    // As they travel: a list of fifty, its style sheet and its icons.
    let mut browser = world.signed_in("alice").await;
    browser.encoding = "gzip";
    let list = browser.open("/mail/inbox").await;
    assert_eq!(list.headers[header::CONTENT_ENCODING], "gzip");
    assert!(list.body.len() <= 9 << 10, "{} bytes", list.body.len());
    browser.encoding = "";
    let login = browser.open("/mail/trash").await;
    browser.encoding = "gzip";
    for (target, most) in [
        (login.attributes("link[rel=stylesheet]", "href").remove(0), 10 << 10),
        (login.attributes("use", "href")[0].split('#').next().expect("a path").to_owned(), 3 << 10),
    ] {
        let asset = browser.open(&target).await;
        assert!(asset.body.len() <= most, "{target}: {} bytes", asset.body.len());
    }
}
