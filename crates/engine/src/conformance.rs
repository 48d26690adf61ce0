//! What every engine must do, as one suite that is run on each.
//!
//! A test calls [`run`] with a function that makes an empty engine. A failure
//! panics with the rule that was broken.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use model::AccountId;

use crate::{Commit, CommitId, Error, MAX_ROW_BYTES, NewBlob, Outcome, Shared};

const A: AccountId = AccountId(1001);
const B: AccountId = AccountId(1002);

/// Runs every rule, each on an engine of its own.
pub async fn run<F, Fut>(mut make: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Shared>,
{
    rows_come_back(make().await).await;
    versions_guard(make().await).await;
    accounts_stand_alone(make().await).await;
    scans_are_pages(make().await).await;
    commits_are_found(make().await).await;
    blobs_live_while_referred_to(make().await).await;
    shared_blobs_are_kept_once(make().await).await;
    limits_hold(make().await).await;
    many_committers(make().await).await;
    closing_refuses(make().await).await;
}

fn put(account: AccountId, expected: u64, key: &str, value: &str) -> Commit {
    let mut commit = Commit::new(account, expected);
    commit.put(key.as_bytes(), value.as_bytes().to_vec());
    commit
}

async fn one(engine: &Shared, commit: Commit) -> Outcome {
    let outcomes = engine.commit(vec![commit]).await.expect("the commit is answered");
    assert_eq!(outcomes.len(), 1, "one outcome for each commit");
    outcomes[0]
}

async fn value(engine: &Shared, account: AccountId, key: &str) -> Option<Bytes> {
    let got = engine.get(account, vec![key.as_bytes().to_vec()]).await.expect("a read");
    got.into_iter().next().expect("one value for each key")
}

async fn rows_come_back(engine: Shared) {
    assert_eq!(engine.version(A).await.expect("a version"), 0, "a new account has version 0");
    assert_eq!(value(&engine, A, "k").await, None);
    let mut commit = put(A, 0, "k", "one");
    commit.put(&b"l"[..], &b""[..]);
    assert_eq!(one(&engine, commit).await, Outcome::Done(1));
    assert_eq!(value(&engine, A, "k").await.as_deref(), Some(&b"one"[..]));
    assert_eq!(value(&engine, A, "l").await.as_deref(), Some(&b""[..]), "empty values are values");
    let mut commit = put(A, 1, "k", "two");
    commit.delete(&b"l"[..]);
    commit.delete(&b"never there"[..]);
    assert_eq!(one(&engine, commit).await, Outcome::Done(2));
    assert_eq!(value(&engine, A, "k").await.as_deref(), Some(&b"two"[..]));
    assert_eq!(value(&engine, A, "l").await, None);
    let mut gap = put(A, 2, "k", "three");
    gap.next = 1 << 20;
    assert_eq!(one(&engine, gap).await, Outcome::Done(1 << 20), "a commit may leave a gap");
    assert_eq!(engine.version(A).await.expect("a version"), 1 << 20);
}

async fn versions_guard(engine: Shared) {
    assert_eq!(one(&engine, put(A, 0, "k", "one")).await, Outcome::Done(1));
    assert_eq!(one(&engine, put(A, 0, "k", "late")).await, Outcome::Conflict(1));
    assert_eq!(one(&engine, put(A, 7, "k", "early")).await, Outcome::Conflict(1));
    assert_eq!(
        value(&engine, A, "k").await.as_deref(),
        Some(&b"one"[..]),
        "conflicts change nothing"
    );
    let both = vec![put(A, 1, "k", "first"), put(A, 1, "k", "second")];
    let outcomes = engine.commit(both).await.expect("answered");
    assert_eq!(outcomes, [Outcome::Done(2), Outcome::Conflict(2)], "in the order given");
    let chain = vec![put(A, 2, "k", "third"), put(A, 3, "k", "fourth")];
    let outcomes = engine.commit(chain).await.expect("answered");
    assert_eq!(outcomes, [Outcome::Done(3), Outcome::Done(4)], "one may build on another");
    assert_eq!(value(&engine, A, "k").await.as_deref(), Some(&b"fourth"[..]));
}

async fn accounts_stand_alone(engine: Shared) {
    let commits = vec![put(A, 5, "k", "a"), put(B, 0, "k", "b")];
    let outcomes = engine.commit(commits).await.expect("answered");
    assert_eq!(outcomes, [Outcome::Conflict(0), Outcome::Done(1)]);
    assert_eq!(value(&engine, A, "k").await, None);
    assert_eq!(value(&engine, B, "k").await.as_deref(), Some(&b"b"[..]));
}

async fn scans_are_pages(engine: Shared) {
    let mut commit = Commit::new(A, 0);
    for n in 0u8..100 {
        commit.put(vec![b'm', n], vec![n]);
    }
    commit.put(&b"l"[..], &b"before"[..]);
    commit.put(&b"n"[..], &b"behind"[..]);
    commit.put(&b"m\xff\xff\xff"[..], &b"last"[..]);
    assert_eq!(one(&engine, commit).await, Outcome::Done(1));
    let other = engine.scan(B, b"a".to_vec(), b"z".to_vec(), None, 10).await.expect("a page");
    assert!(other.rows.is_empty() && other.resume.is_none(), "another account sees nothing");
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = engine.scan(A, b"m".to_vec(), b"n".to_vec(), after, 7).await.expect("a page");
        assert!(page.rows.len() <= 7, "no more than was asked for");
        seen.extend(page.rows.iter().map(|(key, _)| key.clone()));
        after = page.resume;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 101, "all rows of the range, once each");
    assert!(seen.is_sorted(), "in the order of the keys");
    let whole = engine.scan(A, b"m".to_vec(), b"n".to_vec(), None, 101).await.expect("a page");
    assert_eq!((whole.rows.len(), whole.resume), (101, None), "an exact page has no resume key");
    let none = engine.scan(A, b"n".to_vec(), b"m".to_vec(), None, 9).await.expect("a page");
    assert!(none.rows.is_empty(), "a range the wrong way round is empty");
}

async fn commits_are_found(engine: Shared) {
    let commit = put(A, 0, "k", "one");
    let id = commit.id;
    one(&engine, commit).await;
    let late = put(A, 0, "k", "late");
    let late_id = late.id;
    one(&engine, late).await;
    assert_eq!(engine.find_commit(A, id).await.expect("an answer"), Some(1));
    assert_eq!(
        engine.find_commit(A, late_id).await.expect("an answer"),
        None,
        "conflicts are not done"
    );
    assert_eq!(engine.find_commit(B, id).await.expect("an answer"), None);
    assert_eq!(engine.find_commit(A, CommitId([7; 16])).await.expect("an answer"), None);
}

fn with_blob(account: AccountId, expected: u64, blob: &Arc<NewBlob>) -> Commit {
    let mut commit = put(account, expected, "m", "refers");
    commit.blobs.push(blob.clone());
    commit.references.push((blob.id, 1));
    commit
}

async fn blobs_live_while_referred_to(engine: Shared) {
    let text = "From: a\r\n\r\n".repeat(1000);
    let blob = Arc::new(NewBlob::new(text.as_bytes(), "a label"));
    let small = Arc::new(NewBlob::new(b"", ""));
    let mut commit = with_blob(A, 0, &blob);
    commit.blobs.push(small.clone());
    commit.references.push((small.id, 1));
    assert_eq!(one(&engine, commit).await, Outcome::Done(1));
    let unknown = NewBlob::new(b"x", "").id;
    let read = engine.blobs(vec![small.id, unknown, blob.id]).await.expect("a read");
    assert_eq!(read[0].as_deref(), Some(&b""[..]));
    assert_eq!(read[1], None);
    assert_eq!(read[2].as_deref(), Some(text.as_bytes()), "byte for byte");
    let mut copy = Commit::new(B, 0);
    copy.references.push((blob.id, 1));
    assert_eq!(one(&engine, copy).await, Outcome::Done(1), "another account may refer to it");
    let mut drop = Commit::new(A, 1);
    drop.references.push((blob.id, -1));
    assert_eq!(one(&engine, drop).await, Outcome::Done(2));
    assert!(engine.blobs(vec![blob.id]).await.expect("a read")[0].is_some(), "still referred to");
    let mut drop = Commit::new(B, 1);
    drop.references.push((blob.id, -1));
    assert_eq!(one(&engine, drop).await, Outcome::Done(2));
    assert_eq!(engine.blobs(vec![blob.id]).await.expect("a read"), [None], "nobody refers to it");
    let mut late = Commit::new(B, 2);
    late.references.push((blob.id, 1));
    late.put(&b"m"[..], &b"dangling"[..]);
    assert_eq!(one(&engine, late).await, Outcome::NoSuchBlob(blob.id), "no dangling reference");
    assert_eq!(value(&engine, B, "m").await, None);
    assert_eq!(engine.version(B).await.expect("a version"), 2);
}

async fn shared_blobs_are_kept_once(engine: Shared) {
    let blob = Arc::new(NewBlob::new(b"for two", "label"));
    let commits = vec![with_blob(A, 0, &blob), with_blob(B, 0, &blob)];
    let outcomes = engine.commit(commits).await.expect("answered");
    assert_eq!(outcomes, [Outcome::Done(1), Outcome::Done(1)]);
    let mut drop = Commit::new(A, 1);
    drop.references.push((blob.id, -1));
    one(&engine, drop).await;
    let read = engine.blobs(vec![blob.id]).await.expect("a read");
    assert_eq!(read[0].as_deref(), Some(&b"for two"[..]), "the second recipient keeps it");
}

async fn limits_hold(engine: Shared) {
    let mut commit = Commit::new(A, 0);
    commit.put(&b"k"[..], vec![0; MAX_ROW_BYTES]);
    let refused = engine.commit(vec![commit]).await;
    assert!(matches!(refused, Err(Error::TooLarge(_))), "{refused:?}");
    let mut commit = Commit::new(A, 0);
    commit.next = 0;
    assert!(engine.commit(vec![commit]).await.is_err(), "a version never stands still");
    let mut commit = Commit::new(A, 0);
    commit.put(&b"k"[..], vec![0; MAX_ROW_BYTES - 1]);
    assert_eq!(one(&engine, commit).await, Outcome::Done(1));
}

/// Increments of one counter by many tasks: none is lost, none counted twice.
async fn many_committers(engine: Shared) {
    let tasks: Vec<_> = (0..16u64)
        .map(|task| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let own = AccountId(2000 + task);
                for n in 0..25 {
                    assert_eq!(one(&engine, put(own, n, "k", "v")).await, Outcome::Done(n + 1));
                    loop {
                        let version = engine.version(A).await.expect("a version");
                        let count = value(&engine, A, "count").await.map_or(0, |v| v.len());
                        let mut commit = Commit::new(A, version);
                        commit.put(&b"count"[..], vec![b'x'; count + 1]);
                        match one(&engine, commit).await {
                            Outcome::Done(_) => break,
                            Outcome::Conflict(_) => {}
                            other => panic!("an honest engine answered {other:?}"),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a committer ends well");
    }
    assert_eq!(value(&engine, A, "count").await.map_or(0, |v| v.len()), 16 * 25);
    assert_eq!(engine.version(A).await.expect("a version"), 16 * 25);
}

async fn closing_refuses(engine: Shared) {
    assert_eq!(one(&engine, put(A, 0, "k", "v")).await, Outcome::Done(1));
    engine.close().await;
    assert!(engine.commit(vec![put(A, 1, "k", "late")]).await.is_err(), "closed is closed");
}
