//! What a form starts with.

use std::sync::Arc;

use bytes::Bytes;
use locale::{date, text};
use mailstore::Record;
use message::Person;
use model::{MessageNumber, Role};

use super::send::ANSWERS;
use super::{Answer, Form, Kept};
use crate::error::Failure;
use crate::letter::quoted;
use crate::people::{self, Myself};
use crate::visitor::Visitor;
use crate::web::Web;
use crate::words::Words;

/// A message of the account with its bytes.
pub(super) async fn message(
    visitor: &Visitor,
    number: MessageNumber,
) -> Result<(Arc<Record>, Bytes), Failure> {
    let account = &visitor.session.account;
    let record = account.record(number).await?.ok_or(Failure::NotFound)?;
    let content = account.content(number).await?.ok_or(Failure::NotFound)?;
    Ok((record, content))
}

fn editable(people: &[Person]) -> String {
    people.iter().map(people::editable).collect::<Vec<_>>().join(", ")
}

/// The words of a message, as text.
fn words_of(content: &[u8], record: &Record) -> String {
    let view = message::view(content, &record.facts);
    match (view.text, view.html) {
        (Some(text), _) if !text.trim().is_empty() => text,
        (_, Some(html)) => message::html_to_text(&html),
        (text, None) => text.unwrap_or_default(),
    }
}

/// A draft, opened again.
pub(super) async fn draft(visitor: &Visitor, number: MessageNumber) -> Result<Form, Failure> {
    let is_draft = visitor.session.account.read(|state| {
        let drafts = state.role(Role::Drafts).id;
        state.labels(number).any(|(mailbox, _)| mailbox == drafts)
    });
    if !is_draft.await? {
        return Err(Failure::NotFound);
    }
    let (record, content) = message(visitor, number).await?;
    let facts = &record.facts;
    let header = content.get(..facts.header_bytes as usize).unwrap_or(&content);
    let re = message::header_field(header, ANSWERS)
        .and_then(|value| String::from_utf8_lossy(&value).trim().parse().ok())
        .map(MessageNumber);
    Ok(Form {
        from: facts.from.first().map(|p| p.email.clone()).unwrap_or_default(),
        to: editable(&facts.to),
        cc: editable(&facts.cc),
        bcc: editable(&facts.bcc),
        subject: people::one_line(&facts.subject, 1000),
        body: words_of(&content, &record).replace("\r\n", "\n").trim_end().to_owned(),
        re,
        draft: Some(number),
        kept: kept(number, &content, &record),
        ..Form::default()
    })
}

/// An answer to a letter, which is quoted below.
pub(super) async fn answer(
    web: &Web,
    visitor: &Visitor,
    number: MessageNumber,
    all: bool,
) -> Result<Form, Failure> {
    let (record, content) = message(visitor, number).await?;
    let me = Myself::new(&web.directory.addresses_of(visitor.session.info.id));
    let answer = Answer::to(&record.facts, &me, all);
    Ok(Form {
        from: own_address(web, visitor, &record),
        to: editable(&answer.to),
        cc: editable(&answer.cc),
        subject: people::answered_subject("Re", &answer.subject),
        body: format!("\n\n{}", quotation(&visitor.words, &content, &record)),
        re: Some(number),
        ..Form::default()
    })
}

/// Which address of the account a letter was for: the answer comes from it.
pub(super) fn own_address(web: &Web, visitor: &Visitor, record: &Record) -> String {
    let own = web.directory.addresses_of(visitor.session.info.id);
    let facts = &record.facts;
    let named = facts.to.iter().chain(&facts.cc).find_map(|person| {
        own.iter()
            .map(ToString::to_string)
            .find(|address| address.eq_ignore_ascii_case(&person.email))
    });
    named.unwrap_or_else(|| visitor.session.info.address.to_string())
}

/// "On Monday, …, Bob wrote:" and what he wrote.
pub(super) fn quotation(words: &Words, content: &[u8], record: &Record) -> String {
    let facts = &record.facts;
    let name =
        facts.from.first().map(people::name).unwrap_or_else(|| words.t("web-nobody").into_owned());
    let at = facts.date.unwrap_or(record.internal_date);
    let line = text(
        words.language,
        "web-wrote",
        &[("date", date::full(words.language, at.0, &words.zone).into()), ("name", name.into())],
    );
    format!("{line}\n{}", quoted(&words_of(content, record)))
}

/// A letter to be passed on, with its attachments.
pub(super) async fn forward(visitor: &Visitor, number: MessageNumber) -> Result<Form, Failure> {
    let (record, content) = message(visitor, number).await?;
    let (words, facts) = (&visitor.words, &record.facts);
    let mut body = format!("\n\n---------- {} ----------\n", words.t("web-forwarded"));
    let join = |people: &[Person]| people.iter().map(people::full).collect::<Vec<_>>().join(", ");
    let at = facts.date.unwrap_or(record.internal_date);
    for (id, value) in [
        ("web-from", join(&facts.from)),
        ("web-date", date::full(words.language, at.0, &words.zone)),
        ("web-subject", people::one_line(&facts.subject, 1000)),
        ("web-to", join(&facts.to)),
        ("web-cc", join(&facts.cc)),
    ] {
        if !value.is_empty() {
            let name = words.t(id);
            let line = text(
                words.language,
                "web-header-line",
                &[("name", name.as_ref().into()), ("value", value.into())],
            );
            body.push_str(&line);
            body.push('\n');
        }
    }
    body.push('\n');
    body.push_str(words_of(&content, &record).trim_end());
    body.push('\n');
    Ok(Form {
        subject: people::answered_subject("Fwd", &facts.subject),
        body,
        kept: kept(number, &content, &record),
        ..Form::default()
    })
}

fn kept(number: MessageNumber, content: &[u8], record: &Record) -> Vec<Kept> {
    let listed = message::view(content, &record.facts).attachments;
    listed
        .into_iter()
        .map(|file| {
            let path: Vec<String> = file.path.iter().map(u32::to_string).collect();
            Kept {
                reference: format!("{number}/{}", path.join(".")),
                name: people::one_line(&file.name, 120),
                size: file.size,
            }
        })
        .collect()
}

/// The attachments of a message, to be kept.
pub(super) async fn attachments(
    visitor: &Visitor,
    number: MessageNumber,
) -> Result<Vec<Kept>, Failure> {
    let (record, content) = message(visitor, number).await?;
    Ok(kept(number, &content, &record))
}

/// Gives names to attachments of which a form only knows where they are.
pub(super) async fn name_kept(visitor: &Visitor, named: &mut Vec<Kept>) -> Result<(), Failure> {
    let mut found: Vec<Kept> = Vec::new();
    for wanted in named.iter() {
        let number = wanted.reference.split('/').next().and_then(|n| n.parse().ok());
        let Some(number) = number.map(MessageNumber) else { continue };
        if let Ok(all) = attachments(visitor, number).await {
            found.extend(all.into_iter().find(|kept| kept.reference == wanted.reference));
        }
    }
    *named = found;
    Ok(())
}
