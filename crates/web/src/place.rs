//! The places of the side column: where conversations are listed.

use std::collections::HashMap;

use mailstore::{ConversationRow, State};
use model::{ConversationId, Flags, MailboxId, MessageNumber, Role};

use crate::words::Words;

/// A list of conversations with a URL of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A mailbox every account has.
    Role(Role),
    /// What carries a star, wherever it is.
    Starred,
    /// A mailbox the person made.
    Label(MailboxId),
}

/// What can be done with conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Action {
    /// As in the form.
    pub word: &'static str,
    pub icon: &'static str,
    /// The sentence of its button.
    pub label: &'static str,
}

const ARCHIVE: Action = action("archive", "archive", "web-archive");
const DELETE: Action = action("delete", "trash", "web-delete");
const SPAM: Action = action("spam", "spam", "web-spam-it");
const NOT_SPAM: Action = action("notspam", "inbox", "web-not-spam");
const READ: Action = action("read", "read", "web-mark-read");
const UNREAD: Action = action("unread", "mail", "web-mark-unread");
const INBOX: Action = action("inbox", "inbox", "web-to-inbox");
const FOREVER: Action = action("forever", "trash", "web-delete-forever");
const CANCEL: Action = action("cancel", "x", "web-cancel-sending");
const DISCARD: Action = action("delete", "trash", "web-discard-draft");
const UNLABEL: Action = action("unlabel", "tag", "web-unlabel");

const fn action(word: &'static str, icon: &'static str, label: &'static str) -> Action {
    Action { word, icon, label }
}

impl Action {
    /// Whether there is no way back.
    pub(crate) fn is_danger(&self) -> bool {
        self.word == "forever"
    }

    /// Whether it makes a difference to a row that is (not) unread.
    pub(crate) fn fits(&self, unread: &bool) -> bool {
        match self.word {
            "read" => *unread,
            "unread" => !*unread,
            _ => true,
        }
    }
}

const ROLES: [(Role, &str, &str, &str); 7] = [
    (Role::Inbox, "inbox", "inbox", "web-inbox"),
    (Role::Sent, "sent", "send", "web-sent"),
    (Role::Drafts, "drafts", "draft", "web-drafts"),
    (Role::Outbox, "outbox", "later", "web-outbox"),
    (Role::All, "all", "all", "web-all"),
    (Role::Spam, "spam", "spam", "web-spam"),
    (Role::Trash, "trash", "trash", "web-trash"),
];

impl Place {
    /// Those every account has, in the order of the side column.
    pub(crate) const STANDARD: [Place; 8] = [
        Place::Role(Role::Inbox),
        Place::Starred,
        Place::Role(Role::Sent),
        Place::Role(Role::Drafts),
        Place::Role(Role::Outbox),
        Place::Role(Role::All),
        Place::Role(Role::Spam),
        Place::Role(Role::Trash),
    ];

    /// From the last part of its URL. Whether a label exists, the state says.
    pub(crate) fn parse(slug: &str) -> Option<Place> {
        if slug == "starred" {
            return Some(Place::Starred);
        }
        if let Some(row) = ROLES.iter().find(|row| row.1 == slug) {
            return Some(Place::Role(row.0));
        }
        if !slug.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        slug.parse().ok().map(|id| Place::Label(MailboxId(id)))
    }

    /// The last part of its URL.
    pub(crate) fn slug(&self) -> String {
        match self {
            Place::Starred => "starred".to_owned(),
            Place::Label(id) => id.to_string(),
            Place::Role(role) => row(*role).1.to_owned(),
        }
    }

    pub(crate) fn icon(&self) -> &'static str {
        match self {
            Place::Starred => "star",
            Place::Label(_) => "tag",
            Place::Role(role) => row(*role).2,
        }
    }

    /// Its name, if it exists.
    pub(crate) fn title(&self, words: &Words, state: &State) -> Option<String> {
        match self {
            Place::Starred => Some(words.t("web-starred").into_owned()),
            Place::Role(role) => Some(words.t(row(*role).3).into_owned()),
            Place::Label(id) => {
                let mailbox = state.mailbox(*id).filter(|mailbox| mailbox.role.is_none())?;
                Some(crate::people::one_line(mailbox.name.as_str(), 100))
            }
        }
    }

    /// The start of the sentences that are said when it is empty.
    pub(crate) fn empty_id(&self) -> String {
        match self {
            Place::Label(_) => "web-empty-label".to_owned(),
            other => format!("web-empty-{}", other.slug()),
        }
    }

    pub(crate) fn is_inbox(&self) -> bool {
        *self == Place::Role(Role::Inbox)
    }

    pub(crate) fn is_outbox(&self) -> bool {
        *self == Place::Role(Role::Outbox)
    }

    /// Whether rows name those a letter goes to, not those it comes from.
    pub(crate) fn shows_recipients(&self) -> bool {
        matches!(self, Place::Role(Role::Sent | Role::Drafts | Role::Outbox))
    }

    /// The buttons over its list.
    pub(crate) fn actions(&self) -> &'static [Action] {
        match self {
            Place::Role(Role::Inbox) => &[ARCHIVE, DELETE, SPAM, READ, UNREAD],
            Place::Role(Role::Drafts) => &[DISCARD],
            Place::Role(Role::Outbox) => &[CANCEL],
            Place::Role(Role::Spam) => &[NOT_SPAM, FOREVER, READ, UNREAD],
            Place::Role(Role::Trash) => &[INBOX, FOREVER, READ, UNREAD],
            Place::Role(Role::Sent) => &[DELETE, READ, UNREAD],
            Place::Role(Role::All) | Place::Starred => &[INBOX, DELETE, SPAM, READ, UNREAD],
            Place::Label(_) => &[UNLABEL, INBOX, DELETE, SPAM, READ, UNREAD],
        }
    }

    /// Those that each row offers besides.
    pub(crate) fn row_actions(&self) -> &'static [Action] {
        match self {
            Place::Role(Role::Inbox) => &[ARCHIVE, DELETE, READ, UNREAD],
            Place::Role(Role::Drafts) => &[DISCARD],
            Place::Role(Role::Outbox) => &[CANCEL],
            Place::Role(Role::Spam) => &[NOT_SPAM],
            Place::Role(Role::Trash) => &[INBOX],
            _ => &[DELETE, READ, UNREAD],
        }
    }

    /// The mailbox behind it, if it is one and exists.
    pub(crate) fn mailbox(&self, state: &State) -> Option<MailboxId> {
        match self {
            Place::Starred => None,
            Place::Role(role) => Some(state.role(*role).id),
            Place::Label(id) => {
                state.mailbox(*id).filter(|mailbox| mailbox.role.is_none()).map(|m| m.id)
            }
        }
    }

    /// A page of its conversations, newest first, and how many there are.
    /// `None` if there is no such place.
    pub(crate) fn rows(
        &self,
        state: &State,
        skip: usize,
        take: usize,
    ) -> Option<(Vec<ConversationRow>, usize)> {
        if *self == Place::Starred {
            return Some(starred(state, skip, take));
        }
        let mailbox = state.mailbox(self.mailbox(state)?)?;
        Some(state.conversations(mailbox, skip, take))
    }

    /// The messages that an action on a conversation means here.
    ///
    /// In the mailboxes that stand for a fate (Drafts, Outbox, Spam, Trash)
    /// those that share it; elsewhere the whole conversation, but for what
    /// has such a fate.
    pub(crate) fn messages(&self, state: &State, id: ConversationId) -> Vec<MessageNumber> {
        let fates = [Role::Drafts, Role::Outbox, Role::Spam, Role::Trash];
        let of = |role: Role| state.role(role).id;
        let is_in = |number: MessageNumber, wanted: MailboxId| {
            state.labels(number).any(|(mailbox, _)| mailbox == wanted)
        };
        let mut numbers = state.conversation(id);
        match self {
            Place::Role(role) if fates.contains(role) => numbers.retain(|n| is_in(*n, of(*role))),
            _ => numbers.retain(|n| !fates.iter().any(|role| is_in(*n, of(*role)))),
        }
        numbers
    }
}

/// The hue of a label: neighbours in time differ, and it never changes.
pub(crate) fn hue(label: MailboxId) -> u8 {
    u8::try_from(label.0 % 8).unwrap_or(0) + 1
}

fn row(role: Role) -> &'static (Role, &'static str, &'static str, &'static str) {
    ROLES.iter().find(|row| row.0 == role).expect("the table has a row for every role")
}

/// Conversations with a starred message outside of Spam and Trash.
fn starred(state: &State, skip: usize, take: usize) -> (Vec<ConversationRow>, usize) {
    let hidden = [Role::Spam, Role::Trash].map(|role| state.role(role).id);
    let visible = |number: MessageNumber| {
        let mut labels = state.labels(number).peekable();
        labels.peek().is_some() && !labels.any(|(mailbox, _)| hidden.contains(&mailbox))
    };
    let mut found: HashMap<ConversationId, Vec<_>> = HashMap::new();
    for message in state.messages().filter(|m| m.flags.contains(Flags::FLAGGED)) {
        if visible(message.number) {
            let at = (message.internal_date, message.number);
            found.entry(message.conversation).or_default().push(at);
        }
    }
    let total = found.len();
    let mut order: Vec<_> = found.into_iter().collect();
    order.sort_unstable_by_key(|(_, starred)| std::cmp::Reverse(starred.iter().max().copied()));
    let rows = order.into_iter().skip(skip).take(take).map(|(id, starred)| {
        let all: Vec<_> = state.conversation(id).into_iter().filter(|n| visible(*n)).collect();
        let unread = all.iter().filter_map(|n| state.message(*n));
        let unread = unread.filter(|m| !m.flags.contains(Flags::SEEN)).count();
        let numbers = starred.into_iter().map(|(_, number)| number).collect();
        ConversationRow { id, numbers, all, unread }
    });
    (rows.collect(), total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_url() {
        for place in Place::STANDARD {
            assert_eq!(Place::parse(&place.slug()), Some(place));
        }
        assert_eq!(Place::parse("12"), Some(Place::Label(MailboxId(12))));
        for bad in ["", "Inbox", "-1", "+1", "1x", "99999999999", "../inbox", "INBOX"] {
            assert_eq!(Place::parse(bad), None, "{bad:?}");
        }
    }
}
