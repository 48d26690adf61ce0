//! Plain text as HTML: paragraphs, links, quotes folded away.

use super::flowed::{Line, fixed_lines, flowed_lines};
use super::{MAX_TEXT_BYTES, cut, push_escaped};

/// A quote of so many lines is shown where it stands; a longer one, or one at
/// the end, is folded.
const SHORT_QUOTE: usize = 8;

/// The HTML of a plain text.
///
/// Every piece of the text is escaped where it is put in, links included, so
/// nothing of it can be markup. `quoted` is the heading of a folded quote.
/// `flowed` says that the text is `format=flowed`, and whether with
/// `delsp=yes` (RFC 3676 §4).
pub fn plain_html(text: &str, flowed: Option<bool>, quoted: &str) -> String {
    let text = cut(text, MAX_TEXT_BYTES);
    let lines = match flowed {
        Some(delsp) => flowed_lines(text, delsp),
        None => fixed_lines(text),
    };
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let lines = trim(&lines);
    let last_words = lines.iter().rposition(|line| !line.text.trim().is_empty());
    let mut rest = lines;
    while let Some(first) = rest.first() {
        let is_quote = first.depth > 0;
        let length = rest.iter().take_while(|line| (line.depth > 0) == is_quote).count();
        let (block, after) = rest.split_at(length);
        rest = after;
        if !is_quote {
            paragraphs(&mut out, block);
        } else if block.len() <= SHORT_QUOTE
            && last_words.is_some_and(|last| last >= lines.len() - rest.len())
        {
            quote(&mut out, block, 0);
        } else {
            out.push_str("<details class=\"quote\"><summary>");
            push_escaped(&mut out, quoted);
            out.push_str("</summary>");
            quote(&mut out, block, 0);
            out.push_str("</details>\n");
        }
    }
    out
}

/// Without the empty lines at both ends.
fn trim(lines: &[Line]) -> &[Line] {
    let empty = |line: &&Line| line.depth == 0 && line.text.trim().is_empty();
    let start = lines.iter().take_while(empty).count();
    let end = lines.len() - lines[start..].iter().rev().take_while(empty).count();
    &lines[start..end]
}

/// One blockquote, with those inside it. The depth is bounded by the lines'.
fn quote(out: &mut String, lines: &[Line], outer: usize) {
    out.push_str("<blockquote>");
    let mut rest = lines;
    while let Some(first) = rest.first() {
        let deeper = first.depth > outer + 1;
        let length = rest.iter().take_while(|line| (line.depth > outer + 1) == deeper).count();
        let (block, after) = rest.split_at(length);
        rest = after;
        if deeper {
            quote(out, block, outer + 1);
        } else {
            paragraphs(out, block);
        }
    }
    out.push_str("</blockquote>\n");
}

fn paragraphs(out: &mut String, lines: &[Line]) {
    for block in lines.split(|line| line.text.trim().is_empty() && line.text != "-- ") {
        let mut block = block;
        if block.is_empty() {
            continue;
        }
        // What follows "-- " is a signature (RFC 3676 §4.3).
        if let Some(at) = block.iter().position(|line| line.text == "-- ") {
            paragraph(out, &block[..at], "<p>");
            block = &block[at + 1..];
            paragraph(out, block, "<p class=\"sig muted\">");
        } else {
            paragraph(out, block, "<p>");
        }
    }
}

fn paragraph(out: &mut String, lines: &[Line], tag: &str) {
    if lines.is_empty() {
        return;
    }
    out.push_str(tag);
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push_str("<br>\n");
        }
        let text = line.text.trim_start_matches([' ', '\t']);
        let indent: usize = line.text[..line.text.len() - text.len()]
            .chars()
            .map(|c| if c == '\t' { 8 } else { 1 })
            .sum();
        for _ in 0..indent.min(40) {
            out.push_str("&nbsp;");
        }
        linked(out, text.trim_end());
    }
    out.push_str("</p>\n");
}

/// Puts a line in, its addresses as links.
fn linked(out: &mut String, line: &str) {
    let mut plain = 0;
    let mut at = 0;
    while let Some(found) = next_link(line, at) {
        push_escaped(out, &line[plain..found.start]);
        let shown = &line[found.start..found.end];
        out.push_str("<a href=\"");
        out.push_str(found.scheme);
        push_escaped(out, shown);
        out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
        push_escaped(out, shown);
        out.push_str("</a>");
        plain = found.end;
        at = found.end;
    }
    push_escaped(out, &line[plain..]);
}

struct Link {
    start: usize,
    end: usize,
    /// What is missing before it.
    scheme: &'static str,
}

/// The first link at or behind `from`. Web addresses only begin a word;
/// nothing but http and https is ever made a link.
fn next_link(line: &str, from: usize) -> Option<Link> {
    let bytes = line.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let begins = at == 0 || !is_word(bytes[at - 1]);
        let rest = &bytes[at..];
        let prefix = [("https://", ""), ("http://", ""), ("www.", "https://")]
            .into_iter()
            .find(|(prefix, _)| starts_with_ignoring_case(rest, prefix.as_bytes()));
        if let (true, Some((prefix, scheme))) = (begins, prefix) {
            let end = url_end(line, at);
            if end == at {
                // Too long, and all of one piece: no address begins in it.
                at += MAX_URL_BYTES;
                continue;
            }
            if end > at + prefix.len() {
                return Some(Link { start: at, end, scheme });
            }
        }
        at += 1;
    }
    None
}

fn starts_with_ignoring_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_'
}

/// The longest address that becomes a link.
const MAX_URL_BYTES: usize = 2000;

/// Where a web address ends: at a space, a bracket or a quotation mark, and
/// before the punctuation of the sentence it stands in.
fn url_end(line: &str, start: usize) -> usize {
    let stops = |c: char| c.is_whitespace() || c.is_control() || "<>\"“”«»`{}|\\^".contains(c);
    let longest = cut(&line[start..], MAX_URL_BYTES + 1);
    let mut url = match longest.find(stops) {
        Some(length) => &longest[..length],
        // Nobody writes such an address; it stays text.
        None if longest.len() > MAX_URL_BYTES => return start,
        None => longest,
    };
    // Counted once: a mail of nothing but brackets must not take long.
    let mut surplus = [('(', ')'), ('[', ']')].map(|(open, close)| {
        (close, url.matches(close).count().saturating_sub(url.matches(open).count()))
    });
    while let Some(last) = url.chars().next_back() {
        let bracket = surplus.iter_mut().find(|(close, left)| *close == last && *left > 0);
        match bracket {
            Some((_, left)) => *left -= 1,
            None if ".,;:!?'’*_…".contains(last) => {}
            None => break,
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    start + url.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        plain_html(text, None, "Quoted text").replace('\n', "")
    }

    fn link(href: &str, shown: &str) -> String {
        format!(
            "<a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{shown}</a>"
        )
    }

    #[test]
    fn paragraphs_and_lines() {
        assert_eq!(html("a\nb\n\nc"), "<p>a<br>b</p><p>c</p>");
        assert_eq!(html("\n\n  a\n"), "<p>&nbsp;&nbsp;a</p>");
        assert_eq!(html("a\n-- \nme"), "<p>a</p><p class=\"sig muted\">me</p>");
        assert_eq!(html(""), "");
    }

    #[test]
    fn links() {
        for (text, expected) in [
            (
                "see https://x.org/a?b=1&c=2.",
                format!(
                    "see {}.",
                    link("https://x.org/a?b=1&amp;c=2", "https://x.org/a?b=1&amp;c=2")
                ),
            ),
            ("(http://x.org)", format!("({})", link("http://x.org", "http://x.org"))),
            ("http://x.org/a_(b)", link("http://x.org/a_(b)", "http://x.org/a_(b)")),
            ("www.x.org,", format!("{},", link("https://www.x.org", "www.x.org"))),
            ("<https://x.org>", format!("&lt;{}&gt;", link("https://x.org", "https://x.org"))),
            ("HTTPS://X.ORG", link("HTTPS://X.ORG", "HTTPS://X.ORG")),
            ("xhttp://x.org", "xhttp://x.org".to_owned()),
            ("https://", "https://".to_owned()),
            ("http://x/[a])].", format!("{})].", link("http://x/[a]", "http://x/[a]"))),
            ("javascript:alert(1)", "javascript:alert(1)".to_owned()),
            (
                "http://x\"onmouseover=alert(1)",
                format!("{}&quot;onmouseover=alert(1)", link("http://x", "http://x")),
            ),
            ("http://x'y", link("http://x&#39;y", "http://x&#39;y")),
        ] {
            assert_eq!(html(text), format!("<p>{expected}</p>"), "{text}");
        }
    }

    #[test]
    fn text_is_never_markup() {
        assert_eq!(
            html("<script>alert(1)</script>&lt;\"'\0"),
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;&quot;&#39;</p>"
        );
    }

    #[test]
    fn hostile_lengths_take_no_time() {
        let piece = |text: &str| text.repeat(MAX_TEXT_BYTES / text.len());
        for text in [
            piece("http://x))))))))"),
            format!("http://x{}", piece(")")),
            piece("https://"),
            piece("www."),
            piece("> "),
            piece(">\n\n"),
            piece("http://x\n"),
            piece("a \n"),
        ] {
            assert!(plain_html(&text, None, "q").len() < 40 * MAX_TEXT_BYTES);
            plain_html(&text, Some(true), "q");
        }
    }

    #[test]
    fn quotes_are_folded_where_they_are_long_or_last() {
        let out = html("Yes.\n\nShe wrote:\n> a\n> > b\n> c\n");
        assert_eq!(
            out,
            "<p>Yes.</p><p>She wrote:</p><details class=\"quote\"><summary>Quoted text</summary>\
             <blockquote><p>a</p><blockquote><p>b</p></blockquote><p>c</p></blockquote></details>"
        );
        let between = html("> question?\nanswer");
        assert_eq!(between, "<blockquote><p>question?</p></blockquote><p>answer</p>");
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_out(text in "[<>&\"'a-z:/.> \n]{0,300}") {
            let out = plain_html(&text, None, "q");
            // Whatever is a tag is one of ours.
            for tag in out.split('<').skip(1) {
                let ours = ["p>", "/p>", "br>", "a href=\"http", "/a>", "blockquote>",
                    "/blockquote>", "details class", "/details>", "summary>", "/summary>", "p class="];
                proptest::prop_assert!(ours.iter().any(|t| tag.starts_with(t)), "{}", tag);
            }
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..500)) {
            let text = String::from_utf8_lossy(&bytes);
            plain_html(&text, Some(true), "q");
            plain_html(&text, None, "q");
        }
    }
}
