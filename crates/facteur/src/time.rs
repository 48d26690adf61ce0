//! Times as listings show them.

use model::Timestamp;

/// RFC 3339, in UTC.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// The day alone.
pub(crate) fn day(time: Timestamp) -> String {
    rfc3339(time).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(rfc3339(Timestamp(1_164_310_577)), "2006-11-23T19:36:17Z");
        assert_eq!(day(Timestamp(1_164_310_577)), "2006-11-23");
        assert_eq!(rfc3339(Timestamp(i64::MAX)), "1970-01-01T00:00:00Z");
    }
}
