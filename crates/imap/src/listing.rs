//! Names and patterns: what LIST and LSUB share, RFC 3501 §6.3.8.

use std::collections::BTreeMap;

use mailstore::State;
use model::{MailboxId, MailboxName, Role};

use crate::grammar::ParseError;

/// Patterns longer than this, all together, match nothing.
const MOST_PATTERN_BYTES: usize = 2_000;

/// A pattern with `*` and `%`, its reference in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<char>);

impl Pattern {
    /// The canonical form: the reference and the name, one behind the other.
    pub(crate) fn new(reference: &str, name: &str) -> Pattern {
        let mut chars: Vec<char> = Vec::new();
        for c in reference.chars().chain(name.chars()) {
            // Wildcards in a row are one, and `*` the stronger.
            match (chars.last(), c) {
                (Some('*'), '*' | '%') | (Some('%'), '%') => {}
                (Some('%'), '*') => *chars.last_mut().unwrap_or(&mut '*') = '*',
                _ => chars.push(c),
            }
        }
        // INBOX is so in any case (RFC 3501 §5.1).
        let first: String = chars.iter().take_while(|c| **c != MailboxName::DELIMITER).collect();
        if first.eq_ignore_ascii_case("INBOX") {
            chars.splice(..first.chars().count(), "INBOX".chars());
        }
        Pattern(chars)
    }

    /// Whether all patterns together are short enough to be tried.
    pub(crate) fn bounded(patterns: &[Pattern]) -> Result<(), ParseError> {
        let all: usize = patterns.iter().map(|pattern| pattern.0.len()).sum();
        if all > MOST_PATTERN_BYTES { Err("the patterns are too long".into()) } else { Ok(()) }
    }

    /// Whether the name matches. Takes time in proportion to the product of
    /// the lengths, whatever the wildcards.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.matches_exactly(name)
            || name.get(..5).is_some_and(|head| head == "INBOX")
                && self
                    .folded()
                    .is_some_and(|folded| folded.matches_exactly(&name.to_ascii_lowercase()))
    }

    /// The pattern for names that begin with INBOX: `inb*` finds it too. Only
    /// patterns whose first level could be INBOX have one.
    fn folded(&self) -> Option<Pattern> {
        let plain: Vec<char> =
            self.0.iter().take_while(|c| !matches!(c, '*' | '%')).copied().collect();
        let head: String = plain.iter().take(5).collect();
        let could =
            "INBOX".get(..head.len()).is_some_and(|inbox| inbox.eq_ignore_ascii_case(&head));
        // Only the case of INBOX itself is of no matter.
        (could && plain.len() <= 5)
            .then(|| Pattern(self.0.iter().map(char::to_ascii_lowercase).collect()))
    }

    fn matches_exactly(&self, name: &str) -> bool {
        // `live[i]`: the first i characters of the pattern can match what was
        // read of the name.
        let pattern = &self.0;
        let mut live = vec![false; pattern.len() + 1];
        live[0] = true;
        let close = |live: &mut [bool]| {
            for (at, c) in pattern.iter().enumerate() {
                if live[at] && matches!(c, '*' | '%') {
                    live[at + 1] = true;
                }
            }
        };
        close(&mut live);
        for c in name.chars() {
            let mut next = vec![false; pattern.len() + 1];
            for (at, p) in pattern.iter().enumerate() {
                if !live[at] {
                    continue;
                }
                match p {
                    '*' => next[at] = true,
                    '%' => next[at] |= c != MailboxName::DELIMITER,
                    p if *p == c => next[at + 1] = true,
                    _ => {}
                }
            }
            close(&mut next);
            live = next;
        }
        live[pattern.len()]
    }
}

/// A name that can be listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The mailbox, where there is one of that name.
    pub(crate) mailbox: Option<MailboxId>,
    pub(crate) role: Option<Role>,
    pub(crate) subscribed: bool,
    /// A mailbox that IMAP shows stands somewhere below.
    pub(crate) has_children: bool,
}

/// Names in the order they are listed.
pub(crate) type Listing = BTreeMap<String, Listed>;

/// Every name there is: mailboxes that IMAP shows, subscriptions (of mailboxes
/// that are no more, as well), and the levels above either.
pub(crate) fn all(state: &State) -> Listing {
    let mut listing = Listing::new();
    let hidden =
        |name: &MailboxName| state.named(name).is_some_and(|mailbox| !mailbox.show_in_imap);
    for mailbox in state.mailboxes().filter(|mailbox| mailbox.show_in_imap) {
        let listed = listing.entry(mailbox.name.to_string()).or_default();
        listed.mailbox = Some(mailbox.id);
        listed.role = mailbox.role;
        for above in mailbox.name.ancestors().filter(|above| !hidden(above)) {
            listing.entry(above.to_string()).or_default().has_children = true;
        }
    }
    for name in state.subscribed_names().filter(|name| !hidden(name)) {
        listing.entry(name.to_string()).or_default().subscribed = true;
        for above in name.ancestors().filter(|above| !hidden(above)) {
            listing.entry(above.to_string()).or_default();
        }
    }
    listing
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns() {
        let rows: &[(&str, &str, &str, bool)] = &[
            ("", "*", "a/b", true),
            ("", "%", "a/b", false),
            ("", "%", "a", true),
            ("", "a/%", "a/b", true),
            ("", "a/%", "a/b/c", false),
            ("a/", "%", "a/b", true),
            ("a/", "%/c", "a/b/c", true),
            ("", "a*c", "a/b/c", true),
            ("", "%*%*%*", "a/b", true),
            ("", "inbox", "INBOX", true),
            ("", "InBox/%", "INBOX/a", true),
            ("", "inb*", "INBOX", true),
            ("", "i%", "INBOX", true),
            ("", "*x", "INBOX", true),
            ("", "sent", "Sent", false),
            ("", "", "", true),
            ("", "a", "ab", false),
            ("", "É%", "Été", true),
            ("", "é%", "Été", false),
            ("", "%té", "Été", true),
        ];
        for (reference, pattern, name, expected) in rows {
            let matches = Pattern::new(reference, pattern).matches(name);
            assert_eq!(matches, *expected, "{reference:?} {pattern:?} {name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_no_panic(reference in ".{0,10}", pattern in "[*%/INBOXa-cé]{0,20}", name in "[INBOX/a-cé]{0,20}") {
            let _ = Pattern::new(&reference, &pattern).matches(&name);
        }

        #[test]
        fn a_name_matches_itself_and_a_star(name in "[a-z/]{1,20}") {
            prop_assert!(Pattern::new("", &name).matches(&name));
            prop_assert!(Pattern::new("", "*").matches(&name));
            prop_assert_eq!(Pattern::new("", "%").matches(&name), !name.contains('/'));
        }
    }
}
