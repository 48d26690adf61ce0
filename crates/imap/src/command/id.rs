//! ID: who we are, RFC 2971 §3.1.

use tracing::debug;

use crate::answer::{Answer, Outcome};
use crate::grammar::{ParseError, Parser};
use crate::session::Session;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// The client's name and version, for the log.
    client: Option<String>,
}

impl Id {
    pub(super) fn parse(parser: &mut Parser) -> Result<Id, ParseError> {
        parser.space()?;
        if parser.eat_word("NIL") {
            return Ok(Id { client: None });
        }
        let mut fields = Vec::new();
        parser.list(|parser| {
            let field = parser.string()?.into_owned();
            parser.space()?;
            let value = parser.nstring()?.map(|value| value.into_owned()).unwrap_or_default();
            fields.push((field, value));
            Ok(())
        })?;
        // RFC 2971 §3.3: thirty fields at most.
        if fields.len() > 30 {
            return Err("ID takes at most 30 fields".into());
        }
        let shown = |name: &str| {
            let field =
                fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))?;
            let text = String::from_utf8_lossy(&field.1);
            Some(text.chars().filter(|c| !c.is_control()).take(60).collect::<String>())
        };
        let client = shown("name").map(|name| match shown("version") {
            Some(version) => format!("{name} {version}"),
            None => name,
        });
        Ok(Id { client })
    }

    pub(super) async fn run(self, session: &mut Session) -> Outcome {
        if let Some(client) = &self.client {
            debug!(client, peer = %session.connection.peer(), "imap client");
        }
        let line = format!(
            "* ID (\"name\" \"Facteur\" \"version\" \"{}\")\r\n",
            env!("CARGO_PKG_VERSION")
        );
        session.connection.queue(line.as_bytes());
        Ok(Answer::ok("pleased to meet you"))
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::House;

    #[tokio::test]
    async fn ids_are_exchanged() {
        let house = House::with_letters(0).await;
        house
            .raw(
                r#"
                S: * OK ...
                C: a ID NIL
                S: * ID ("name" "Facteur" "version" "...")
                S: a OK pleased to meet you
                C: a ID ("name" "sodr" "version" "19.34" "vendor" NIL)
                S: * ID ("name" "Facteur" "version" "...")
                S: a OK pleased to meet you
                C: a ID (name)
                S: a BAD ...
                "#,
            )
            .await;
    }
}
