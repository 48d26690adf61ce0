//! NAMESPACE: all mailboxes are personal and begin at the root, RFC 2342 §5.

use crate::answer::{Answer, Outcome};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Namespace;

impl Namespace {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.login()?;
        session.connection.queue(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
        Ok(Answer::ok("your mailboxes are at the root"))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn one_personal_namespace() {
        let house = House::with_letters(0).await;
        house
            .logged_in(
                r#"
                C: a NAMESPACE
                S: * NAMESPACE (("" "/")) NIL NIL
                S: a OK your mailboxes are at the root
                "#,
            )
            .await;
    }
}
