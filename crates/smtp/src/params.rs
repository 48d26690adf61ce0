//! Parameters of MAIL and RCPT: `esmtp-param` of RFC 5321 §4.1.2.

use std::collections::HashSet;
use std::fmt::Display;
use std::str::FromStr;

use queue::xtext;

use crate::reply::Reply;

/// One parameter; the keyword is in upper case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Param<'a> {
    pub(crate) keyword: String,
    pub(crate) value: Option<&'a str>,
}

/// The parameters of `text`, each at most once.
pub(crate) fn parse(text: &str) -> Result<Vec<Param<'_>>, Reply> {
    let mut seen = HashSet::new();
    let mut params = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (keyword, value) = match word.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (word, None),
        };
        let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if keyword.is_empty() || keyword.starts_with('-') || !keyword.bytes().all(good) {
            return Err(Reply::bad_argument("A parameter has the form KEYWORD=value"));
        }
        let keyword = keyword.to_ascii_uppercase();
        if !seen.insert(keyword.clone()) {
            return Err(Reply::bad_argument("A parameter is given twice"));
        }
        params.push(Param { keyword, value });
    }
    Ok(params)
}

impl Param<'_> {
    /// The value, which must be there.
    pub(crate) fn value(&self) -> Result<&str, Reply> {
        self.value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Reply::bad_argument(format!("{} needs a value", self.keyword)))
    }

    /// Fails where there is a value.
    pub(crate) fn no_value(&self) -> Result<(), Reply> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(Reply::bad_argument(format!("{} takes no value", self.keyword))),
        }
    }

    /// The value as its type reads it; the error says what form it has.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self) -> Result<T, Reply> {
        self.value()?.parse().map_err(|error: T::Err| Reply::bad_argument(error.to_string()))
    }

    /// The value decoded from xtext (RFC 3461 §4).
    pub(crate) fn xtext(&self) -> Result<String, Reply> {
        xtext::decode(self.value()?)
            .ok_or_else(|| Reply::bad_argument(format!("{} is not valid xtext", self.keyword)))
    }

    /// RFC 5321 §4.1.1.11: a parameter we did not offer.
    pub(crate) fn unknown(&self) -> Reply {
        Reply::new(555, "5.5.4", format!("{} is not supported here", self.keyword))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let rows = [
            ("", Some("")),
            ("SIZE=10", Some("SIZE Some(\"10\")")),
            ("size=10  SMTPUTF8", Some("SIZE Some(\"10\"), SMTPUTF8 None")),
            ("X=", Some("X Some(\"\")")),
            ("ORCPT=rfc822;a=b@c", Some("ORCPT Some(\"rfc822;a=b@c\")")),
            ("=10", None),
            ("-X=10", None),
            ("S\u{e9}=10", None),
            ("SIZE=1 size=2", None),
        ];
        for (text, expected) in rows {
            let show = |p: Param<'_>| format!("{} {:?}", p.keyword, p.value);
            let got = parse(text).ok().map(|all| all.into_iter().map(show).collect::<Vec<_>>());
            assert_eq!(got.map(|all| all.join(", ")).as_deref(), expected, "{text}");
        }
    }
}
