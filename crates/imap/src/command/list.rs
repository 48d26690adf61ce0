//! LIST: RFC 3501 §6.3.8, extended by RFC 5258 (selection and return
//! options), RFC 5819 (STATUS) and RFC 6154 (SPECIAL-USE).

use mailstore::State;

use super::refusal;
use super::status::{self, StatusItem};
use crate::answer::{Answer, Outcome};
use crate::encode;
use crate::grammar::{ParseError, Parser, mailbox_text};
use crate::listing::{self, Listed, Listing, Pattern};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct List {
    reference: String,
    patterns: Vec<String>,
    /// Any of the three extended forms was used (RFC 5258 §1).
    extended: bool,
    select: Selection,
    returns: Returns,
}

/// Selection options: RFC 5258 §3.1, RFC 6154 §4.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Selection {
    subscribed: bool,
    special_use: bool,
    recursive: bool,
}

/// Return options: RFC 5258 §3.2, RFC 5819 §2.
#[derive(Debug, Default, PartialEq, Eq)]
struct Returns {
    subscribed: bool,
    status: Vec<StatusItem>,
}

impl List {
    pub(super) fn parse(parser: &mut Parser) -> Result<List, ParseError> {
        let mut extended = false;
        let mut select = Selection::default();
        parser.space()?;
        if parser.peek() == Some(b'(') {
            extended = true;
            let mut remote = false;
            parser.list(|parser| {
                match parser.atom()?.to_ascii_uppercase().as_str() {
                    "SUBSCRIBED" => select.subscribed = true,
                    "SPECIAL-USE" => select.special_use = true,
                    "RECURSIVEMATCH" => select.recursive = true,
                    // There are no remote mailboxes here.
                    "REMOTE" => remote = true,
                    other => return Err(format!("LIST has no selection option {other}").into()),
                }
                Ok(())
            })?;
            let _ = remote;
            if select.recursive && !select.subscribed && !select.special_use {
                return Err("RECURSIVEMATCH needs another selection option beside it".into());
            }
            parser.space()?;
        }
        let reference = text(&parser.astring()?, parser.utf8)?;
        parser.space()?;
        let utf8 = parser.utf8;
        let patterns = if parser.peek() == Some(b'(') {
            extended = true;
            parser.list(|parser| text(&parser.list_mailbox()?, utf8))?
        } else {
            vec![text(&parser.list_mailbox()?, utf8)?]
        };
        let mut returns = Returns { subscribed: select.subscribed, ..Returns::default() };
        if !parser.is_at_end() {
            parser.space()?;
            if !parser.eat_word("RETURN") {
                return Err("RETURN is all that may follow the patterns of LIST".into());
            }
            extended = true;
            parser.space()?;
            parser.list(|parser| returns.parse_one(parser))?;
        }
        let list = List { reference, patterns, extended, select, returns };
        Pattern::bounded(&list.canonical())?;
        Ok(list)
    }

    fn canonical(&self) -> Vec<Pattern> {
        let names = self.patterns.iter().filter(|name| !self.extended || !name.is_empty());
        names.map(|name| Pattern::new(&self.reference, name)).collect()
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.login()?;
        if self.returns.status.contains(&StatusItem::HighestModSeq) {
            session.enable_condstore().await?;
        }
        let utf8 = session.utf8;
        let out = session.connection.output();
        let Some(login) = &session.login else { return Ok(Answer::bad("log in first")) };
        // The empty name asks for the delimiter (RFC 3501 §6.3.8).
        if !self.extended && self.patterns.iter().all(String::is_empty) {
            out.extend_from_slice(b"* LIST (\\Noselect) \"/\" \"\"\r\n");
            return Ok(Answer::ok("that is the delimiter"));
        }
        login.account.read(|state| self.write(out, state, utf8)).await.map_err(refusal)?;
        Ok(Answer::ok("listed"))
    }

    fn write(&self, out: &mut Vec<u8>, state: &State, utf8: bool) {
        let listing = listing::all(state);
        let patterns = self.canonical();
        let matches = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
        for (name, listed) in &listing {
            if !matches(name) {
                continue;
            }
            let selected = self.select.takes(listed);
            let below = self.select.recursive && self.has_hidden_match(&listing, name, &matches);
            let level = !self.extended && listed.mailbox.is_none() && listed.has_children;
            if selected || below || level {
                self.write_one(out, name, listed, below, utf8);
            }
            let mailbox = listed.mailbox.filter(|_| selected && !self.returns.status.is_empty());
            if let Some(mailbox) = mailbox.and_then(|id| state.mailbox(id)) {
                status::write(out, mailbox, &self.returns.status, utf8);
            }
        }
    }

    /// Whether a name below satisfies the selection and is not listed itself:
    /// the reason to list `name` with CHILDINFO (RFC 5258 §3.3 and §3.5).
    fn has_hidden_match(
        &self,
        listing: &Listing,
        name: &str,
        matches: &impl Fn(&str) -> bool,
    ) -> bool {
        let prefix = format!("{name}/");
        let below =
            listing.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        below.into_iter().any(|(name, listed)| self.select.takes(listed) && !matches(name))
    }

    fn write_one(&self, out: &mut Vec<u8>, name: &str, listed: &Listed, below: bool, utf8: bool) {
        out.extend_from_slice(b"* LIST (");
        let start = out.len();
        let mut attribute = |name: &str| {
            if out.len() > start {
                out.push(b' ');
            }
            out.extend_from_slice(name.as_bytes());
        };
        if listed.mailbox.is_none() {
            attribute(if self.extended { "\\NonExistent" } else { "\\Noselect" });
        }
        attribute(if listed.has_children { "\\HasChildren" } else { "\\HasNoChildren" });
        if self.returns.subscribed && listed.subscribed {
            attribute("\\Subscribed");
        }
        if let Some(special) = listed.role.and_then(|role| role.attribute()) {
            attribute(special);
        }
        out.extend_from_slice(b") \"/\" ");
        encode::mailbox(out, name, utf8);
        if below {
            out.extend_from_slice(b" (CHILDINFO (");
            let mut words = Vec::new();
            if self.select.subscribed {
                words.push("\"SUBSCRIBED\"");
            }
            if self.select.special_use {
                words.push("\"SPECIAL-USE\"");
            }
            out.extend_from_slice(words.join(" ").as_bytes());
            out.extend_from_slice(b"))");
        }
        out.extend_from_slice(b"\r\n");
    }
}

impl Selection {
    fn takes(&self, listed: &Listed) -> bool {
        if !self.subscribed && !self.special_use {
            return listed.mailbox.is_some();
        }
        let special = listed.role.is_some_and(|role| role.attribute().is_some());
        (!self.subscribed || listed.subscribed) && (!self.special_use || special)
    }
}

impl Returns {
    fn parse_one(&mut self, parser: &mut Parser) -> Result<(), ParseError> {
        match parser.atom()?.to_ascii_uppercase().as_str() {
            "SUBSCRIBED" => self.subscribed = true,
            // Both are always given.
            "CHILDREN" | "SPECIAL-USE" => {}
            "STATUS" => {
                parser.space()?;
                self.status = StatusItem::parse_list(parser)?;
            }
            other => return Err(format!("LIST has no return option {other}").into()),
        }
        Ok(())
    }
}

/// A reference or pattern in Unicode. One that is no modified UTF-7 matches
/// nothing rather than being an error: `R&D*` is a fair question.
pub(super) fn text(written: &[u8], utf8: bool) -> Result<String, ParseError> {
    match mailbox_text(written, utf8) {
        Ok(text) => Ok(text),
        Err(_) => match std::str::from_utf8(written) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err("the pattern is no UTF-8".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn plain_list() {
        let house = House::with_letters(0).await;
        house
            .logged_in(
                r#"
                C: a LIST "" ""
                S: * LIST (\Noselect) "/" ""
                S: a OK that is the delimiter
                C: a LIST "" *
                S: * LIST (\HasNoChildren \All) "/" "All Mail"
                S: * LIST (\HasNoChildren \Drafts) "/" Drafts
                S: * LIST (\HasNoChildren) "/" INBOX
                S: * LIST (\HasNoChildren) "/" Outbox
                S: * LIST (\HasNoChildren \Sent) "/" Sent
                S: * LIST (\HasNoChildren \Junk) "/" Spam
                S: * LIST (\HasNoChildren \Trash) "/" Trash
                S: a OK listed
                C: a LIST "" inbox
                S: * LIST (\HasNoChildren) "/" INBOX
                S: a OK listed
                C: a LIST "" "nothing&"
                S: a OK listed
                C: a LIST ""
                S: a BAD an argument is missing at the end of the command
                C: a LIST (FOO) "" *
                S: a BAD LIST has no selection option FOO
                C: a LIST "" * RETURN (FOO)
                S: a BAD LIST has no return option FOO
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn hidden_mailboxes_are_not_listed() {
        let house = House::with_letters(0).await;
        house
            .write(|tx| {
                let id = tx.role(model::Role::Outbox);
                tx.show_in_imap(id, false)
            })
            .await;
        house
            .logged_in(
                r#"
                C: a LIST "" "O%"
                S: a OK listed
                C: a LSUB "" "O%"
                S: a OK listed
                "#,
            )
            .await;
    }

    #[tokio::test]
    async fn extended_list() {
        // In the manner of RFC 5258 §5.
        let house = House::with_letters(2).await;
        house
            .logged_in(
                r#"
                C: a CREATE Fruit/Apple
                S: a OK created
                C: a CREATE Vegetable/Corn
                S: a OK created
                C: a SUBSCRIBE Fruit/Banana
                S: a OK subscribed
                C: a SUBSCRIBE Vegetable/Corn
                S: a OK subscribed
                C: a LIST (SUBSCRIBED) "" ("Fruit*" "Veg*")
                S: * LIST (\NonExistent \HasNoChildren \Subscribed) "/" Fruit/Banana
                S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Corn
                S: a OK listed
                C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" ("Fr%" "Veg%")
                S: * LIST (\HasChildren) "/" Fruit (CHILDINFO ("SUBSCRIBED"))
                S: * LIST (\HasChildren) "/" Vegetable (CHILDINFO ("SUBSCRIBED"))
                S: a OK listed
                C: a LIST "" ("Fruit" "INBOX") RETURN (CHILDREN SUBSCRIBED)
                S: * LIST (\HasChildren) "/" Fruit
                S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
                S: a OK listed
                C: a LIST (SPECIAL-USE) "" %
                S: * LIST (\HasNoChildren \All) "/" "All Mail"
                S: * LIST (\HasNoChildren \Drafts) "/" Drafts
                S: * LIST (\HasNoChildren \Sent) "/" Sent
                S: * LIST (\HasNoChildren \Junk) "/" Spam
                S: * LIST (\HasNoChildren \Trash) "/" Trash
                S: a OK listed
                C: a LIST "" INBOX RETURN (STATUS (MESSAGES UNSEEN) SPECIAL-USE)
                S: * LIST (\HasNoChildren) "/" INBOX
                S: * STATUS INBOX (MESSAGES 2 UNSEEN 2)
                S: a OK listed
                C: a LIST (RECURSIVEMATCH) "" *
                S: a BAD RECURSIVEMATCH needs another selection option beside it
                C: a LIST (SUBSCRIBED REMOTE) "" ("" "INBOX")
                S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
                S: a OK listed
                "#,
            )
            .await;
    }
}
