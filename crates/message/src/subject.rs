//! The base subject, by which conversations are joined: RFC 5256 §2.1.

/// `subject` (already decoded, on one line) without `Re:`, `Fwd:`, `(fwd)` and
/// the names of lists in brackets, in lower case as RFC 5256 §5 compares it.
///
/// Besides the prefixes of the RFC we know those that French, German, Spanish
/// and Scandinavian programs write (`RÉ:`, `TR:`, `AW:`, `WG:`, `RV:`, `SV:`,
/// `VS:`, `Réf:`), since one conversation crosses programs.
pub fn base_subject(subject: &str) -> String {
    let lower = subject.to_lowercase();
    let mut text = lower.trim();
    loop {
        // (2) trailers
        while let Some(rest) = text.strip_suffix("(fwd)") {
            text = rest.trim_end();
        }
        // (3) to (5) leaders and blobs
        loop {
            if let Some(rest) = after_leader(text) {
                text = rest;
            } else if let Some(rest) = after_blob(text).filter(|rest| !rest.is_empty()) {
                text = rest;
            } else {
                break;
            }
        }
        // (6) [fwd: …]
        match text.strip_prefix("[fwd:").and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => text = inner.trim(),
            None => return text.to_owned(),
        }
    }
}

/// Behind `[…]`, a `subj-blob`.
fn after_blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    // `[fwd: …]` is a wrapper, not a blob.
    if text.starts_with("[fwd:") || inner.as_bytes()[end] != b']' {
        return None;
    }
    Some(inner[end + 1..].trim_start())
}

/// Behind `*subj-blob subj-refwd`.
fn after_leader(text: &str) -> Option<&str> {
    const PREFIXES: [&str; 14] =
        ["re", "fwd", "fw", "ré", "réf", "ref", "tr", "aw", "wg", "rv", "sv", "vs", "vb", "antw"];
    let mut rest = text;
    while let Some(behind) = after_blob(rest) {
        rest = behind;
    }
    PREFIXES.iter().find_map(|prefix| {
        let behind = rest.strip_prefix(prefix)?.trim_start();
        let behind = after_blob(behind).unwrap_or(behind);
        // `Re(2):` and `Re^2:` count the answers.
        let behind = behind.trim_start_matches(|c: char| "^()".contains(c) || c.is_ascii_digit());
        // French typography puts a (no-break) space before the colon.
        let behind = behind.trim_start();
        Some(behind.strip_prefix([':', '：'])?.trim_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_subjects() {
        let rows: &[(&str, &str)] = &[
            ("", ""),
            ("Hello", "hello"),
            ("Re: Hello", "hello"),
            ("RE : Re:  hello (fwd) (FWD)", "hello"),
            ("[list] Re: [list] hello", "hello"),
            ("[list]", "[list]"),
            ("[one] [two]", "[two]"),
            ("Re: [list]", "[list]"),
            ("[Fwd: Re: hello]", "hello"),
            ("[fwd: [list] hello (fwd)]", "hello"),
            ("[fwd: hello", "[fwd: hello"),
            ("Re[2]: hello", "hello"),
            ("Re(3): hello", "hello"),
            ("RE\u{a0}: TR : Réunion", "réunion"),
            ("AW: WG: Termin", "termin"),
            ("Re:", ""),
            ("Reply: hello", "reply: hello"),
            ("Trains: departures", "trains: departures"),
            ("a (fwd) b", "a (fwd) b"),
        ];
        for (subject, expected) in rows {
            assert_eq!(base_subject(subject), *expected, "{subject:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_it_stays(text in "([a-z:\\[\\]() ]|re|fwd|\\PC){0,40}") {
            let base = base_subject(&text);
            proptest::prop_assert_eq!(base_subject(&format!("Re: {base}")), base_subject(&base));
        }
    }
}
