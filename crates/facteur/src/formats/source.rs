//! What there is to import under a path, and which label each part gets.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use super::{labels, maildir};
use crate::admin::messages::Label;

/// A file or a Maildir of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    /// Where its messages go; none where the name says nothing usable.
    pub(crate) label: Option<Label>,
    /// Its size, for the progress.
    pub(crate) bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Mbox,
    Maildir,
}

/// How deep directories are searched for mbox files.
const MAX_DEPTH: usize = 16;

/// Everything under `path`. Empty where there is nothing we know.
pub(crate) fn find(path: &Path) -> io::Result<Vec<Source>> {
    let facts = fs::metadata(path)?;
    if facts.is_file() {
        if !is_mbox(path)? {
            return Ok(Vec::new());
        }
        let levels = [level(path)];
        return Ok(vec![mbox(path, facts.len(), labels::label(&levels))]);
    }
    let folders = maildir::folders(path)?;
    let mut found = Vec::new();
    for folder in folders {
        found.push(Source {
            bytes: maildir_bytes(&folder.path)?,
            label: labels::label(&folder.levels),
            kind: Kind::Maildir,
            path: folder.path,
        });
    }
    if found.is_empty() {
        walk(path, &[], 0, &mut found)?;
    }
    name_by_manifest(path, &mut found);
    Ok(found)
}

fn mbox(path: &Path, bytes: u64, label: Option<Label>) -> Source {
    Source { path: path.to_owned(), kind: Kind::Mbox, label, bytes }
}

/// Our own export knows better than the names of its files.
fn name_by_manifest(root: &Path, found: &mut [Source]) {
    let Ok(Some(manifest)) = Manifest::read(root) else { return };
    for written in manifest.mailboxes {
        let path = root.join(&written.path);
        for source in found.iter_mut().filter(|source| source.path == path) {
            source.label = Some(match written.role {
                Some(role) => Label::Role(role),
                None => Label::Name(written.name.clone()),
            });
        }
    }
}

/// The name of a folder without what programs add to it.
fn level(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for ending in [".mbox", ".mbx", ".sbd"] {
        if let Some(stem) = name.strip_suffix(ending) {
            return stem.to_owned();
        }
    }
    name
}

fn walk(path: &Path, levels: &[String], depth: usize, into: &mut Vec<Source>) -> io::Result<()> {
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        let path = entry.path();
        let mut below = levels.to_vec();
        if kind.is_file() && is_mbox(&path)? {
            // Apple Mail keeps `Name.mbox/mbox`.
            if path.file_name().is_none_or(|name| name != "mbox") || below.is_empty() {
                below.push(level(&path));
            }
            into.push(mbox(&path, entry.metadata()?.len(), labels::label(&below)));
        } else if kind.is_dir() && depth < MAX_DEPTH {
            below.push(level(&path));
            walk(&path, &below, depth + 1, into)?;
        }
    }
    Ok(())
}

/// Whether a file begins as an mbox does.
fn is_mbox(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    fs::File::open(path)?.take(64).read_to_end(&mut beginning)?;
    let text = beginning.trim_ascii_start();
    Ok(text.starts_with(b"From "))
}

fn maildir_bytes(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for part in ["new", "cur"] {
        for entry in fs::read_dir(path.join(part))? {
            bytes += entry?.metadata().map_or(0, |facts| facts.len());
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use model::Role;

    use super::*;

    #[test]
    fn a_thunderbird_profile() -> io::Result<()> {
        let home = tempfile::tempdir()?;
        let mail = "From - Thu Nov 23 19:36:17 2006\nA: b\n\nc\n";
        fs::create_dir_all(home.path().join("Work.sbd"))?;
        fs::write(home.path().join("Inbox"), mail)?;
        fs::write(home.path().join("Inbox.msf"), "// <!-- index -->")?;
        fs::write(home.path().join("Work.sbd/2006"), mail)?;
        let found = find(home.path())?;
        let labels: Vec<_> = found.iter().map(|source| source.label.clone()).collect();
        let work = Label::Name("Work/2006".parse().expect("a name"));
        assert_eq!(labels, [Some(Label::Role(Role::Inbox)), Some(work)]);
        Ok(())
    }

    #[test]
    fn other_files_are_nothing() -> io::Result<()> {
        let home = tempfile::tempdir()?;
        fs::write(home.path().join("photo.jpg"), b"\xff\xd8\xff")?;
        assert_eq!(find(home.path())?, []);
        assert_eq!(find(&home.path().join("photo.jpg"))?, []);
        Ok(())
    }
}
