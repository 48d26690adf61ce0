//! What the command line says, in the language of whoever typed it.

use std::fmt;
use std::sync::LazyLock;

use locale::Language;
use serde::{Deserialize, Serialize};

/// The language of the environment: `LC_ALL`, else `LC_MESSAGES`, else `LANG`
/// (POSIX.1-2024 §8.2).
pub(crate) fn language() -> Language {
    static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
        let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set);
        named.and_then(|value| value.parse().ok()).unwrap_or_default()
    });
    *LANGUAGE
}

/// The sentence `id`, which has no variables.
pub(crate) fn say(id: &str) -> String {
    locale::text(language(), id, &[]).into_owned()
}

/// A sentence of the locale and its variables, not yet in any language: so it
/// can cross the admin socket and be told by the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    id: String,
    /// A second sentence, with the same variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    variables: Vec<(String, Variable)>,
}

/// A variable of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Variable {
    /// Decides between singular and plural.
    Number(i64),
    /// Is written with a unit, as the language has it.
    Bytes(u64),
    Text(String),
}

impl Sentence {
    /// The sentence `id`.
    pub fn new(id: &str) -> Sentence {
        Sentence { id: id.to_owned(), then: None, variables: Vec::new() }
    }

    /// With a text in it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Sentence {
        self.variables.push((name.to_owned(), Variable::Text(value.to_string())));
        self
    }

    /// With a number in it that decides between singular and plural.
    #[must_use]
    pub fn count(mut self, name: &str, value: u64) -> Sentence {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        self.variables.push((name.to_owned(), Variable::Number(value)));
        self
    }

    /// With a size in it.
    #[must_use]
    pub fn bytes(mut self, name: &str, value: u64) -> Sentence {
        self.variables.push((name.to_owned(), Variable::Bytes(value)));
        self
    }

    /// With another sentence behind it, which sees the same variables.
    #[must_use]
    pub fn and_then(mut self, id: &str) -> Sentence {
        self.then = Some(id.to_owned());
        self
    }

    /// In `language`.
    pub fn told(&self, language: Language) -> String {
        let variables: Vec<(&str, locale::Value<'_>)> = self
            .variables
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Variable::Number(number) => (*number).into(),
                    Variable::Bytes(bytes) => locale::size(language, *bytes).into(),
                    Variable::Text(text) => text.as_str().into(),
                };
                (name.as_str(), value)
            })
            .collect();
        let ids = [Some(&self.id), self.then.as_ref()];
        let texts = ids.into_iter().flatten().map(|id| locale::text(language, id, &variables));
        texts.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for Sentence {
    /// In the language of the environment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(language()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_cross_the_socket() {
        let sentence = Sentence::new("cli-config-good").with("file", "f").count("n", 2);
        let json = serde_json::to_string(&sentence).expect("JSON");
        assert_eq!(serde_json::from_str::<Sentence>(&json).expect("a sentence"), sentence);
        assert_ne!(sentence.told(Language::English), sentence.told(Language::French));
    }
}
