//! What the server says: RFC 1939 §3, with the codes of RFC 2449 §8 and RFC 3206.

use bytes::Bytes;

/// An answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Response {
    /// `+OK` and a text.
    Ok(String),
    /// `-ERR`, why for machines, why for people.
    Err(Option<Code>, String),
    /// `+OK` and lines, which never begin with a dot; each ends with CRLF.
    Lines(String, String),
    /// `+OK` and a message.
    Message(String, Bytes),
    /// Nothing: STLS has answered in clear already.
    Silence,
}

/// Why not, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// Another session has the maildrop (RFC 2449 §8.1.2).
    InUse,
    /// The credentials are at fault (RFC 3206 §4).
    Auth,
    /// Likely to work later (RFC 3206 §4).
    SysTemp,
    /// Not without somebody's doing (RFC 3206 §4).
    SysPerm,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Code::InUse => "IN-USE",
            Code::Auth => "AUTH",
            Code::SysTemp => "SYS/TEMP",
            Code::SysPerm => "SYS/PERM",
        }
    }
}

impl Response {
    pub(crate) fn ok(text: impl Into<String>) -> Response {
        Response::Ok(text.into())
    }

    pub(crate) fn err(text: impl Into<String>) -> Response {
        Response::Err(None, text.into())
    }

    pub(crate) fn coded(code: Code, text: impl Into<String>) -> Response {
        Response::Err(Some(code), text.into())
    }

    /// The first line, with its CRLF.
    pub(crate) fn first_line(&self) -> String {
        match self {
            Response::Ok(text) | Response::Lines(text, _) | Response::Message(text, _) => {
                format!("+OK {text}\r\n")
            }
            Response::Silence => String::new(),
            Response::Err(None, text) => format!("-ERR {text}\r\n"),
            Response::Err(Some(code), text) => format!("-ERR [{}] {text}\r\n", code.name()),
        }
    }
}
