//! The known word that somebody probably meant.

/// The word of `known` nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    let ranked = known.iter().map(|candidate| (distance(&word, candidate), *candidate));
    let (distance, best) = ranked.min_by_key(|(distance, _)| *distance)?;
    // Half of the letters wrong is another word, not a slip.
    (distance * 2 <= word.chars().count().max(best.len())).then_some(best)
}

/// How many letters to add, drop, change or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let rows = [
            ("", "", 0),
            ("a", "", 1),
            ("imap", "imaps", 1),
            ("impa", "imap", 1),
            ("pop3", "smtp", 4),
        ];
        for (a, b, expected) in rows {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn slips_are_understood_and_other_words_are_not() {
        let known = ["hostname", "data", "listen", "max_message_bytes"];
        let rows = [
            ("hostnam", Some("hostname")),
            ("host_name", Some("hostname")),
            ("Listen", Some("listen")),
            ("max-message-bytes", Some("max_message_bytes")),
            ("zzzz", None),
            ("", None),
        ];
        for (word, expected) in rows {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }
}
