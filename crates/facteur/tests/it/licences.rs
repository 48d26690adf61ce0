//! `deny.toml`, kept without the tool: every package's licence is allowed, and
//! what is banned is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::house::root;

fn deny() -> toml::Table {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    toml::from_str(&text).expect("TOML")
}

/// A package that the binary is built of.
struct Package {
    name: String,
    version: String,
    licence: String,
}

/// All of them, as `cargo tree` tells them for this machine's kind.
fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--locked", "--edges=normal,build"])
        .args(["--prefix=none", "--no-dedupe", "--format={p}|{l}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: BTreeSet<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let package = |line: &&str| {
        let (package, licence) = line.split_once('|').expect("a licence");
        let mut words = package.split(' ');
        let mut word = || words.next().unwrap_or("").to_owned();
        Package { name: word(), version: word(), licence: licence.to_owned() }
    };
    lines.iter().map(package).collect()
}

/// An SPDX expression (annex D of SPDX 2.3) under a list of allowed licences.
///
/// `AND` binds closer than `OR`; an exception (`WITH`) only ever permits more.
fn allowed(expression: &str, list: &[&str]) -> bool {
    // The slash is how old manifests write OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let answer = any(&words, &mut at, list);
    answer && at == words.len()
}

fn any(words: &[&str], at: &mut usize, list: &[&str]) -> bool {
    let mut answer = every(words, at, list);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        answer |= every(words, at, list);
    }
    answer
}

fn every(words: &[&str], at: &mut usize, list: &[&str]) -> bool {
    let mut answer = one(words, at, list);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        answer &= one(words, at, list);
    }
    answer
}

fn one(words: &[&str], at: &mut usize, list: &[&str]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let answer = any(words, at, list);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return answer && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    list.contains(word)
}

#[test]
fn expressions() {
    let list = ["MIT", "Apache-2.0", "BSD-3-Clause"];
    let rows = [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND BSD-3-Clause", true),
        ("MIT OR GPL-3.0-only AND Foo", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("(MIT", false),
        ("", false),
    ];
    for (expression, expected) in rows {
        assert_eq!(allowed(expression, &list), expected, "{expression}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let deny = deny();
    let list = deny["licenses"]["allow"].as_array().expect("a list").clone();
    let list: Vec<&str> = list.iter().filter_map(toml::Value::as_str).collect();
    let packages = packages();
    assert!(packages.len() > 50, "the dependencies were not read");
    let refused: Vec<String> = packages
        .iter()
        .filter(|p| !allowed(&p.licence, &list))
        .map(|p| format!("{} {}: {}", p.name, p.version, p.licence))
        .collect();
    assert!(refused.is_empty(), "not in deny.toml: {refused:#?}");
}

#[test]
fn what_is_banned_is_not_there() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().expect("a list").clone();
    let banned: Vec<&str> = banned.iter().filter_map(|ban| ban.get("crate")?.as_str()).collect();
    assert!(banned.contains(&"openssl-sys"));
    for package in packages() {
        let name = package.name.as_str();
        assert!(!banned.contains(&name), "{name} is banned by deny.toml");
    }
}

#[test]
fn one_cryptography() {
    let mut versions: BTreeMap<String, u32> = BTreeMap::new();
    for package in packages() {
        *versions.entry(package.name).or_default() += 1;
    }
    for once in ["rustls", "aws-lc-sys", "aws-lc-rs", "libsqlite3-sys"] {
        assert_eq!(versions.get(once), Some(&1), "{once} in how many versions");
    }
}
