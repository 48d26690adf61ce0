//! A message on its way into an account.

use std::sync::Arc;

use bytes::Bytes;
use engine::NewBlob;
use message::Facts;
use model::{Flags, Keyword, Timestamp};

/// A message to append: parsed, compressed, not yet anybody's.
///
/// The content becomes a blob, which all recipients of one delivery share;
/// the prefix (Return-Path, Delivered-To, Received) is each recipient's own.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) blob: Arc<NewBlob>,
    pub(crate) facts: Arc<Facts>,
    pub(crate) content_bytes: u64,
    pub(crate) prefix: Bytes,
    pub(crate) internal_date: Timestamp,
    pub(crate) flags: Flags,
    pub(crate) keywords: Vec<Keyword>,
    pub(crate) deleted: bool,
    pub(crate) reverse_path: Option<String>,
    pub(crate) filed_by_us: bool,
}

impl NewMessage {
    /// Parses and compresses `content`, a whole message with CRLF line ends
    /// or whatever a client appended. Costs CPU time in proportion to its
    /// size: call it off the async threads when it is large.
    pub fn new(content: &[u8], internal_date: Timestamp) -> NewMessage {
        let facts = message::facts(content);
        let mut label = String::new();
        for person in facts.from.iter().take(1) {
            label.push_str(&person.email);
        }
        label.push('\t');
        label.extend(facts.subject.chars().take(60));
        NewMessage {
            blob: Arc::new(NewBlob::new(content, label)),
            content_bytes: content.len() as u64,
            facts: Arc::new(facts),
            prefix: Bytes::new(),
            internal_date,
            flags: Flags::NONE,
            keywords: Vec::new(),
            deleted: false,
            reverse_path: None,
            filed_by_us: false,
        }
    }

    /// The same content for another recipient, with this recipient's prefix.
    #[must_use]
    pub fn with_prefix(&self, prefix: impl Into<Bytes>) -> NewMessage {
        NewMessage { prefix: prefix.into(), ..self.clone() }
    }

    /// With these marks; `deleted` is `\Deleted`, for every placement it gets.
    #[must_use]
    pub fn with_marks(mut self, flags: Flags, keywords: Vec<Keyword>, deleted: bool) -> NewMessage {
        self.flags = flags;
        self.keywords = keywords;
        self.deleted = deleted;
        self
    }

    /// Remembers the envelope's reverse-path, empty for the null one.
    #[must_use]
    pub fn with_reverse_path(mut self, reverse_path: impl Into<String>) -> NewMessage {
        self.reverse_path = Some(reverse_path.into());
        self
    }

    /// A sent mail that the server files by itself: a client's own copy of it
    /// may take its place (within 24 hours, by Message-ID).
    #[must_use]
    pub fn filed_by_us(mut self) -> NewMessage {
        self.filed_by_us = true;
        self
    }

    /// What was read of it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The blob that holds the content.
    pub fn blob(&self) -> engine::BlobId {
        self.blob.id
    }

    /// Bytes of RFC 5322 text, the prefix included: what the quota counts.
    pub fn size(&self) -> u64 {
        self.content_bytes + self.prefix.len() as u64
    }
}
