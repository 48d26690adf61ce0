//! Which mailbox of ours a folder of another program is.

use model::{Flags, MailboxName, Role};

use super::marks::Marks;
use crate::admin::messages::Label;

/// Names that mean a role, in lower case, in English and French, as mail
/// programs and services write them.
const ROLES: &[(Role, &[&str])] = &[
    (Role::Inbox, &["inbox", "in", "boîte de réception", "courrier entrant", "reçus"]),
    (
        Role::Sent,
        &[
            "sent",
            "sent items",
            "sent mail",
            "sent messages",
            "sent-mail",
            "envoyés",
            "messages envoyés",
            "éléments envoyés",
        ],
    ),
    (Role::Drafts, &["drafts", "draft", "brouillons", "brouillon"]),
    (
        Role::Spam,
        &[
            "spam",
            "junk",
            "junk e-mail",
            "junk mail",
            "bulk mail",
            "indésirables",
            "courrier indésirable",
            "pourriel",
        ],
    ),
    (
        Role::Trash,
        &[
            "trash",
            "deleted",
            "deleted items",
            "deleted messages",
            "bin",
            "corbeille",
            "éléments supprimés",
        ],
    ),
    (
        Role::All,
        &[
            "all mail",
            "all",
            "archive",
            "archives",
            "archived",
            "archivé",
            "archivés",
            "tous les messages",
        ],
    ),
];

/// Labels of Gmail that say how a message is kept, and are no labels here.
const NOT_LABELS: &[&str] =
    &["important", "opened", "ouvert", "ouverts", "chat", "chats", "muted", "ignoré"];

/// The mailbox of these levels; none is the inbox itself.
pub(crate) fn label(levels: &[String]) -> Option<Label> {
    let levels: Vec<String> =
        levels.iter().map(|level| cleaned(level)).filter(|l| !l.is_empty()).collect();
    match levels.as_slice() {
        [] => return Some(Label::Role(Role::Inbox)),
        [one] => {
            if let Some(role) = role(one) {
                return Some(Label::Role(role));
            }
        }
        _ => {}
    }
    levels.join("/").parse::<MailboxName>().ok().map(Label::Name)
}

fn role(name: &str) -> Option<Role> {
    let name = name.to_lowercase();
    ROLES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(role, _)| *role)
}

/// A level that a mailbox name can have.
fn cleaned(level: &str) -> String {
    level.replace(|c: char| c.is_control() || c == '/', "-").trim().chars().take(100).collect()
}

/// What the labels of Google Takeout say: which mailboxes, and the flags among them.
pub(crate) fn of_takeout(marks: &mut Marks) -> Vec<Label> {
    let mut labels = Vec::new();
    marks.flags |= Flags::SEEN;
    for name in std::mem::take(&mut marks.labels) {
        let lower = name.to_lowercase();
        match lower.as_str() {
            "unread" | "non lus" | "non lu" => marks.flags = marks.flags.without(Flags::SEEN),
            "starred" | "suivis" | "suivi" => marks.flags |= Flags::FLAGGED,
            _ if NOT_LABELS.contains(&lower.as_str()) => {}
            _ if lower.starts_with("category ") || lower.starts_with("catégorie") => {}
            _ => {
                let levels: Vec<String> = name.split('/').map(str::to_owned).collect();
                // Being in All Mail is no label.
                let found = label(&levels).filter(|label| *label != Label::Role(Role::All));
                labels.extend(found.filter(|label| !labels.contains(label)));
            }
        }
    }
    if labels.contains(&Label::Role(Role::Drafts)) {
        marks.flags |= Flags::DRAFT;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(name: &str) -> Vec<String> {
        name.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn folders_of_other_programs() {
        let named = |name: &str| Some(Label::Name(name.parse().expect("a name")));
        let rows = [
            ("", Some(Label::Role(Role::Inbox))),
            ("INBOX", Some(Label::Role(Role::Inbox))),
            ("Sent Items", Some(Label::Role(Role::Sent))),
            ("Éléments envoyés", Some(Label::Role(Role::Sent))),
            ("Archives", Some(Label::Role(Role::All))),
            ("Archives/2006", named("Archives/2006")),
            ("Work", named("Work")),
            ("Work\n", named("Work-")),
        ];
        for (name, expected) in rows {
            assert_eq!(label(&levels(name)), expected, "{name:?}");
        }
    }

    #[test]
    fn labels_of_takeout() {
        let labels = [
            "Inbox",
            "Unread",
            "Starred",
            "Important",
            "Category Updates",
            "Work/2006",
            "Archived",
        ];
        let mut marks = Marks { labels: labels.map(str::to_owned).to_vec(), ..Marks::default() };
        let found = of_takeout(&mut marks);
        assert_eq!(
            found,
            [Label::Role(Role::Inbox), Label::Name("Work/2006".parse().expect("a name"))]
        );
        assert_eq!(marks.flags, Flags::FLAGGED);
        let mut read = Marks { labels: vec!["Sent".into()], ..Marks::default() };
        assert_eq!(of_takeout(&mut read), [Label::Role(Role::Sent)]);
        assert_eq!(read.flags, Flags::SEEN);
    }
}
