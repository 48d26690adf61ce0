//! What is inside a message: MIME structure, ENVELOPE, BODYSTRUCTURE, text and
//! header facts; and how a message is made.
//!
//! Reading (RFC 5322, RFC 2045 to 2047, RFC 2231) is lenient and never fails:
//! [`facts`] finds a shape in any bytes, in linear time and bounded memory.
//! Offsets are exact, since IMAP serves parts by cutting them out of what was
//! received (RFC 3501 §6.4.5). Writing ([`Draft`]) is strict: CRLF, 7-bit,
//! short lines.
//!
//! HTML is turned into text here but never made safe to show: that is the web
//! room's work. Nothing here knows of mailboxes or networks.

mod address;
mod charset;
mod date;
mod draft;
mod envelope;
mod facts;
mod header;
mod html;
mod params;
mod part;
mod preview;
mod section;
mod subject;
mod text;
mod transfer;
mod typed;
mod view;
mod words;

pub use address::Person;
pub use date::rfc5322_date;
pub use draft::{Draft, NewAttachment};
pub use envelope::{Envelope, EnvelopeAddress};
pub use facts::{Facts, facts};
pub use header::{header_field, header_fields};
pub use html::html_to_text;
pub use part::{Embedded, Part};
pub use section::{Section, section};
pub use subject::base_subject;
pub use text::{decode_part, part_text};
pub use transfer::quoted_printable_encode;
pub use typed::parse_addresses;
pub use view::{AttachmentFacts, View, view};
pub use words::decode_words;
