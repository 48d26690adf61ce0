//! The person who asks for a page.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use locale::Language;

use crate::cookie::Cookie;
use crate::error::Failure;
use crate::prefs::Prefs;
use crate::session::{self, Session};
use crate::web::Web;
use crate::words::Words;

/// How a person wants to be spoken to; error pages ask for it.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    pub language: Language,
    pub prefs: Prefs,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub session: Session,
    pub prefs: Prefs,
    pub words: Words,
}

/// The language a browser asks for.
pub(crate) fn asked_language(headers: &HeaderMap) -> Option<Language> {
    let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    Language::from_accept_language(header)
}

impl Visitor {
    /// Whoever the request's cookie names; else they are sent to sign in, and
    /// come back if they only wanted to look.
    pub(crate) async fn of(parts: &mut Parts, web: &Web) -> Result<Visitor, Failure> {
        let cookie = Cookie::Session.read(&parts.headers, web.door);
        let session = match cookie {
            Some(cookie) => session::find(web, cookie).await?,
            None => None,
        };
        let Some(session) = session else {
            let looking = parts.method == Method::GET || parts.method == Method::HEAD;
            let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
            let next = if looking && target != "/" { target } else { "" };
            return Err(Failure::SignIn { next: next.to_owned() });
        };
        let prefs = Prefs::of(&session.account).await?;
        let language = session
            .info
            .language
            .parse()
            .ok()
            .or_else(|| asked_language(&parts.headers))
            .unwrap_or_default();
        if let Some(manners) = parts.extensions.get::<Arc<OnceLock<Manners>>>() {
            let _ = manners.set(Manners { language, prefs: prefs.clone() });
        }
        let zone = prefs.time_zone(&web.zone);
        let words = Words { language, zone, now: web.clock.now() };
        Ok(Visitor { session, prefs, words })
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Visitor, Failure> {
        Visitor::of(parts, web).await
    }
}
