//! How many commits a second the embedded engine makes durable, beside the
//! least a durable store can do: a loop that appends the same bytes to one
//! file and shares each fdatasync among all who wait.
//!
//! ```text
//! cargo run --release --package engine --example group_commit [SECONDS [WRITERS]]
//! ```
//!
//! Each writer has an account of its own and waits for one commit before it
//! makes the next, as a delivery does. The two take turns on the same disk;
//! the last line is JSON with the medians.
#![allow(clippy::print_stdout)]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use engine::{Commit, Embedded, EmbeddedConfig, Engine, NewBlob, Outcome};
use model::AccountId;
use tokio::sync::oneshot;

const ROUNDS: usize = 3;
/// A letter as it is stored: 8 KiB that do not get smaller.
const BLOB_BYTES: usize = 8192;
/// The rows of a delivery: facts, placement, counters, thread.
const ROWS: [usize; 4] = [900, 40, 60, 30];

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let seconds = words.next().map_or(Ok(4), |word| word.parse())?;
    let writers: usize = words.next().map_or(Ok(64), |word| word.parse())?;
    let time = Duration::from_secs(seconds);
    // Beside the build, not in /tmp: that may be memory.
    let base = std::env::current_exe()?;
    let base = base.parent().ok_or("the program lies in no directory")?;
    let dir = tempfile::tempdir_in(base)?;

    let (mut engine_rates, mut bare_rates, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (rate, syncs_per_commit) =
            engine(&dir.path().join(format!("store{round}")), writers, time).await?;
        // Whether it pays to wait for more depends on the disk: the bare loop
        // gets whichever way is the better one here.
        let mut bare_rate = 0.0_f64;
        for linger in [None, Some(Duration::from_micros(500))] {
            let path = dir.path().join(format!("bare{round}"));
            bare_rate = bare_rate.max(bare(&path, writers, linger, time / 2).await?);
        }
        println!(
            "engine {rate:.0}/s ({syncs_per_commit:.3} fdatasync each), bare loop {bare_rate:.0}/s"
        );
        engine_rates.push(rate);
        bare_rates.push(bare_rate);
        syncs.push(syncs_per_commit);
    }
    println!(
        r#"{{"writers": {writers}, "payload": {BLOB_BYTES}, "engine_per_s": {:.1}, "bare_per_s": {:.1}, "engine_syncs_per_commit": {:.4}}}"#,
        median(engine_rates),
        median(bare_rates),
        median(syncs)
    );
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Bytes that no compression makes smaller, different for every `seed`.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut reader = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
    let mut bytes = vec![0; len];
    reader.fill(&mut bytes);
    bytes
}

/// Commits a second, and how many fdatasyncs each of them cost.
async fn engine(dir: &Path, writers: usize, time: Duration) -> Result<(f64, f64), Failure> {
    let store = Arc::new(Embedded::open(dir, EmbeddedConfig::default())?);
    let began = Instant::now();
    let mut tasks = Vec::new();
    for writer in 0..writers as u64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let account = AccountId(1000 + writer);
            let mut version = store.version(account).await?;
            let mut done = 0_u64;
            while began.elapsed() < time {
                let seed = writer << 32 | done;
                let blob = Arc::new(NewBlob::new(&noise(seed, BLOB_BYTES), "bench"));
                let mut commit = Commit::new(account, version);
                commit.references.push((blob.id, 1));
                commit.blobs.push(blob);
                for (table, len) in ROWS.iter().enumerate() {
                    let mut key = vec![table as u8];
                    key.extend_from_slice(&done.to_be_bytes());
                    commit.put(key, Bytes::from(noise(seed, *len)));
                }
                match store.commit(vec![commit]).await?.first() {
                    Some(Outcome::Done(next)) => version = *next,
                    other => return Err(Failure::from(format!("a commit ended as {other:?}"))),
                }
                done += 1;
            }
            Ok(done)
        }));
    }
    let mut commits = 0;
    for task in tasks {
        commits += task.await??;
    }
    let rate = commits as f64 / began.elapsed().as_secs_f64();
    let groups = store.stats().groups.load(Ordering::Relaxed);
    store.close().await;
    Ok((rate, groups as f64 / commits as f64))
}

/// The same bytes through the bare loop.
async fn bare(
    path: &Path,
    writers: usize,
    linger: Option<Duration>,
    time: Duration,
) -> Result<f64, Failure> {
    let file = File::create(path)?;
    let (sender, inbox) = channel();
    let appender = std::thread::spawn(move || append(file, &inbox, writers, linger));
    let began = Instant::now();
    let mut tasks = Vec::new();
    for writer in 0..writers as u64 {
        let sender: Sender<Append> = sender.clone();
        tasks.push(tokio::spawn(async move {
            let mut done = 0_u64;
            while began.elapsed() < time {
                let seed = writer << 32 | done;
                let mut bytes = noise(seed, BLOB_BYTES);
                for len in ROWS {
                    bytes.extend_from_slice(&noise(seed, len));
                }
                let (answer, answered) = oneshot::channel();
                sender.send(Append { bytes, answer })?;
                answered.await?;
                done += 1;
            }
            Ok::<u64, Failure>(done)
        }));
    }
    drop(sender);
    let mut appended = 0;
    for task in tasks {
        appended += task.await??;
    }
    let rate = appended as f64 / began.elapsed().as_secs_f64();
    appender.join().map_err(|_| "the appender panicked")??;
    Ok(rate)
}

/// Bytes to append, and whom to tell when they are durable.
struct Append {
    bytes: Vec<u8>,
    answer: oneshot::Sender<()>,
}

/// Takes all that waits, writes it at once, syncs, answers. With `linger` it
/// waits so long for those who do not wait yet.
fn append(
    mut file: File,
    inbox: &Receiver<Append>,
    writers: usize,
    linger: Option<Duration>,
) -> std::io::Result<()> {
    while let Ok(first) = inbox.recv() {
        let mut waiting = vec![first];
        waiting.extend(inbox.try_iter());
        let end = linger.map(|linger| Instant::now() + linger);
        while let Some(end) = end
            && waiting.len() < writers
            && let Ok(next) = inbox.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            waiting.push(next);
        }
        let bytes: Vec<u8> =
            waiting.iter().flat_map(|append| append.bytes.iter().copied()).collect();
        file.write_all(&bytes)?;
        file.sync_data()?;
        for append in waiting {
            let _ = append.answer.send(());
        }
    }
    Ok(())
}
