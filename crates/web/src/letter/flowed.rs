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
}
