//! LSUB: subscribed names, RFC 3501 §6.3.9.

use super::list::text;
use super::refusal;
use crate::answer::{Answer, Outcome};
use crate::encode;
use crate::grammar::{ParseError, Parser};
use crate::listing::{self, Listing, Pattern};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lsub {
    pattern: Pattern,
    /// It ends with `%`: levels above subscribed names are told as well.
    levels: bool,
}

impl Lsub {
    pub(super) fn parse(parser: &mut Parser) -> Result<Lsub, ParseError> {
        parser.space()?;
        let reference = text(&parser.astring()?, parser.utf8)?;
        parser.space()?;
        let name = text(&parser.list_mailbox()?, parser.utf8)?;
        let pattern = Pattern::new(&reference, &name);
        Pattern::bounded(std::slice::from_ref(&pattern))?;
        Ok(Lsub { pattern, levels: name.ends_with('%') })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let utf8 = session.utf8;
        session.login()?;
        let out = session.connection.output();
        let Some(login) = &session.login else { return Ok(Answer::bad("log in first")) };
        login
            .account
            .read(|state| self.write(out, &listing::all(state), utf8))
            .await
            .map_err(refusal)?;
        Ok(Answer::ok("listed"))
    }

    fn write(&self, out: &mut Vec<u8>, listing: &Listing, utf8: bool) {
        for (name, listed) in listing.iter().filter(|(name, _)| self.pattern.matches(name)) {
            let attributes = if listed.subscribed {
                "()"
            } else if self.levels && has_subscribed_below(listing, name) {
                // "foo" itself is not subscribed, but "foo/bar" is.
                "(\\Noselect)"
            } else {
                continue;
            };
            out.extend_from_slice(b"* LSUB ");
            out.extend_from_slice(attributes.as_bytes());
            out.extend_from_slice(b" \"/\" ");
            encode::mailbox(out, name, utf8);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn has_subscribed_below(listing: &Listing, name: &str) -> bool {
    let prefix = format!("{name}/");
    let mut below =
        listing.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
    below.any(|(_, listed)| listed.subscribed)
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn lsub_keeps_names_that_are_gone() {
        let house = House::with_letters(0).await;
        house
            .logged_in(
                r#"
                C: a SUBSCRIBE foo/bar
                S: a OK subscribed
                C: a UNSUBSCRIBE Spam
                S: a OK unsubscribed
                C: a LSUB "" "foo*"
                S: * LSUB () "/" foo/bar
                S: a OK listed
                C: a LSUB "" "%"
                S: * LSUB () "/" "All Mail"
                S: * LSUB () "/" Drafts
                S: * LSUB () "/" INBOX
                S: * LSUB () "/" Outbox
                S: * LSUB () "/" Sent
                S: * LSUB () "/" Trash
                S: * LSUB (\Noselect) "/" foo
                S: a OK listed
                C: a LSUB "foo/" "*"
                S: * LSUB () "/" foo/bar
                S: a OK listed
                "#,
            )
            .await;
    }
}
