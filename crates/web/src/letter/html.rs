//! HTML mail without its looks: an allow-list of tags, hardly any attributes.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::push_escaped;

static SIMPLE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
    ]
    .into();
    // Pictures keep the words that stand for them, and no address: there is
    // nothing a browser could load.
    let attributes: HashMap<&str, HashSet<&str>> = [
        ("a", ["href"].into()),
        ("img", ["alt"].into()),
        ("ol", ["start"].into()),
        ("table", HashSet::new()),
    ]
    .into();
    // Of these not even the text remains.
    let dropped: HashSet<&str> = [
        "script", "style", "title", "template", "iframe", "noembed", "noframes", "object", "svg",
        "math", "select", "textarea", "audio", "video", "canvas", "xmp",
    ]
    .into();
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .clean_content_tags(dropped)
        .generic_attributes(HashSet::new())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true);
    builder
});

/// The simple version of an HTML mail: its words, links, lists and tables,
/// without styles, ids, classes, pictures or anything that loads.
///
/// Takes time in proportion to the length (some 0.1 ms per kilobyte): call it
/// off the async threads for more than 200 KB, and not at all for more than
/// [`super::MAX_HTML_BYTES`].
pub fn simple_html(html: &str) -> String {
    words_for_pictures(&SIMPLE.clean(html).to_string())
}

/// The most tags a letter may have to be cleaned: with tags inside tags the
/// time grows with the square of their number.
const MAX_TAGS: usize = 20_000;

/// Whether cleaning it takes a bounded time; if not, show the text instead.
pub fn is_reasonable(html: &str) -> bool {
    html.len() <= super::MAX_HTML_BYTES && html.bytes().filter(|b| *b == b'<').count() <= MAX_TAGS
}

/// Folds the quote a letter ends with, as [`super::plain_html`] does; `heading`
/// is what is left to see. `clean` comes from [`simple_html`].
pub(crate) fn fold_quote(clean: &str, heading: &str) -> String {
    // Only the last of the outermost quotes can have nothing behind it.
    let (mut depth, mut start, mut last) = (0_usize, 0, None);
    for (at, _) in clean.match_indices('<') {
        let tag = &clean[at..];
        if tag.starts_with("<blockquote>") {
            if depth == 0 {
                start = at;
            }
            depth += 1;
        } else if tag.starts_with("</blockquote>") && depth > 0 {
            depth -= 1;
            if depth == 0 {
                last = Some((start, at + "</blockquote>".len()));
            }
        }
    }
    let Some((start, end)) = last.filter(|(_, end)| says_nothing(&clean[*end..])) else {
        return clean.to_owned();
    };
    let mut out = clean[..start].to_owned();
    out.push_str("<details class=\"quote\"><summary>");
    push_escaped(&mut out, heading);
    out.push_str("</summary>");
    out.push_str(&clean[start..end]);
    out.push_str("</details>");
    out.push_str(&clean[end..]);
    out
}

/// Whether nothing is left once tags and white space are taken away.
pub(crate) fn says_nothing(clean: &str) -> bool {
    let mut inside = false;
    !clean.contains("class=\"pic\"")
        && !clean.replace("&nbsp;", " ").chars().any(|c| {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => return !c.is_whitespace(),
                _ => {}
            }
            false
        })
}

/// Puts the words of pictures in their place: a browser would draw a broken
/// picture beside them.
///
/// After cleaning, a picture is `<img>` or `<img alt="…">` and nothing else,
/// and no text holds an unescaped `<`.
fn words_for_pictures(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    let mut rest = clean;
    while let Some(at) = rest.find("<img") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 4..];
        if let Some(after) = rest.strip_prefix(" alt=\"") {
            let end = after.find('"').unwrap_or(after.len());
            let words = after[..end].replace("&nbsp;", " ").replace("&quot;", "\"");
            let words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            if !words.trim().is_empty() {
                out.push_str("<i class=\"pic\">");
                push_escaped(&mut out, words.trim());
                out.push_str("</i>");
            }
            rest = after.get(end + 1..).unwrap_or("");
        }
        rest = rest.strip_prefix('>').unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains() {
        for (html, expected) in [
            ("<p style=color:red class=x id=y>a</p>", "<p>a</p>"),
            ("<script>alert(1)</script>b", "b"),
            ("a<img src=x>b<img alt=''>c", "abc"),
            (
                "<img alt='\"><script>x</script>&quot;&lt;b&gt;'>",
                "<i class=\"pic\">&quot;&gt;&lt;script&gt;x&lt;/script&gt;&quot;&lt;b&gt;</i>",
            ),
            ("&lt;img alt=\"x\">", "&lt;img alt=\"x\"&gt;"),
            ("<style>p{}</style>b", "b"),
            (
                "<img src=http://t.test/1.gif alt=Logo onerror=alert(1)>",
                "<i class=\"pic\">Logo</i>",
            ),
            (
                "<a href=javascript:alert(1)>x</a>",
                "<a rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a>",
            ),
            (
                "<a href='java\tscript:alert(1)'>x</a>",
                "<a rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a>",
            ),
            (
                "<a href=/logout>x</a>",
                "<a rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a>",
            ),
            (
                "<a href=data:text/html,x>x</a>",
                "<a rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a>",
            ),
            (
                "<a href=https://x.org target=_top rel=opener>x</a>",
                "<a href=\"https://x.org\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a>",
            ),
            ("<form action=/act><input name=do><button>ok</button></form>", "ok"),
            ("<svg><a xlink:href=javascript:alert(1)>x</a></svg>y", "y"),
            ("<svg><style><img src=x onerror=alert(1)></style></svg>", ""),
            ("<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">", ""),
            ("<iframe src=https://x.org></iframe>", ""),
            (
                "<base href=https://evil.test><link rel=stylesheet href=x><meta http-equiv=refresh content=0>a",
                "a",
            ),
            ("<body background=http://t.test onload=alert(1)>a", "a"),
            (
                "<table background=x><tr><td bgcolor=red width=600>a</td></tr></table>",
                "<table><tbody><tr><td>a</td></tr></tbody></table>",
            ),
            ("</div></main></body>a", "a"),
            ("<!--[if mso]><script>x</script><![endif]-->a", "a"),
            ("<details open ontoggle=alert(1)>a</details>", "a"),
            ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", ""),
        ] {
            let got = simple_html(html);
            if html.starts_with("<noscript") {
                assert!(!got.contains("onerror=alert(1)>") || got.contains("&lt;"), "{got}");
                continue;
            }
            // The order of attributes is nobody's choice.
            let mut words: Vec<&str> = got.split([' ', '>']).collect();
            let mut wanted: Vec<&str> = expected.split([' ', '>']).collect();
            words.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(words, wanted, "{html}: {got}");
        }
    }

    #[test]
    fn the_quote_at_the_end_is_folded() {
        let folded = |inside: &str| {
            format!("<details class=\"quote\"><summary>Q</summary>{inside}</details>")
        };
        for (clean, expected) in [
            (
                "<p>a</p><blockquote><p>b</p></blockquote><br>\n",
                format!("<p>a</p>{}<br>\n", folded("<blockquote><p>b</p></blockquote>")),
            ),
            (
                "<div>a<blockquote>b<blockquote>c</blockquote></blockquote></div>",
                format!(
                    "<div>a{}</div>",
                    folded("<blockquote>b<blockquote>c</blockquote></blockquote>")
                ),
            ),
            ("<blockquote>b</blockquote>a", "<blockquote>b</blockquote>a".to_owned()),
            (
                "<blockquote>b</blockquote>a<blockquote>c</blockquote>",
                format!("<blockquote>b</blockquote>a{}", folded("<blockquote>c</blockquote>")),
            ),
            ("<p>a</p>", "<p>a</p>".to_owned()),
        ] {
            assert_eq!(fold_quote(clean, "Q"), expected);
        }
        assert!(says_nothing("<p> <br>&nbsp;\u{a0}</p>") && !says_nothing("<p>a</p>"));
        assert!(!says_nothing("<i class=\"pic\">Logo</i>"));
    }

    #[test]
    fn a_tower_of_tags_is_survived() {
        let tower = format!("{}a", "<div>".repeat(5_000));
        assert!(simple_html(&tower).contains('a'));
        assert!(is_reasonable(&tower) && !is_reasonable(&"<b>".repeat(MAX_TAGS + 1)));
    }

    proptest::proptest! {
        #[test]
        fn folding_adds_nothing_and_loses_nothing(html in "(<(blockquote|p|div)>|</(blockquote|p|div)>|a| |<br>){0,40}") {
            let clean = simple_html(&html);
            let folded = fold_quote(&clean, "");
            let unfolded = folded
                .replace("<details class=\"quote\"><summary></summary>", "")
                .replace("</details>", "");
            proptest::prop_assert_eq!(unfolded, clean);
        }

        #[test]
        fn nothing_that_loads_or_runs(html in "(<(a|img|div|svg|style|p|script|table|object|x)( (href|src|style|onload|background)=[\"']?(http://t.test|javascript:x|a)[\"']?)?>|</[a-z]{1,5}>|text|<!--|-->|&lt;|\"){0,30}") {
            // As a browser reads it, not as it looks: `a=b` may stand in a value.
            let page = scraper::Html::parse_fragment(&simple_html(&html));
            for node in page.tree.values() {
                let scraper::Node::Element(element) = node else { continue };
                let banned = ["script", "style", "svg", "object", "img", "iframe", "form"];
                proptest::prop_assert!(!banned.contains(&element.name()), "{}", element.name());
                for (name, value) in element.attrs() {
                    proptest::prop_assert!(["href", "rel", "target"].contains(&name), "{}", name);
                    let local = name == "href" && !value.starts_with("http://");
                    proptest::prop_assert!(!local, "{}", value);
                }
            }
        }
    }
}
