//! The embedded engine: reopening, damage, failing disks, space given back.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::embedded::disk::{Disk, LogFile, RealDisk};
use engine::{Commit, Embedded, EmbeddedConfig, Engine, Error, NewBlob, Outcome, Shared};
use model::AccountId;

const A: AccountId = AccountId(1001);

fn small() -> EmbeddedConfig {
    EmbeddedConfig { segment_bytes: 64 << 10, checkpoint_bytes: 32 << 10, readers: 2 }
}

fn put(expected: u64, key: &str, value: &str) -> Commit {
    let mut commit = Commit::new(A, expected);
    commit.put(key.as_bytes(), value.as_bytes().to_vec());
    commit
}

async fn one(engine: &dyn Engine, commit: Commit) -> Result<Outcome, Error> {
    engine.commit(vec![commit]).await.map(|outcomes| outcomes[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_conforms() {
    let dir = tempfile::tempdir().unwrap();
    let mut n = 0;
    engine::conformance::run(|| {
        n += 1;
        let path = dir.path().join(n.to_string());
        async move { Arc::new(Embedded::open(path, small()).unwrap()) as Shared }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let blob = Arc::new(NewBlob::new(&b"Subject: x\r\n\r\ntext".repeat(100), "label"));
    for round in 0..5u64 {
        let engine = Embedded::open(dir.path(), small()).unwrap();
        assert_eq!(engine.version(A).await.unwrap(), round * 100);
        for n in 0..100 {
            let version = round * 100 + n;
            let mut commit = put(version, &format!("k{}", n % 10), &format!("v{version}"));
            if version == 0 {
                commit.blobs.push(blob.clone());
                commit.references.push((blob.id, 1));
            }
            assert_eq!(one(&engine, commit).await.unwrap(), Outcome::Done(version + 1));
        }
        let got = engine.get(A, vec![b"k9".to_vec()]).await.unwrap();
        assert_eq!(got[0].as_deref(), Some(format!("v{}", round * 100 + 99).as_bytes()));
        let read = engine.blobs(vec![blob.id]).await.unwrap();
        assert_eq!(read[0].as_ref().map(bytes::Bytes::len), Some(1800));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_cannot_open_one_store() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Embedded::open(dir.path(), small()).unwrap();
    let second = Embedded::open(dir.path(), small()).err();
    assert!(matches!(second, Some(Error::Busy(_))), "{second:?}");
}

/// A store with some groups in its log that SQLite does not have: the file is
/// put back to what it was before them.
async fn store_with_tail(dir: &Path) {
    let engine = Embedded::open(dir, EmbeddedConfig::default()).unwrap();
    one(&engine, put(0, "first", "v")).await.unwrap();
    drop(engine);
    let old = std::fs::read(dir.join("rows.sqlite")).unwrap();
    let engine = Embedded::open(dir, EmbeddedConfig::default()).unwrap();
    for version in 1..6 {
        one(&engine, put(version, "k", &version.to_string())).await.unwrap();
    }
    drop(engine);
    std::fs::write(dir.join("rows.sqlite"), old).unwrap();
    let _ = std::fs::remove_file(dir.join("rows.sqlite-wal"));
    let _ = std::fs::remove_file(dir.join("rows.sqlite-shm"));
}

fn segment(dir: &Path) -> std::path::PathBuf {
    dir.join("segments/00000001.seg")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_replayed_where_sqlite_is_behind() {
    let dir = tempfile::tempdir().unwrap();
    store_with_tail(dir.path()).await;
    let engine = Embedded::open(dir.path(), small()).unwrap();
    assert_eq!(engine.version(A).await.unwrap(), 6);
    assert_eq!(engine.stats().replayed.load(Ordering::Relaxed), 5);
    assert_eq!(engine.get(A, vec![b"k".to_vec()]).await.unwrap()[0].as_deref(), Some(&b"5"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_last_group_is_dropped_wherever_it_is_torn() {
    let dir = tempfile::tempdir().unwrap();
    store_with_tail(dir.path()).await;
    let whole = std::fs::read(segment(dir.path())).unwrap();
    let rows = std::fs::read(dir.path().join("rows.sqlite")).unwrap();
    for torn in 1..60 {
        std::fs::write(segment(dir.path()), &whole[..whole.len() - torn]).unwrap();
        std::fs::write(dir.path().join("rows.sqlite"), &rows).unwrap();
        let engine = Embedded::open(dir.path(), small()).unwrap();
        assert_eq!(engine.version(A).await.unwrap(), 5, "torn by {torn} bytes");
        assert_eq!(one(&engine, put(5, "k", "again")).await.unwrap(), Outcome::Done(6));
        drop(engine);
        let engine = Embedded::open(dir.path(), small()).unwrap();
        assert_eq!(engine.version(A).await.unwrap(), 6, "after writing behind the cut");
        drop(engine);
        for name in ["rows.sqlite-wal", "rows.sqlite-shm"] {
            let _ = std::fs::remove_file(dir.path().join(name));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_good_groups_follow_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    store_with_tail(dir.path()).await;
    let whole = std::fs::read(segment(dir.path())).unwrap();
    let third = whole.len() - 250;
    let mut flipped = whole.clone();
    flipped[third] ^= 1;
    std::fs::write(segment(dir.path()), &flipped).unwrap();
    let refused = Embedded::open(dir.path(), small()).err();
    assert!(
        matches!(&refused, Some(Error::Damaged { what, .. }) if what.contains("00000001.seg")),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(segment(dir.path())).unwrap(), flipped, "and nothing is changed");
    std::fs::write(segment(dir.path()), &whole).unwrap();
    assert!(Embedded::open(dir.path(), small()).is_ok(), "repaired, it opens");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_files_stop_the_start() {
    let dir = tempfile::tempdir().unwrap();
    store_with_tail(dir.path()).await;
    let rows = dir.path().join("rows.sqlite");
    let kept = std::fs::read(&rows).unwrap();
    std::fs::remove_file(&rows).unwrap();
    let refused = Embedded::open(dir.path(), small()).err();
    assert!(
        matches!(&refused, Some(Error::Damaged { what, .. }) if what.contains("rows.sqlite")),
        "{refused:?}"
    );
    std::fs::write(&rows, kept).unwrap();
    std::fs::remove_file(segment(dir.path())).unwrap();
    let refused = Embedded::open(dir.path(), small()).err();
    assert!(
        matches!(&refused, Some(Error::Damaged { what, .. }) if what.contains("00000001.seg")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn space_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Embedded::open(dir.path(), small()).unwrap();
    let mut kept = Vec::new();
    let mut version = 0;
    let mut last = None;
    for n in 0..400u64 {
        // Random bytes do not compress, so that segments fill.
        let bytes: Vec<u8> = (0..4000u64).map(|at| (blake(n, at)) as u8).collect();
        let blob = Arc::new(NewBlob::new(&bytes, "label"));
        let mut commit = put(version, "k", &n.to_string());
        commit.blobs.push(blob.clone());
        commit.references.push((blob.id, 1));
        if let Some(old) = last.take() {
            commit.references.push((old, -1));
        }
        if n % 20 == 0 {
            kept.push((blob.id, bytes));
        } else {
            last = Some(blob.id);
        }
        assert_eq!(one(&engine, commit).await.unwrap(), Outcome::Done(version + 1));
        version += 1;
    }
    drop(engine);
    let engine = Embedded::open(dir.path(), small()).unwrap();
    for _ in 0..60 {
        one(&engine, put(version, "k", &"x".repeat(4000))).await.unwrap();
        version += 1;
    }
    let ids = kept.iter().map(|(id, _)| *id).collect();
    let read = engine.blobs(ids).await.unwrap();
    for ((_, bytes), read) in kept.iter().zip(read) {
        assert_eq!(read.as_deref(), Some(&bytes[..]), "what lives is kept, wherever it moved");
    }
    drop(engine);
    let size: u64 = std::fs::read_dir(dir.path().join("segments"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(size < 800_000, "{size} bytes for 80,000 alive of 1,840,000 written");
    let engine = Embedded::open(dir.path(), small()).unwrap();
    let read = engine.blobs(kept.iter().map(|(id, _)| *id).collect()).await.unwrap();
    assert!(read.iter().all(Option::is_some), "also after reopening");
}

fn blake(n: u64, at: u64) -> u64 {
    (n * 7919 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

/// A disk that fails when it is told to.
#[derive(Default)]
struct Failing {
    full: AtomicBool,
    sync: AtomicBool,
}

struct FailingDisk(Arc<Failing>);

struct FailingFile(Box<dyn LogFile>, Arc<Failing>);

impl Disk for FailingDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(FailingFile(RealDisk.open(path)?, self.0.clone())))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(path)
    }
}

impl LogFile for FailingFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.1.full.load(Ordering::SeqCst) {
            // A full disk takes a part before it says so.
            self.0.append(&bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.1.sync.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is gone"));
        }
        self.0.sync()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let failing = Arc::new(Failing::default());
    let disk = Arc::new(FailingDisk(failing.clone()));
    let engine = Embedded::open_on(dir.path(), small(), disk.clone()).unwrap();
    one(&engine, put(0, "k", "before")).await.unwrap();
    failing.full.store(true, Ordering::SeqCst);
    let refused = one(&engine, put(1, "k", "lost")).await;
    assert!(matches!(refused, Err(Error::Full(_))), "{refused:?}");
    assert_eq!(
        engine.get(A, vec![b"k".to_vec()]).await.unwrap()[0].as_deref(),
        Some(&b"before"[..])
    );
    failing.full.store(false, Ordering::SeqCst);
    assert_eq!(one(&engine, put(1, "k", "after")).await.unwrap(), Outcome::Done(2));
    drop(engine);
    let engine = Embedded::open(dir.path(), small()).unwrap();
    assert_eq!(
        engine.get(A, vec![b"k".to_vec()]).await.unwrap()[0].as_deref(),
        Some(&b"after"[..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_sync_nothing_is_written_until_restart() {
    let dir = tempfile::tempdir().unwrap();
    let failing = Arc::new(Failing::default());
    let engine =
        Embedded::open_on(dir.path(), small(), Arc::new(FailingDisk(failing.clone()))).unwrap();
    one(&engine, put(0, "k", "before")).await.unwrap();
    failing.sync.store(true, Ordering::SeqCst);
    let refused = one(&engine, put(1, "k", "unsynced")).await;
    assert!(matches!(refused, Err(Error::Stopped(_))), "{refused:?}");
    failing.sync.store(false, Ordering::SeqCst);
    let refused = one(&engine, put(1, "k", "later")).await;
    assert!(
        matches!(refused, Err(Error::Stopped(_))),
        "the disk is well again, the store cannot know: {refused:?}"
    );
    assert_eq!(
        engine.get(A, vec![b"k".to_vec()]).await.unwrap()[0].as_deref(),
        Some(&b"before"[..])
    );
    drop(engine);
    let engine = Embedded::open(dir.path(), small()).unwrap();
    let version = engine.version(A).await.unwrap();
    assert_eq!(
        one(&engine, put(version, "k", "restarted")).await.unwrap(),
        Outcome::Done(version + 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_commits_share_an_fsync() {
    let dir = tempfile::tempdir().unwrap();
    let engine: Arc<Embedded> =
        Arc::new(Embedded::open(dir.path(), EmbeddedConfig::default()).unwrap());
    let tasks: Vec<_> = (0..64u64)
        .map(|task| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    let commit = Commit::new(AccountId(3000 + task), n);
                    assert_eq!(one(&*engine, commit).await.unwrap(), Outcome::Done(n + 1));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let commits = engine.stats().commits.load(Ordering::Relaxed);
    let groups = engine.stats().groups.load(Ordering::Relaxed);
    assert_eq!(commits, 64 * 20);
    assert!(groups * 3 < commits, "{groups} groups for {commits} commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_blob_is_told_from_good_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Embedded::open(dir.path(), EmbeddedConfig::default()).unwrap();
    let blob = Arc::new(NewBlob::new(b"short and plain", ""));
    let mut commit = put(0, "k", "v");
    commit.blobs.push(blob.clone());
    commit.references.push((blob.id, 1));
    one(&engine, commit).await.unwrap();
    let mut bytes = std::fs::read(segment(dir.path())).unwrap();
    let at = bytes.windows(15).position(|w| w == b"short and plain").unwrap();
    bytes[at] ^= 1;
    std::fs::write(segment(dir.path()), &bytes).unwrap();
    let read = engine.blobs(vec![blob.id]).await;
    assert!(matches!(read, Err(Error::Damaged { .. })), "{read:?}");
}
