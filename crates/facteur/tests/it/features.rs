//! `docs/features.md` claims nothing without a test, and the tests it names
//! are there.

use std::collections::BTreeSet;
use std::path::Path;

use crate::house::root;

/// Every function of every Rust file, and every Python file of the clients.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["crates", "fuzz", "tests", "bench"] {
        collect(&root().join(folder), &mut found);
    }
    found
}

fn collect(path: &Path, into: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" {
            collect(&path, into);
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let functions = text.lines().filter_map(|line| line.split("fn ").nth(1));
            into.extend(functions.filter_map(|f| f.split(['(', '<']).next()).map(str::to_owned));
        } else if let Some(stem) = name.strip_suffix(".py").or(name.strip_suffix(".sh")) {
            into.insert(stem.to_owned());
        }
    }
}

#[test]
fn every_test_named_exists() {
    let text = std::fs::read_to_string(root().join("docs/features.md")).expect("docs/features.md");
    let tests = tests();
    let mut lines = 0;
    for line in text.lines().filter(|line| line.starts_with("- ")) {
        let (_, proof) = line.rsplit_once(" — ").unwrap_or_else(|| panic!("no proof: {line}"));
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test named: {line}");
        for test in named {
            let short = test.rsplit([':', '/']).next().unwrap_or(test);
            assert!(tests.contains(short), "there is no test {test}: {line}");
        }
        lines += 1;
    }
    assert!(lines > 20, "the document was not read");
}

#[test]
fn the_two_guides_have_the_same_structure() {
    let headings = |name: &str| -> Vec<usize> {
        let text = std::fs::read_to_string(root().join("docs").join(name)).expect("a guide");
        let mut in_code = false;
        let lines = text.lines().filter(|line| {
            in_code ^= line.starts_with("```");
            !in_code && line.starts_with('#')
        });
        lines.map(|line| line.bytes().take_while(|b| *b == b'#').count()).collect()
    };
    assert_eq!(headings("guide.en.md"), headings("guide.fr.md"));
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    for name in [
        "README.md",
        "README.fr.md",
        "ARCHITECTURE.md",
        "docs/guide.en.md",
        "docs/guide.fr.md",
        "docs/features.md",
    ] {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                let there = path.parent().expect("a folder").join(target);
                assert!(there.exists(), "{name} links to {target}");
            }
        }
    }
}
