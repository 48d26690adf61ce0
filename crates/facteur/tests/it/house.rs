//! The floors: a crate uses only what stands above it in the member list of
//! the workspace, and the protocols never use each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Siblings: they meet in `mailstore` and `delivery`, never directly.
const PROTOCOLS: [&str; 3] = ["smtp", "imap", "pop3"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

fn manifest(path: &Path) -> toml::Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The crates from top to bottom, each with those of ours that it uses.
fn floors() -> Vec<(String, BTreeSet<String>)> {
    let root = root();
    let workspace = manifest(&root.join("Cargo.toml"));
    let members = workspace["workspace"]["members"].as_array().expect("a list").clone();
    let members: Vec<String> =
        members.iter().map(|m| m.as_str().expect("a path").to_owned()).collect();
    let names: BTreeMap<String, String> = members
        .iter()
        .map(|path| {
            let manifest = manifest(&root.join(path).join("Cargo.toml"));
            (path.clone(), manifest["package"]["name"].as_str().expect("a name").to_owned())
        })
        .collect();
    let ours: BTreeSet<&String> = names.values().collect();
    members
        .iter()
        .map(|path| {
            let manifest = manifest(&root.join(path).join("Cargo.toml"));
            let sections = ["dependencies", "build-dependencies"];
            let used = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
            let used = used.flat_map(|table| table.keys().cloned());
            (names[path].clone(), used.filter(|name| ours.contains(name)).collect())
        })
        .collect()
}

#[test]
fn a_crate_uses_only_what_stands_above_it() {
    let mut above = BTreeSet::new();
    for (name, used) in floors() {
        let below: Vec<&String> = used.difference(&above).collect();
        assert!(below.is_empty(), "{name} uses {below:?}, which stands below it");
        above.insert(name);
    }
    assert!(above.len() > 10, "the list of crates was not read");
}

#[test]
fn protocols_never_use_each_other() {
    for (name, used) in floors() {
        if PROTOCOLS.contains(&name.as_str()) {
            let siblings: Vec<&String> =
                used.iter().filter(|used| PROTOCOLS.contains(&used.as_str())).collect();
            assert!(siblings.is_empty(), "{name} uses {siblings:?}");
        }
    }
}

#[test]
fn every_crate_is_in_the_architecture() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the document");
    for (name, _) in floors() {
        assert!(text.contains(&format!("`{name}`")), "ARCHITECTURE.md does not name `{name}`");
    }
}
