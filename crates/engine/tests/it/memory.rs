//! The engine in memory.

use std::sync::Arc;

use engine::{Commit, Engine, Faults, Memory, Outcome};
use model::AccountId;

const A: AccountId = AccountId(1001);

#[tokio::test]
async fn memory_conforms() {
    engine::conformance::run(|| async { Arc::new(Memory::new()) as engine::Shared }).await;
}

#[tokio::test]
async fn faults_are_made() {
    let engine = Memory::new();
    engine.set_faults(
        Faults { conflicts: 200, unknown_done: 200, unknown_lost: 200, ..Faults::default() },
        1,
    );
    let (mut done, mut conflicts, mut found, mut lost) = (0, 0, 0, 0);
    for _ in 0..200 {
        let version = engine.version(A).await.unwrap();
        let commit = Commit::new(A, version);
        let id = commit.id;
        match engine.commit(vec![commit]).await.unwrap()[0] {
            Outcome::Done(_) => done += 1,
            Outcome::Conflict(_) => conflicts += 1,
            Outcome::Unknown => match engine.find_commit(A, id).await.unwrap() {
                Some(_) => found += 1,
                None => lost += 1,
            },
            Outcome::NoSuchBlob(_) => unreachable!(),
        }
    }
    assert!(
        done > 50 && conflicts > 10 && found > 10 && lost > 10,
        "{done} {conflicts} {found} {lost}"
    );
}

#[tokio::test]
async fn a_power_cut_takes_what_was_not_synced() {
    let engine = Memory::new();
    engine.commit(vec![Commit::new(A, 0)]).await.unwrap();
    engine.set_faults(Faults { lose_writes: true, ..Faults::default() }, 1);
    engine.commit(vec![Commit::new(A, 1)]).await.unwrap();
    assert_eq!(engine.version(A).await.unwrap(), 2);
    engine.power_cut();
    assert_eq!(engine.version(A).await.unwrap(), 1);
}
