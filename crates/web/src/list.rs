//! `GET /mail/{place}`: a page of conversations.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use locale::date;
use mailstore::{ConversationRow, Record};
use message::Person;
use model::{ConversationId, Flags, MessageNumber, Role, Timestamp};
use serde::Deserialize;

use crate::error::{Failure, page};
use crate::people::{self, Myself};
use crate::place::{Action, Place};
use crate::prefs::Prefs;
use crate::shell::{Markup, Shell, postmark};
use crate::visitor::Visitor;
use crate::web::Web;
use crate::words::{Time, Words};

/// Conversations on a page.
pub(crate) const PAGE: usize = 50;
/// Of a longer conversation the first and the last messages are looked at.
const LOOKED_AT: usize = 8;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    page: Option<usize>,
    tick: Option<String>,
}

/// A label on a row or over a conversation.
pub(crate) struct Chip {
    pub slug: String,
    pub name: String,
    pub hue: u8,
}

struct Row {
    id: ConversationId,
    href: String,
    who: String,
    count: usize,
    subject: String,
    snippet: String,
    labels: Vec<Chip>,
    unread: bool,
    starred: bool,
    clip: bool,
    draft: bool,
    at: Timestamp,
    when: Time,
}

struct Group {
    heading: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    w: Words,
    prefs: Prefs,
    shell: Shell,
    place: Place,
    title: String,
    groups: Vec<Group>,
    actions: &'static [Action],
    row_actions: &'static [Action],
    emptying: Option<&'static str>,
    ticked: bool,
    tick_all: String,
    here: String,
    page: usize,
    range: String,
    newer: Option<String>,
    older: Option<String>,
    checked: String,
    empty_title: String,
    empty_text: String,
    postmark: Markup,
}

/// `GET /`
pub(crate) async fn root() -> Redirect {
    Redirect::to("/mail/inbox")
}

/// A row before its letters are looked at.
struct Seed {
    row: ConversationRow,
    /// Its newest message in this place.
    newest: MessageNumber,
    at: Timestamp,
    starred: bool,
    draft: bool,
    labels: Vec<Chip>,
}

impl Seed {
    /// The messages whose senders, subject and text are shown.
    fn looked_at(&self) -> Vec<MessageNumber> {
        let all = if self.row.all.is_empty() { &self.row.numbers } else { &self.row.all };
        let mut some = all.clone();
        if all.len() > LOOKED_AT {
            some.drain(1..all.len() - (LOOKED_AT - 1));
        }
        if !some.contains(&self.newest) {
            some.push(self.newest);
        }
        some
    }
}

/// The URL of a page of a place.
pub(crate) fn url(place: Place, page: usize) -> String {
    if page <= 1 {
        format!("/mail/{}", place.slug())
    } else {
        format!("/mail/{}?page={page}", place.slug())
    }
}

pub(crate) async fn get(
    State(web): State<Web>,
    Path(slug): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let place = Place::parse(&slug).ok_or(Failure::NotFound)?;
    let Query(asked) = asked.unwrap_or(Query(Asked { page: None, tick: None }));
    let number = asked.page.unwrap_or(1).clamp(1, 1_000_000);
    let words = visitor.words.clone();
    let account = &visitor.session.account;
    let skip = (number - 1) * PAGE;
    let found = account
        .read(|state| {
            let title = place.title(&words, state)?;
            let (rows, total) = place.rows(state, skip, PAGE)?;
            let seeds: Vec<Seed> =
                rows.into_iter().filter_map(|row| seed(state, place, row)).collect();
            Some((title, seeds, total))
        })
        .await?;
    let (title, seeds, total) = found.ok_or(Failure::NotFound)?;
    // A page that its last conversation has left: the one before it.
    if seeds.is_empty() && total > 0 {
        let last = total.div_ceil(PAGE);
        return Ok(Redirect::to(&url(place, last)).into_response());
    }
    let wanted: Vec<MessageNumber> = seeds.iter().flat_map(Seed::looked_at).collect();
    let records = account.records(&wanted).await?;
    let records: HashMap<MessageNumber, Arc<Record>> =
        records.into_iter().flatten().map(|record| (record.number, record)).collect();
    let me = Myself::new(&web.directory.addresses_of(visitor.session.info.id));
    let rows: Vec<Row> =
        seeds.into_iter().map(|seed| row(&words, &me, place, &records, seed)).collect();

    let here = url(place, number);
    let ticked = asked.tick.as_deref() == Some("page");
    let mut shell = Shell::of(&web, &visitor, Some(place), here.clone()).await?;
    shell.writable = true;
    let last = skip + rows.len();
    let count = |n: usize| locale::number(words.language, n as u64);
    let range = locale::text(
        words.language,
        "web-range",
        &[
            ("first", count(skip + 1).into()),
            ("last", count(last).into()),
            ("total", count(total).into()),
        ],
    );
    let empty = place.empty_id();
    let text_id = format!("{empty}-text");
    let has_text = locale::exists(words.language, &text_id);
    let list = ListPage {
        title,
        groups: grouped(&words, rows),
        actions: place.actions(),
        row_actions: place.row_actions(),
        emptying: match place {
            Place::Role(Role::Trash) => Some("web-empty-trash-button"),
            Place::Role(Role::Spam) => Some("web-empty-spam-button"),
            _ => None,
        },
        ticked,
        tick_all: format!("{here}{}tick=page", if number > 1 { '&' } else { '?' }),
        page: number,
        range: range.into_owned(),
        newer: (number > 1).then(|| url(place, number - 1)),
        older: (last < total).then(|| url(place, number + 1)),
        checked: words.s("web-checked", date::hour(words.now.0, &words.zone)).into_owned(),
        empty_title: words.t(&empty).into_owned(),
        empty_text: if has_text { words.t(&text_id).into_owned() } else { String::new() },
        postmark: postmark(&words),
        prefs: visitor.prefs.clone(),
        place,
        shell,
        here,
        w: words,
    };
    page(StatusCode::OK, &list)
}

fn seed(state: &mailstore::State, place: Place, row: ConversationRow) -> Option<Seed> {
    let message = |n: &MessageNumber| state.message(*n);
    let newest =
        row.numbers.iter().filter_map(message).max_by_key(|m| (m.internal_date, m.number))?;
    let all = || row.all.iter().chain(&row.numbers).filter_map(message);
    let starred = all().any(|m| m.flags.contains(Flags::FLAGGED));
    let draft = all().any(|m| m.flags.contains(Flags::DRAFT));
    let mut ids: Vec<_> =
        row.numbers.iter().flat_map(|n| state.labels(*n)).map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    let labels = chips(state, ids.into_iter(), place);
    let (newest, at) = (newest.number, newest.internal_date);
    Some(Seed { newest, at, starred, draft, labels, row })
}

/// The labels people made, as they are shown; not the one whose list it is.
pub(crate) fn chips(
    state: &mailstore::State,
    ids: impl Iterator<Item = model::MailboxId>,
    place: Place,
) -> Vec<Chip> {
    ids.filter(|id| Place::Label(*id) != place)
        .filter_map(|id| {
            let mailbox = state.mailbox(id)?;
            // In All Mail, what is in the inbox says so, as in Gmail.
            if mailbox.role.is_some() {
                return None;
            }
            Some(Chip {
                slug: Place::Label(id).slug(),
                name: people::one_line(mailbox.name.leaf(), 40),
                hue: crate::place::hue(id),
            })
        })
        .collect()
}

fn row(
    words: &Words,
    me: &Myself,
    place: Place,
    records: &HashMap<MessageNumber, Arc<Record>>,
    seed: Seed,
) -> Row {
    let looked_at = seed.looked_at();
    let seen: Vec<&Record> =
        looked_at.iter().filter_map(|n| records.get(n)).map(AsRef::as_ref).collect();
    let newest = records.get(&seed.newest).map(AsRef::as_ref);
    let who = if place.shows_recipients() {
        let facts = newest.map(|record| &record.facts);
        let to: Vec<&Person> =
            facts.iter().flat_map(|f| f.to.iter().chain(&f.cc).chain(&f.bcc)).collect();
        people::recipients(words, me, &to)
    } else {
        let from: Vec<Person> = seen.iter().flat_map(|r| r.facts.from.iter().cloned()).collect();
        people::participants(words, me, &from)
    };
    let lone_draft = place == Place::Role(Role::Drafts);
    let count = if place.shows_recipients() { 1 } else { seed.row.all.len().max(1) };
    let first = if lone_draft { newest } else { seen.first().copied() };
    let href = if lone_draft {
        format!("/compose?draft={}", seed.newest)
    } else if place.is_inbox() {
        format!("/c/{}", seed.row.id)
    } else {
        format!("/c/{}?in={}", seed.row.id, place.slug())
    };
    Row {
        id: seed.row.id,
        href,
        who,
        count,
        subject: people::subject(words, first.map_or("", |record| &record.facts.subject)),
        snippet: people::one_line(newest.map_or("", |record| &record.facts.preview), 140),
        labels: seed.labels,
        unread: seed.row.unread > 0,
        starred: seed.starred,
        clip: seen.iter().any(|record| record.facts.attachments),
        draft: seed.draft && !lone_draft,
        at: seed.at,
        when: words.when(&seed.at),
    }
}

/// Under headings of days; yesterday's rows need only the hour then.
fn grouped(words: &Words, rows: Vec<Row>) -> Vec<Group> {
    let yesterday = words.t("date-yesterday");
    let mut groups: Vec<Group> = Vec::new();
    for mut row in rows {
        let heading = date::heading(words.language, row.at.0, words.now.0, &words.zone);
        if heading == yesterday {
            row.when = words.hour(&row.at);
        }
        match groups.last_mut() {
            Some(group) if group.heading == heading => group.rows.push(row),
            _ => groups.push(Group { heading, rows: vec![row] }),
        }
    }
    groups
}
