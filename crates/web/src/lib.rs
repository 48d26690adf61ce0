//! The webmail: every screen a URL, every action a form.
//!
//! Pages are complete HTML that needs no script: they work in text browsers
//! and on old phones, and they are the ground on which scripts will build. A
//! change is a POST answered by 303 (RFC 9110 §15.4.4), or by 422 with the
//! form when something in it is wrong. Sessions live in the account they open
//! and survive a restart; HTML mail is cleaned on the server and shown without
//! styles and without any outside request.
//!
//! Mail is written only through `mailstore::Account::write` and
//! `delivery::submit`; sentences come from `locale`. Ids in URLs are looked up
//! inside the account that is signed in, never elsewhere.

mod account;
mod act;
mod assets;
mod attachment;
mod compose;
mod compress;
mod conversation;
mod cookie;
mod error;
mod flash;
mod form;
mod guard;
mod headers;
pub mod letter;
mod list;
mod login;
mod people;
mod place;
mod prefs;
mod routes;
mod serve;
mod session;
mod shell;
mod visitor;
mod web;
mod words;

pub use routes::router;
pub use serve::{Wrap, serve};
pub use web::{Config, Door, Web};
