//! Lists and letters, of kind and of hostile people.

use axum::http::{StatusCode, header};
use model::{Flags, Role};

use crate::world::{World, address};

#[tokio::test]
async fn a_list_of_conversations() {
    let world = World::new().await;
    let a = world.alice;
    world.put(a, Role::Inbox, 7200, "From: Bob Martin <bob@x.org>\nTo: alice@demo.test\nSubject: Lunch\nMessage-ID: <1@x>\n\nAt noon?\n").await;
    world.put(a, Role::Sent, 3600, "From: alice@demo.test\nTo: bob@x.org\nSubject: Re: Lunch\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\n\nYes!\n").await;
    world.put(a, Role::Inbox, 60, "From: Bob Martin <bob@x.org>\nTo: alice@demo.test\nSubject: Re: Lunch\nMessage-ID: <3@x>\nReferences: <1@x> <2@x>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nMenu attached\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=menu.pdf\n\nx\n--b--\n").await;
    world
        .put(a, Role::Inbox, 30 * 86_400, "From: Old <old@x.org>\nSubject: Ages ago\n\nText\n")
        .await;
    let page = world.signed_in("alice").await.open("/mail/inbox").await;
    assert_eq!(page.texts("h1"), ["Inbox"]);
    assert_eq!(page.texts(".day"), ["Today", "October"]);
    assert_eq!(page.texts(".sub"), ["Lunch", "Ages ago"]);
    assert_eq!(page.texts(".who")[0], "Bob, me 3 messages");
    assert_eq!(page.texts(".snip")[0], "Menu attached");
    assert!(page.texts(".when")[0].starts_with("Attachment,"), "{:?}", page.texts(".when"));
    assert_eq!(page.texts(".open > .vh")[0], "Unread.");
    assert_eq!(page.texts(".num")[0], "3 unread");
    assert_eq!(page.texts("title"), ["(3) Inbox – Facteur"]);
    // Every box and button of a row says which row it is.
    assert_eq!(page.attributes(".tick input", "aria-label")[0], "Tick: Lunch");
    // Starred by somebody, elsewhere.
    let sent = world.signed_in("alice").await.open("/mail/sent").await;
    assert_eq!(sent.texts(".who"), ["To bob@x.org"]);
}

#[tokio::test]
async fn opening_marks_as_read_but_fetching_ahead_does_not() {
    let world = World::new().await;
    let n = world.put(world.alice, Role::Inbox, 60, "From: b@x.org\nSubject: A\n\nText\n").await;
    let mut browser = world.signed_in("alice").await;
    let inbox = browser.open("/mail/inbox").await;
    let href = inbox.attributes(".open", "href").remove(0);
    let mut ahead =
        axum::http::Request::get(&href).body(axum::body::Body::empty()).expect("a request");
    ahead.headers_mut().insert("sec-purpose", "prefetch".parse().expect("a value"));
    browser.send(ahead).await;
    assert!(!world.flags(world.alice, n).await.contains(Flags::SEEN));
    let page = browser.open(&href).await;
    assert!(page.has("details.msg[open]"));
    assert!(world.flags(world.alice, n).await.contains(Flags::SEEN));
    assert!(!browser.open("/mail/inbox").await.has(".row.new"));
}

#[tokio::test]
async fn the_newest_is_open_and_addresses_are_there() {
    let world = World::new().await;
    let a = world.alice;
    world.put_bytes(a, Role::Inbox, 900, b"From: Bob <bob@x.org>\r\nTo: alice@demo.test\r\nSubject: Trip\r\nMessage-ID: <1@x>\r\n\r\nFirst\r\n", Flags::SEEN).await;
    world.put_bytes(a, Role::Inbox, 600, b"From: Bob <bob@x.org>\r\nTo: alice@demo.test, Carol <carol@x.org>\r\nSubject: Re: Trip\r\nReferences: <1@x>\r\n\r\nSecond\r\n\r\nOn Monday somebody wrote:\r\n> First\r\n", Flags::NONE).await;
    let mut browser = world.signed_in("alice").await;
    let href = browser.open("/mail/inbox").await.attributes(".open", "href").remove(0);
    let page = browser.open(&href).await;
    assert_eq!(page.texts("h1"), ["Trip"]);
    assert_eq!((page.texts("details.msg").len(), page.texts("details.msg[open]").len()), (2, 1));
    assert!(page.texts("details.msg[open] .letter p")[0].contains("Second"));
    assert_eq!(page.texts("details.quote summary"), ["Quoted text"]);
    let details = page.texts("details.msg[open] .proof dl").remove(0);
    assert!(
        details.contains("Bob <bob@x.org>") && details.contains("Carol <carol@x.org>"),
        "{details}"
    );
    // Reply, reply to all, forward are links of the letter.
    let links = page.attributes("details.msg[open] .then a", "href");
    assert_eq!(links.len(), 3, "{links:?}");
}

#[tokio::test]
async fn broken_mail_does_not_break_a_list() {
    let world = World::new().await;
    let broken: &[&[u8]] = &[
        b"",
        b"\r\n",
        b"no header at all",
        b"From: \r\nSubject:\r\nDate: never\r\n\r\n",
        b"Subject: =?utf-8?q?=FF=FE?=\r\nFrom: =?x?b?!!!?= <>\r\n\r\n\xff\xfe\x00",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/html; charset=none\r\nContent-Transfer-Encoding: base64\r\n\r\n====",
    ];
    for bytes in broken {
        world.put_bytes(world.alice, Role::Inbox, 60, bytes, Flags::NONE).await;
    }
    let mut browser = world.signed_in("alice").await;
    let inbox = browser.open("/mail/inbox").await;
    assert_eq!(inbox.texts(".row").len(), broken.len());
    assert!(inbox.texts(".sub").iter().all(|subject| !subject.is_empty()));
    for href in inbox.attributes(".open", "href") {
        let page = browser.open(&href).await;
        assert!(page.has(".letter") || page.text().contains("has no text"), "{href}");
        for link in page.attributes(".then a, .file", "href") {
            assert_eq!(browser.get(&link).await.status, StatusCode::OK, "{link}");
        }
    }
}

const HOSTILE: &str = "From: \"<script>alert(1)</script>\" <\"<img/src=x>\"@x.org>\n\
To: \"</summary><img src=x onerror=alert(2)>\" <alice@demo.test>\n\
Subject: </title><script>alert(3)</script><a href=\"javascript:alert(4)\">\n\
Message-ID: <\"><svg/onload=alert(5)>@x>\n\
Content-Type: multipart/mixed; boundary=b\n\
\n\
--b\n\
Content-Type: text/html\n\
\n\
<p onclick=alert(6)>Hello</p><script>alert(7)</script><img src=http://track.test/x.gif>\n\
<style>body{display:none}</style><form action=http://evil.test><input name=p><button>Go</button></form>\n\
<a href=javascript:alert(8)>a</a><a href=http://evil.test>b</a></article></div></main></body><h1>taken over</h1>\n\
--b\n\
Content-Type: text/html; name=\"<b>x</b>.html\"\n\
Content-Disposition: attachment; filename=\"</a><script>alert(9)</script>.html\"\n\
\n\
<script>alert(10)</script>\n\
--b--\n";

#[tokio::test]
async fn hostile_mail_is_only_text() {
    let world = World::new().await;
    let n = world.put(world.alice, Role::Inbox, 60, HOSTILE).await;
    let mut browser = world.signed_in("alice").await;
    let inbox = browser.open("/mail/inbox").await;
    let href = inbox.attributes(".open", "href").remove(0);
    let conversation = browser.open(&href).await;
    let pages = [
        inbox,
        conversation,
        browser.open(&format!("/compose?re={n}&all=1")).await,
        browser.open(&format!("/compose?fwd={n}")).await,
        browser.open("/mail/all").await,
    ];
    for page in &pages {
        let html = page.text();
        assert!(!page.has("script") && !page.has("style") && !page.has("iframe"), "{html}");
        let sprite_free: Vec<String> = page.attributes("img", "src");
        assert!(sprite_free.is_empty(), "{sprite_free:?}");
        assert!(page.attributes("form", "action").iter().all(|a| a.starts_with('/')), "{html}");
        for link in page.attributes("a", "href") {
            assert!(link.starts_with(['/', '#']) || link.starts_with("http://evil.test"), "{link}");
        }
        for handler in ["onclick", "onerror", "onload"] {
            assert!(!page.has(&format!("[{handler}]")), "{handler}");
        }
        assert_eq!(
            page.texts("main h1").len(),
            1 + usize::from(page.text().contains(">taken over<"))
        );
        assert!(!html.contains("track.test"), "no outside picture is even named");
    }
    // Links of the letter leave without telling whence, and never into our window.
    let outside = pages[1].attributes("a[href^=http]", "rel");
    assert_eq!(outside, ["noopener noreferrer nofollow"]);
    assert_eq!(pages[1].attributes("a[href^=http]", "target"), ["_blank"]);
}

#[tokio::test]
async fn attachments_are_saved_never_shown() {
    let world = World::new().await;
    let n = world.put(world.alice, Role::Inbox, 60, HOSTILE).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.open(&format!("/c/{n}")).await;
    let link = page.attributes(".file", "href").remove(0);
    assert!(
        page.texts(".file")[0].starts_with("script>.html"),
        "the directories of a name are left out"
    );
    let file = browser.open(&link).await;
    assert_eq!(file.text().trim(), "<script>alert(10)</script>");
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/octet-stream");
    assert_eq!(file.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let disposition = file.headers[header::CONTENT_DISPOSITION].to_str().expect("ASCII");
    assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
    assert!(!disposition.contains('<'), "{disposition}");
    assert!(
        file.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("ASCII")
            .starts_with("sandbox")
    );
    let raw = browser.open(&format!("/m/{n}/raw")).await;
    assert_eq!(raw.headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    for missing in [
        format!("/m/{n}/p/9"),
        format!("/m/{n}/p/x"),
        format!("/m/{n}/p/1.1.1"),
        "/m/99/raw".to_owned(),
        "/m/x/raw".to_owned(),
    ] {
        assert_eq!(browser.get(&missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn nobody_reads_anothers_mail() {
    let world = World::new().await;
    for n in 0..5 {
        world
            .put(
                world.alice,
                Role::Inbox,
                n,
                &format!("From: b@x.org\nSubject: Secret {n}\n\nAlice’s own secret\n"),
            )
            .await;
    }
    let n = world.put(world.alice, Role::Inbox, 60, HOSTILE).await;
    let mut bob = world.signed_in("bob").await;
    for path in [
        format!("/c/{n}"),
        format!("/m/{n}/raw"),
        format!("/m/{n}/p/2"),
        format!("/compose?re={n}"),
        format!("/compose?fwd={n}"),
        format!("/compose?draft={n}"),
        "/mail/4711".to_owned(),
    ] {
        let page = bob.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text().contains("ecret"), "{path}");
    }
    let compose = bob.open("/compose").await;
    let kept = format!("{n}/2");
    let sent = bob
        .submit(
            &compose,
            ".draft",
            &[("do", "send"), ("to", "alice@demo.test"), ("body", "x"), ("keep", &kept)],
        )
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let number = world.newest(world.bob, Role::Outbox).await;
    assert!(!world.content(world.bob, number).await.contains("alert(10)"));
    let _ = address("bob@demo.test");
}

#[tokio::test]
async fn pages_of_fifty() {
    let world = World::new().await;
    for n in 0..120 {
        world
            .put(
                world.alice,
                Role::Inbox,
                n * 60,
                &format!("From: b{n}@x.org\nSubject: S{n}\n\nText\n"),
            )
            .await;
    }
    let mut browser = world.signed_in("alice").await;
    let first = browser.open("/mail/inbox").await;
    assert_eq!(first.texts(".row").len(), 50);
    assert_eq!(first.texts(".head .num"), ["1–50 of 120"]);
    assert_eq!(first.texts(".sub")[0], "S0");
    let second = browser.open(&first.attributes("[rel=next]", "href")[0]).await;
    assert_eq!(second.texts(".head .num"), ["51–100 of 120"]);
    let last = browser.open("/mail/inbox?page=3").await;
    assert_eq!(last.texts(".row").len(), 20);
    assert!(!last.has("[rel=next]"));
    // A page that no longer exists leads to the last that does.
    assert_eq!(browser.get("/mail/inbox?page=9").await.location(), "/mail/inbox?page=3");
    assert_eq!(browser.get("/mail/inbox?page=x").await.status, StatusCode::OK);
    // The whole page is ticked by a link, without a script.
    let ticked = browser.open("/mail/inbox?page=2&tick=page").await;
    assert_eq!(ticked.attributes("[name=id][checked]", "value").len(), 50);
}

#[tokio::test]
async fn a_long_conversation_shows_its_end_first() {
    let world = World::new().await;
    world
        .put(
            world.alice,
            Role::Inbox,
            5000,
            "From: b@x.org\nSubject: Long\nMessage-ID: <0@x>\n\nN0\n",
        )
        .await;
    for n in 1..30 {
        world.put(world.alice, Role::Inbox, 5000 - n * 60, &format!("From: b@x.org\nSubject: Re: Long\nMessage-ID: <{n}@x>\nReferences: <0@x>\n\nN{n}\n")).await;
    }
    let mut browser = world.signed_in("alice").await;
    let href = browser.open("/mail/inbox").await.attributes(".open", "href").remove(0);
    let page = browser.open(&href).await;
    assert_eq!(page.texts("details.msg").len(), 20);
    let earlier = page.attributes(".talk > p > a.line", "href").remove(0);
    assert!(page.text().contains("10 earlier messages"));
    assert_eq!(browser.open(&earlier).await.texts("details.msg").len(), 30);
}
