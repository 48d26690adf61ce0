//! What a form holds, once it is known to be ours.

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;

use crate::error::Failure;
use crate::guard::{self, Origin};
use crate::visitor::Visitor;
use crate::web::Web;

/// The fields of a form, in their order; a name may be there several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(pub Vec<(String, String)>);

/// The most a form without files may hold.
pub(crate) const MAX_FORM_BYTES: usize = 2 << 20;
/// The most fields a form may have: a list of fifty rows has far fewer.
const MAX_FIELDS: usize = 5_000;

/// A file that came with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub name: String,
    pub media_type: String,
    pub bytes: Bytes,
}

/// A form sent from one of our pages by the person who is signed in.
pub(crate) struct Posted {
    pub visitor: Visitor,
    pub fields: Fields,
    pub files: Vec<Upload>,
}

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(crate) fn parse(body: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(body).into_owned().take(MAX_FIELDS).collect())
    }

    /// The first field of this name, or an empty text.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or("")
    }

    /// The first field of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All fields of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Refuses what another site's page sends.
pub(crate) fn refuse_foreign(headers: &HeaderMap) -> Result<Origin, Failure> {
    match guard::origin(headers) {
        Origin::Foreign => Err(Failure::ForeignForm),
        origin => Ok(origin),
    }
}

impl FromRequest<Web> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Posted, Failure> {
        refuse_foreign(request.headers())?;
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::of(&mut parts, web).await?;
        let request = Request::from_parts(parts, body);
        let multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("multipart/form-data"));
        let (fields, files) = if multipart {
            let multipart = Multipart::from_request(request, web).await;
            read_multipart(multipart.map_err(|_| Failure::BadRequest)?).await?
        } else {
            let body = Bytes::from_request(request, web).await.map_err(|_| Failure::TooLarge)?;
            (Fields::parse(&body), Vec::new())
        };
        if !visitor.session.form_token.is(fields.get("csrf")) {
            return Err(Failure::ForeignForm);
        }
        Ok(Posted { visitor, fields, files })
    }
}

async fn read_multipart(mut multipart: Multipart) -> Result<(Fields, Vec<Upload>), Failure> {
    let mut fields = Fields::default();
    let mut files = Vec::new();
    let failed = |error: axum::extract::multipart::MultipartError| {
        // 413 when the body is over its limit; anything else is a bad form.
        if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Failure::TooLarge
        } else {
            Failure::BadRequest
        }
    };
    while let Some(part) = multipart.next_field().await.map_err(failed)? {
        if fields.0.len() + files.len() >= MAX_FIELDS {
            return Err(Failure::TooLarge);
        }
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let media_type = part.content_type().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(failed)?;
        match file_name {
            // A file field left empty comes as a file without name or bytes.
            Some(file_name) if file_name.is_empty() && bytes.is_empty() => {}
            Some(file_name) => files.push(Upload { name: file_name, media_type, bytes }),
            None => fields.0.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok((fields, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let fields = Fields::parse(b"id=1&id=2&q=%C3%A9t%C3%A9+a&x");
        assert_eq!(fields.all("id").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("q"), "été a");
        assert_eq!((fields.find("x"), fields.find("y")), (Some(""), None));
        assert_eq!(Fields::parse(&b"a&".repeat(100_000)).0.len(), MAX_FIELDS);
    }
}
