//! Character references of HTML: all of Latin-1 and the signs people type.

use std::borrow::Cow;

/// The character reference that begins behind an `&`: its text and how many
/// bytes it takes.
pub(super) fn entity(text: &str) -> Option<(Cow<'static, str>, usize)> {
    if let Some(number) = text.strip_prefix('#') {
        return numeric(number).map(|(c, length)| (Cow::Owned(c.to_string()), length + 1));
    }
    let end = text
        .bytes()
        .take(10)
        .position(|b| !b.is_ascii_alphanumeric())
        .unwrap_or(text.len().min(10));
    let name = text.get(..end)?;
    let semicolon = text[end..].starts_with(';');
    if let Some(found) = named(name)
        && (semicolon || LOOSE.contains(&name))
    {
        return Some((Cow::Borrowed(found), end + usize::from(semicolon)));
    }
    None
}

/// Those that old pages write without the semicolon.
const LOOSE: [&str; 6] = ["amp", "lt", "gt", "quot", "nbsp", "copy"];

fn numeric(text: &str) -> Option<(char, usize)> {
    let (digits, radix, prefix) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 1),
        None => (text, 10, 0),
    };
    let end = digits
        .bytes()
        .take(8)
        .position(|b| !char::from(b).is_digit(radix))
        .unwrap_or(digits.len().min(8));
    let code = u32::from_str_radix(digits.get(..end)?, radix).ok()?;
    let c = match code {
        // Browsers take these as windows-1252, for that is what is meant.
        0x80..=0x9F => encoding_rs::WINDOWS_1252.decode(&[code as u8]).0.chars().next()?,
        _ => char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{FFFD}'),
    };
    let semicolon = usize::from(digits[end..].starts_with(';'));
    Some((c, prefix + end + semicolon))
}

fn named(name: &str) -> Option<&'static str> {
    if let Some(index) = LATIN_1.iter().position(|n| *n == name) {
        return Some(LATIN_1_TEXT.get(index * 2..index * 2 + 2).unwrap_or_default());
    }
    OTHERS.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// From U+00A0 on.
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// The characters themselves, two bytes each.
const LATIN_1_TEXT: &str = "\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";

const OTHERS: [(&str, &str); 47] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("AMP", "&"),
    ("LT", "<"),
    ("GT", ">"),
    ("QUOT", "\""),
    ("OElig", "Œ"),
    ("oelig", "œ"),
    ("Scaron", "Š"),
    ("scaron", "š"),
    ("Yuml", "Ÿ"),
    ("fnof", "ƒ"),
    ("circ", "ˆ"),
    ("tilde", "˜"),
    ("ensp", " "),
    ("emsp", " "),
    ("thinsp", " "),
    ("zwnj", "\u{200C}"),
    ("zwj", "\u{200D}"),
    ("lrm", "\u{200E}"),
    ("rlm", "\u{200F}"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("sbquo", "‚"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bdquo", "„"),
    ("dagger", "†"),
    ("Dagger", "‡"),
    ("bull", "•"),
    ("hellip", "…"),
    ("permil", "‰"),
    ("lsaquo", "‹"),
    ("rsaquo", "›"),
    ("euro", "€"),
    ("trade", "™"),
    ("larr", "←"),
    ("rarr", "→"),
    ("uarr", "↑"),
    ("darr", "↓"),
    ("check", "✓"),
    ("hearts", "♥"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latin_1_name_is_its_character() {
        assert_eq!(LATIN_1_TEXT.chars().count(), LATIN_1.len());
        for (name, expected) in
            [("eacute", "é"), ("yuml", "ÿ"), ("nbsp", "\u{A0}"), ("times", "×"), ("laquo", "«")]
        {
            assert_eq!(named(name), Some(expected));
        }
        for (index, c) in LATIN_1_TEXT.chars().enumerate() {
            assert_eq!(c as usize, 0xA0 + index);
        }
    }
}
