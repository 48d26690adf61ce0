//! The cookies of a page: RFC 6265.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::web::Door;

/// A cookie of ours. Over HTTPS its name begins with `__Host-`, which binds
/// it to this very host and to TLS (RFC 6265bis §4.1.3.2); plain HTTP on
/// loopback cannot have that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in.
    Session,
    /// Proves that a sign-in form came from here.
    Door,
}

impl Cookie {
    fn name(self, door: Door) -> &'static str {
        match (self, door) {
            (Cookie::Session, Door::Tls) => "__Host-facteur",
            (Cookie::Session, _) => "facteur",
            (Cookie::Door, Door::Tls) => "__Host-facteur-door",
            (Cookie::Door, _) => "facteur-door",
        }
    }

    /// Its value, if the browser sent it.
    pub(crate) fn read(self, headers: &HeaderMap, door: Door) -> Option<&str> {
        let name = self.name(door);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(n, value)| (n == name).then_some(value))
    }

    /// `Set-Cookie`; without `max_age_seconds` until the browser is closed.
    /// `value` is of our making: letters, digits, `.`, `-`, `_`.
    pub(crate) fn set(self, door: Door, value: &str, max_age_seconds: Option<u32>) -> HeaderValue {
        let mut line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", self.name(door));
        if door == Door::Tls {
            line.push_str("; Secure");
        }
        if let Some(seconds) = max_age_seconds {
            line.push_str(&format!("; Max-Age={seconds}"));
        }
        HeaderValue::from_str(&line).expect("our cookies are of visible ASCII")
    }

    /// `Set-Cookie` that takes it away.
    pub(crate) fn clear(self, door: Door) -> HeaderValue {
        self.set(door, "", Some(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_bound_to_the_door() {
        let set = Cookie::Session.set(Door::Tls, "3e8.x", Some(60));
        let expected = "__Host-facteur=3e8.x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60";
        assert_eq!(set, expected);
        let set = Cookie::Session.set(Door::Plain, "3e8.x", None);
        assert_eq!(set, "facteur=3e8.x; Path=/; HttpOnly; SameSite=Lax");
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; facteur=1; c"));
        assert_eq!(Cookie::Session.read(&headers, Door::Plain), Some("1"));
        // A cookie set over plain HTTP opens nothing over HTTPS.
        assert_eq!(Cookie::Session.read(&headers, Door::Tls), None);
    }
}
