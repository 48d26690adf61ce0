//! `/settings/account`: space, looks, passwords, sessions.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER;
use directory::{AppPassword, AppPasswordId};
use locale::{Language, date};
use model::{Secret, Timestamp};

use crate::error::{Failure, page};
use crate::flash::FreshPassword;
use crate::form::{Fields, Posted};
use crate::people;
use crate::prefs::{Density, Prefs, Theme};
use crate::session::{self, SessionKey};
use crate::shell::Shell;
use crate::visitor::Visitor;
use crate::web::Web;
use crate::words::Words;

/// App passwords an account may have: a household's devices many times over.
const MAX_APP_PASSWORDS: usize = 50;

const HERE: &str = "/settings/account";

struct App {
    id: u32,
    label: String,
    created: Timestamp,
    used: Option<Timestamp>,
}

struct Fresh {
    label: String,
    secret: String,
}

struct OpenSession {
    id: String,
    device: String,
    icon: &'static str,
    peer: String,
    used: Timestamp,
    current: bool,
}

/// What was wrong with a form, by section.
#[derive(Default)]
struct Errors {
    general: String,
    apps: String,
    password: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    w: Words,
    prefs: Prefs,
    shell: Shell,
    errors: Errors,
    space_text: String,
    name: String,
    zone: String,
    clock: String,
    languages: [Language; 2],
    themes: &'static [Theme],
    densities: &'static [Density],
    apps: Vec<App>,
    fresh: Option<Fresh>,
    sessions: Vec<OpenSession>,
}

pub(crate) fn theme_label(theme: &Theme) -> &'static str {
    match theme {
        Theme::Auto => "web-theme-auto",
        Theme::Light => "web-theme-light",
        Theme::Dark => "web-theme-dark",
    }
}

pub(crate) fn density_label(density: &Density) -> &'static str {
    match density {
        Density::Compact => "web-density-compact",
        Density::Normal => "web-density-normal",
        Density::Airy => "web-density-airy",
    }
}

/// `GET /settings/account`
pub(crate) async fn get(State(web): State<Web>, visitor: Visitor) -> Result<Response, Failure> {
    let page_ = build(&web, &visitor).await?;
    page(StatusCode::OK, &page_)
}

async fn build(web: &Web, visitor: &Visitor) -> Result<AccountPage, Failure> {
    let words = visitor.words.clone();
    let session = &visitor.session;
    let shell = Shell::of(web, visitor, None, HERE.to_owned()).await?;
    let messages = session.account.read(|state| state.usage().messages).await?;
    let mut space = words.n("web-space-messages", messages).into_owned();
    if shell.grows {
        space.push(' ');
        space.push_str(&words.s("web-space-grows", &shell.growth));
    }
    let apps = web.directory.app_passwords(session.info.id).into_iter().map(app).collect();
    let fresh = web
        .flashes
        .take_fresh(&session.key)
        .map(|fresh| Fresh { label: fresh.label, secret: fresh.secret.expose().to_owned() });
    let mut sessions: Vec<OpenSession> = session::list(&session.account)
        .await?
        .into_iter()
        .map(|(key, row)| open_session(&words, &session.key, key, &row))
        .collect();
    sessions.sort_by_key(|s| (!s.current, std::cmp::Reverse(s.used)));
    Ok(AccountPage {
        errors: Errors::default(),
        space_text: space,
        name: session.info.name.clone(),
        zone: visitor.prefs.zone.clone(),
        clock: date::hour(words.now.0, &words.zone),
        languages: Language::ALL,
        themes: Theme::ALL,
        densities: Density::ALL,
        apps,
        fresh,
        sessions,
        shell,
        prefs: visitor.prefs.clone(),
        w: words,
    })
}

fn app(app: AppPassword) -> App {
    App {
        id: app.id.0,
        label: people::one_line(&app.label, 100),
        created: app.created,
        used: app.last_used,
    }
}

fn open_session(
    words: &Words,
    current: &SessionKey,
    key: SessionKey,
    row: &session::SessionRow,
) -> OpenSession {
    let (browser, system) = device(&row.agent);
    let device = match (browser, system) {
        ("", "") => words.t("web-session-unknown").into_owned(),
        (browser, "") => browser.to_owned(),
        ("", system) => system.to_owned(),
        (browser, system) => format!("{browser}, {system}"),
    };
    let handheld = ["iPhone", "iPad", "Android"].contains(&system);
    OpenSession {
        id: HEXLOWER.encode(&key),
        device,
        icon: if handheld { "phone" } else { "laptop" },
        peer: row.peer.clone(),
        used: if key == *current { words.now } else { row.used },
        current: key == *current,
    }
}

/// Browser and system, as far as a User-Agent tells; the first name that
/// fits, because browsers also bear the names of their ancestors.
fn device(agent: &str) -> (&'static str, &'static str) {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map_or("", |(_, name)| *name)
    };
    let browser = find(&[
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
        ("w3m", "w3m"),
        ("Lynx", "Lynx"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    (browser, system)
}

/// `POST /settings/account`
pub(crate) async fn post(State(web): State<Web>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields, .. } = posted;
    let done = match fields.get("do") {
        "general" => general(&web, &visitor, &fields).await?,
        "create" => create(&web, &visitor, &fields).await?,
        "revoke" => revoke(&web, &visitor, &fields).await?,
        "password" => password(&web, &visitor, &fields).await?,
        "close" => close(&visitor, &fields).await?,
        "close-others" => close_others(&visitor).await?,
        _ => return Err(Failure::BadRequest),
    };
    match done {
        Done::Saved { section, sentence } => {
            if let Some(id) = sentence {
                // The language may just have changed.
                let language = web
                    .directory
                    .account(visitor.session.info.id)
                    .and_then(|info| info.language.parse().ok())
                    .unwrap_or(visitor.words.language);
                let sentence = locale::text(language, id, &[]).into_owned();
                web.flashes.add(visitor.session.key, visitor.words.now, sentence, None);
            }
            Ok(Redirect::to(&format!("{HERE}#{section}")).into_response())
        }
        Done::Refused(errors) => {
            let mut page_ = build(&web, &visitor).await?;
            if !errors.general.is_empty() {
                page_.name = fields.get("name").to_owned();
                page_.zone = fields.get("zone").to_owned();
            }
            page_.errors = errors;
            page(StatusCode::UNPROCESSABLE_ENTITY, &page_)
        }
    }
}

enum Done {
    Saved { section: &'static str, sentence: Option<&'static str> },
    Refused(Errors),
}

async fn general(web: &Web, visitor: &Visitor, fields: &Fields) -> Result<Done, Failure> {
    let words = &visitor.words;
    let id = visitor.session.info.id;
    let zone = fields.get("zone").trim();
    if !Prefs::knows_zone(zone) {
        let general = words.s("web-zone-unknown", people::one_line(zone, 60)).into_owned();
        return Ok(Done::Refused(Errors { general, ..Errors::default() }));
    }
    let prefs = Prefs {
        theme: Theme::parse(fields.get("theme")).unwrap_or(visitor.prefs.theme),
        density: Density::parse(fields.get("density")).unwrap_or(visitor.prefs.density),
        zone: zone.to_owned(),
    };
    prefs.save(&visitor.session.account).await?;
    let name = people::one_line(fields.get("name"), 100);
    if fields.find("name").is_some() && name != visitor.session.info.name {
        web.directory.set_name(id, &name).await.map_err(directory_failed)?;
    }
    if let Ok(language) = fields.get("language").parse::<Language>()
        && language.tag() != visitor.session.info.language
    {
        web.directory.set_language(id, language.tag()).await.map_err(directory_failed)?;
    }
    Ok(Done::Saved { section: "general", sentence: Some("web-saved") })
}

async fn create(web: &Web, visitor: &Visitor, fields: &Fields) -> Result<Done, Failure> {
    let words = &visitor.words;
    let id = visitor.session.info.id;
    let label = people::one_line(fields.get("label"), 100);
    let refused =
        |sentence: String| Ok(Done::Refused(Errors { apps: sentence, ..Errors::default() }));
    if label.is_empty() {
        return refused(words.t("web-app-needs-name").into_owned());
    }
    if web.directory.app_passwords(id).len() >= MAX_APP_PASSWORDS {
        return refused(words.n("web-app-too-many", MAX_APP_PASSWORDS).into_owned());
    }
    let made = web.directory.add_app_password(id, &label, None).await;
    let (_, secret) = made.map_err(directory_failed)?;
    web.flashes.keep_fresh(visitor.session.key, FreshPassword { label, secret });
    Ok(Done::Saved { section: "apps", sentence: None })
}

async fn revoke(web: &Web, visitor: &Visitor, fields: &Fields) -> Result<Done, Failure> {
    let app = fields.get("id").parse().map(AppPasswordId).map_err(|_| Failure::BadRequest)?;
    match web.directory.revoke_app_password(visitor.session.info.id, app).await {
        // Revoked twice is revoked.
        Ok(()) | Err(directory::Error::NoSuchAppPassword) => {}
        Err(error) => return Err(directory_failed(error)),
    }
    Ok(Done::Saved { section: "apps", sentence: Some("web-app-revoked") })
}

async fn password(web: &Web, visitor: &Visitor, fields: &Fields) -> Result<Done, Failure> {
    let words = &visitor.words;
    let id = visitor.session.info.id;
    let refused =
        |sentence: String| Ok(Done::Refused(Errors { password: sentence, ..Errors::default() }));
    let current = Secret::new(fields.get("current"));
    if !web.directory.is_password(id, &current).await.map_err(directory_failed)? {
        return refused(words.t("web-password-wrong").into_owned());
    }
    if fields.get("new") != fields.get("again") {
        return refused(words.t("web-password-differs").into_owned());
    }
    match web.directory.set_password(id, &Secret::new(fields.get("new"))).await {
        Ok(()) => {}
        Err(directory::Error::PasswordTooShort(least)) => {
            return refused(words.n("web-password-short", least).into_owned());
        }
        Err(directory::Error::PasswordTooLong(most)) => {
            return refused(words.n("web-password-long", most).into_owned());
        }
        Err(error) => return Err(directory_failed(error)),
    }
    // Whoever knew the old password is out.
    close_others(visitor).await?;
    Ok(Done::Saved { section: "password", sentence: Some("web-password-changed") })
}

async fn close(visitor: &Visitor, fields: &Fields) -> Result<Done, Failure> {
    let key = HEXLOWER.decode(fields.get("id").as_bytes()).ok();
    let key: SessionKey = key.and_then(|key| key.try_into().ok()).ok_or(Failure::BadRequest)?;
    session::close(&visitor.session.account, vec![key]).await?;
    Ok(Done::Saved { section: "sessions", sentence: Some("web-session-closed") })
}

async fn close_others(visitor: &Visitor) -> Result<Done, Failure> {
    let session = &visitor.session;
    let open = session::list(&session.account).await?;
    let others = open.into_iter().map(|(key, _)| key).filter(|key| *key != session.key).collect();
    session::close(&session.account, others).await?;
    Ok(Done::Saved { section: "sessions", sentence: Some("web-sessions-closed") })
}

fn directory_failed(error: directory::Error) -> Failure {
    if let directory::Error::Engine(engine::Error::Full(cause)) = error {
        Failure::DiskFull(cause)
    } else if error.is_temporary() {
        Failure::Temporary(error.to_string())
    } else {
        Failure::Internal(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                ("Firefox", "Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0",
                ("Edge", "Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                ("Safari", "iPhone"),
            ),
            ("w3m/0.5.3+git20230121", ("w3m", "")),
            ("", ("", "")),
        ] {
            assert_eq!(device(agent), expected, "{agent}");
        }
    }
}
