//! The disk as the log uses it: append, sync, cut off.
//!
//! There are two: the machine's, and one that keeps nothing it was not told
//! to sync, with which a test shows that the crash test can fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes and opens the files of the log.
pub trait Disk: Send + Sync + 'static {
    /// Opens a file for appending, at its end; makes it if there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// A file of the log.
pub trait LogFile: Send {
    /// Writes all of `bytes` at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything appended durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file off at `len` bytes.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// The machine's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

struct RealFile(File);

impl LogFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)?;
        self.0.sync_data()
    }
}

/// A disk whose cache is in this process: what was not synced is gone when
/// the process is. With `honest: false` it does not sync either, as a disk
/// that lies about flushes.
#[derive(Debug, Clone, Copy)]
pub struct VolatileDisk {
    /// Whether a sync writes what was appended.
    pub honest: bool,
}

impl Disk for VolatileDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        let file = RealDisk.open(path)?;
        Ok(Box::new(VolatileFile { file, cached: Vec::new(), honest: self.honest }))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(path)
    }
}

struct VolatileFile {
    file: Box<dyn LogFile>,
    cached: Vec<u8>,
    honest: bool,
}

impl LogFile for VolatileFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.cached.extend_from_slice(bytes);
        // A lying disk writes in the end, only later than it said.
        if !self.honest && self.cached.len() > 1 << 20 {
            self.file.append(&std::mem::take(&mut self.cached))?;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.honest {
            self.file.append(&std::mem::take(&mut self.cached))?;
            self.file.sync()?;
        }
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.cached.clear();
        self.file.truncate(len)
    }
}
