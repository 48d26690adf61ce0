//! `GET /m/{n}/p/{path}` and `GET /m/{n}/raw`: bytes of a message.
//!
//! What strangers sent is never shown as a page of ours: it is saved, or
//! shown as plain text, and in both cases sandboxed and not to be guessed at.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::MessageNumber;
use serde::Deserialize;

use crate::error::Failure;
use crate::people;
use crate::visitor::Visitor;
use crate::web::Web;

/// Nothing loads, nothing runs, no origin: even if a browser shows it.
const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    save: Option<u8>,
}

/// An attachment, to be saved.
pub(crate) async fn part(
    State(_): State<Web>,
    Path((number, path)): Path<(u64, String)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let path = parse_path(&path).ok_or(Failure::NotFound)?;
    let account = &visitor.session.account;
    let number = MessageNumber(number);
    let record = account.record(number).await?.ok_or(Failure::NotFound)?;
    let content = account.content(number).await?.ok_or(Failure::NotFound)?;
    let (name, media_type, bytes) =
        file(&content, &record.facts, &path).ok_or(Failure::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, safe_type(&media_type)),
        (header::CONTENT_DISPOSITION, disposition(&name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
    ];
    Ok((headers, bytes).into_response())
}

/// Name, type and decoded bytes of a part.
pub(crate) fn file(
    content: &[u8],
    facts: &message::Facts,
    path: &[u32],
) -> Option<(String, String, Vec<u8>)> {
    let part = facts.structure.part(path)?;
    if !part.children.is_empty() {
        return None;
    }
    let listed = message::view(content, facts).attachments;
    let listed = listed.into_iter().find(|file| file.path == path);
    let (name, media_type) = match listed {
        Some(file) => (file.name, file.media_type),
        None => {
            let media_type = format!("{}/{}", part.type_, part.subtype).to_ascii_lowercase();
            (part.file_name().unwrap_or_default(), media_type)
        }
    };
    Some((name, media_type, message::decode_part(content, part)))
}

/// The message itself, as text to look at or as a file to keep.
pub(crate) async fn raw(
    State(_): State<Web>,
    Path(number): Path<u64>,
    asked: Result<Query<Asked>, QueryRejection>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let number = MessageNumber(number);
    let account = &visitor.session.account;
    let content = account.content(number).await?.ok_or(Failure::NotFound)?;
    let save = asked.is_ok_and(|Query(asked)| asked.save.is_some());
    let (media_type, disposition) = if save {
        ("message/rfc822", disposition(&format!("message-{number}.eml")))
    } else {
        ("text/plain; charset=utf-8", HeaderValue::from_static("inline"))
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX)),
    ];
    Ok((headers, content).into_response())
}

/// The numbers of a part, `1.2.3` (RFC 3501 §6.4.5).
pub(crate) fn parse_path(text: &str) -> Option<Vec<u32>> {
    if text.is_empty() || text.len() > 400 {
        return None;
    }
    text.split('.').map(|n| n.parse().ok().filter(|n| *n > 0 && !text.contains('+'))).collect()
}

/// A media type that says nothing but a media type; what a browser could run
/// is called bytes.
fn safe_type(media_type: &str) -> HeaderValue {
    let token = |t: &str| {
        !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b))
    };
    let good = media_type.split_once('/').is_some_and(|(t, s)| {
        token(t) && token(s) && media_type.len() < 100 && t != "multipart" && t != "message"
    });
    let runs = ["html", "xml", "svg", "script", "xhtml"].iter().any(|w| media_type.contains(w));
    match HeaderValue::from_str(media_type) {
        Ok(value) if good && !runs => value,
        _ => HeaderValue::from_static("application/octet-stream"),
    }
}

/// `Content-Disposition: attachment` (RFC 6266) with the name twice: in ASCII
/// for the old, by RFC 8187 for the rest. A name has no directories.
fn disposition(name: &str) -> HeaderValue {
    let name = people::one_line(name, 150);
    let name = name.rsplit(['/', '\\']).next().unwrap_or("").trim_matches(['.', ' ']);
    let name = if name.is_empty() { "attachment" } else { name };
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " -_.()".contains(c) { c } else { '_' })
        .collect();
    let mut coded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    let line = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{coded}");
    HeaderValue::from_str(&line).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names() {
        for (name, expected) in [
            ("été.pdf", "attachment; filename=\"_t_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9.pdf"),
            (
                "a\"b\r\nX-Evil: 1.txt",
                "attachment; filename=\"a_b X-Evil_ 1.txt\"; filename*=UTF-8''a%22b%20X-Evil%3A%201.txt",
            ),
            ("../../etc/passwd", "attachment; filename=\"passwd\"; filename*=UTF-8''passwd"),
            ("C:\\x.exe", "attachment; filename=\"x.exe\"; filename*=UTF-8''x.exe"),
            ("..", "attachment; filename=\"attachment\"; filename*=UTF-8''attachment"),
            ("\u{202e}fdp.exe", "attachment; filename=\"fdp.exe\"; filename*=UTF-8''fdp.exe"),
        ] {
            assert_eq!(disposition(name), expected, "{name:?}");
        }
    }

    #[test]
    fn types() {
        for (given, expected) in [
            ("application/pdf", "application/pdf"),
            ("image/png", "image/png"),
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("text/javascript", "application/octet-stream"),
            ("x\r\nSet-Cookie: a=b/y", "application/octet-stream"),
            ("multipart/mixed", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(safe_type(given), expected, "{given:?}");
        }
    }

    #[test]
    fn paths() {
        assert_eq!(parse_path("1.2"), Some(vec![1, 2]));
        for bad in ["", "0", "1..2", ".1", "+1", "-1", "a", "1.99999999999", "1/2"] {
            assert_eq!(parse_path(bad), None, "{bad:?}");
        }
    }
}
