//! Whether a form came from one of our own pages.
//!
//! Browsers of today say where a request comes from (`Sec-Fetch-Site`, and
//! `Origin` of RFC 6454 §7); what they say must be us. Forms of a session
//! carry its token besides, which also serves browsers that say nothing.

use axum::http::{HeaderMap, header};

/// What the headers say of a POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// One of our pages.
    Ours,
    /// Another site's page.
    Foreign,
    /// Nothing: an old browser, a text browser, a script.
    Silent,
}

pub(crate) fn origin(headers: &HeaderMap) -> Origin {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin") => return Origin::Ours,
        Some(_) => return Origin::Foreign,
        None => {}
    }
    let Some(origin) = text("origin") else { return Origin::Silent };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    match (authority, host) {
        (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host) => Origin::Ours,
        _ => Origin::Foreign,
    }
}

/// Equal, in a time that does not tell where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    // Hashes of both are compared, so that the position of the first
    // difference has nothing to do with what was sent.
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_are_ours() {
        let rows: &[(&[(&'static str, &'static str)], Origin)] = &[
            (&[], Origin::Silent),
            (&[("sec-fetch-site", "same-origin")], Origin::Ours),
            (&[("sec-fetch-site", "same-site")], Origin::Foreign),
            (&[("sec-fetch-site", "cross-site")], Origin::Foreign),
            (&[("sec-fetch-site", "none")], Origin::Foreign),
            (&[("host", "a.test"), ("origin", "https://a.test")], Origin::Ours),
            (&[("host", "a.test:2080"), ("origin", "http://A.test:2080")], Origin::Ours),
            (&[("host", "a.test"), ("origin", "https://a.test.evil")], Origin::Foreign),
            (&[("host", "a.test"), ("origin", "https://evil@a.test")], Origin::Foreign),
            (&[("host", "a.test"), ("origin", "null")], Origin::Foreign),
            (&[("origin", "https://a.test")], Origin::Foreign),
            (
                &[
                    ("host", "a.test"),
                    ("origin", "https://a.test"),
                    ("sec-fetch-site", "cross-site"),
                ],
                Origin::Foreign,
            ),
        ];
        for (given, expected) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in *given {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(origin(&headers), *expected, "{given:?}");
        }
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("", "a"));
    }
}
