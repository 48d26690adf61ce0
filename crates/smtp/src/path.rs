//! Reverse-paths and forward-paths: RFC 5321 §4.1.2, RFC 6531 §3.3.

use model::Address;

/// Parts `FROM:<path> parameters` into what stands between the brackets and
/// the parameters. `keyword` is `FROM` or `TO`.
///
/// Spaces around the colon are taken, as several mail programs send them.
pub(crate) fn split<'a>(args: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let (word, rest) = args.split_once(':')?;
    if !word.trim_end().eq_ignore_ascii_case(keyword) {
        return None;
    }
    let inner = rest.trim_start_matches(' ').strip_prefix('<')?;
    let end = closing_bracket(inner)?;
    let parameters = &inner[end + 1..];
    let parted = parameters.is_empty() || parameters.starts_with(' ');
    parted.then(|| (&inner[..end], parameters.trim_matches(' ')))
}

/// Where the path ends: a `>` inside quotes belongs to the local part.
fn closing_bracket(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The address of a path without its brackets; a source route is accepted and
/// ignored, as RFC 5321 §4.1.1.3 and its appendix C ask.
pub(crate) fn address(path: &str) -> Option<Address> {
    let mailbox = match path.strip_prefix('@') {
        Some(route) => {
            let (route, mailbox) = route.split_once(':')?;
            let good = |domain: &str| model::domain_to_ascii(domain).is_ok();
            let mut hops = route.split(',').enumerate();
            let all = hops.all(|(n, hop)| {
                let domain = if n == 0 { Some(hop) } else { hop.strip_prefix('@') };
                domain.is_some_and(good)
            });
            if !all {
                return None;
            }
            mailbox
        }
        None => path,
    };
    // RFC 5321 §4.5.3.1.3: a path has at most 256 bytes with its brackets.
    if mailbox.len() > 254 {
        return None;
    }
    mailbox.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_parameters() {
        let rows = [
            ("FROM:<a@b.c>", Some(("a@b.c", ""))),
            ("from: <a@b.c> SIZE=1 BODY=7BIT ", Some(("a@b.c", "SIZE=1 BODY=7BIT"))),
            ("FROM :<>", Some(("", ""))),
            ("FROM:<\"a>b\"@c.d>", Some(("\"a>b\"@c.d", ""))),
            ("FROM:<\"a\\\">b\"@c.d> X", Some(("\"a\\\">b\"@c.d", "X"))),
            ("FROM:a@b.c", None),
            ("FROM:<a@b.c", None),
            ("FROM:<a@b.c>SIZE=1", None),
            ("FROM <a@b.c>", None),
            ("TO:<a@b.c>", None),
            ("", None),
        ];
        for (args, expected) in rows {
            assert_eq!(split(args, "FROM"), expected, "{args}");
        }
    }

    #[test]
    fn addresses() {
        let rows = [
            ("userc@d.bar.org", Some("userc@d.bar.org")),
            ("@hosta.int,@jkl.org:userc@d.bar.org", Some("userc@d.bar.org")),
            ("@hosta.int:userc@d.bar.org", Some("userc@d.bar.org")),
            ("\"with space\"@x.org", Some("\"with space\"@x.org")),
            ("user@[192.0.2.1]", Some("user@[192.0.2.1]")),
            ("user@[IPv6:2001:db8::1]", Some("user@[ipv6:2001:db8::1]")),
            ("@hosta.int,jkl.org:userc@d.bar.org", None),
            ("@:userc@d.bar.org", None),
            ("@hosta.int", None),
            ("postmaster", None),
            ("a@b@c", None),
            ("", None),
        ];
        for (path, expected) in rows {
            assert_eq!(address(path).map(|a| a.to_string()).as_deref(), expected, "{path}");
        }
        assert!(address(&format!("a@{}.org", "b.".repeat(130))).is_none());
    }
}
