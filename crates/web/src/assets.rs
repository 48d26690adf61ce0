//! What a page loads besides itself: the style sheet, the icons.
//!
//! Each has its own hash in its name, so it may be kept for ever
//! (RFC 8246, `immutable`), and a new version is a new name.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;

use crate::compress;

/// A file of the program, served under a name that holds its hash.
pub(crate) struct Asset {
    path: String,
    media_type: &'static str,
    content: &'static [u8],
    gzipped: Vec<u8>,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, content: &'static [u8]) -> Asset {
        let hash = blake3::hash(content).to_hex();
        let path = format!("/assets/{stem}.{}.{extension}", &hash[..12]);
        let gzipped = compress::gzip(content, Compression::best());
        Asset { path, media_type, content, gzipped }
    }

    /// Where it is found.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = include_bytes!("../assets/facteur.css");
    Asset::new("facteur", "css", "text/css; charset=utf-8", content)
});
pub(crate) static ICONS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("icons", "svg", "image/svg+xml", include_bytes!("../assets/icons.svg"))
});
pub(crate) static FAVICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("facteur", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg"))
});

/// `GET /assets/{name}`
pub(crate) async fn get(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let all = [&*STYLE, &*ICONS, &*FAVICON];
    let wanted = all.into_iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(&name));
    let Some(asset): Option<&'static Asset> = wanted else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let gzip = compress::accepts_gzip(&headers);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    if gzip {
        let coding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        return (headers, coding, &*asset.gzipped).into_response();
    }
    (headers, asset.content).into_response()
}

/// `GET /favicon.ico`, for browsers that ask before they read the page.
pub(crate) async fn favicon() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(FAVICON.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, FAVICON.content).into_response()
}
