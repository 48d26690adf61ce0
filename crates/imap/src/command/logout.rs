//! LOGOUT: RFC 3501 §6.1.3.

use crate::answer::{Answer, Outcome};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Logout;

impl Logout {
    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        session.close_mailbox().await;
        session.untagged_bye("until next time");
        Ok(Answer::ok("logged out"))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn logout_says_goodbye() {
        let house = House::with_letters(1).await;
        house
            .transcript(
                r"
                C: a LOGOUT
                S: * BYE until next time
                S: a OK logged out
                S: [closed]
                ",
            )
            .await;
    }

    #[tokio::test]
    async fn shutdown_says_goodbye() {
        let house = House::with_letters(1).await;
        let mut client = house.client();
        client.hear().await;
        house.shutdown.begin();
        assert!(client.hear().await.starts_with("* BYE the server is going down"));
        assert_eq!(client.hear().await, "[closed]");
    }
}
