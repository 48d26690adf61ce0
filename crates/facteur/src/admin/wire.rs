//! The admin socket's lines: JSON, and bytes behind it where it says so.
//!
//! `{"bytes":5,"body":{…}}` and a line feed, then five bytes. Both sides
//! bound what they read: a line by [`MAX_LINE`], a payload by [`MAX_PAYLOAD`].

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest line either side takes: a listing of 100,000 accounts fits.
const MAX_LINE: u64 = 64 << 20;

/// The largest payload: a batch of messages, or one very large message.
pub(crate) const MAX_PAYLOAD: usize = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Frame<T> {
    bytes: usize,
    body: T,
}

/// Writes one line and its payload.
pub(crate) async fn write(
    out: &mut (impl AsyncWrite + Unpin),
    body: &impl Serialize,
    payload: &[u8],
) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Frame { bytes: payload.len(), body })?;
    line.push(b'\n');
    out.write_all(&line).await?;
    out.write_all(payload).await?;
    out.flush().await
}

/// Reads one line and its payload; `None` where the other side is gone.
pub(crate) async fn read<T: DeserializeOwned>(
    input: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<(T, Bytes)>> {
    let mut line = Vec::new();
    (&mut *input).take(MAX_LINE).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Ok(None);
    }
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    if line.last() != Some(&b'\n') {
        return Err(invalid("a line without its end"));
    }
    let frame: Frame<T> = serde_json::from_slice(&line)?;
    if frame.bytes > MAX_PAYLOAD {
        return Err(invalid("a payload over the limit"));
    }
    let mut payload = vec![0; frame.bytes];
    input.read_exact(&mut payload).await?;
    Ok(Some((frame.body, payload.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_read() {
        let mut wire = Vec::new();
        write(&mut wire, &"one", b"pay\nload").await.expect("memory");
        write(&mut wire, &"two", b"").await.expect("memory");
        let mut input = &wire[..];
        let (body, payload): (String, _) = read(&mut input).await.expect("good").expect("there");
        assert_eq!((body.as_str(), &payload[..]), ("one", &b"pay\nload"[..]));
        let (body, payload): (String, _) = read(&mut input).await.expect("good").expect("there");
        assert_eq!((body.as_str(), payload.len()), ("two", 0));
        assert!(read::<String>(&mut input).await.expect("good").is_none());
    }

    #[tokio::test]
    async fn nonsense_is_refused() {
        let rows: [&[u8]; 5] = [
            b"{\"bytes\":0,\"body\":\"no end\"}",
            b"{}\n",
            b"\x00\xff\n",
            b"{\"bytes\":999999999999,\"body\":\"x\"}\n",
            b"{\"bytes\":5,\"body\":\"x\"}\nabc",
        ];
        for row in rows {
            let mut input = row;
            assert!(read::<String>(&mut input).await.is_err(), "{row:?}");
        }
    }
}
