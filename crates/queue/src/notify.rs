//! What the sender wants to be told: NOTIFY, ORCPT and RET of RFC 3461 §4.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::xtext;

/// The NOTIFY parameter of RCPT (RFC 3461 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Notify {
    /// No NOTIFY was given: tell of failures and delays.
    #[default]
    Unspecified,
    /// `NEVER`
    Never,
    /// A list of occasions, at least one.
    When {
        /// `SUCCESS`
        success: bool,
        /// `FAILURE`
        failure: bool,
        /// `DELAY`
        delay: bool,
    },
}

impl Notify {
    /// RFC 3461 §5.2.3: only who asked hears of success.
    pub fn success(self) -> bool {
        matches!(self, Notify::When { success: true, .. })
    }

    /// RFC 3461 §5.2.6: who did not say otherwise hears of failure.
    pub fn failure(self) -> bool {
        matches!(self, Notify::Unspecified | Notify::When { failure: true, .. })
    }

    /// RFC 3461 §5.2.5: who did not say otherwise may hear of delay.
    pub fn delay(self) -> bool {
        matches!(self, Notify::Unspecified | Notify::When { delay: true, .. })
    }
}

/// A parameter of RFC 3461 that does not have its form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// NOTIFY
    #[error("NOTIFY is NEVER or a list of SUCCESS, FAILURE and DELAY")]
    Notify,
    /// ORCPT
    #[error("ORCPT has the form rfc822;address, the address in xtext")]
    Orcpt,
    /// RET
    #[error("RET is FULL or HDRS")]
    Ret,
}

impl FromStr for Notify {
    type Err = ParameterError;

    /// Takes the esmtp-value of NOTIFY, in any case of letters.
    fn from_str(text: &str) -> Result<Notify, ParameterError> {
        if text.eq_ignore_ascii_case("NEVER") {
            return Ok(Notify::Never);
        }
        let (mut success, mut failure, mut delay) = (false, false, false);
        for word in text.split(',') {
            match word.to_ascii_uppercase().as_str() {
                "SUCCESS" => success = true,
                "FAILURE" => failure = true,
                "DELAY" => delay = true,
                _ => return Err(ParameterError::Notify),
            }
        }
        Ok(Notify::When { success, failure, delay })
    }
}

/// As the esmtp-value; nothing for [`Notify::Unspecified`].
impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Notify::When { success, failure, delay } = self else {
            return f.write_str(if *self == Notify::Never { "NEVER" } else { "" });
        };
        let words = [(success, "SUCCESS"), (failure, "FAILURE"), (delay, "DELAY")];
        let mut comma = "";
        for (_, word) in words.iter().filter(|(on, _)| **on) {
            write!(f, "{comma}{word}")?;
            comma = ",";
        }
        Ok(())
    }
}

/// The original recipient of ORCPT (RFC 3461 §4.2), decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Orcpt {
    /// The address type, `rfc822` or `utf-8` nearly always.
    pub kind: String,
    /// The address as the sender wrote it: printable, of one line.
    pub address: String,
}

impl FromStr for Orcpt {
    type Err = ParameterError;

    /// Takes the esmtp-value of ORCPT, at most 500 characters.
    fn from_str(text: &str) -> Result<Orcpt, ParameterError> {
        let (kind, encoded) = text.split_once(';').ok_or(ParameterError::Orcpt)?;
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        let address = xtext::decode(encoded).ok_or(ParameterError::Orcpt)?;
        // A control character would forge lines in the DSN (RFC 3461 §4.2).
        let printable = !address.is_empty() && !address.chars().any(char::is_control);
        if text.len() > 500 || kind.is_empty() || !kind.bytes().all(atom) || !printable {
            return Err(ParameterError::Orcpt);
        }
        Ok(Orcpt { kind: kind.to_owned(), address })
    }
}

/// As the esmtp-value, the address in xtext.
impl fmt::Display for Orcpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.kind, xtext::encode(&self.address))
    }
}

/// The RET parameter of MAIL (RFC 3461 §4.3): how much of the mail a DSN of
/// failure returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

impl FromStr for Ret {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Ret, ParameterError> {
        match text.to_ascii_uppercase().as_str() {
            "FULL" => Ok(Ret::Full),
            "HDRS" => Ok(Ret::Headers),
            _ => Err(ParameterError::Ret),
        }
    }
}

impl fmt::Display for Ret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ret::Full => "FULL",
            Ret::Headers => "HDRS",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notify_is_read_and_printed() {
        let rows = [
            ("NEVER", Ok("NEVER")),
            ("never", Ok("NEVER")),
            ("success", Ok("SUCCESS")),
            ("DELAY,FAILURE", Ok("FAILURE,DELAY")),
            ("SUCCESS,FAILURE,DELAY", Ok("SUCCESS,FAILURE,DELAY")),
            ("SUCCESS,SUCCESS", Ok("SUCCESS")),
            ("", Err(ParameterError::Notify)),
            ("SUCCESS,", Err(ParameterError::Notify)),
            ("NEVER,SUCCESS", Err(ParameterError::Notify)),
            ("SUCCESS FAILURE", Err(ParameterError::Notify)),
        ];
        for (text, expected) in rows {
            let got = text.parse::<Notify>().map(|n| n.to_string());
            assert_eq!(got, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn who_is_told_of_what() {
        // (NOTIFY, success, failure, delay) by RFC 3461 §5.2.
        let rows = [
            (Notify::Unspecified, false, true, true),
            (Notify::Never, false, false, false),
            ("SUCCESS".parse().expect("valid"), true, false, false),
            ("FAILURE".parse().expect("valid"), false, true, false),
            ("FAILURE,DELAY".parse().expect("valid"), false, true, true),
        ];
        for (notify, success, failure, delay) in rows {
            assert_eq!(
                (notify.success(), notify.failure(), notify.delay()),
                (success, failure, delay),
                "{notify:?}"
            );
        }
    }

    #[test]
    fn orcpt_is_read_and_printed() {
        let long = format!("rfc822;{}", "x".repeat(500));
        let rows = [
            ("rfc822;Bob@Example.COM", Ok("rfc822;Bob@Example.COM")),
            ("rfc822;a+2Bb@x.org", Ok("rfc822;a+2Bb@x.org")),
            ("rfc822;", Err(ParameterError::Orcpt)),
            ("Bob@Example.COM", Err(ParameterError::Orcpt)),
            (";bob@x.org", Err(ParameterError::Orcpt)),
            ("rfc822;a+0D+0AX-Evil:+201", Err(ParameterError::Orcpt)),
            ("rfc 822;bob@x.org", Err(ParameterError::Orcpt)),
            (long.as_str(), Err(ParameterError::Orcpt)),
        ];
        for (text, expected) in rows {
            let got = text.parse::<Orcpt>().map(|o| o.to_string());
            assert_eq!(got, expected.map(str::to_owned), "{text:?}");
        }
    }
}
