//! Values with a format version in front.

use serde::Serialize;
use serde::de::DeserializeOwned;

use bytes::Bytes;

use crate::Error;

/// A stored type: its value begins with one byte, the version of its format.
///
/// A type whose fields change takes the next `FORMAT` and says in `upgrade`
/// how each older one is read.
pub trait Versioned: Serialize + DeserializeOwned {
    /// The version written today.
    const FORMAT: u8;

    /// Reads a value of an older format.
    fn upgrade(format: u8, _bytes: &[u8]) -> Option<Self> {
        let _ = format;
        None
    }
}

/// The value of a row: format version, then the fields (postcard).
pub fn encode<T: Versioned>(value: &T) -> Bytes {
    let bytes = postcard::to_extend(value, vec![T::FORMAT]);
    bytes.expect("serialising to memory does not fail").into()
}

/// Reads a value that [`encode`] wrote, in this format or an older one.
///
/// Fails with [`Error::Damaged`], which names `what`.
pub fn decode<T: Versioned>(what: &str, bytes: &[u8]) -> Result<T, Error> {
    let damaged = |detail: String| Error::Damaged { what: what.to_owned(), detail };
    let (format, rest) = bytes.split_first().ok_or_else(|| damaged("it is empty".into()))?;
    if *format == T::FORMAT {
        return postcard::from_bytes(rest).map_err(|e| damaged(e.to_string()));
    }
    T::upgrade(*format, rest).ok_or_else(|| {
        damaged(format!("format {format} is not known to this version of the program"))
    })
}
