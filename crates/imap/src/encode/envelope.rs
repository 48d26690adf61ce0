//! ENVELOPE: RFC 3501 §7.4.2.

use message::{Envelope, EnvelopeAddress};

use super::Strings;

/// `envelope`, in parentheses.
pub(crate) fn envelope(out: &mut Vec<u8>, envelope: &Envelope, strings: Strings) {
    out.push(b'(');
    strings.nstring(out, envelope.date.as_deref());
    out.push(b' ');
    strings.nstring(out, envelope.subject.as_deref());
    let from = &envelope.from;
    // Sender and Reply-To default to From (RFC 3501 §7.4.2).
    let sender = if envelope.sender.is_empty() { from } else { &envelope.sender };
    let reply_to = if envelope.reply_to.is_empty() { from } else { &envelope.reply_to };
    for list in [from, sender, reply_to, &envelope.to, &envelope.cc, &envelope.bcc] {
        out.push(b' ');
        addresses(out, list, strings);
    }
    out.push(b' ');
    strings.nstring(out, envelope.in_reply_to.as_deref());
    out.push(b' ');
    strings.nstring(out, envelope.message_id.as_deref());
    out.push(b')');
}

fn addresses(out: &mut Vec<u8>, list: &[EnvelopeAddress], strings: Strings) {
    if list.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for address in list {
        out.push(b'(');
        let fields = [&address.name, &address.adl, &address.mailbox, &address.host];
        for (at, field) in fields.into_iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            strings.nstring(out, field.as_deref());
        }
        out.push(b')');
    }
    out.push(b')');
}
