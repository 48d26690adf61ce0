//! SUBSCRIBE and UNSUBSCRIBE: RFC 3501 §6.3.6 and §6.3.7.
//!
//! A subscription is to a name. It may name a mailbox that is not there, and
//! stays when the mailbox goes.

use super::refusal;
use crate::answer::{Answer, Outcome};
use crate::grammar::{MailboxArg, ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subscribe {
    mailbox: MailboxArg,
    on: bool,
}

impl Subscribe {
    pub(super) fn parse(parser: &mut Parser, on: bool) -> Result<Subscribe, ParseError> {
        parser.space()?;
        Ok(Subscribe { mailbox: MailboxArg::parse(parser)?, on })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        let login = session.login()?;
        let name = self.mailbox.name()?;
        let on = self.on;
        let subscribed = login.account.write(move |tx| {
            tx.subscribe(&name, on);
            Ok(())
        });
        subscribed.await.map_err(refusal)?;
        Ok(Answer::ok(if on { "subscribed" } else { "unsubscribed" }))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn a_subscription_outlives_its_mailbox() {
        let house = House::with_letters(0).await;
        house
            .logged_in(
                r#"
                C: a CREATE x
                S: a OK created
                C: a SUBSCRIBE x
                S: a OK subscribed
                C: a DELETE x
                S: a OK deleted
                C: a LSUB "" x
                S: * LSUB () "/" x
                S: a OK listed
                C: a UNSUBSCRIBE x
                S: a OK unsubscribed
                C: a LSUB "" x
                S: a OK listed
                "#,
            )
            .await;
    }
}
