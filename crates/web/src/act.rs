//! `POST /act` and `POST /undo/{id}`: what is done with conversations, and
//! the way back.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use model::{ConversationId, Flags, MessageNumber, Role};

use crate::error::Failure;
use crate::flash::{Before, Undo};
use crate::form::{Fields, Posted};
use crate::list;
use crate::place::Place;
use crate::visitor::Visitor;
use crate::web::Web;

/// More conversations than a page has are not ticked by hand.
const MAX_TICKED: usize = 1_000;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Do {
    Archive,
    Delete,
    Spam,
    Inbox,
    NotSpam,
    Read,
    Unread,
    Star,
    Unstar,
    Unlabel,
    Forever,
    Empty,
    Cancel,
}

impl Do {
    fn parse(word: &str) -> Option<Do> {
        Some(match word {
            "archive" => Do::Archive,
            "delete" => Do::Delete,
            "spam" => Do::Spam,
            "inbox" => Do::Inbox,
            "notspam" => Do::NotSpam,
            "read" => Do::Read,
            "unread" => Do::Unread,
            "star" => Do::Star,
            "unstar" => Do::Unstar,
            "unlabel" => Do::Unlabel,
            "forever" => Do::Forever,
            "empty" => Do::Empty,
            "cancel" => Do::Cancel,
            _ => return None,
        })
    }

    /// What the next page says was done; nothing where it is plain to see.
    fn sentence(self) -> Option<&'static str> {
        Some(match self {
            Do::Archive => "web-done-archive",
            Do::Delete => "web-done-delete",
            Do::Spam => "web-done-spam",
            Do::Inbox => "web-done-inbox",
            Do::NotSpam => "web-done-notspam",
            Do::Read => "web-done-read",
            Do::Unread => "web-done-unread",
            Do::Unlabel => "web-done-unlabel",
            Do::Forever | Do::Empty => "web-done-forever",
            Do::Cancel => "web-done-cancel",
            Do::Star | Do::Unstar => return None,
        })
    }

    fn can_be_undone(self) -> bool {
        !matches!(self, Do::Forever | Do::Empty | Do::Cancel | Do::Star | Do::Unstar)
    }
}

/// What a form asks for.
struct Request {
    what: Do,
    place: Place,
    conversations: Vec<ConversationId>,
    /// Only these messages, if any is named.
    messages: Vec<MessageNumber>,
}

impl Request {
    fn read(fields: &Fields) -> Option<Request> {
        // A button of a row names its conversation: `archive:12`.
        let (word, one) = match fields.get("do").split_once(':') {
            Some((word, id)) => (word, Some(id.parse().ok()?)),
            None => (fields.get("do"), None),
        };
        let conversations = match one {
            Some(id) => vec![ConversationId(id)],
            None => numbers(fields, "id").map(ConversationId).collect(),
        };
        Some(Request {
            what: Do::parse(word)?,
            place: Place::parse(fields.find("place").unwrap_or("inbox"))?,
            conversations,
            messages: numbers(fields, "message").map(MessageNumber).collect(),
        })
    }
}

fn numbers<'a>(fields: &'a Fields, name: &'a str) -> impl Iterator<Item = u64> {
    fields.all(name).filter_map(|id| id.parse().ok()).take(MAX_TICKED)
}

pub(crate) async fn post(State(web): State<Web>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields, .. } = posted;
    let request = Request::read(&fields).ok_or(Failure::BadRequest)?;
    let targets = targets(&visitor, &request).await?;
    let back = back(&fields, &request);
    if targets.is_empty() && request.what != Do::Empty {
        let sentence = visitor.words.t("web-nothing-ticked").into_owned();
        web.flashes.add(visitor.session.key, visitor.words.now, sentence, None);
        return Ok(Redirect::to(&back).into_response());
    }
    let count = match request.what {
        Do::Empty => targets.len(),
        _ => request.conversations.len().max(1),
    };
    let before = targets.iter().map(|target| target.before.clone()).collect();
    if request.what == Do::Cancel {
        let mut drafts = Vec::new();
        for target in &targets {
            if cancel(&web, &visitor, target.before.number).await? {
                drafts.push(target.before.number);
            }
        }
        return Ok(cancelled(&web, &visitor, &drafts, targets.len()));
    }
    perform(&visitor, &request, targets).await?;
    if let Some(id) = request.what.sentence() {
        let sentence = visitor.words.n(id, count).into_owned();
        let undo = request.what.can_be_undone().then_some(Undo::Restore(before));
        web.flashes.add(visitor.session.key, visitor.words.now, sentence, undo);
    }
    Ok(Redirect::to(&back).into_response())
}

/// A message that is acted on, as it was before.
struct Target {
    before: Before,
    /// It lies in Sent: the account's own words.
    sent: bool,
    /// The newest of its conversation.
    newest: bool,
}

async fn targets(visitor: &Visitor, request: &Request) -> Result<Vec<Target>, Failure> {
    let Request { what, place, conversations, messages } = request;
    let targets = visitor.session.account.read(|state| {
        let target = |number: MessageNumber, newest: bool| {
            let message = state.message(number)?;
            let labels: Vec<_> = state.labels(number).map(|(mailbox, _)| mailbox).collect();
            let sent = labels.contains(&state.role(Role::Sent).id);
            Some(Target { before: Before { number, labels, flags: message.flags }, sent, newest })
        };
        if *what == Do::Empty {
            let role = match place {
                Place::Role(role @ (Role::Trash | Role::Spam)) => *role,
                _ => return Vec::new(),
            };
            let all = state.role(role).numbers();
            return all.iter().filter_map(|n| target(*n, false)).collect();
        }
        if !messages.is_empty() {
            return messages.iter().filter_map(|n| target(*n, true)).collect();
        }
        let mut found = Vec::new();
        for id in conversations {
            let numbers = place.messages(state, *id);
            let newest = numbers
                .iter()
                .copied()
                .max_by_key(|n| (state.message(*n).map(|m| m.internal_date), *n));
            found.extend(numbers.iter().filter_map(|n| target(*n, Some(*n) == newest)));
        }
        found
    });
    Ok(targets.await?)
}

async fn perform(
    visitor: &Visitor,
    request: &Request,
    targets: Vec<Target>,
) -> Result<(), Failure> {
    let all: Vec<MessageNumber> = targets.iter().map(|t| t.before.number).collect();
    let newest: Vec<MessageNumber> =
        targets.iter().filter(|t| t.newest).map(|t| t.before.number).collect();
    // One's own letters of a conversation neither came into the inbox nor are
    // spam; where nothing else is meant, they are.
    let mut theirs: Vec<MessageNumber> =
        targets.iter().filter(|t| !t.sent).map(|t| t.before.number).collect();
    if theirs.is_empty() {
        theirs.clone_from(&all);
    }
    let (what, place) = (request.what, request.place);
    let done = visitor.session.account.write(move |tx| match what {
        Do::Archive => tx.archive(&all),
        Do::Delete => tx.trash(&all),
        Do::Spam => tx.spam(&theirs),
        Do::Inbox | Do::NotSpam => tx.to_inbox(&theirs),
        Do::Read => tx.mark(&all, Flags::SEEN, Flags::NONE),
        // One unread letter makes a conversation unread; the others were read.
        Do::Unread => tx.mark(&newest, Flags::NONE, Flags::SEEN),
        Do::Star => tx.mark(&newest, Flags::FLAGGED, Flags::NONE),
        Do::Unstar => tx.mark(&all, Flags::NONE, Flags::FLAGGED),
        Do::Unlabel => match place {
            Place::Label(id) => tx.unlabel(&all, id),
            _ => Ok(()),
        },
        // The store does this only to what lies in Trash, Spam or Drafts.
        Do::Forever | Do::Empty => tx.destroy(&all),
        Do::Cancel => Ok(()),
    });
    Ok(done.await?)
}

/// Keeps a letter from leaving; `false` if it is too late.
async fn cancel(web: &Web, visitor: &Visitor, number: MessageNumber) -> Result<bool, Failure> {
    match web.delivery.cancel(visitor.session.info.id, number).await {
        Ok(()) => Ok(true),
        Err(mailstore::Error::Forbidden(_) | mailstore::Error::NoSuchMessage) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A letter that did not leave is opened again, ready to be changed.
fn cancelled(web: &Web, visitor: &Visitor, drafts: &[MessageNumber], asked: usize) -> Response {
    let words = &visitor.words;
    let say = |sentence: String| web.flashes.add(visitor.session.key, words.now, sentence, None);
    match drafts {
        [] => {
            say(words.t("web-too-late").into_owned());
            Redirect::to("/mail/sent").into_response()
        }
        [draft] if asked == 1 => {
            say(words.n("web-done-cancel", 1_usize).into_owned());
            Redirect::to(&format!("/compose?draft={draft}")).into_response()
        }
        many => {
            say(words.n("web-done-cancel", many.len()).into_owned());
            Redirect::to("/mail/drafts").into_response()
        }
    }
}

/// Where to go afterwards: the list, but a star leaves one where one was.
fn back(fields: &Fields, request: &Request) -> String {
    let stays = matches!(request.what, Do::Star | Do::Unstar);
    if fields.get("view") == "conversation"
        && stays
        && let [id] = request.conversations.as_slice()
    {
        let anchor = request.messages.first().map(|n| format!("#m{n}")).unwrap_or_default();
        return format!("/c/{id}?in={}{anchor}", request.place.slug());
    }
    list::url(request.place, fields.get("page").parse().unwrap_or(1))
}

/// `POST /undo/{id}`
pub(crate) async fn undo(
    State(web): State<Web>,
    Path(id): Path<u64>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { visitor, fields, .. } = posted;
    let words = &visitor.words;
    let key = visitor.session.key;
    let back = local_path(fields.get("back")).unwrap_or("/mail/inbox").to_owned();
    match web.flashes.take(&key, id, words.now) {
        Some(Undo::Cancel(number)) => {
            if cancel(&web, &visitor, number).await? {
                return Ok(cancelled(&web, &visitor, &[number], 1));
            }
            web.flashes.add(key, words.now, words.t("web-too-late").into_owned(), None);
        }
        Some(Undo::Restore(before)) => {
            visitor.session.account.write(move |tx| restore(tx, &before)).await?;
            web.flashes.add(key, words.now, words.t("web-undone").into_owned(), None);
        }
        None => web.flashes.add(key, words.now, words.t("web-cannot-undo").into_owned(), None),
    }
    Ok(Redirect::to(&back).into_response())
}

/// Puts messages back where they were, with the marks they had. Labels that
/// are gone meanwhile, and messages that are, are passed over.
fn restore(tx: &mut mailstore::Tx<'_>, before: &[Before]) -> Result<(), mailstore::Error> {
    let exclusive = [tx.role(Role::Spam), tx.role(Role::Trash)];
    let all = tx.role(Role::All);
    for Before { number, labels, flags } in before {
        let one = [*number];
        let mut wanted: Vec<_> =
            labels.iter().copied().filter(|label| tx.mailbox(*label).is_some()).collect();
        // All Mail comes by itself with any other label.
        wanted.sort_unstable_by_key(|label| *label == all);
        for label in &wanted {
            if !tx.labels(*number).iter().any(|(mailbox, _)| mailbox == label) {
                tx.label(&one, *label)?;
            }
        }
        for (label, _) in tx.labels(*number) {
            if !wanted.contains(&label) && label != all && !exclusive.contains(&label) {
                tx.unlabel(&one, label)?;
            }
        }
        tx.mark(&one, *flags, !*flags)?;
    }
    Ok(())
}

/// A path of ours that a form or a URL may name as its way back: never
/// another site, never an action.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let known = ["/mail/", "/c/", "/compose", "/settings/", "/m/"];
    let plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let ours = known.iter().any(|prefix| text.starts_with(prefix));
    (plain && ours && text.len() < 2000).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours() {
        for good in
            ["/mail/inbox?page=2", "/c/12?in=trash#m3", "/compose?to=a%40b", "/settings/account"]
        {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "/",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test/mail/",
            "/logout",
            "mail/inbox",
            "/mail/inbox\r\nSet-Cookie: a=b",
            "/mail/\\x",
            "/mail/é",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn requests() {
        let read = |body: &str| Request::read(&Fields::parse(body.as_bytes()));
        let row = read("do=archive:12&id=3&place=inbox").expect("a request");
        assert_eq!(row.conversations, [ConversationId(12)]);
        let ticked = read("do=delete&id=3&id=x&id=4&place=7").expect("a request");
        assert_eq!(ticked.conversations, [ConversationId(3), ConversationId(4)]);
        for bad in
            ["", "do=fly&place=inbox", "do=archive&place=nowhere", "do=archive:x&place=inbox"]
        {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
