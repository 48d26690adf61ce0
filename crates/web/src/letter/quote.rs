//! Somebody's words in an answer to them.

use super::cut;

/// The longest text that is quoted, in bytes.
const MAX_QUOTED_BYTES: usize = 100 << 10;

/// Each line with `> ` before it; what was quoted already goes one deeper.
pub(crate) fn quoted(text: &str) -> String {
    let text = cut(text, MAX_QUOTED_BYTES);
    let mut out = String::with_capacity(text.len() + text.len() / 20);
    for line in text.trim_end().lines() {
        let line = line.trim_end();
        out.push_str(if line.starts_with('>') || line.is_empty() { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_one_deeper() {
        assert_eq!(quoted("a\n> b\n\nc \n\n"), "> a\n>> b\n>\n> c\n");
        assert_eq!(quoted(""), "");
    }
}
