//! Flags in answers: RFC 3501 §7.2.6 and §7.4.2.

use mailstore::Entry;
use model::{Flags, Keyword};

/// `(\Answered … keyword)`: the flags of one message, `\Recent` by session.
#[inline]
pub(crate) fn entry_flags(out: &mut Vec<u8>, entry: &Entry, recent: bool, names: &[Keyword]) {
    out.push(b'(');
    let start = out.len();
    let mut add = |name: &str| {
        if out.len() > start {
            out.push(b' ');
        }
        out.extend_from_slice(name.as_bytes());
    };
    if !entry.flags.is_empty() {
        for (flag, name) in Flags::NAMED {
            if entry.flags.contains(flag) {
                add(name);
            }
        }
    }
    if entry.deleted {
        add("\\Deleted");
    }
    if recent {
        add("\\Recent");
    }
    if !entry.keywords.is_empty() {
        for name in entry.keywords.iter().filter_map(|index| names.get(index)) {
            add(name.as_str());
        }
    }
    out.push(b')');
}

/// The FLAGS response's list: every flag this account knows.
pub(crate) fn flag_list(out: &mut Vec<u8>, names: &[Keyword]) {
    out.extend_from_slice(b"(\\Answered \\Flagged \\Deleted \\Seen \\Draft");
    for name in names {
        out.push(b' ');
        out.extend_from_slice(name.as_str().as_bytes());
    }
    out.push(b')');
}

/// The list of PERMANENTFLAGS: all of them, and `\*` while there is room for
/// new keywords; none in a mailbox opened by EXAMINE.
pub(crate) fn permanent_flags(out: &mut Vec<u8>, names: &[Keyword], read_only: bool, room: bool) {
    if read_only {
        out.extend_from_slice(b"()");
        return;
    }
    flag_list(out, names);
    if room {
        out.pop();
        out.extend_from_slice(b" \\*)");
    }
}
