//! Pages leave compressed (RFC 9110 §8.4.1.3): a list is a tenth as long then.

use std::io::Write;
use std::net::IpAddr;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::login::Peer;

/// Below this there is nothing to win.
const WORTH_IT: usize = 1024;
/// More than any page has; attachments are left as they are.
const PAGE_BYTES: usize = 8 << 20;

pub(crate) fn gzip(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), level);
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Whether gzip is welcome (RFC 9110 §12.5.3).
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING);
    accepted.iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).any(
        |coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused =
                weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        },
    )
}

/// Compresses HTML on its way to another machine.
///
/// A page holds mail of strangers beside secrets of its reader; these are
/// masked anew in each (see `session::FormToken`), so lengths tell nothing.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let near = request
        .extensions()
        .get::<Peer>()
        .is_some_and(|Peer(address): &Peer| IpAddr::is_loopback(address));
    let wanted = !near && accepts_gzip(request.headers());
    let response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !wanted {
        return Response::from_parts(parts, body);
    }
    let Ok(page) = to_bytes(body, PAGE_BYTES).await else {
        parts.status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    if page.len() < WORTH_IT {
        return Response::from_parts(parts, Body::from(page));
    }
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(gzip(&page, Compression::new(4))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_gzip() {
        for (value, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(accepts_gzip(&headers), expected, "{value}");
        }
    }
}
