//! HTML turned into text, for previews, search, quoting and small screens.
//!
//! A reader of tags, not a browser: one pass, no tree, so its time is linear
//! and its memory that of the text. It knows lines, lists, quotes, links and
//! preformatted text; scripts, styles and comments vanish.

mod entities;

use entities::entity;

/// Deepest quote and list that is drawn.
const MAX_DEPTH: usize = 20;
/// Longer links are left out: they follow the reader, they do not inform him.
const MAX_LINK: usize = 200;

/// The text of an HTML document or fragment, lines ended by LF.
///
/// Links stand behind their text as `<https://…>` where they say more than it;
/// quotes get `> `, list items `- ` or their number.
pub fn html_to_text(html: &str) -> String {
    let mut out = Out { links: true, ..Out::default() };
    read(html, &mut out);
    let mut text = out.text;
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// About `limit` bytes from the beginning of the text, without links.
pub(crate) fn html_start(html: &str, limit: usize) -> String {
    let mut out = Out { limit: Some(limit), ..Out::default() };
    read(html, &mut out);
    out.text
}

#[derive(Default)]
struct Out {
    text: String,
    links: bool,
    limit: Option<usize>,
    /// Line ends due before the next character, two being an empty line.
    breaks: usize,
    space: bool,
    quotes: usize,
    /// The quotes of the last line written.
    drawn: usize,
    preformatted: usize,
    /// Of each open list, the next number; `None` for bullets.
    lists: Vec<Option<u32>>,
    /// The target of the open link and where its text begins.
    link: Option<(String, usize)>,
}

impl Out {
    fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.text.len() > limit)
    }

    fn need_breaks(&mut self, count: usize) {
        if count > 0 {
            self.breaks = self.breaks.max(count);
            self.space = false;
        }
    }

    /// Writes the line ends and the space that are due.
    fn start(&mut self) {
        if self.text.is_empty() {
            self.breaks = 0;
            self.text.push_str(&"> ".repeat(self.quotes.min(MAX_DEPTH)));
        }
        for left in (0..std::mem::take(&mut self.breaks)).rev() {
            self.text.push('\n');
            // An empty line belongs to the outer of two neighbours.
            let depth = if left > 0 { self.quotes.min(self.drawn) } else { self.quotes };
            self.text.push_str(&"> ".repeat(depth.min(MAX_DEPTH)));
            if left > 0 && depth > 0 {
                self.text.pop();
            }
        }
        self.drawn = self.quotes;
        if std::mem::take(&mut self.space)
            && !self.text.is_empty()
            && !self.text.ends_with(['\n', ' '])
        {
            self.text.push(' ');
        }
    }

    fn character(&mut self, c: char) {
        if self.preformatted > 0 && c == '\n' {
            self.breaks = (self.breaks + 1).min(10);
        } else if self.preformatted > 0 && c != '\r' {
            self.start();
            self.text.push(c);
        } else if c.is_ascii_whitespace() {
            self.space = true;
        } else if !c.is_control() {
            self.start();
            self.text.push(if c == '\u{A0}' { ' ' } else { c });
        }
    }

    fn end_link(&mut self) {
        let Some((target, from)) = self.link.take() else { return };
        let shown = self.text.get(from..).unwrap_or_default().trim();
        let bare = |link: &str| {
            let link = link.trim_start_matches("https://").trim_start_matches("http://");
            link.trim_start_matches("mailto:").trim_end_matches('/').to_lowercase()
        };
        if self.links && !shown.is_empty() && bare(&target) != bare(shown) {
            self.text.push_str(" <");
            self.text.push_str(&target);
            self.text.push('>');
        }
    }
}

fn read(html: &str, out: &mut Out) {
    let mut rest = html;
    while !out.is_full() {
        let Some(at) = rest.find(['<', '&']) else {
            rest.chars().for_each(|c| out.character(c));
            return;
        };
        rest[..at].chars().for_each(|c| out.character(c));
        rest = &rest[at..];
        rest = if let Some(behind) = rest.strip_prefix('&') {
            match entity(behind) {
                Some((text, length)) => {
                    text.chars().for_each(|c| out.character(c));
                    &behind[length..]
                }
                None => {
                    out.character('&');
                    behind
                }
            }
        } else {
            markup(rest, out)
        };
    }
}

/// What begins with `<`: gives what stands behind it.
fn markup<'a>(text: &'a str, out: &mut Out) -> &'a str {
    let inner = &text[1..];
    if let Some(comment) = inner.strip_prefix("!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    if inner.starts_with(['!', '?']) {
        return inner.find('>').map_or("", |end| &inner[end + 1..]);
    }
    let closing = inner.starts_with('/');
    let name_start = inner.strip_prefix('/').unwrap_or(inner);
    if !name_start.starts_with(|c: char| c.is_ascii_alphabetic()) {
        out.character('<');
        return inner;
    }
    let end = name_start
        .find(|c: char| !c.is_ascii_alphanumeric() && c != ':')
        .unwrap_or(name_start.len());
    let name = name_start[..end].to_ascii_lowercase();
    let (attributes, behind) = attributes(&name_start[end..]);
    if closing {
        close(&name, out);
        return behind;
    }
    if ["script", "style", "title", "template"].contains(&name.as_str()) {
        return behind_element(behind, &name);
    }
    open(&name, &attributes, out);
    behind
}

/// Behind the closing tag of an element whose content is no text.
fn behind_element<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

/// The attributes we use (`href`, `alt`), and what stands behind the tag. An
/// open quote swallows the rest, as in browsers.
fn attributes(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            return (found, behind);
        }
        if rest.is_empty() {
            return (found, "");
        }
        let end =
            rest.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let spaced = behind.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = spaced.strip_prefix('=') else {
            rest = behind;
            continue;
        };
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let quote = value.chars().next().filter(|c| *c == '"' || *c == '\'');
        let (value, behind) = match quote {
            Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            None => {
                let end = value
                    .find(|c: char| c.is_ascii_whitespace() || c == '>')
                    .unwrap_or(value.len());
                value.split_at(end)
            }
        };
        if ["href", "alt"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            found.push((name, value));
        }
        rest = behind;
    }
}

fn open(name: &str, attributes: &[(&str, &str)], out: &mut Out) {
    let attribute = |wanted: &str| {
        attributes
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| decoded(value))
    };
    match name {
        "br" => out.breaks = (out.breaks + 1).min(3),
        "hr" => {
            out.need_breaks(2);
            if out.links {
                "---".chars().for_each(|c| out.character(c));
            }
            out.need_breaks(2);
        }
        "a" => {
            out.end_link();
            if out.links
                && let Some(target) = attribute("href").map(|t| t.trim().to_owned())
                && target.len() <= MAX_LINK
                && ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|scheme| target.starts_with(scheme))
            {
                out.link = Some((target, out.text.len()));
            }
        }
        "img" if out.links => {
            attribute("alt").unwrap_or_default().chars().for_each(|c| out.character(c));
        }
        "ul" | "ol" => {
            out.need_breaks(if out.lists.is_empty() { 2 } else { 1 });
            if out.lists.len() < MAX_DEPTH {
                out.lists.push((name == "ol").then_some(1));
            }
        }
        "li" => {
            out.need_breaks(1);
            let indent = "  ".repeat(out.lists.len().saturating_sub(1));
            let mark = match out.lists.last_mut() {
                Some(Some(number)) => {
                    *number = number.saturating_add(1);
                    format!("{}. ", *number - 1)
                }
                _ => "- ".to_owned(),
            };
            out.start();
            out.text.push_str(&indent);
            out.text.push_str(&mark);
        }
        "blockquote" => {
            out.need_breaks(2);
            out.quotes += 1;
        }
        "pre" => {
            out.need_breaks(2);
            out.preformatted += 1;
        }
        "td" | "th" => out.space = true,
        name => out.need_breaks(breaks_around(name)),
    }
}

fn close(name: &str, out: &mut Out) {
    match name {
        "a" => out.end_link(),
        "ul" | "ol" => {
            out.lists.pop();
            out.need_breaks(if out.lists.is_empty() { 2 } else { 1 });
        }
        "blockquote" => {
            out.quotes = out.quotes.saturating_sub(1);
            out.need_breaks(2);
        }
        "pre" => {
            out.preformatted = out.preformatted.saturating_sub(1);
            out.need_breaks(2);
        }
        "li" => out.need_breaks(1),
        "td" | "th" => out.space = true,
        name => out.need_breaks(breaks_around(name)),
    }
}

fn breaks_around(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "dl" => 2,
        "div" | "tr" | "section" | "article" | "header" | "footer" | "center" | "address"
        | "dt" | "dd" | "form" | "main" | "nav" | "aside" | "figure" | "figcaption" | "option"
        | "fieldset" | "body" => 1,
        _ => 0,
    }
}

fn decoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match entity(rest) {
            Some((found, length)) => {
                text.push_str(&found);
                rest = &rest[length..];
            }
            None => text.push('&'),
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let rows: &[(&str, &str)] = &[
            ("", ""),
            ("plain", "plain\n"),
            ("<p>One</p><p>Two  \n three</p>", "One\n\nTwo three\n"),
            ("a<br>b<br/><br>c", "a\nb\n\nc\n"),
            ("<div>a</div><div><div>b</div></div>", "a\nb\n"),
            ("<b>bo</b>ld <i>it</i>", "bold it\n"),
            (
                "caf&eacute; &lt;b&gt; &#8364; &#x20ac; &#128; &amp &unknown; AT&T",
                "café <b> € € € & &unknown; AT&T\n",
            ),
            ("<script>if (a<b) x()</script>y<STYLE>p{}</Style>z", "yz\n"),
            ("<!-- <p>no</p> -->yes<!DOCTYPE html>", "yes\n"),
            ("<ul><li>a<li>b<ol><li>c</li><li>d</ol></ul>e", "- a\n- b\n  1. c\n  2. d\n\ne\n"),
            ("x<blockquote>a<p>b</blockquote>y", "x\n\n> a\n>\n> b\n\ny\n"),
            ("<pre>a\n  b\n</pre>c", "a\n  b\n\nc\n"),
            (
                "<a href=\"https://x.example/?a=1&amp;b=2\">here</a>.",
                "here <https://x.example/?a=1&b=2>.\n",
            ),
            ("<a href='https://x.example/'>x.example</a>", "x.example\n"),
            ("<a href=mailto:a@x>a@x</a> <a href=javascript:x>y</a>", "a@x y\n"),
            ("<img alt='A cat' src=x>", "A cat\n"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc\n"),
            ("1 < 2 > 0 <3", "1 < 2 > 0 <3\n"),
            ("<p title=\"a > b\">x", "x\n"),
            ("<p title=\"open>x", ""),
            ("<title>T</title><body>x", "x\n"),
            ("<style>never closed", ""),
            ("a&nbsp;&nbsp;b", "a  b\n"),
        ];
        for (html, expected) in rows {
            assert_eq!(html_to_text(html), *expected, "{html:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(html in "(<|>|/|&|;|#|\"|=|!--|-->|li|ol|p|a href|script|pre|x|\\PC){0,80}") {
            html_to_text(&html);
            html_start(&html, 10);
        }
    }
}
