//! SIGKILL at random moments, under load.
//!
//! A child process writes as fast as it can and tells of every commit that
//! was answered. It is killed; then the store is opened here and compared with
//! what must be there: every answered commit whole, every other whole or
//! absent. `FACTEUR_KILLS=N` kills N times instead of 50.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::embedded::disk::{Disk, RealDisk, VolatileDisk};
use engine::{BlobId, Commit, Embedded, EmbeddedConfig, Engine, NewBlob, Outcome};
use model::AccountId;

const WRITERS: u64 = 16;
const KEYS: u64 = 40;
const BLOBS_KEPT: u64 = 8;

fn config() -> EmbeddedConfig {
    EmbeddedConfig { segment_bytes: 512 << 10, checkpoint_bytes: 256 << 10, readers: 2 }
}

fn disk(name: &str) -> Arc<dyn Disk> {
    match name {
        "real" => Arc::new(RealDisk),
        "volatile" => Arc::new(VolatileDisk { honest: true }),
        _ => Arc::new(VolatileDisk { honest: false }),
    }
}

fn noise(account: u64, version: u64, len: usize) -> Vec<u8> {
    let mut state = account.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ version | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..len).map(|_| next()).collect()
}

/// The rows of an account at a version, as the child writes them: each commit
/// puts one row, deletes another, and names its blob.
fn expected_rows(account: u64, version: u64) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut rows = BTreeMap::new();
    for v in 1..=version {
        rows.remove(&row_key((v * 7) % KEYS));
        rows.insert(row_key(v % KEYS), noise(account, v, 100));
    }
    rows
}

fn row_key(n: u64) -> Vec<u8> {
    format!("r{n:04}").into_bytes()
}

fn blob_row(n: u64) -> Vec<u8> {
    format!("s{n:04}").into_bytes()
}

/// The child: does nothing unless the parent called it.
#[test]
fn child() {
    let Ok(dir) = std::env::var("FACTEUR_CRASH_DIR") else { return };
    let disk = disk(&std::env::var("FACTEUR_CRASH_DISK").unwrap());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async move {
        let engine = Arc::new(Embedded::open_on(dir, config(), disk).unwrap());
        let writers: Vec<_> =
            (0..WRITERS).map(|n| tokio::spawn(write_on(engine.clone(), 5000 + n))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

async fn write_on(engine: Arc<Embedded>, account: u64) {
    let id = AccountId(account);
    let mut version = engine.version(id).await.unwrap();
    loop {
        let v = version + 1;
        let mut commit = Commit::new(id, version);
        commit.delete(row_key((v * 7) % KEYS));
        commit.put(row_key(v % KEYS), noise(account, v, 100));
        let slot = blob_row(v % BLOBS_KEPT);
        let old = engine.get(id, vec![slot.clone()]).await.unwrap().remove(0);
        let blob = Arc::new(NewBlob::new(&noise(account, v, 600), "label"));
        commit.put(slot, blob.id.0.to_vec());
        commit.references.push((blob.id, 1));
        commit.blobs.push(blob);
        if let Some(old) = old {
            commit.references.push((BlobId(old[..].try_into().unwrap()), -1));
        }
        let outcome = engine.commit(vec![commit]).await.unwrap();
        assert_eq!(outcome, [Outcome::Done(v)]);
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {account} {v}").unwrap();
        out.flush().unwrap();
        version = v;
    }
}

/// Runs the child, kills it after `after`, answers what it said was done.
fn kill_one(dir: &Path, disk: &str, after: Duration) -> HashMap<u64, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture", "--test-threads=1"])
        .env("FACTEUR_CRASH_DIR", dir)
        .env("FACTEUR_CRASH_DISK", disk)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut acknowledged = HashMap::new();
        let mut first = None;
        for line in out.lines().map_while(Result::ok) {
            let mut words = line.split(' ');
            // The last line may be cut by the kill: only whole ones count.
            if let (Some("ack"), Some(account), Some(version), None) =
                (words.next(), words.next(), words.next(), words.next())
            {
                first.get_or_insert_with(Instant::now);
                acknowledged.insert(account.parse().unwrap(), version.parse().unwrap());
            }
        }
        acknowledged
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Everything that is not as it must be.
async fn faults(dir: &Path, disk_name: &str, acknowledged: &HashMap<u64, u64>) -> Vec<String> {
    let engine = match Embedded::open_on(dir, config(), disk(disk_name)) {
        Ok(engine) => engine,
        Err(error) => return vec![format!("it does not open: {error}")],
    };
    let mut faults = Vec::new();
    for account in 5000..5000 + WRITERS {
        let id = AccountId(account);
        let version = engine.version(id).await.unwrap();
        let known = acknowledged.get(&account).copied().unwrap_or(0);
        if version < known {
            faults.push(format!("account {account}: {known} was answered, {version} is there"));
        }
        let page = engine.scan(id, b"r".to_vec(), b"s".to_vec(), None, 1000).await.unwrap();
        let rows: BTreeMap<_, _> = page.rows.into_iter().map(|(k, v)| (k, v.to_vec())).collect();
        if rows != expected_rows(account, version) {
            faults.push(format!("account {account}: rows are not those of version {version}"));
        }
        for v in (version + 1).saturating_sub(BLOBS_KEPT).max(1)..=version {
            let row = engine.get(id, vec![blob_row(v % BLOBS_KEPT)]).await.unwrap().remove(0);
            let blob = row.map(|id| BlobId(id[..].try_into().unwrap()));
            let read = match blob {
                Some(blob) => engine.blobs(vec![blob]).await.map(|mut read| read.remove(0)),
                None => Ok(None),
            };
            let wanted = noise(account, v, 600);
            if read.as_ref().ok().and_then(|read| read.as_deref()) != Some(&wanted[..]) {
                faults.push(format!("account {account}: the blob of version {v} is {read:?}"));
            }
        }
    }
    faults
}

fn rounds() -> u64 {
    std::env::var("FACTEUR_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(50)
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut answered = 0;
    let mut last: HashMap<u64, u64> = HashMap::new();
    for round in 0..rounds() {
        let after = Duration::from_millis(40 + (round * 37) % 160);
        last.extend(kill_one(dir.path(), "real", after));
        let found = faults(dir.path(), "real", &last).await;
        assert!(found.is_empty(), "after kill {round}: {found:#?}");
        answered = last.values().sum();
    }
    println!("{} kills, {answered} commits answered", rounds());
    assert!(answered > 1000, "only {answered} commits were answered: the test tests nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_keeps_only_what_is_synced_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut last = HashMap::new();
    for round in 0..10 {
        let after = Duration::from_millis(60 + (round * 37) % 160);
        last.extend(kill_one(dir.path(), "volatile", after));
        let found = faults(dir.path(), "volatile", &last).await;
        assert!(found.is_empty(), "after kill {round}: {found:#?}");
    }
    assert!(last.values().sum::<u64>() > 100);
}

/// The control: without fsync the same test must find losses.
#[tokio::test(flavor = "multi_thread")]
async fn without_fsync_the_test_finds_losses() {
    for round in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let last = kill_one(dir.path(), "lying", Duration::from_millis(150 + round * 50));
        if !last.is_empty() && !faults(dir.path(), "real", &last).await.is_empty() {
            return;
        }
    }
    panic!("a disk that syncs nothing lost nothing in ten kills: the crash test cannot fail");
}
