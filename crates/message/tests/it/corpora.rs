//! Every message there is: the corpora in `FACTEUR_CORPORA` (a folder of
//! `NAME.tar.xz`, each with `NAME/msg/*.eml`), else our own `tests/mail/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::invariants::check;

fn messages_in(dir: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "eml"));
    paths.sort();
    paths
}

#[test]
fn every_message_keeps_the_invariants() {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/mail"));
    let mut sets = vec![(String::from("our own tests/mail"), messages_in(&own))];
    let unpacked = tempfile::tempdir().expect("a temporary folder");
    if let Some(corpora) = std::env::var_os("FACTEUR_CORPORA") {
        for entry in std::fs::read_dir(corpora).expect("FACTEUR_CORPORA is a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(set) = name.strip_suffix(".tar.xz") else { continue };
            let mut tar = Command::new("tar");
            tar.arg("-xJf").arg(entry.path()).arg("-C").arg(unpacked.path());
            assert!(tar.status().is_ok_and(|status| status.success()), "tar cannot unpack {name}");
            let messages = messages_in(&unpacked.path().join(set).join("msg"));
            sets.push((format!("FACTEUR_CORPORA {set}"), messages));
        }
    }
    for (name, messages) in &sets {
        assert!(messages.len() >= 25, "{name}: only {} messages", messages.len());
        let mut bytes = 0;
        let (mut dated, mut subjects, mut shown) = (0, 0, 0);
        for path in messages {
            let content = std::fs::read(path).expect("a message can be read");
            bytes += content.len();
            let result = std::panic::catch_unwind(|| check(&content));
            let facts = result.unwrap_or_else(|_| panic!("{} breaks an invariant", path.display()));
            dated += usize::from(facts.date.is_some());
            subjects += usize::from(!facts.subject.is_empty());
            shown += usize::from(!facts.preview.is_empty());
        }
        println!(
            "{name}: {} messages, {bytes} bytes; {dated} with a date, {subjects} with a subject, {shown} with a preview",
            messages.len()
        );
    }
}
