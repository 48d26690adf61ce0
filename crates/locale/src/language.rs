//! Which language a person reads: RFC 4647 lookup over two languages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language Facteur speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub enum Language {
    /// English, also for those whose language we do not speak.
    #[default]
    English,
    /// French.
    French,
}

/// The language tag names a language Facteur does not speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLanguage(String);

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no language Facteur speaks: choose \"en\" or \"fr\"", self.0)
    }
}

impl std::error::Error for UnknownLanguage {}

impl Language {
    /// Both, in the order a list of choices shows them.
    pub const ALL: [Language; 2] = [Language::English, Language::French];

    /// The language tag (RFC 5646), as in `<html lang>`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
        }
    }

    /// The language's name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::French => "Français",
        }
    }

    /// The language of an `Accept-Language` header that we speak and its
    /// sender likes best (RFC 9110 §12.5.4); the first of equals. `None` when
    /// it names neither.
    pub fn from_accept_language(header: &str) -> Option<Language> {
        let mut best: Option<(f32, Language)> = None;
        // A header has a handful of ranges; a hostile one does not get to cost more.
        for range in header.split(',').take(50) {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let quality = parameters
                .split(';')
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())
                .filter(|q| (0.0..=1.0).contains(q))
                .unwrap_or(0.0);
            let Ok(language) = tag.trim().parse::<Language>() else { continue };
            if quality > 0.0 && best.is_none_or(|(q, _)| quality > q) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Takes a language tag or a POSIX locale; only the primary subtag
    /// counts: `fr-CA` and `fr_FR.UTF-8` are French.
    fn from_str(tag: &str) -> Result<Language, UnknownLanguage> {
        let primary = tag.split(['-', '_', '.', '@']).next().unwrap_or(tag);
        Language::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
            .ok_or_else(|| UnknownLanguage(tag.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;
    fn try_from(tag: String) -> Result<Language, UnknownLanguage> {
        tag.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.tag().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (tag, expected) in [
            ("fr", Some(Language::French)),
            ("FR-ca", Some(Language::French)),
            ("fr_FR.UTF-8", Some(Language::French)),
            ("en-GB", Some(Language::English)),
            ("de", None),
            ("french", None),
            ("", None),
        ] {
            assert_eq!(tag.parse().ok(), expected, "{tag:?}");
        }
    }

    #[test]
    fn accept_language() {
        use Language::*;
        for (header, expected) in [
            ("fr-FR,fr;q=0.9,en;q=0.8", Some(French)),
            ("de, en;q=0.5, fr;q=0.7", Some(French)),
            ("en, fr", Some(English)),
            ("fr;q=0, en;q=0.1", Some(English)),
            ("fr;q=x, en;q=0.1", Some(English)),
            ("fr;q=NaN, en;q=0.1", Some(English)),
            ("fr;q=7, en;q=0.1", Some(English)),
            ("fr ; q=0.3 , en ; q=0.2", Some(French)),
            ("de,*", None),
            (";;;,,,", None),
            ("", None),
        ] {
            assert_eq!(Language::from_accept_language(header), expected, "{header:?}");
        }
    }
}
