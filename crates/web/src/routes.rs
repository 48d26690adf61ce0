//! Which URL is whose.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::error::Failure;
use crate::form::MAX_FORM_BYTES;
use crate::web::{Door, Web};
use crate::{
    account, act, assets, attachment, compose, compress, conversation, error, headers, list, login,
};

/// The webmail's pages.
pub fn router(web: Web) -> Router {
    // Files come as they are and leave a third larger, in base64.
    let letter_bytes = usize::try_from(web.config.max_message_bytes).unwrap_or(usize::MAX);
    let letter = get(compose::get).post(compose::post).layer(DefaultBodyLimit::max(letter_bytes));
    Router::new()
        .route("/", get(list::root))
        .route("/login", get(login::get).post(login::post))
        .route("/logout", get(list::root).post(login::leave))
        .route("/mail/{place}", get(list::get))
        .route("/c/{id}", get(conversation::get))
        .route("/m/{number}/raw", get(attachment::raw))
        .route("/m/{number}/p/{path}", get(attachment::part))
        .route("/act", post(act::post))
        .route("/undo/{id}", post(act::undo))
        .route("/settings/account", get(account::get).post(account::post))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .route("/compose", letter)
        .route("/assets/{name}", get(assets::get))
        .route("/favicon.ico", get(assets::favicon))
        .layer(middleware::from_fn_with_state(web.clone(), door))
        .layer(middleware::from_fn_with_state(web.clone(), error::layer))
        .layer(middleware::from_fn(headers::layer))
        .layer(middleware::from_fn(compress::layer))
        .with_state(web)
}

/// Over plain HTTP nobody gets in unless the administrator said so: who only
/// looks is sent to HTTPS, what was typed is refused (it was overheard
/// already, but shall not work).
async fn door(State(web): State<Web>, request: Request, next: Next) -> Response {
    if web.door != Door::Redirect {
        return next.run(request).await;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Failure::NeedsTls.into_response();
    }
    let config = &web.config;
    let port = match config.https_port {
        443 => String::new(),
        port => format!(":{port}"),
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let target = format!("https://{}{port}{path}", config.hostname);
    match target.parse::<Uri>() {
        Ok(_) => {
            let mut response = Redirect::permanent(&target).into_response();
            response.headers_mut().remove(header::SET_COOKIE);
            response
        }
        Err(_) => Failure::NotFound.into_response(),
    }
}
