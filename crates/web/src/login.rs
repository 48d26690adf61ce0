//! `/login` and `/logout`.

use std::net::{IpAddr, Ipv4Addr};

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use directory::{LoginError, Protocol};
use locale::Language;
use model::Secret;
use serde::Deserialize;

use crate::act::local_path;
use crate::cookie::Cookie;
use crate::error::{Failure, page};
use crate::form::{Fields, Posted, refuse_foreign};
use crate::guard::{self, Origin};
use crate::prefs::Prefs;
use crate::session;
use crate::shell::{Markup, postmark};
use crate::visitor::asked_language;
use crate::web::Web;
use crate::words::Words;

/// The other end of the connection, put into each request by [`crate::serve`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

impl Peer {
    /// Without a connection, as in tests, everybody is at home.
    fn address(peer: Option<Extension<Peer>>) -> IpAddr {
        peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Extension(peer)| peer.0)
    }
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    next: Option<String>,
    lang: Option<String>,
    left: Option<u8>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    w: Words,
    prefs: Prefs,
    error: Option<String>,
    notice: Option<String>,
    user: String,
    stay: bool,
    next: String,
    door_token: String,
    others: Vec<Language>,
    hostname: String,
    postmark: Markup,
}

impl LoginPage {
    fn new(web: &Web, language: Language, next: &str) -> LoginPage {
        let w = Words { language, zone: web.zone.clone(), now: web.clock.now() };
        LoginPage {
            postmark: postmark(&w),
            w,
            prefs: Prefs::default(),
            error: None,
            notice: None,
            user: String::new(),
            stay: true,
            next: local_path(next).unwrap_or_default().to_owned(),
            door_token: session::random_token(),
            others: Language::ALL.into_iter().filter(|other| *other != language).collect(),
            hostname: web.config.hostname.clone(),
        }
    }

    /// The page, and the cookie that its form must match.
    fn respond(&self, web: &Web, status: StatusCode) -> Result<Response, Failure> {
        let mut response = page(status, self)?;
        let cookie = Cookie::Door.set(web.door, &self.door_token, Some(86_400));
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(response)
    }
}

fn language(asked: Option<&str>, headers: &HeaderMap) -> Language {
    let asked = asked.and_then(|tag| tag.parse().ok());
    asked.or_else(|| asked_language(headers)).unwrap_or_default()
}

/// `GET /login`
pub(crate) async fn get(
    State(web): State<Web>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let next = asked.next.as_deref().unwrap_or_default();
    if let Some(cookie) = Cookie::Session.read(&headers, web.door)
        && session::find(&web, cookie).await?.is_some()
    {
        let target = local_path(next).unwrap_or("/mail/inbox");
        return Ok(Redirect::to(target).into_response());
    }
    let mut login = LoginPage::new(&web, language(asked.lang.as_deref(), &headers), next);
    if asked.left.is_some() {
        login.notice = Some(login.w.t("web-signed-out").into_owned());
    }
    login.respond(&web, StatusCode::OK)
}

/// `POST /login`
pub(crate) async fn post(
    State(web): State<Web>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let origin = refuse_foreign(&headers)?;
    let fields = Fields::parse(&body);
    let language = language(fields.find("lang"), &headers);
    let mut login = LoginPage::new(&web, language, fields.get("next"));
    login.user = fields.get("user").trim().chars().take(320).collect();
    login.stay = fields.find("stay").is_some();
    // Browsers that do not say where a form comes from must bring the cookie
    // that its page set; so nobody is signed in to a stranger's account.
    if origin == Origin::Silent {
        let cookie = Cookie::Door.read(&headers, web.door).unwrap_or_default();
        if cookie.is_empty() || !guard::same(cookie, fields.get("door")) {
            login.error = Some(login.w.t("web-login-again").into_owned());
            return login.respond(&web, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    let password = Secret::new(fields.get("password"));
    let peer = Peer::address(peer);
    let opened = web.directory.login(&login.user, &password, Protocol::Web, peer).await;
    let account = match opened {
        // A device's password reads mail; it does not change the account.
        Ok(opened) if opened.by_app_password.is_none() => opened.account,
        refused => return refuse(&web, login, refused.err().unwrap_or(LoginError::Refused)),
    };
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let cookie = session::open(&web, account.id, login.stay, agent, peer.to_string()).await?;
    let target = local_path(&login.next).unwrap_or("/mail/inbox");
    let mut response = Redirect::to(target).into_response();
    let max_age = login.stay.then_some(session::COOKIE_SECONDS);
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, Cookie::Session.set(web.door, &cookie, max_age));
    headers.append(header::SET_COOKIE, Cookie::Door.clear(web.door));
    Ok(response)
}

fn refuse(web: &Web, mut login: LoginPage, error: LoginError) -> Result<Response, Failure> {
    let w = &login.w;
    let (status, sentence) = match error {
        LoginError::Refused => (StatusCode::UNPROCESSABLE_ENTITY, w.t("web-login-refused")),
        LoginError::Suspended => (StatusCode::FORBIDDEN, w.t("web-login-suspended")),
        LoginError::TooFast { retry_after } => {
            let seconds = retry_after.as_secs().max(1);
            (StatusCode::TOO_MANY_REQUESTS, w.n("web-login-too-fast", seconds))
        }
        other => return Err(Failure::Temporary(other.to_string())),
    };
    login.error = Some(sentence.into_owned());
    login.respond(web, status)
}

/// `POST /logout`
pub(crate) async fn leave(State(web): State<Web>, posted: Posted) -> Result<Response, Failure> {
    let session = &posted.visitor.session;
    session::close(&session.account, vec![session.key]).await?;
    let mut response = Redirect::to("/login?left=1").into_response();
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.clear(web.door));
    Ok(response)
}
