//! Text whose lines may flow: RFC 3676.

/// A line as it is shown: how deep it is quoted, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub depth: usize,
    pub text: String,
}

/// Quotes deeper than this are shown at this depth.
const MAX_DEPTH: usize = 20;

/// The lines of a text without flow: quote marks counted, as people write
/// them (`>>`, `> > `).
pub(crate) fn fixed_lines(text: &str) -> Vec<Line> {
    text.lines().map(|line| split_quote(line, true)).collect()
}

/// The lines of `format=flowed` text, joined where they flow (RFC 3676 §4).
/// With `delsp` the space that marks the flow is no part of the text.
pub(crate) fn flowed_lines(text: &str, delsp: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut flows = false;
    for raw in text.lines() {
        let mut line = split_quote(raw, false);
        // Space-stuffing (§4.4).
        if let Some(rest) = line.text.strip_prefix(' ') {
            line.text = rest.to_owned();
        }
        let signature = line.text == "-- ";
        let soft = line.text.ends_with(' ') && !signature;
        if soft && delsp {
            line.text.pop();
        }
        match lines.last_mut() {
            // A change of depth ends the paragraph (§4.5).
            Some(last) if flows && last.depth == line.depth && !signature => {
                last.text.push_str(&line.text);
            }
            _ => lines.push(line),
        }
        flows = soft;
    }
    for line in &mut lines {
        if line.text != "-- " {
            line.text.truncate(line.text.trim_end().len());
        }
    }
    lines
}

fn split_quote(line: &str, loose: bool) -> Line {
    let mut depth = 0;
    let mut rest = line;
    while let Some(after) = rest.strip_prefix('>') {
        depth += 1;
        rest = after;
        if loose && rest.starts_with(" >") {
            rest = &rest[1..];
        }
    }
    if loose && depth > 0 {
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    Line { depth: depth.min(MAX_DEPTH), text: rest.to_owned() }
}

/// Where a flowed line is broken: lines have at most 78 characters (§4.2).
const WIDTH: usize = 76;

/// Makes `format=flowed` of what a person typed: long lines broken with a
/// space at their end, lines stuffed that would mean something else.
pub fn flow(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for line in text.lines() {
        // Spaces at the end of a typed line mean nothing, but would flow.
        let line = if line == "-- " { line } else { line.trim_end_matches(' ') };
        let quote: String = line.chars().take_while(|&c| c == '>').collect();
        let body = &line[quote.len()..];
        let prefix = if quote.is_empty() { String::new() } else { format!("{quote} ") };
        let body = if quote.is_empty() { body } else { body.strip_prefix(' ').unwrap_or(body) };
        let mut rest = body;
        loop {
            let (piece, after) = break_at(rest, WIDTH.saturating_sub(prefix.chars().count()).max(20));
            out.push_str(&prefix);
            let stuff = piece.starts_with(' ') || piece.starts_with('>') || piece.starts_with("From ");
            if stuff {
                out.push(' ');
            }
            out.push_str(piece);
            out.push('\n');
            if after.is_empty() {
                break;
            }
            rest = after;
        }
    }
    out
}

/// The beginning of a line up to and with the last space before `width`, and
/// the rest; a word longer than that stays whole.
fn break_at(line: &str, width: usize) -> (&str, &str) {
    if line.chars().count() <= width {
        return (line, "");
    }
    let mut end = None;
    for (count, (at, c)) in line.char_indices().enumerate() {
        if c == ' ' && (count < width || end.is_none()) {
            // Not where the next line would begin with a space.
            if !line[at + 1..].starts_with(' ') {
                end = Some(at + 1);
            }
        } else if count >= width && end.is_some() {
            break;
        }
    }
    match end {
        Some(end) if end < line.len() => line.split_at(end),
        _ => (line, ""),
    }
}

/// What [`flow`] was given: for drafts that are opened again.
pub fn unflow(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in flowed_lines(text, false) {
        if line.depth > 0 {
            out.extend(std::iter::repeat_n('>', line.depth));
            out.push(' ');
        }
        out.push_str(&line.text);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(depth: usize, text: &str) -> Line {
        Line { depth, text: text.to_owned() }
    }

    #[test]
    fn examples() {
        // RFC 3676 §4.2.1, in spirit: soft line breaks join, hard ones stay.
        let text = "`Take some more tea,' the March Hare said to Alice, very \nearnestly.\n\n>> deep \n>> er\n> shallow\n-- \nme\n";
        let lines = flowed_lines(text, false);
        assert_eq!(
            lines,
            [
                line(0, "`Take some more tea,' the March Hare said to Alice, very earnestly."),
                line(0, ""),
                line(2, "deep er"),
                line(1, "shallow"),
                line(0, "-- "),
                line(0, "me"),
            ]
        );
        assert_eq!(flowed_lines("a \nb", true), [line(0, "ab")]);
        assert_eq!(
            fixed_lines("> > a\n>>  b\n>\nc > d"),
            [line(2, "a"), line(2, " b"), line(1, ""), line(0, "c > d")]
        );
    }

    #[test]
    fn a_tower_of_quotes_is_bounded() {
        assert_eq!(fixed_lines(&">".repeat(1_000_000))[0].depth, MAX_DEPTH);
    }

    #[test]
    fn long_lines_are_broken_at_spaces() {
        let long = "word ".repeat(50);
        let flowed = flow(&long);
        assert!(flowed.lines().all(|l| l.chars().count() <= 78), "{flowed}");
        assert_eq!(unflow(&flowed), format!("{}\n", long.trim_end()));
        let url = format!("see https://x.org/{}\n", "a".repeat(200));
        assert_eq!(unflow(&flow(&url)), url);
    }

    proptest::proptest! {
        #[test]
        fn what_flows_out_flows_back(text in "([a-z>é .,]{0,200}\n){0,8}") {
            let normal: String = text
                .lines()
                .map(|l| {
                    let l = if l == "-- " { l } else { l.trim_end() };
                    let quote: String = l.chars().take_while(|&c| c == '>').collect();
                    if quote.is_empty() { return format!("{l}\n") }
                    let rest = &l[quote.len()..];
                    format!("{} {}\n", &quote[..quote.len().min(MAX_DEPTH)], rest.strip_prefix(' ').unwrap_or(rest))
                })
                .collect();
            let back: String = unflow(&flow(&text)).lines().map(|l| format!("{}\n", l.trim_end())).collect();
            let normal: String = normal.lines().map(|l| format!("{}\n", l.trim_end())).collect();
            proptest::prop_assert_eq!(back, normal);
        }
    }
}
