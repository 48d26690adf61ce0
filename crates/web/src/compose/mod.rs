//! `/compose`: writing, answering, passing on.

mod answer;
mod fill;
mod send;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use model::MessageNumber;
use serde::Deserialize;

use crate::error::{Failure, page};
use crate::flash::{Before, Undo};
use crate::form::{Fields, Posted};
use crate::prefs::Prefs;
use crate::session;
use crate::shell::Shell;
use crate::visitor::Visitor;
use crate::web::Web;
use crate::words::Words;

pub(crate) use answer::Answer;

/// What a link asks for: an empty letter, an answer, a draft.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    to: Option<String>,
    cc: Option<String>,
    subject: Option<String>,
    body: Option<String>,
    re: Option<u64>,
    all: Option<u8>,
    fwd: Option<u64>,
    draft: Option<u64>,
}

/// A letter as its form holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pub from: String,
    pub to: String,
    pub cc: String,
    pub bcc: String,
    pub subject: String,
    pub body: String,
    /// The message that is answered.
    pub re: Option<MessageNumber>,
    /// The draft that this becomes the next revision of.
    pub draft: Option<MessageNumber>,
    /// Attachments of other messages of the account: `number/path`.
    pub kept: Vec<Kept>,
    /// Names this form: sent twice, it counts once.
    pub key: String,
    /// From the box under a conversation: what is answered is quoted on sending.
    pub quick: bool,
}

/// An attachment that lies in a message already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub reference: String,
    pub name: String,
    pub size: u64,
}

impl Form {
    fn read(fields: &Fields) -> Form {
        let number = |name: &str| fields.get(name).parse().ok().map(MessageNumber);
        let text = |name: &str| fields.get(name).trim().to_owned();
        Form {
            from: text("from"),
            to: text("to"),
            cc: text("cc"),
            bcc: text("bcc"),
            subject: text("subject"),
            // Forms end their lines with CRLF (HTML, "form data set").
            body: fields.get("body").replace("\r\n", "\n").replace('\r', "\n"),
            re: number("re"),
            draft: number("draft"),
            kept: fields
                .all("keep")
                .take(200)
                .map(|reference| Kept {
                    reference: reference.to_owned(),
                    name: String::new(),
                    size: 0,
                })
                .collect(),
            key: text("key"),
            quick: fields.find("quick").is_some(),
        }
    }
}

/// In which address fields something is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub to: bool,
    pub cc: bool,
    pub bcc: bool,
}

/// Why a letter was not sent: sentences for its writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Errors {
    /// All the same the letter was saved, as far as it went.
    pub saved: bool,
    pub sentences: Vec<String>,
    pub at: Wrong,
}

#[derive(Template)]
#[template(path = "compose.html")]
struct ComposePage {
    w: Words,
    prefs: Prefs,
    shell: Shell,
    title: String,
    saved: Option<String>,
    errors: Vec<String>,
    errors_title: String,
    errors_at: Wrong,
    hidden: Vec<(&'static str, String)>,
    froms: Vec<String>,
    from: String,
    to: String,
    cc: String,
    bcc: String,
    subject: String,
    body: String,
    kept: Vec<Kept>,
    focus_to: bool,
    undo_seconds: u32,
}

/// `GET /compose`
pub(crate) async fn get(
    State(web): State<Web>,
    asked: Result<Query<Asked>, QueryRejection>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let form = if let Some(draft) = asked.draft {
        fill::draft(&visitor, MessageNumber(draft)).await?
    } else if let Some(re) = asked.re {
        fill::answer(&web, &visitor, MessageNumber(re), asked.all.is_some()).await?
    } else if let Some(fwd) = asked.fwd {
        fill::forward(&visitor, MessageNumber(fwd)).await?
    } else {
        Form {
            to: asked.to.unwrap_or_default(),
            cc: asked.cc.unwrap_or_default(),
            subject: asked.subject.unwrap_or_default(),
            body: asked.body.unwrap_or_default(),
            ..Form::default()
        }
    };
    let saved = match form.draft {
        Some(draft) => visitor.session.account.record(draft).await?.map(|record| {
            let at = visitor.words.moment(&record.internal_date);
            visitor.words.s("web-saved-at", at.short()).into_owned()
        }),
        None => None,
    };
    show(&web, &visitor, form, Errors::default(), saved, StatusCode::OK).await
}

async fn show(
    web: &Web,
    visitor: &Visitor,
    form: Form,
    errors: Errors,
    saved: Option<String>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let words = visitor.words.clone();
    let froms: Vec<String> = web
        .directory
        .addresses_of(visitor.session.info.id)
        .iter()
        .map(ToString::to_string)
        .collect();
    let title = match (form.draft, form.re) {
        (_, Some(_)) => words.t("web-title-answer"),
        (Some(_), None) => words.t("web-title-draft"),
        (None, None) => words.t("web-title-new"),
    };
    let mut hidden = vec![("key", session::random_token())];
    if let Some(draft) = form.draft {
        hidden.push(("draft", draft.to_string()));
    }
    if let Some(re) = form.re {
        hidden.push(("re", re.to_string()));
    }
    let here = match form.draft {
        Some(draft) => format!("/compose?draft={draft}"),
        None => "/compose".to_owned(),
    };
    let shell = Shell::of(web, visitor, None, here).await?;
    let from =
        if form.from.is_empty() { visitor.session.info.address.to_string() } else { form.from };
    let compose = ComposePage {
        title: title.into_owned(),
        saved,
        errors_title: words
            .t(if errors.saved { "web-saved-but" } else { "web-not-sent" })
            .into_owned(),
        errors: errors.sentences,
        errors_at: errors.at,
        hidden,
        froms,
        from,
        focus_to: form.to.is_empty() && form.body.is_empty(),
        to: form.to,
        cc: form.cc,
        bcc: form.bcc,
        subject: form.subject,
        body: form.body,
        kept: form.kept,
        undo_seconds: web.config.undo_seconds,
        shell,
        prefs: visitor.prefs.clone(),
        w: words,
    };
    page(status, &compose)
}

/// `POST /compose`
pub(crate) async fn post(State(web): State<Web>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields, files } = posted;
    let mut form = Form::read(&fields);
    match fields.get("do") {
        "send" => {}
        "save" | "more" => {
            return match send::save(&web, &visitor, &form, files).await? {
                Ok((draft, errors)) if errors.sentences.is_empty() => {
                    Ok(Redirect::to(&format!("/compose?draft={draft}")).into_response())
                }
                // What could be saved is saved; what could not is said.
                Ok((draft, mut errors)) => {
                    errors.saved = true;
                    refuse(&web, &visitor, form, Some(draft), errors).await
                }
                Err(errors) => refuse(&web, &visitor, form, None, errors).await,
            };
        }
        "discard" => return discard(&web, &visitor, form.draft).await,
        _ => return Err(Failure::BadRequest),
    }
    let key = visitor.session.key;
    let to_conversation = form.quick;
    if !form.key.is_empty() && !web.flashes.claim(key, &form.key) {
        // The same form again, by a second click or a reload: it is done.
        return Ok(Redirect::to("/mail/inbox").into_response());
    }
    let result = send::send(&web, &visitor, &mut form, &files).await;
    if !matches!(result, Ok(Ok(_))) {
        web.flashes.unclaim(&key, &form.key);
    }
    match result? {
        Ok(sent) => {
            let sentence = visitor.words.t("web-sent-note").into_owned();
            let undo = Some(Undo::Cancel(sent.message));
            web.flashes.add(key, visitor.words.now, sentence, undo);
            let target = match sent.conversation {
                Some(id) if to_conversation => format!("/c/{id}"),
                _ => "/mail/inbox".to_owned(),
            };
            Ok(Redirect::to(&target).into_response())
        }
        Err(errors) => {
            // Files cannot be put back into a form: they are kept in a draft.
            let draft = if files.is_empty() {
                None
            } else {
                let saved = send::save(&web, &visitor, &form, files).await?;
                saved.ok().map(|(draft, _)| draft)
            };
            refuse(&web, &visitor, form, draft, errors).await
        }
    }
}

/// The form again, with what is wrong. `draft` is where it was just saved.
async fn refuse(
    web: &Web,
    visitor: &Visitor,
    mut form: Form,
    draft: Option<MessageNumber>,
    errors: Errors,
) -> Result<Response, Failure> {
    if let Some(draft) = draft {
        form.draft = Some(draft);
        form.kept = fill::attachments(visitor, draft).await?;
    } else {
        fill::name_kept(visitor, &mut form.kept).await?;
    }
    show(web, visitor, form, errors, None, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn discard(
    web: &Web,
    visitor: &Visitor,
    draft: Option<MessageNumber>,
) -> Result<Response, Failure> {
    let account = &visitor.session.account;
    let before = match draft {
        Some(number) => {
            account
                .read(|state| {
                    let drafts = state.role(model::Role::Drafts).id;
                    let labels: Vec<_> = state.labels(number).map(|(mailbox, _)| mailbox).collect();
                    let message = state.message(number)?;
                    // Only what is a draft is thrown away from here.
                    labels.contains(&drafts).then_some(Before {
                        number,
                        labels,
                        flags: message.flags,
                    })
                })
                .await?
        }
        None => None,
    };
    if let Some(before) = before {
        let number = before.number;
        account.write(move |tx| tx.trash(&[number])).await?;
        let sentence = visitor.words.t("web-discarded").into_owned();
        let undo = Some(Undo::Restore(vec![before]));
        web.flashes.add(visitor.session.key, visitor.words.now, sentence, undo);
    }
    Ok(Redirect::to("/mail/inbox").into_response())
}
