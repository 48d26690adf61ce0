//! From a form to a message: saved in Drafts, or on its way.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use delivery::{Reason, Refusal, Submission, Trace};
use jiff::Timestamp as Moment;
use mailstore::NewMessage;
use message::{Draft, NewAttachment, Person, parse_addresses};
use model::{Address, ConversationId, Flags, MessageNumber, Role};
use queue::Recipient;

use super::{Answer, Errors, Form, fill};
use crate::attachment;
use crate::error::Failure;
use crate::form::Upload;
use crate::people::{self, Myself};
use crate::visitor::Visitor;
use crate::web::Web;

/// In drafts only: the number of the message that is answered.
pub(super) const ANSWERS: &str = "X-Facteur-Answers";

/// The most recipients of one letter.
const MAX_RECIPIENTS: usize = 500;
/// Messages above this are parsed and compressed off the async threads.
const LARGE: usize = 64 << 10;

/// A letter on its way.
pub(super) struct Sent {
    pub message: MessageNumber,
    pub conversation: Option<ConversationId>,
}

/// The addresses of a letter, as far as they could be read.
struct Addressed {
    to: Vec<Person>,
    cc: Vec<Person>,
    bcc: Vec<Person>,
}

impl Addressed {
    fn read(visitor: &Visitor, form: &Form, errors: &mut Errors) -> Addressed {
        let mut field = |text: &str| {
            let mut people = Vec::new();
            let mut wrong = false;
            for typed in parse_addresses(text) {
                match typed {
                    Ok(person) => people.push(person),
                    Err(piece) => {
                        wrong = true;
                        let piece = people::one_line(&piece, 100);
                        errors
                            .sentences
                            .push(visitor.words.s("web-bad-address", piece).into_owned());
                    }
                }
            }
            (people, wrong)
        };
        let (to, wrong_to) = field(&form.to);
        let (cc, wrong_cc) = field(&form.cc);
        let (bcc, wrong_bcc) = field(&form.bcc);
        errors.at.to = wrong_to;
        errors.at.cc = wrong_cc;
        errors.at.bcc = wrong_bcc;
        Addressed { to, cc, bcc }
    }

    /// Each address once; those that are none were refused before.
    fn recipients(&self) -> Vec<Address> {
        let mut all: Vec<Address> = Vec::new();
        for person in self.to.iter().chain(&self.cc).chain(&self.bcc) {
            if let Ok(address) = person.email.parse::<Address>()
                && !all.contains(&address)
            {
                all.push(address);
            }
        }
        all
    }
}

/// The address the letter comes from, if it is one of the account's.
fn sender(web: &Web, visitor: &Visitor, form: &Form) -> Option<Address> {
    if form.from.is_empty() {
        return Some(visitor.session.info.address.clone());
    }
    let from: Address = form.from.parse().ok()?;
    web.directory.may_send_as(visitor.session.info.id, &from).then_some(from)
}

/// Saves the letter in Drafts in place of its last revision.
///
/// What is no address is left out, and said. `Err` if nothing could be saved.
pub(super) async fn save(
    web: &Web,
    visitor: &Visitor,
    form: &Form,
    files: Vec<Upload>,
) -> Result<Result<(MessageNumber, Errors), Errors>, Failure> {
    let mut errors = Errors::default();
    let addressed = Addressed::read(visitor, form, &mut errors);
    let from = sender(web, visitor, form).unwrap_or_else(|| visitor.session.info.address.clone());
    let mut draft = build(web, visitor, form, &addressed, &from, &files).await?;
    if let Some(re) = form.re {
        draft.headers.push((ANSWERS.to_owned(), re.to_string()));
    }
    let content = Bytes::from(draft.build(seed()));
    if content.len() as u64 > web.config.max_message_bytes {
        return Ok(Err(too_large(web, visitor)));
    }
    let new = prepare(content, visitor).await?;
    let old = form.draft;
    let saved = visitor.session.account.write(move |tx| {
        let drafts = tx.role(Role::Drafts);
        let number = tx.append(&new, &[drafts])?.number;
        if let Some(old) = old
            && tx.labels(old).iter().any(|(mailbox, _)| *mailbox == drafts)
        {
            tx.destroy(&[old])?;
        }
        Ok(number)
    });
    match saved.await {
        Ok(number) => Ok(Ok((number, errors))),
        Err(mailstore::Error::OverQuota { .. }) => {
            let full = visitor.words.t("web-full").into_owned();
            Ok(Err(Errors { sentences: vec![full], ..Errors::default() }))
        }
        Err(error) => Err(error.into()),
    }
}

async fn prepare(content: Bytes, visitor: &Visitor) -> Result<NewMessage, Failure> {
    let now = visitor.words.now;
    let new = if content.len() > LARGE {
        let parsing = tokio::task::spawn_blocking(move || NewMessage::new(&content, now));
        parsing.await.map_err(|error| Failure::Internal(error.to_string()))?
    } else {
        NewMessage::new(&content, now)
    };
    Ok(new.with_marks(Flags::SEEN | Flags::DRAFT, Vec::new(), false))
}

/// Sends the letter: after the time for thinking again, it leaves.
pub(super) async fn send(
    web: &Web,
    visitor: &Visitor,
    form: &mut Form,
    files: &[Upload],
) -> Result<Result<Sent, Errors>, Failure> {
    let words = &visitor.words;
    let mut errors = Errors::default();
    let addressed = Addressed::read(visitor, form, &mut errors);
    let recipients = addressed.recipients();
    if recipients.is_empty() && errors.sentences.is_empty() {
        errors.at.to = true;
        errors.sentences.push(words.t("web-no-recipient").into_owned());
    }
    if recipients.len() > MAX_RECIPIENTS {
        errors.sentences.push(words.n("web-too-many-recipients", MAX_RECIPIENTS).into_owned());
    }
    let from = sender(web, visitor, form);
    if from.is_none() {
        let from = people::one_line(&form.from, 100);
        errors.sentences.push(words.s("web-not-your-address", from).into_owned());
    }
    let (Some(from), true) = (from, errors.sentences.is_empty()) else { return Ok(Err(errors)) };

    if form.quick
        && let Some(re) = form.re
    {
        let (record, content) = fill::message(visitor, re).await?;
        let quotation = fill::quotation(words, &content, &record);
        form.body = format!("{}\n\n{quotation}", form.body.trim_end());
        form.quick = false;
    }
    let draft = build(web, visitor, form, &addressed, &from, files).await?;
    let content = Bytes::from(draft.build(seed()));
    if content.len() as u64 > web.config.max_message_bytes {
        return Ok(Err(too_large(web, visitor)));
    }
    let submission = Submission {
        account: visitor.session.info.id,
        // Where somebody sat when writing is nobody's business.
        trace: Trace {
            helo: web.config.hostname.clone(),
            peer: None,
            protocol: "HTTP".to_owned(),
            tls: None,
            id: HEXLOWER.encode(&seed().to_be_bytes()[..6]),
        },
        reverse_path: Some(from.clone()),
        smtputf8: from.needs_smtputf8() || recipients.iter().any(Address::needs_smtputf8),
        recipients: recipients.into_iter().map(Recipient::new).collect(),
        content,
        delay_seconds: web.config.undo_seconds,
        ret: None,
        envid: None,
    };
    if let Err(refusal) = web.delivery.accepts_mail() {
        return refused(visitor, &refusal).map(Err);
    }
    let submitted = match web.delivery.submit(submission).await {
        Ok(submitted) => submitted,
        Err(refusal) => return refused(visitor, &refusal).map(Err),
    };
    let message = submitted.id.message;
    let (old, re) = (form.draft, form.re);
    let tidied = visitor.session.account.write(move |tx| {
        let drafts = tx.role(Role::Drafts);
        if let Some(old) = old
            && tx.labels(old).iter().any(|(mailbox, _)| *mailbox == drafts)
        {
            tx.destroy(&[old])?;
        }
        if let Some(re) = re {
            tx.mark(&[re], Flags::ANSWERED, Flags::NONE)?;
        }
        Ok(())
    });
    // The letter is on its way, whatever becomes of its draft.
    if let Err(error) = tidied.await {
        tracing::warn!(%error, "a draft could not be removed after it was sent");
    }
    let conversation = visitor.session.account.read(|state| state.message(message)).await?;
    Ok(Ok(Sent { message, conversation: conversation.map(|m| m.conversation) }))
}

/// Why delivery refused, as a sentence for the writer.
fn refused(visitor: &Visitor, refusal: &Refusal) -> Result<Errors, Failure> {
    let words = &visitor.words;
    let sentence = match &refusal.reason {
        Reason::NoSuchUser(address) => words.s("web-no-such-user", address),
        Reason::Suspended(address) => words.s("web-recipient-closed", address),
        Reason::RelayDenied(address) => words.s("web-not-outside", address),
        Reason::NotYourAddress(address) => words.s("web-not-your-address", address),
        Reason::MailboxFull => words.t("web-full"),
        Reason::DiskFull => words.t("web-disk-full"),
        Reason::NoRecipients => words.t("web-no-recipient"),
        Reason::Temporary(reference) => return Err(Failure::Temporary(reference.clone())),
        // `Reason` may grow; the protocol's own words are better than none.
        _ => words.s("web-refused", people::one_line(&refusal.text, 200)),
    };
    Ok(Errors { sentences: vec![sentence.into_owned()], ..Errors::default() })
}

fn too_large(web: &Web, visitor: &Visitor) -> Errors {
    let limit = locale::size(visitor.words.language, web.config.max_message_bytes);
    let sentence = visitor.words.s("web-letter-too-large", limit).into_owned();
    Errors { sentences: vec![sentence], ..Errors::default() }
}

fn seed() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    u64::from_be_bytes(bytes)
}

async fn build(
    web: &Web,
    visitor: &Visitor,
    form: &Form,
    addressed: &Addressed,
    from: &Address,
    files: &[Upload],
) -> Result<Draft, Failure> {
    let words = &visitor.words;
    let mut attachments = kept_files(visitor, form).await?;
    attachments.extend(files.iter().map(|file| NewAttachment {
        name: base_name(&file.name),
        media_type: file.media_type.clone(),
        bytes: file.bytes.to_vec(),
        content_id: None,
    }));
    let (in_reply_to, references) = thread(web, visitor, form).await?;
    let offset = Moment::from_second(words.now.0).map(|at| words.zone.to_offset(at).seconds());
    Ok(Draft {
        from: Person::new(visitor.session.info.name.clone(), from.to_string()),
        to: addressed.to.clone(),
        cc: addressed.cc.clone(),
        bcc: addressed.bcc.clone(),
        subject: people::one_line(&form.subject, 1000),
        date: words.now,
        zone_offset_seconds: offset.unwrap_or(0),
        message_id: format!(
            "{}.{}@{}",
            words.now.0,
            HEXLOWER.encode(&seed().to_be_bytes()),
            from.domain()
        ),
        in_reply_to,
        references,
        text: form.body.clone(),
        html: None,
        attachments,
        headers: Vec::new(),
    })
}

/// What ties the letter to its conversation: what it answers, or what its
/// draft said.
async fn thread(
    web: &Web,
    visitor: &Visitor,
    form: &Form,
) -> Result<(Option<String>, Vec<String>), Failure> {
    let account = &visitor.session.account;
    if let Some(re) = form.re
        && let Some(record) = account.record(re).await?
    {
        let me = Myself::new(&web.directory.addresses_of(visitor.session.info.id));
        let answer = Answer::to(&record.facts, &me, false);
        return Ok((answer.in_reply_to, answer.references));
    }
    if let Some(draft) = form.draft
        && let Some(record) = account.record(draft).await?
    {
        // `references` of a message ends with what it answers.
        let references = record.facts.references.clone();
        return Ok((references.last().cloned(), references));
    }
    Ok((None, Vec::new()))
}

/// The files of other messages that are sent along. Only messages of this
/// account are looked at; what is no longer there is left out.
async fn kept_files(visitor: &Visitor, form: &Form) -> Result<Vec<NewAttachment>, Failure> {
    let mut files = Vec::new();
    for kept in &form.kept {
        let Some((number, path)) = kept.reference.split_once('/') else { continue };
        let (Ok(number), Some(path)) = (number.parse(), attachment::parse_path(path)) else {
            continue;
        };
        let (record, content) = match fill::message(visitor, MessageNumber(number)).await {
            Ok(found) => found,
            Err(Failure::NotFound) => continue,
            Err(failure) => return Err(failure),
        };
        if let Some((name, media_type, bytes)) = attachment::file(&content, &record.facts, &path) {
            files.push(NewAttachment {
                name: base_name(&name),
                media_type,
                bytes,
                content_id: None,
            });
        }
    }
    Ok(files)
}

/// The name of a file without its directories: some browsers send them.
fn base_name(name: &str) -> String {
    let line = people::one_line(name, 200);
    line.rsplit(['/', '\\']).next().unwrap_or(&line).to_owned()
}
