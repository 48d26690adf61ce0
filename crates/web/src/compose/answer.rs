//! Whom an answer goes to, and how it is tied to what it answers:
//! RFC 5322 §3.6.3 and §3.6.4.

use message::{Facts, Person};

use crate::people::Myself;

/// The references of a long conversation: the first and the latest.
const MAX_REFERENCES: usize = 50;

/// What an answer takes over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    pub subject: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
}

impl Answer {
    /// An answer to the sender, or to everybody who has the letter. To a
    /// letter of one's own it goes on to those that had it.
    pub(crate) fn to(facts: &Facts, me: &Myself, all: bool) -> Answer {
        let others = |people: &[Person]| -> Vec<Person> {
            people.iter().filter(|p| p.email.contains('@') && !me.is(&p.email)).cloned().collect()
        };
        let mine = facts.from.iter().any(|author| me.is(&author.email));
        let author = if facts.reply_to.is_empty() { &facts.from } else { &facts.reply_to };
        let mut to = if mine { others(&facts.to) } else { others(author) };
        if to.is_empty() {
            // A letter to oneself is answered to oneself.
            to = author.iter().filter(|p| p.email.contains('@')).cloned().collect();
        }
        let mut cc = Vec::new();
        if all {
            if !mine {
                cc.extend(others(&facts.to));
            }
            cc.extend(others(&facts.cc));
        }
        let mut seen = Vec::new();
        let mut once = |people: &mut Vec<Person>| {
            people.retain(|person| {
                let email = person.email.to_lowercase();
                let fresh = !seen.contains(&email);
                if fresh {
                    seen.push(email);
                }
                fresh
            });
        };
        once(&mut to);
        once(&mut cc);
        Answer {
            to,
            cc,
            subject: facts.subject.clone(),
            in_reply_to: facts.message_id.clone(),
            references: references(facts),
        }
    }
}

/// References of the parent, then the parent (RFC 5322 §3.6.4).
fn references(facts: &Facts) -> Vec<String> {
    let mut all = facts.references.clone();
    if let Some(id) = &facts.message_id
        && all.last() != Some(id)
    {
        all.push(id.clone());
    }
    if all.len() > MAX_REFERENCES {
        all.drain(1..=all.len() - MAX_REFERENCES);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Facts {
        message::facts(text.replace('\n', "\r\n").as_bytes())
    }

    fn emails(people: &[Person]) -> Vec<&str> {
        people.iter().map(|p| p.email.as_str()).collect()
    }

    #[test]
    fn answers() {
        let me = Myself::new(&["alice@demo.test".parse().expect("an address")]);
        let letter = facts(
            "From: Bob <bob@x.org>\nTo: alice@demo.test, Carol <carol@x.org>\nCc: BOB@x.org, dan@x.org\n\
             Subject: Hi\nMessage-ID: <2@x>\nReferences: <0@x> <1@x>\n\nText\n",
        );
        let one = Answer::to(&letter, &me, false);
        assert_eq!((emails(&one.to), emails(&one.cc)), (vec!["bob@x.org"], vec![]));
        assert_eq!(one.in_reply_to.as_deref(), Some("2@x"));
        assert_eq!(one.references, ["0@x", "1@x", "2@x"]);
        let all = Answer::to(&letter, &me, true);
        assert_eq!(
            (emails(&all.to), emails(&all.cc)),
            (vec!["bob@x.org"], vec!["carol@x.org", "dan@x.org"])
        );

        let own = facts("From: alice@demo.test\nTo: bob@x.org\nCc: dan@x.org\n\nText\n");
        assert_eq!(emails(&Answer::to(&own, &me, false).to), ["bob@x.org"]);
        assert_eq!(emails(&Answer::to(&own, &me, true).cc), ["dan@x.org"]);

        let list = facts("From: bob@x.org\nReply-To: list@x.org\nTo: list@x.org\n\nText\n");
        let all = Answer::to(&list, &me, true);
        assert_eq!((emails(&all.to), emails(&all.cc)), (vec!["list@x.org"], vec![]));

        let myself = facts("From: alice@demo.test\nTo: alice@demo.test\n\nText\n");
        assert_eq!(emails(&Answer::to(&myself, &me, true).to), ["alice@demo.test"]);
        assert_eq!(Answer::to(&facts("\nno header"), &me, true).to, []);
    }

    #[test]
    fn a_long_conversation_keeps_its_first_and_latest() {
        let ids: String = (0..90).map(|n| format!(" <{n}@x>")).collect();
        let letter = facts(&format!("From: b@x.org\nMessage-ID: <90@x>\nReferences:{ids}\n\n"));
        let references = references(&letter);
        assert_eq!(references.len(), MAX_REFERENCES);
        assert_eq!((references[0].as_str(), references[49].as_str()), ("0@x", "90@x"));
    }
}
