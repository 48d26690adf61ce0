//! What somebody wrote, made fit to stand in a page.
//!
//! Plain text is cut into tokens and every token escaped; HTML goes through an
//! allow-list ([`simple_html`]). Nothing here ever makes a browser load
//! anything: no pictures, no styles, no frames.

mod flowed;
mod html;
mod plain;
mod quote;

pub(crate) use html::{fold_quote, says_nothing};
pub use html::{is_reasonable, simple_html};
pub use plain::plain_html;
pub(crate) use quote::quoted;

/// The largest HTML body that is cleaned, in bytes; a larger one is offered
/// for download only.
pub const MAX_HTML_BYTES: usize = 3 << 20;
/// The longest text that is shown, in bytes; the rest can be downloaded.
pub const MAX_TEXT_BYTES: usize = 512 << 10;

/// Text as it stands in HTML, in an element or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    push_escaped(&mut escaped, text);
    escaped
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // NUL and the like are no characters of HTML.
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
}

/// At most `max` bytes of a text, cut between two characters.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
