//! Paragraphs of `text/plain; format=flowed`: RFC 3676.

/// `text` with the lines joined that its sender broke softly; `delete_space`
/// is the parameter DelSp=yes. Quoted lines keep their marks, as `>> text`.
pub(crate) fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The quote depth of the line that is still open.
    let mut open: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let ended = line.ends_with('\n');
        let line = line.strip_suffix('\n').unwrap_or(line);
        let depth = line.len() - line.trim_start_matches('>').len();
        // RFC 3676 §4.4: a space in front may be stuffing.
        let content = line[depth..].strip_prefix(' ').unwrap_or(&line[depth..]);
        // RFC 3676 §4.3: the line before a signature is never soft.
        let signature = content == "-- ";
        // An empty line is one, even if a space was left before it.
        let apart = signature || content.is_empty();
        if open.is_some_and(|of| of != depth || apart) {
            out.push('\n');
            open = None;
        }
        if open.is_none() && depth > 0 {
            out.push_str(&">".repeat(depth));
            out.push(' ');
        }
        let soft = content.ends_with(' ') && !signature && ended;
        out.push_str(if soft && delete_space { &content[..content.len() - 1] } else { content });
        if soft {
            open = Some(depth);
        } else {
            open = None;
            if ended {
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs() {
        let rows: &[(&str, bool, &str)] = &[
            ("", false, ""),
            ("one \ntwo \nthree\nfour\n", false, "one two three\nfour\n"),
            ("dé \nmé \nnager\n", true, "déménager\n"),
            ("a \n\nb\n", false, "a \n\nb\n"),
            ("a \n-- \nBob \n", false, "a \n-- \nBob "),
            (
                "> one \n> two\nmine \n>> deep \n> less\n",
                false,
                "> one two\nmine \n>> deep \n> less\n",
            ),
            (" > not a quote\n From here\n", false, "> not a quote\nFrom here\n"),
            ("no end ", false, "no end "),
        ];
        for (text, delete_space, expected) in rows {
            assert_eq!(unflow(text, *delete_space), *expected, "{text:?}");
        }
    }
}
