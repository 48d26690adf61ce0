//! The line of text that a list of messages shows beside the subject.

use crate::html::html_start;
use crate::text::text_start;
use crate::view::Survey;
use crate::words::single_line;

/// Characters of a preview.
const LENGTH: usize = 200;
/// Bytes of a part that are read for it: newsletters begin with long styles.
const READ_TEXT: usize = 16 * 1024;
const READ_HTML: usize = 128 * 1024;

/// The beginning of what the sender wrote: quotes, the line that announces
/// them and the signature left out, unless there is nothing else.
pub(crate) fn preview(bytes: &[u8], survey: &Survey<'_>) -> String {
    for piece in survey.pieces.iter().take(5) {
        let plain = piece.plain.first().map(|part| text_start(bytes, part, READ_TEXT));
        let found = plain.map(|text| shorten(&text)).filter(|text| !text.is_empty());
        let html = || {
            let part = piece.html.first()?;
            let text = text_start(bytes, part, READ_HTML);
            let text = if part.subtype == "HTML" { html_start(&text, LENGTH * 10) } else { text };
            Some(shorten(&text)).filter(|text| !text.is_empty())
        };
        if let Some(text) = found.or_else(html) {
            return text;
        }
    }
    String::new()
}

fn shorten(text: &str) -> String {
    let mut own = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_end_matches('\r');
        if line == "-- " || line == "--" || line.starts_with("-----Original Message") {
            break;
        }
        let next_is_quote = || {
            let mut next = lines.clone().map(str::trim).skip_while(|l| l.is_empty());
            next.next().is_none_or(|l| l.starts_with('>'))
        };
        if line.starts_with('>') || (announces_quote(line) && next_is_quote()) {
            continue;
        }
        own.push_str(line);
        own.push('\n');
        if own.len() > LENGTH * 8 {
            break;
        }
    }
    let own = clean(&own);
    if own.is_empty() { clean(&text.replace('>', " ")) } else { own }
}

/// `On …, Bob wrote:` in the languages people here write.
fn announces_quote(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with(':')
        && ["wrote", "writes", "écrit", "schrieb", "escribió", "scritto"]
            .iter()
            .any(|verb| line.contains(verb))
}

fn clean(text: &str) -> String {
    // Characters without width with which newsletters pad their preview.
    let padding = |c: &char| {
        !matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{200B}'
                | '\u{200C}'
                | '\u{2007}'
                | '\u{FEFF}'
                | '\u{A0}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{202A}'..='\u{202E}'
        )
    };
    let text: String = text
        .chars()
        .take(LENGTH * 20)
        .map(|c| if c == '\u{A0}' { ' ' } else { c })
        .filter(padding)
        .collect();
    let line = single_line(&text);
    match line.char_indices().nth(LENGTH) {
        None => line,
        Some((cut, _)) => {
            let cut = line[..cut].rfind(' ').filter(|space| *space > cut / 2).unwrap_or(cut);
            format!("{}…", &line[..cut])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews() {
        let rows: &[(&str, &str)] = &[
            ("", ""),
            ("Hello\nthere  you\n", "Hello there you"),
            ("> quoted\n> more\nMy answer\n-- \nBob", "My answer"),
            ("On Monday, Bob wrote:\n> quoted\n\nYes!", "Yes!"),
            ("Le lundi 23, Bob a écrit :\n\n> cité\nOui !", "Oui !"),
            ("She wrote:\nno quote follows", "She wrote: no quote follows"),
            ("> only\n> quotes", "only quotes"),
            ("\u{200B}\u{A0}\u{200C} padded", "padded"),
        ];
        for (text, expected) in rows {
            assert_eq!(shorten(text), *expected, "{text:?}");
        }
        let long = shorten(&"word ".repeat(100));
        assert!(long.chars().count() <= 201 && long.ends_with("word…"), "{long}");
    }
}
