//! The files of the log: names, lock, and reading blobs out of them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::{BlobId, Error};

/// Where the bytes of a blob lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub segment: u32,
    pub offset: u64,
    pub stored_len: u32,
    pub len: u64,
    pub compressed: bool,
    pub check: [u8; 8],
}

/// How many segments are kept open for reading.
const OPEN_FILES: usize = 64;

/// The directory of segments.
pub(crate) struct Segments {
    dir: PathBuf,
    open: Mutex<HashMap<u32, Arc<File>>>,
}

/// Makes the directories of a store and takes its lock.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    let failed = |e: std::io::Error| Error::Read(format!("{}: {e}", dir.display()));
    fs::create_dir_all(dir.join("segments")).map_err(failed)?;
    let file = File::options().create(true).append(true).open(dir.join("lock")).map_err(failed)?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::Busy(format!(
            "the store in {} is open in another process; stop that first",
            dir.display()
        ))),
        Err(e) => Err(failed(e.into())),
    }
}

impl Segments {
    pub fn new(dir: &Path) -> Segments {
        Segments { dir: dir.join("segments"), open: Mutex::default() }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn path(&self, segment: u32) -> PathBuf {
        self.dir.join(format!("{segment:08}.seg"))
    }

    /// The numbers of all segments, ascending.
    pub fn list(&self) -> Result<Vec<u32>, Error> {
        let failed = |e: std::io::Error| Error::Read(format!("{}: {e}", self.dir.display()));
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".seg"));
            numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Bytes of a segment.
    pub fn len(&self, segment: u32) -> Result<u64, Error> {
        let path = self.path(segment);
        let meta = fs::metadata(&path);
        meta.map(|meta| meta.len()).map_err(|e| Error::Read(format!("{}: {e}", path.display())))
    }

    /// A whole segment from `offset` on.
    pub fn read_from(&self, segment: u32, offset: u64) -> Result<Bytes, Error> {
        let path = self.path(segment);
        let failed = |e: std::io::Error| Error::Read(format!("{}: {e}", path.display()));
        let file = File::open(&path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len().saturating_sub(offset);
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        file.read_exact_at(&mut bytes, offset).map_err(failed)?;
        Ok(bytes.into())
    }

    /// The stored bytes of a blob, checked. `None` if the segment is gone.
    pub fn read_stored(&self, id: BlobId, at: &Location) -> Result<Option<Bytes>, Error> {
        let Some(file) = self.file(at.segment)? else { return Ok(None) };
        let mut bytes = vec![0; at.stored_len as usize];
        let what = || format!("blob {id} in {}", self.path(at.segment).display());
        file.read_exact_at(&mut bytes, at.offset)
            .map_err(|e| Error::Read(format!("{}: {e}", what())))?;
        if crate::blob::check(&bytes) != at.check {
            return Err(Error::Damaged {
                what: what(),
                detail: "its checksum is wrong: the disk gave back other bytes than were written"
                    .into(),
            });
        }
        Ok(Some(bytes.into()))
    }

    fn file(&self, segment: u32) -> Result<Option<Arc<File>>, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&segment) {
            return Ok(Some(file.clone()));
        }
        let path = self.path(segment);
        match File::open(&path) {
            Ok(file) => {
                if open.len() >= OPEN_FILES {
                    open.clear();
                }
                let file = Arc::new(file);
                open.insert(segment, file.clone());
                Ok(Some(file))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::Read(format!("{}: {e}", path.display()))),
        }
    }

    /// Removes a segment; whoever reads it now still can.
    pub fn remove(&self, segment: u32) -> Result<(), Error> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&segment);
        let path = self.path(segment);
        fs::remove_file(&path).map_err(|e| Error::Read(format!("{}: {e}", path.display())))
    }
}
