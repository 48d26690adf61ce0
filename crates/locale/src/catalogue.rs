//! The catalogues, compiled in and parsed at the first use.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::{Language, number};

/// A variable of a sentence: a text, or a number (which also chooses the
/// plural form and is written with its thousands apart).
pub type Value<'a> = FluentValue<'a>;

/// Each room's catalogues: name, English, French.
const FILES: &[(&str, &str, &str)] = &[
    ("common", include_str!("../ftl/common.en.ftl"), include_str!("../ftl/common.fr.ftl")),
    ("web", include_str!("../ftl/web.en.ftl"), include_str!("../ftl/web.fr.ftl")),
    ("dsn", include_str!("../ftl/dsn.en.ftl"), include_str!("../ftl/dsn.fr.ftl")),
    ("cli", include_str!("../ftl/cli.en.ftl"), include_str!("../ftl/cli.fr.ftl")),
];

struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// Sentences without variables, formatted once: a page asks for dozens.
    fixed: HashMap<String, String>,
}

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load(Language::English));
static FRENCH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load(Language::French));

fn catalogue(language: Language) -> &'static Catalogue {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

impl Catalogue {
    /// A sentence that does not parse, or is there twice, is left out here
    /// and found by the tests below.
    fn load(language: Language) -> Catalogue {
        let locale: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // The isolating marks would end up in subjects and mail addresses.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language {
            Language::English => |value, _| grouped(Language::English, value),
            Language::French => |value, _| grouped(Language::French, value),
        }));
        let mut ids = Vec::new();
        for (_, english, french) in FILES {
            let source = if language == Language::French { french } else { english };
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            ids.extend(ids_of(source));
            let _ = bundle.add_resource(resource);
        }
        let mut fixed = HashMap::new();
        for id in ids {
            let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            if errors.is_empty() {
                fixed.insert(id.to_owned(), text);
            }
        }
        Catalogue { bundle, fixed }
    }
}

/// The ids of a source: what stands before ` =` at the start of a line.
fn ids_of(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let (id, _) = line.split_once('=')?;
        let id = id.strip_suffix(' ').unwrap_or(id);
        let first = id.bytes().next()?;
        (first.is_ascii_alphabetic() && !id.contains(' ')).then_some(id)
    })
}

fn grouped(language: Language, value: &Value<'_>) -> Option<String> {
    let FluentValue::Number(n) = value else { return None };
    let whole = n.value >= 0.0 && n.value.fract() == 0.0 && n.value < 9e15;
    whole.then(|| number(language, n.value as u64))
}

/// The sentence `id` in `language`, with its variables filled in.
///
/// Plain text: whoever puts it into HTML escapes it. An id that does not
/// exist reads as itself, so that a page with a mistake is still a page.
pub fn text(language: Language, id: &str, args: &[(&str, Value<'_>)]) -> Cow<'static, str> {
    let catalogue = catalogue(language);
    if let Some(fixed) = catalogue.fixed.get(id) {
        return Cow::Borrowed(fixed);
    }
    let Some(pattern) = catalogue.bundle.get_message(id).and_then(|message| message.value()) else {
        return Cow::Owned(id.to_owned());
    };
    let args: FluentArgs<'_> =
        args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut errors = Vec::new();
    let text = catalogue.bundle.format_pattern(pattern, Some(&args), &mut errors);
    Cow::Owned(text.into_owned())
}

/// Whether there is a sentence `id`; for tests of the rooms that use it.
pub fn exists(language: Language, id: &str) -> bool {
    catalogue(language).bundle.has_message(id)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_syntax::ast;
    use fluent_syntax::parser::parse;

    use super::*;

    /// id → (variables, all its text), of messages and terms.
    type Sentences = BTreeMap<String, (BTreeSet<String>, String)>;

    fn sentences(file: &str, source: &str) -> Sentences {
        let resource = parse(source).unwrap_or_else(|(_, e)| panic!("{file}: {e:?}"));
        let mut all = Sentences::new();
        for entry in &resource.body {
            let ast::Entry::Message(message) = entry else { continue };
            let pattern = message.value.as_ref().expect("a message has a value");
            let mut found = (BTreeSet::new(), String::new());
            walk(pattern, &mut found);
            let old = all.insert(message.id.name.to_owned(), found);
            assert!(old.is_none(), "{file}: {} is there twice", message.id.name);
        }
        all
    }

    fn walk(pattern: &ast::Pattern<&str>, found: &mut (BTreeSet<String>, String)) {
        for element in &pattern.elements {
            match element {
                ast::PatternElement::TextElement { value } => found.1.push_str(value),
                ast::PatternElement::Placeable { expression } => match expression {
                    ast::Expression::Inline(inline) => variable(inline, found),
                    ast::Expression::Select { selector, variants } => {
                        variable(selector, found);
                        for variant in variants {
                            // A variant begins where a placeable began: no letter joins over it.
                            found.1.push('\u{2060}');
                            walk(&variant.value, found);
                        }
                    }
                },
            }
        }
    }

    fn variable(inline: &ast::InlineExpression<&str>, found: &mut (BTreeSet<String>, String)) {
        if let ast::InlineExpression::VariableReference { id } = inline {
            found.0.insert(id.name.to_owned());
        }
        // Stands for whatever is filled in.
        found.1.push('x');
    }

    #[test]
    fn french_and_english_have_the_same_sentences() {
        let mut seen = BTreeSet::new();
        for (file, english, french) in FILES {
            let (english, french) = (sentences(file, english), sentences(file, french));
            let ids = |s: &Sentences| s.keys().cloned().collect::<Vec<_>>();
            assert_eq!(ids(&english), ids(&french), "ids of {file}.*.ftl");
            for (id, (variables, _)) in &english {
                assert_eq!(variables, &french[id].0, "variables of {id} in {file}.*.ftl");
                assert!(seen.insert(id.clone()), "{id} is in two files");
                assert!(exists(Language::English, id) && exists(Language::French, id), "{id}");
            }
        }
    }

    /// A fault of typography in a French text, if there is one.
    fn fault(text: &str) -> Option<&'static str> {
        let letters: Vec<char> = text.chars().collect();
        for (at, &c) in letters.iter().enumerate() {
            let before = at.checked_sub(1).map(|i| letters[i]);
            let after = letters.get(at + 1).copied();
            // Inside an address, a time or a command (`a:b`, `?q=`) it is no punctuation.
            let ends = after.is_none_or(|a| a.is_whitespace() || "…»).!?".contains(a));
            match c {
                ';' | ':' | '!' | '?' | '%'
                    if ends
                        && before != Some('\u{202f}')
                        && !before.is_some_and(|b| "!?.(".contains(b)) =>
                {
                    return Some("U+202F is missing before ; : ! ? or %");
                }
                '«' if after != Some('\u{202f}') => return Some("U+202F is missing after «"),
                '»' if before != Some('\u{202f}') => return Some("U+202F is missing before »"),
                '\'' => return Some("the apostrophe is ’"),
                '"' => return Some("quotation marks are « »"),
                _ => {}
            }
        }
        text.contains("...").then_some("three dots are …")
    }

    #[test]
    fn french_typography() {
        for (text, good) in [
            ("Rien\u{202f}!", true),
            ("Rien !", false),
            ("Rien!", false),
            ("Quoi\u{202f}?!", true),
            ("«\u{202f}oui\u{202f}»", true),
            ("« oui »", false),
            ("l'eau", false),
            ("http://x.org/?a=b", true),
            ("à 09:42", true),
            ("70 %", false),
        ] {
            assert_eq!(fault(text).is_none(), good, "{text:?}");
        }
        for (file, _, french) in FILES {
            for (id, (_, text)) in sentences(file, french) {
                assert_eq!(fault(&text), None, "{id} in {file}.fr.ftl: {text:?}");
            }
        }
    }

    #[test]
    fn english_typography() {
        for (file, english, _) in FILES {
            for (id, (_, text)) in sentences(file, english) {
                let good = !text.contains(['\'', '"', '«', '\u{202f}']) && !text.contains("...");
                assert!(good, "{id} in {file}.en.ftl: {text:?} (use ’ “ ” …)");
            }
        }
    }

    #[test]
    fn plurals_and_numbers() {
        let said =
            |language, n: i32| text(language, "unread-count", &[("count", n.into())]).into_owned();
        assert_eq!(said(Language::English, 0), "0 unread");
        assert_eq!(said(Language::English, 4812), "4,812 unread");
        assert_eq!(said(Language::French, 0), "0 non lu");
        assert_eq!(said(Language::French, 1), "1 non lu");
        assert_eq!(said(Language::French, 4812), "4\u{202f}812 non lus");
    }

    #[test]
    fn variables_are_not_marked_and_not_interpreted() {
        let heading = text(Language::English, "date-earlier-in", &[("month", "{ $x }".into())]);
        assert_eq!(heading, "Earlier in { $x }");
        assert_eq!(text(Language::French, "no-such-id", &[]), "no-such-id");
    }
}
