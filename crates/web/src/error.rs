//! What a page says when it cannot do what was asked.
//!
//! A handler returns a [`Failure`]; the outermost layer turns it into a page
//! in the reader's language. Causes from inside go to the log under a
//! reference, and only the reference is shown.

use std::sync::OnceLock;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use locale::Language;

use crate::prefs::Prefs;
use crate::visitor::{self, Manners};
use crate::web::Web;
use crate::words::Words;

/// Why there is no page.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// Nobody is signed in; after signing in, back to `next`.
    #[error("not signed in")]
    SignIn { next: String },
    /// There is nothing here, or it belongs to somebody else.
    #[error("not found")]
    NotFound,
    /// The form came from another site, or from before the last sign-in.
    #[error("a form that is not ours")]
    ForeignForm,
    /// Passwords do not go over this connection.
    #[error("plain HTTP")]
    NeedsTls,
    /// No browser of ours makes such a request.
    #[error("bad request")]
    BadRequest,
    /// More bytes than are taken.
    #[error("too large")]
    TooLarge,
    /// The quota.
    #[error("the account is full")]
    Full,
    /// The disk.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// It may work in a minute.
    #[error("temporary: {0}")]
    Temporary(String),
    /// Our fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Failure::SignIn { .. } => StatusCode::SEE_OTHER,
            Failure::NotFound => StatusCode::NOT_FOUND,
            Failure::ForeignForm | Failure::NeedsTls => StatusCode::FORBIDDEN,
            Failure::BadRequest => StatusCode::BAD_REQUEST,
            Failure::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::Full | Failure::DiskFull(_) => StatusCode::INSUFFICIENT_STORAGE,
            Failure::Temporary(_) => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence's id, without `-title` and `-text`.
    fn id(&self) -> &'static str {
        match self {
            Failure::SignIn { .. } | Failure::NotFound => "web-error-not-found",
            Failure::ForeignForm => "web-error-foreign",
            Failure::NeedsTls => "web-error-tls",
            Failure::BadRequest => "web-error-bad-request",
            Failure::TooLarge => "web-error-too-large",
            Failure::Full => "web-error-full",
            Failure::DiskFull(_) => "web-error-disk",
            Failure::Temporary(_) => "web-error-temporary",
            Failure::Internal(_) => "web-error-internal",
        }
    }

    fn is_ours(&self) -> bool {
        matches!(self, Failure::DiskFull(_) | Failure::Temporary(_) | Failure::Internal(_))
    }
}

impl From<mailstore::Error> for Failure {
    fn from(error: mailstore::Error) -> Failure {
        match &error {
            mailstore::Error::NoSuchMailbox(_) | mailstore::Error::NoSuchMessage => {
                Failure::NotFound
            }
            mailstore::Error::OverQuota { .. } => Failure::Full,
            mailstore::Error::TooLarge { .. } => Failure::TooLarge,
            mailstore::Error::Engine(engine::Error::Full(cause)) => {
                Failure::DiskFull(cause.clone())
            }
            _ if error.is_temporary() => Failure::Temporary(error.to_string()),
            _ => Failure::Internal(error.to_string()),
        }
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Failure {
        Failure::Internal(format!("template: {error}"))
    }
}

/// The layer below makes a page of this.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A page, rendered.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, Failure> {
    let html = template.render()?;
    Ok((status, Html(html)).into_response())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    w: Words,
    prefs: Prefs,
    title: String,
    text: String,
    reference: Option<String>,
    status: u16,
}

/// Turns failures into pages.
pub(crate) async fn layer(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let manners = std::sync::Arc::new(OnceLock::<Manners>::new());
    request.extensions_mut().insert(std::sync::Arc::clone(&manners));
    let language = visitor::asked_language(request.headers());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let failure = match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure,
        // A path without a handler, or a method it does not take.
        None if response.status() == StatusCode::NOT_FOUND => Failure::NotFound,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => Failure::NotFound,
        // An id in the path that is no number.
        None if response.status() == StatusCode::BAD_REQUEST => Failure::NotFound,
        None if response.status() == StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        None => return response,
    };
    if let Failure::SignIn { next } = &failure {
        let query: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let target =
            if next.is_empty() { "/login".to_owned() } else { format!("/login?next={query}") };
        return Redirect::to(&target).into_response();
    }
    let reference = failure.is_ours().then(|| {
        let mut bytes = [0; 3];
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        data_encoding::HEXLOWER.encode(&bytes)
    });
    if let Some(reference) = &reference {
        tracing::error!(%reference, path, cause = %failure, "a page failed");
    }
    error_page(&web, manners.get(), language, &failure, reference)
}

fn error_page(
    web: &Web,
    manners: Option<&Manners>,
    asked: Option<Language>,
    failure: &Failure,
    reference: Option<String>,
) -> Response {
    let (language, prefs) = match manners {
        Some(manners) => (manners.language, manners.prefs.clone()),
        None => (asked.unwrap_or_default(), Prefs::default()),
    };
    let w = Words { language, zone: web.zone.clone(), now: web.clock.now() };
    let page = ErrorPage {
        title: w.t(&format!("{}-title", failure.id())).into_owned(),
        text: w.t(&format!("{}-text", failure.id())).into_owned(),
        reference,
        status: failure.status().as_u16(),
        prefs,
        w,
    };
    let html = page.render().unwrap_or_default();
    let mut response = (failure.status(), Html(html)).into_response();
    if let Failure::Temporary(_) = failure {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
