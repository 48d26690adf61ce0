//! Maildir, and Maildir++ for what lies in folders.
//!
//! A Maildir has `cur`, `new` and `tmp`; each file in the first two is one
//! message, and the letters behind `:2,` in its name are its flags. Folders
//! are Maildirs too: in Maildir++ their names begin with a dot and separate
//! levels by dots (`.Work.2006`), other programs nest plain directories.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use model::Timestamp;

use super::marks::Marks;

/// A file that holds a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// What its name says.
    pub marks: Marks,
}

/// A Maildir and the levels of its name below the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Empty for the Maildir itself.
    pub levels: Vec<String>,
}

/// Whether `path` is a Maildir.
pub fn is_maildir(path: &Path) -> bool {
    path.join("cur").is_dir() && path.join("new").is_dir()
}

/// How deep plain directories are searched.
const MAX_DEPTH: usize = 16;

/// The Maildir at `path` and all folders in it.
pub fn folders(path: &Path) -> io::Result<Vec<Folder>> {
    let mut found = Vec::new();
    collect(path, &[], 0, &mut found)?;
    found.sort_by(|a, b| a.levels.cmp(&b.levels));
    Ok(found)
}

fn collect(path: &Path, levels: &[String], depth: usize, into: &mut Vec<Folder>) -> io::Result<()> {
    if is_maildir(path) {
        into.push(Folder { path: path.to_owned(), levels: levels.to_vec() });
    }
    if depth == MAX_DEPTH {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A symbolic link could lead out, or in a circle.
        if !entry.file_type()?.is_dir() || ["cur", "new", "tmp"].contains(&name.as_str()) {
            continue;
        }
        let mut below = levels.to_vec();
        match name.strip_prefix('.') {
            Some(dotted) if is_maildir(&entry.path()) => {
                below.extend(dotted.split('.').map(decode_level));
            }
            Some(_) => continue,
            None => below.push(decode_level(&name)),
        }
        collect(&entry.path(), &below, depth + 1, into)?;
    }
    Ok(())
}

/// The messages of one Maildir, oldest name first.
///
/// A message that came in moves from `new` to `cur` under our eyes; it is then
/// found in at least one of them, as `new` is listed first.
pub fn entries(maildir: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for part in ["new", "cur"] {
        for entry in fs::read_dir(maildir.join(part))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !entry.file_type()?.is_file() {
                continue;
            }
            let letters = name.rsplit_once(":2,").map_or("", |(_, letters)| letters);
            found.push(Entry { path: entry.path(), marks: Marks::from_letters(letters) });
        }
    }
    found.sort_by(|a, b| a.path.file_name().cmp(&b.path.file_name()));
    Ok(found)
}

/// When a message came: its file's time or the one its name begins with,
/// whichever is earlier. Copying loses the first, moving mail between servers
/// the second.
pub fn date(path: &Path, modified: Timestamp) -> Timestamp {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let digits = name.split('.').next().unwrap_or("");
    let named = digits.parse::<i64>().ok().filter(|seconds| *seconds > 0 && digits.len() >= 9);
    named.map_or(modified, |seconds| modified.min(Timestamp(seconds)))
}

/// Makes a Maildir, if it is not there.
pub fn create(path: &Path) -> io::Result<()> {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(path.join(part))?;
    }
    Ok(())
}

/// Puts a message into `maildir` under `unique`, a name without flags.
///
/// It is written to `tmp`, synced and then renamed, so that no reader ever
/// sees half of it.
pub fn write(maildir: &Path, unique: &str, marks: &Marks, message: &[u8]) -> io::Result<()> {
    let being_written = maildir.join("tmp").join(unique);
    let mut file = fs::File::create(&being_written)?;
    file.write_all(message)?;
    file.sync_data()?;
    fs::rename(&being_written, maildir.join("cur").join(format!("{unique}:2,{}", marks.letters())))
}

/// The directory of Maildir++ for a mailbox of these levels.
pub fn directory_name(levels: &[&str]) -> String {
    levels.iter().fold(String::new(), |name, level| format!("{name}.{}", encode_level(level)))
}

/// A level in the modified UTF-7 of RFC 3501 §5.1.3, as Dovecot and Courier
/// write it; dots and slashes, which mean something here, are encoded too.
fn encode_level(level: &str) -> String {
    let mut out = String::new();
    let mut wide: Vec<u8> = Vec::new();
    let flush = |wide: &mut Vec<u8>, out: &mut String| {
        if !wide.is_empty() {
            let text = BASE64.encode(wide).replace('/', ",");
            *out += &format!("&{}-", text.trim_end_matches('='));
            wide.clear();
        }
    };
    for c in level.chars() {
        if (' '..='~').contains(&c) && !"./&".contains(c) {
            flush(&mut wide, &mut out);
            out.push(c);
        } else if c == '&' {
            flush(&mut wide, &mut out);
            out += "&-";
        } else {
            let mut units = [0; 2];
            wide.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut wide, &mut out);
    out
}

/// The level back; a name that is not of this form stays as it is.
fn decode_level(name: &str) -> String {
    decode_utf7(name).unwrap_or_else(|| name.to_owned())
}

fn decode_utf7(name: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = name;
    while let Some((plain, encoded)) = rest.split_once('&') {
        out += plain;
        let (encoded, after) = encoded.split_once('-')?;
        if encoded.is_empty() {
            out.push('&');
        } else {
            let mut text = encoded.replace(',', "/");
            while text.len() % 4 != 0 {
                text.push('=');
            }
            let bytes = BASE64.decode(text.as_bytes()).ok()?;
            let units: Vec<u16> = bytes
                .chunks(2)
                .map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                })
                .collect();
            out += &String::from_utf16(&units).ok()?;
        }
        rest = after;
    }
    Some(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_encoded_as_other_programs_do() {
        let rows =
            [("Work", "Work"), ("Été", "&AMk-t&AOk-"), ("a&b", "a&-b"), ("v1.2", "v1&AC4-2")];
        for (level, encoded) in rows {
            assert_eq!(encode_level(level), encoded);
            assert_eq!(decode_level(encoded), level);
        }
        assert_eq!(decode_level("A & B"), "A & B");
        assert_eq!(directory_name(&["Été", "x"]), ".&AMk-t&AOk-.x");
    }

    #[test]
    fn what_is_written_is_found() -> io::Result<()> {
        let home = tempfile::tempdir()?;
        create(home.path())?;
        let sub = home.path().join(directory_name(&["Work", "Été"]));
        create(&sub)?;
        write(&sub, "1.2.host", &Marks::from_letters("FS"), b"A: b\r\n\r\n")?;
        fs::write(home.path().join("new/2.host"), "C: d\n\n")?;
        let found = folders(home.path())?;
        let levels: Vec<Vec<String>> = found.iter().map(|f| f.levels.clone()).collect();
        assert_eq!(levels, [vec![], vec!["Work".to_owned(), "Été".to_owned()]]);
        let inbox = entries(&found[0].path)?;
        assert_eq!((inbox.len(), inbox[0].marks.letters().as_str()), (1, ""));
        let entry = &entries(&found[1].path)?[0];
        assert_eq!(entry.marks.letters(), "FS");
        assert_eq!(fs::read(&entry.path)?, b"A: b\r\n\r\n");
        Ok(())
    }

    #[test]
    fn dates() {
        let rows = [
            ("1164310577.M1U2.host:2,S", 1_200_000_000, 1_164_310_577),
            ("1164310577.M1U2.host:2,S", 1_100_000_000, 1_100_000_000),
            ("mail.host", 1_100_000_000, 1_100_000_000),
        ];
        for (name, modified, expected) in rows {
            assert_eq!(date(Path::new(name), Timestamp(modified)), Timestamp(expected), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn levels_come_back(level: String) {
            let encoded = encode_level(&level);
            proptest::prop_assert!(!encoded.contains(['.', '/']));
            proptest::prop_assert_eq!(decode_utf7(&encoded), Some(level));
        }

        #[test]
        fn no_name_panics(name: String) {
            let _ = decode_level(&name);
        }
    }
}
