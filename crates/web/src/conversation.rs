//! `GET /c/{id}`: a conversation, the newest letter open.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use mailstore::Record;
use message::Person;
use model::{ConversationId, Flags, MessageNumber, Role, Timestamp};
use serde::Deserialize;

use crate::compose::Answer;
use crate::error::{Failure, page};
use crate::letter::{self, MAX_TEXT_BYTES};
use crate::list::{Chip, chips};
use crate::people::{self, Myself};
use crate::place::{Action, Place};
use crate::prefs::Prefs;
use crate::shell::{Markup, Shell};
use crate::visitor::Visitor;
use crate::web::Web;
use crate::words::{Time, Words};

/// Letters on a page; the earlier ones are a link away.
const SHOWN: usize = 20;
const SHOWN_ON_DEMAND: usize = 200;
/// HTML longer than this is cleaned off the async threads.
const LONG_HTML: usize = 200 << 10;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(rename = "in")]
    place: Option<String>,
    earlier: Option<u8>,
}

struct HeaderLine {
    name: String,
    value: String,
}

/// An attachment as it is listed.
pub(crate) struct File {
    pub path: String,
    pub name: String,
    pub size: u64,
}

struct Letter {
    number: MessageNumber,
    open: bool,
    unread: bool,
    starred: bool,
    draft: bool,
    spam: bool,
    several: bool,
    waits: Option<String>,
    initial: String,
    hue: u8,
    from: String,
    address: String,
    show_address: bool,
    to: String,
    snippet: String,
    when: Time,
    header: Vec<HeaderLine>,
    letter: Markup,
    files: Vec<File>,
}

struct Earlier {
    href: String,
    count: usize,
}

struct Quick {
    name: String,
    hidden: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct ConversationPage {
    w: Words,
    prefs: Prefs,
    shell: Shell,
    id: ConversationId,
    place: Place,
    back_title: String,
    actions: Vec<Action>,
    subject: String,
    labels: Vec<Chip>,
    total: usize,
    earlier: Option<Earlier>,
    messages: Vec<Letter>,
    quick: Option<Quick>,
    undo_seconds: u32,
}

/// A message's marks and fate, as the account has them.
#[derive(Clone, Copy)]
struct Marks {
    number: MessageNumber,
    flags: Flags,
    spam: bool,
    outbox: bool,
    draft: bool,
}

pub(crate) async fn get(
    State(web): State<Web>,
    Path(id): Path<u64>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let id = ConversationId(id);
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let place = asked.place.as_deref().and_then(Place::parse);
    let words = visitor.words.clone();
    let account = &visitor.session.account;
    let found = account
        .read(|state| {
            let mut all = shown_in(state, place, id);
            all.sort_by_key(|n| (state.message(*n).map(|m| m.internal_date), *n));
            let place = place.filter(|place| place.title(&words, state).is_some());
            let place = place.unwrap_or_else(|| home(state, &all));
            let title = place.title(&words, state)?;
            let marks: Vec<Marks> = all.iter().filter_map(|n| marks(state, *n)).collect();
            let mut labels: Vec<_> =
                all.iter().flat_map(|n| state.labels(*n)).map(|(mailbox, _)| mailbox).collect();
            labels.sort_unstable();
            labels.dedup();
            let labels = chips(state, labels.into_iter(), Place::Starred);
            (!marks.is_empty()).then_some((place, title, marks, labels))
        })
        .await?;
    let (place, title, marks, labels) = found.ok_or(Failure::NotFound)?;
    let total = marks.len();
    let limit = if asked.earlier.is_some() { SHOWN_ON_DEMAND } else { SHOWN };
    let (hidden, shown) = marks.split_at(total.saturating_sub(limit));

    let mut numbers: Vec<MessageNumber> = shown.iter().map(|m| m.number).collect();
    let contents = account.contents(&numbers).await?;
    numbers.push(marks[0].number);
    let records: HashMap<MessageNumber, Arc<Record>> = account
        .records(&numbers)
        .await?
        .into_iter()
        .flatten()
        .map(|record| (record.number, record))
        .collect();
    let addresses = web.directory.addresses_of(visitor.session.info.id);
    let me = Myself::new(&addresses);

    let mut messages = Vec::with_capacity(shown.len());
    let newest = shown.last().map(|m| m.number);
    for (marks, content) in shown.iter().zip(contents) {
        let (Some(record), Some(content)) = (records.get(&marks.number), content) else { continue };
        let open = Some(marks.number) == newest || !marks.flags.contains(Flags::SEEN);
        messages.push(letter(&words, &me, *marks, record, content, open).await?);
    }
    if messages.is_empty() {
        return Err(Failure::NotFound);
    }
    let quick = shown.iter().rev().find(|m| !m.draft && !m.outbox && !m.spam).and_then(|m| {
        let record = records.get(&m.number)?;
        let answer = Answer::to(&record.facts, &me, true);
        (!answer.to.is_empty()).then(|| quick(&words, &me, m.number, &answer))
    });
    let here = match (place.is_inbox(), asked.earlier.is_some()) {
        (true, false) => format!("/c/{id}"),
        (false, false) => format!("/c/{id}?in={}", place.slug()),
        (_, true) => format!("/c/{id}?in={}&earlier=1", place.slug()),
    };
    // A page that a browser fetches ahead was not read by anybody.
    if !is_prefetch(&headers) {
        mark_read(&visitor, shown).await?;
    }
    let shell = Shell::of(&web, &visitor, Some(place), here).await?;
    let first = records.get(&marks[0].number);
    let html = ConversationPage {
        id,
        back_title: words.s("web-back-to", &title).into_owned(),
        // Reading marks as read: only the other way makes sense here.
        actions: place.actions().iter().filter(|a| a.word != "read").copied().collect(),
        subject: people::subject(&words, first.map_or("", |record| &record.facts.subject)),
        labels,
        total,
        earlier: (!hidden.is_empty()).then(|| Earlier {
            href: format!("/c/{id}?in={}&earlier=1", place.slug()),
            count: hidden.len(),
        }),
        messages,
        quick,
        undo_seconds: web.config.undo_seconds,
        place,
        shell,
        prefs: visitor.prefs.clone(),
        w: words,
    };
    page(StatusCode::OK, &html)
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains("prefetch") || value.contains("prerender"))
    })
}

/// The messages of a conversation that are seen from a place: what lies in
/// Spam and Trash only from there, or when nothing lies elsewhere.
fn shown_in(
    state: &mailstore::State,
    place: Option<Place>,
    id: ConversationId,
) -> Vec<MessageNumber> {
    let all = state.conversation(id);
    let place = match place {
        Some(place @ Place::Role(Role::Spam | Role::Trash)) => place.mailbox(state),
        _ => None,
    };
    let hidden = [Role::Spam, Role::Trash].map(|role| state.role(role).id);
    let chosen: Vec<MessageNumber> = all
        .iter()
        .copied()
        .filter(|n| match place {
            Some(place) => state.labels(*n).any(|(mailbox, _)| mailbox == place),
            None => !state.labels(*n).any(|(mailbox, _)| hidden.contains(&mailbox)),
        })
        .collect();
    if chosen.is_empty() { all } else { chosen }
}

/// Where a conversation is at home, when the URL does not say whence one came.
fn home(state: &mailstore::State, numbers: &[MessageNumber]) -> Place {
    let roles = [Role::Inbox, Role::Spam, Role::Trash, Role::Outbox, Role::Drafts];
    let is_in = |role: Role| {
        let id = state.role(role).id;
        numbers.iter().any(|n| state.labels(*n).any(|(mailbox, _)| mailbox == id))
    };
    roles.into_iter().find(|role| is_in(*role)).map_or(Place::Role(Role::All), Place::Role)
}

fn marks(state: &mailstore::State, number: MessageNumber) -> Option<Marks> {
    let message = state.message(number)?;
    let is_in = |role: Role| {
        let id = state.role(role).id;
        state.labels(number).any(|(mailbox, _)| mailbox == id)
    };
    Some(Marks {
        number,
        flags: message.flags,
        spam: is_in(Role::Spam),
        outbox: is_in(Role::Outbox),
        draft: is_in(Role::Drafts),
    })
}

async fn mark_read(visitor: &Visitor, shown: &[Marks]) -> Result<(), Failure> {
    let unread: Vec<MessageNumber> =
        shown.iter().filter(|m| !m.flags.contains(Flags::SEEN)).map(|m| m.number).collect();
    if unread.is_empty() {
        return Ok(());
    }
    let marked =
        visitor.session.account.write(move |tx| tx.mark(&unread, Flags::SEEN, Flags::NONE));
    match marked.await {
        Ok(()) => Ok(()),
        // Reading goes on where nothing can be written any more: a full disk
        // must not lock people out of their letters.
        Err(error) => {
            tracing::warn!(%error, "a letter could not be marked as read");
            Ok(())
        }
    }
}

fn quick(words: &Words, me: &Myself, number: MessageNumber, answer: &Answer) -> Quick {
    let join =
        |people: &[Person]| people.iter().map(people::editable).collect::<Vec<_>>().join(", ");
    Quick {
        name: people::participants(words, me, &[answer.to.clone(), answer.cc.clone()].concat()),
        hidden: vec![
            ("re", number.to_string()),
            ("quick", "1".to_owned()),
            ("to", join(&answer.to)),
            ("cc", join(&answer.cc)),
            ("subject", people::answered_subject("Re", &answer.subject)),
        ],
    }
}

async fn letter(
    words: &Words,
    me: &Myself,
    marks: Marks,
    record: &Record,
    content: Bytes,
    open: bool,
) -> Result<Letter, Failure> {
    let facts = &record.facts;
    let nobody = Person::default();
    let author = facts.from.first().unwrap_or(&nobody);
    let name = if me.is(&author.email) {
        words.t("web-me").into_owned()
    } else if author.name.is_empty() && author.email.is_empty() {
        words.t("web-nobody").into_owned()
    } else {
        people::name(author)
    };
    let to: Vec<&Person> = facts.to.iter().chain(&facts.cc).chain(&facts.bcc).collect();
    let view = message::view(&content, facts);
    let files = view
        .attachments
        .iter()
        .map(|file| File {
            path: file.path.iter().map(u32::to_string).collect::<Vec<_>>().join("."),
            name: people::one_line(&file.name, 120),
            size: file.size,
        })
        .collect();
    let flowed = flowed(&facts.structure);
    let letter = body(words, view.text, view.html, flowed, marks.number).await?;
    Ok(Letter {
        number: marks.number,
        open,
        unread: !marks.flags.contains(Flags::SEEN),
        starred: marks.flags.contains(Flags::FLAGGED),
        draft: marks.draft,
        spam: marks.spam,
        several: facts.from.len() + facts.to.len() + facts.cc.len() > 2,
        waits: marks.outbox.then(|| words.t("web-waits-text").into_owned()),
        initial: people::initial(&if author.name.is_empty() {
            author.email.clone()
        } else {
            people::name(author)
        }),
        hue: people::hue(&author.email),
        show_address: !author.email.is_empty() && name != author.email && !me.is(&author.email),
        address: people::one_line(&author.email, 200),
        from: name,
        to: people::recipients(words, me, &to),
        snippet: people::one_line(&facts.preview, 140),
        when: words.moment(&record.internal_date),
        header: header(words, record),
        letter,
        files,
    })
}

/// The addresses, visible on demand.
fn header(words: &Words, record: &Record) -> Vec<HeaderLine> {
    let facts = &record.facts;
    let join = |people: &[Person]| people.iter().map(people::full).collect::<Vec<_>>().join(", ");
    let date = |at: Timestamp| locale::date::full(words.language, at.0, &words.zone);
    let mut lines = Vec::new();
    let mut line = |id: &str, value: String| {
        if !value.is_empty() {
            lines.push(HeaderLine { name: words.t(id).into_owned(), value });
        }
    };
    line("web-from", join(&facts.from));
    if facts.reply_to != facts.from {
        line("web-reply-to-line", join(&facts.reply_to));
    }
    line("web-to", join(&facts.to));
    line("web-cc", join(&facts.cc));
    line("web-bcc", join(&facts.bcc));
    line("web-date", facts.date.map(date).unwrap_or_default());
    line("web-received", date(record.internal_date));
    line("web-subject", people::one_line(&facts.subject, 1000));
    line(
        "web-envelope",
        record.reverse_path.as_deref().map(|p| people::one_line(p, 320)).unwrap_or_default(),
    );
    line("web-size", words.size(&record.size));
    lines
}

/// Whether the text is `format=flowed`, and whether with `delsp`.
fn flowed(part: &message::Part) -> Option<bool> {
    if part.is("TEXT", "PLAIN") {
        let is = |name: &str, value: &str| {
            part.param(name).is_some_and(|given| given.eq_ignore_ascii_case(value))
        };
        return is("FORMAT", "flowed").then(|| is("DELSP", "yes"));
    }
    // The text that is shown is the first of its kind.
    part.children.iter().find_map(|child| {
        let plain = child.is("TEXT", "PLAIN") || child.type_ == "MULTIPART";
        plain.then(|| flowed(child)).flatten()
    })
}

/// What was written, fit to be shown.
async fn body(
    words: &Words,
    text: Option<String>,
    html: Option<String>,
    flowed: Option<bool>,
    number: MessageNumber,
) -> Result<Markup, Failure> {
    if let Some(html) = html.filter(|html| letter::is_reasonable(html)) {
        let pictures = html.matches("<img").count() + html.matches("<IMG").count();
        let clean = if html.len() > LONG_HTML {
            let cleaning = tokio::task::spawn_blocking(move || letter::simple_html(&html));
            cleaning.await.map_err(|error| Failure::Internal(error.to_string()))?
        } else {
            letter::simple_html(&html)
        };
        if !letter::says_nothing(&clean) {
            let clean = letter::fold_quote(&clean, &words.t("web-quoted-text"));
            let note = if pictures > 0 { "web-simple-pictures" } else { "web-simple" };
            return Ok(Markup(format!(
                "<article class=\"letter simple\">{clean}</article>\n\
                 <p class=\"small muted aside\">{}</p>",
                letter::escape(&words.t(note))
            )));
        }
    }
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        let nothing = letter::escape(&words.t("web-no-text"));
        return Ok(Markup(format!("<p class=\"muted\">{nothing}</p>")));
    };
    let mut out = String::from("<article class=\"letter\">");
    out.push_str(&letter::plain_html(&text, flowed, &words.t("web-quoted-text")));
    out.push_str("</article>");
    if text.len() > MAX_TEXT_BYTES {
        let cut = letter::escape(&words.t("web-text-cut"));
        out.push_str(&format!(
            "<p class=\"note\">{cut} <a href=\"/m/{number}/raw?save=1\">{}</a></p>",
            letter::escape(&words.t("web-save-message"))
        ));
    }
    Ok(Markup(out))
}
