//! A server of one domain in memory, and a browser that keeps its cookies.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use bytes::Bytes;
use delivery::Delivery;
use directory::Directory;
use mailstore::{Account, Mailstore, NewMessage, Rules};
use model::{AccountId, Address, Clock, Flags, MessageNumber, Role, Secret, Timestamp};
use scraper::{ElementRef, Html, Selector};
use tower::ServiceExt;
use web::{Config, Door, Web};

/// 2026-11-23T12:00:00Z, a Monday.
pub const NOON: i64 = 1_795_435_200;
pub const PASSWORD: &str = "facteur-demo";

pub struct World {
    pub engine: Arc<engine::Memory>,
    pub clock: Clock,
    pub directory: Directory,
    pub mailstore: Mailstore,
    pub web: Web,
    pub alice: AccountId,
    pub bob: AccountId,
}

pub fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

impl World {
    pub async fn new() -> World {
        World::on(Arc::new(engine::Memory::new()), true).await
    }

    /// The server as it comes up on this store; `fresh` makes the accounts.
    pub async fn on(engine: Arc<engine::Memory>, fresh: bool) -> World {
        let clock = Clock::manual(NOON);
        let shared: engine::Shared = engine.clone();
        let config = directory::Config::for_tests();
        let directory = Directory::open(shared.clone(), clock.clone(), config).await;
        let directory = directory.expect("a directory");
        if fresh {
            directory.add_domain("demo.test").await.expect("a domain");
            for (name, language) in [("alice", "en"), ("bob", "fr")] {
                let made = directory
                    .add_account(
                        &address(&format!("{name}@demo.test")),
                        &Secret::new(PASSWORD),
                        None,
                        name == "alice",
                        language,
                    )
                    .await;
                made.expect("an account");
            }
        }
        let id = |name: &str| {
            let address = address(&format!("{name}@demo.test"));
            directory.account_by_address(&address).expect("the account").id
        };
        let (alice, bob) = (id("alice"), id("bob"));
        let limits = directory.clone();
        let ticking = clock.clone();
        let rules = Rules {
            policy: Arc::new(move |id| mailstore::Policy {
                quota: limits.account(id).map(|info| info.quota_bytes(ticking.now())),
                replace_filed: true,
                ..mailstore::Policy::default()
            }),
            leave_outbox: queue::leave_outbox,
        };
        let mailstore = Mailstore::new(shared, clock.clone(), rules, mailstore::Config::default());
        let delivery = Delivery::new(
            directory.clone(),
            mailstore.clone(),
            queue::Queue::new(mailstore.clone(), clock.clone(), queue::Config::default()),
            "mail.demo.test",
            delivery::Config::default(),
        );
        let config = Config { hostname: "mail.demo.test".to_owned(), ..Config::default() };
        let web = Web::new(directory.clone(), mailstore.clone(), delivery, clock.clone(), config);
        World { engine, clock, directory, mailstore, web, alice, bob }
    }

    pub async fn account(&self, id: AccountId) -> Account {
        self.mailstore.account(id).await.expect("the account")
    }

    /// Puts a message into a mailbox, unread, `ago` seconds old. Line ends of
    /// `text` may be LF.
    pub async fn put(&self, id: AccountId, role: Role, ago: i64, text: &str) -> MessageNumber {
        let bytes = text.replace("\r\n", "\n").replace('\n', "\r\n");
        self.put_bytes(id, role, ago, bytes.as_bytes(), Flags::NONE).await
    }

    pub async fn put_bytes(
        &self,
        id: AccountId,
        role: Role,
        ago: i64,
        bytes: &[u8],
        flags: Flags,
    ) -> MessageNumber {
        let at = Timestamp(self.clock.now().0 - ago);
        let new = NewMessage::new(bytes, at).with_marks(flags, Vec::new(), false);
        let account = self.account(id).await;
        let number = account.write(move |tx| {
            let into = tx.role(role);
            Ok(tx.append(&new, &[into])?.number)
        });
        number.await.expect("it fits")
    }

    /// The roles a message is in, and the names of its labels.
    pub async fn places(&self, id: AccountId, number: MessageNumber) -> Vec<String> {
        let account = self.account(id).await;
        let places = account.read(|state| {
            let mut names: Vec<String> = state
                .labels(number)
                .filter_map(|(mailbox, _)| state.mailbox(mailbox))
                .map(|mailbox| mailbox.name.to_string())
                .collect();
            names.sort();
            names
        });
        places.await.expect("it can be read")
    }

    pub async fn flags(&self, id: AccountId, number: MessageNumber) -> Flags {
        let account = self.account(id).await;
        let flags = account.read(|state| state.message(number).map(|m| m.flags));
        flags.await.expect("it can be read").expect("it is there")
    }

    pub async fn count(&self, id: AccountId, role: Role) -> usize {
        let account = self.account(id).await;
        account.read(|state| state.role(role).exists()).await.expect("it can be read")
    }

    /// The newest message of a mailbox.
    pub async fn newest(&self, id: AccountId, role: Role) -> MessageNumber {
        let account = self.account(id).await;
        let newest = account.read(|state| state.role(role).numbers().last().copied());
        newest.await.expect("it can be read").expect("there is one")
    }

    pub async fn content(&self, id: AccountId, number: MessageNumber) -> String {
        let content = self.account(id).await.content(number).await.expect("it can be read");
        String::from_utf8_lossy(&content.expect("it is there")).into_owned()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(web::router(self.web.clone()))
    }

    /// A browser in which somebody has signed in.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&format!("{name}@demo.test"), PASSWORD).await;
        browser
    }

    pub fn door(&self, door: Door) -> Browser {
        Browser::new(web::router(self.web.at(door)))
    }
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&self.text())
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |l| l.to_str().expect("ASCII"))
    }

    /// The text of the elements a selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let html = self.html();
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector)
            .map(|e| e.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let html = self.html();
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).filter_map(|e| e.value().attr(name)).map(str::to_owned).collect()
    }

    pub fn has(&self, selector: &str) -> bool {
        let html = self.html();
        let selector = Selector::parse(selector).expect("a selector");
        html.select(&selector).next().is_some()
    }

    /// The fields a browser would send of the first form a selector finds,
    /// without its buttons.
    pub fn form(&self, selector: &str) -> Vec<(String, String)> {
        let html = self.html();
        let chosen = Selector::parse(selector).expect("a selector");
        let form = html.select(&chosen).next().expect("the form is there");
        let fields = Selector::parse("input, textarea, select").expect("a selector");
        form.select(&fields).filter_map(|field| value_of(field)).collect()
    }
}

fn value_of(field: ElementRef<'_>) -> Option<(String, String)> {
    let attr = |name: &str| field.value().attr(name);
    let name = attr("name")?.to_owned();
    let value = match field.value().name() {
        // The parser has taken off the line end after the tag, as browsers do.
        "textarea" => field.text().collect(),
        "select" => {
            let options = Selector::parse("option").expect("a selector");
            let all: Vec<ElementRef<'_>> = field.select(&options).collect();
            let chosen =
                all.iter().find(|o| o.value().attr("selected").is_some()).or(all.first())?;
            match chosen.value().attr("value") {
                Some(value) => value.to_owned(),
                None => chosen.text().collect(),
            }
        }
        _ => {
            let boxed = matches!(attr("type"), Some("checkbox" | "radio"));
            if attr("type") == Some("file") || boxed && attr("checked").is_none() {
                return None;
            }
            attr("value").unwrap_or("").to_owned()
        }
    };
    Some((name, value))
}

/// A browser: cookies, and what it says of itself.
pub struct Browser {
    router: Router,
    pub cookies: Vec<(String, String)>,
    pub language: &'static str,
    /// The codings it takes.
    pub encoding: &'static str,
    /// Whether it says where a form comes from.
    pub says_site: Option<&'static str>,
}

impl Browser {
    pub fn new(router: Router) -> Browser {
        Browser {
            router,
            cookies: Vec::new(),
            language: "en",
            encoding: "",
            says_site: Some("same-origin"),
        }
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let headers = request.headers_mut();
        headers.insert(header::HOST, "mail.demo.test".parse().expect("a host"));
        headers.insert(header::ACCEPT_ENCODING, self.encoding.parse().expect("a coding"));
        headers.insert(header::ACCEPT_LANGUAGE, self.language.parse().expect("a language"));
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().expect("cookies"));
        }
        if let Some(site) = self.says_site {
            headers.insert("sec-fetch-site", site.parse().expect("a site"));
        }
        let response = self.router.clone().oneshot(request).await.expect("it always answers");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().expect("ASCII").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            self.cookies.retain(|(n, _)| n != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        Page { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// A page that must be there.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        page
    }

    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.finish()));
        self.send(request.expect("a request")).await
    }

    /// Sends the form of a page with these values put in or added.
    pub async fn submit(&mut self, page: &Page, form: &str, values: &[(&str, &str)]) -> Page {
        let action = page.attributes(form, "action").remove(0);
        self.post(&action, &filled(page.form(form), values)).await
    }

    /// The same with files, as `multipart/form-data`.
    pub async fn submit_files(
        &mut self,
        page: &Page,
        form: &str,
        values: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Page {
        let action = page.attributes(form, "action").remove(0);
        let mut body = Vec::new();
        for (name, value) in filled(page.form(form), values) {
            let part = format!(
                "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        for (name, media_type, bytes) in files {
            let part = format!(
                "--b0undary\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
            );
            body.extend_from_slice(part.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b0undary--\r\n");
        let request = Request::post(&action)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b0undary")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    pub async fn sign_in(&mut self, user: &str, password: &str) -> Page {
        let page = self.open("/login").await;
        let values = [("user", user), ("password", password)];
        self.submit(&page, "form", &values).await
    }
}

fn filled(mut fields: Vec<(String, String)>, values: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, _) in values {
        fields.retain(|(n, _)| n != name);
    }
    fields.extend(values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    fields
}
