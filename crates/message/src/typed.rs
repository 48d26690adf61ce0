//! Addresses as people type them into a `To:` line.

use model::Address;

use crate::address::Person;

/// Reads what was typed: addresses with or without names, between commas,
/// semicolons or new lines; also `mailto:` links and bare addresses with only
/// spaces between. A name with a comma in it is understood where an address in
/// angle brackets follows.
///
/// `Err` holds the piece that is no address, for the page to say so.
pub fn parse_addresses(text: &str) -> Vec<Result<Person, String>> {
    let mut found: Vec<Result<Person, String>> = Vec::new();
    for piece in pieces(text) {
        let bare = |word: &str| word.trim_start_matches("mailto:").parse::<Address>().is_ok();
        let words: Vec<&str> = piece.split_whitespace().collect();
        if words.len() > 1 && words.iter().all(|word| bare(word)) {
            found.extend(words.into_iter().map(person));
            continue;
        }
        let mut person = person(&piece);
        // `Doe, John <j@x.org>`: the comma was part of the name.
        if let (Ok(second), Some(Err(first))) = (&mut person, found.last())
            && !second.name.is_empty()
            && piece.trim_end().ends_with('>')
            && !first.contains(['@', '<', '"'])
        {
            second.name = format!("{first}, {}", second.name);
            found.pop();
        }
        found.push(person);
    }
    found
}

/// Cuts at commas, semicolons and line ends outside quotes and brackets.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut bracket, mut escaped) = (false, false, false);
    for c in text.chars() {
        let separates = matches!(c, '\n' | '\r') || (",;".contains(c) && !quoted && !bracket);
        if separates {
            (quoted, bracket, escaped) = (false, false, false);
            pieces.push(String::new());
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' | '(' if !quoted => bracket = true,
            '>' | ')' if !quoted => bracket = false,
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn person(piece: &str) -> Result<Person, String> {
    let piece = piece.trim();
    let wrong = || piece.to_owned();
    let (name, email) = match piece.strip_suffix('>').and_then(|inner| inner.rsplit_once('<')) {
        Some((name, email)) => (unquoted(name.trim()), email.trim()),
        None => match piece.strip_suffix(')').and_then(|inner| inner.split_once('(')) {
            Some((email, name)) => (name.trim().to_owned(), email.trim()),
            None => (String::new(), piece),
        },
    };
    let email = email.strip_prefix("mailto:").unwrap_or(email);
    let email = email.split('?').next().unwrap_or(email);
    let address: Address = email.parse().map_err(|_| wrong())?;
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    Ok(Person { name, email: address.to_string() })
}

fn unquoted(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|n| n.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type() {
        type Row<'a> = (&'a str, &'a [Result<(&'a str, &'a str), &'a str>]);
        let rows: &[Row<'_>] = &[
            ("", &[]),
            (" , ;\n", &[]),
            ("a@x.org", &[Ok(("", "a@x.org"))]),
            (
                "a@x.org, b@y.org;c@z.org\nd@w.org",
                &[
                    Ok(("", "a@x.org")),
                    Ok(("", "b@y.org")),
                    Ok(("", "c@z.org")),
                    Ok(("", "d@w.org")),
                ],
            ),
            ("a@x.org b@y.org", &[Ok(("", "a@x.org")), Ok(("", "b@y.org"))]),
            ("Alice B <a@X.org>", &[Ok(("Alice B", "a@x.org"))]),
            ("\"Doe, \\\"J\\\"\" <j@x.org>", &[Ok(("Doe, \"J\"", "j@x.org"))]),
            ("Doe, John <j@x.org>", &[Ok(("Doe, John", "j@x.org"))]),
            ("a@x.org, Doe, John <j@x.org>", &[Ok(("", "a@x.org")), Ok(("Doe, John", "j@x.org"))]),
            ("a@x.org (Alice)", &[Ok(("Alice", "a@x.org"))]),
            ("mailto:a@x.org?subject=hi", &[Ok(("", "a@x.org"))]),
            ("élodie@exämple.org", &[Ok(("", "élodie@xn--exmple-cua.org"))]),
            ("bob", &[Err("bob")]),
            ("bob, a@x.org", &[Err("bob"), Ok(("", "a@x.org"))]),
            ("a@x@y, <>, \"open", &[Err("a@x@y"), Err("<>"), Err("\"open")]),
            ("a b@x.org", &[Err("a b@x.org")]),
        ];
        for (text, expected) in rows {
            let expected: Vec<Result<Person, String>> = expected
                .iter()
                .map(|row| row.map(|(n, e)| Person::new(n, e)).map_err(str::to_owned))
                .collect();
            assert_eq!(parse_addresses(text), expected, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "([a-z@<>()\",;. \\\\]|\\PC){0,60}") {
            parse_addresses(&text);
        }
    }
}
