//! One connection: bounded reading with deadlines, one write for an answer.

use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use memchr::memchr;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tracing::warn;

use crate::client_tls::ClientTls;
use crate::stream::{Boxed, Stream, TlsFacts, Transport};
use crate::tls::Tls;

/// What we ask of the socket at first, and keep for an idle session.
const SMALL_READ: usize = 2 * 1024;
/// What we ask of it when much comes.
const LARGE_READ: usize = 64 * 1024;
/// The write buffer is sent when it has grown to this, and bytes beyond it go
/// out without being copied into it.
const WRITE_BUFFER: usize = 64 * 1024;
/// A peer must take 64 KiB of an answer within this time.
const WRITE_DEADLINE: Duration = Duration::from_secs(120);
/// A handshake takes two round trips; a peer that needs longer means no good.
const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(30);
/// The slowest a large literal may come, in bytes per second.
const SLOWEST: u64 = 1024;
/// A line that goes on for so many bytes is no mistake but an attack.
const ENDLESS_LINE: usize = 8 * 1024 * 1024;

/// A connection with a peer; it begins plain or in TLS, and may become TLS.
///
/// All reading is cancel-safe: a future dropped half-way loses no bytes. Writing
/// is not: what was not flushed when the future is dropped may be lost in part.
pub struct Connection {
    stream: Stream,
    peer: SocketAddr,
    tls: Option<TlsFacts>,
    input: BytesMut,
    /// The first bytes of `input` that are known to hold no LF.
    scanned: usize,
    /// Bytes thrown away of a line that was too long and has not ended yet.
    skipped: usize,
    ended: bool,
    read_size: usize,
    output: Vec<u8>,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As the protocols want it.
    CrLf,
    /// LF alone.
    Lf,
}

/// One line without its ending.
///
/// The bytes are not copied out of the read buffer: whoever keeps a line for
/// long should copy it, or it keeps the buffer too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What stands before the ending; may hold CR, NUL and anything but LF.
    pub bytes: Bytes,
    /// How it ended.
    pub ending: Ending,
}

impl Deref for Line {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The line was longer than allowed; all of it has been skipped.
    #[error("the line is too long")]
    TooLong,
    /// The peer has closed the connection, perhaps within a line.
    #[error("the peer closed the connection")]
    Closed,
    /// Nothing, or not enough, came in time.
    #[error("nothing came in time")]
    TimedOut,
    /// The network failed.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        use io::ErrorKind::*;
        match error.kind() {
            // Many peers end TLS without saying so.
            UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => ReadError::Closed,
            _ => ReadError::Io(error),
        }
    }
}

impl Connection {
    /// Over a socket, or in tests over a pipe, that speaks in clear.
    pub fn plain(stream: impl Transport, peer: SocketAddr) -> Connection {
        Connection {
            stream: Stream::Plain(Box::new(stream)),
            peer,
            tls: None,
            input: BytesMut::new(),
            scanned: 0,
            skipped: 0,
            ended: false,
            read_size: SMALL_READ,
            output: Vec::new(),
        }
    }

    /// Over a socket that speaks TLS from the first byte (RFC 8314 §3).
    ///
    /// Fails when the handshake does, or takes more than 30 s.
    pub async fn tls(
        stream: impl Transport,
        peer: SocketAddr,
        tls: &Tls,
    ) -> io::Result<Connection> {
        let mut connection = Connection::plain(stream, peer);
        connection.start_tls(tls).await?;
        Ok(connection)
    }

    /// Turns the connection into TLS, as the server, after the answer to STARTTLS
    /// was flushed.
    ///
    /// Whatever the peer sent behind its STARTTLS was sent in clear, perhaps by
    /// somebody in between, and is thrown away (RFC 3207 §4.2); the answer is how
    /// many bytes that were. Must not be cancelled: the connection would be broken.
    pub async fn start_tls(&mut self, tls: &Tls) -> io::Result<usize> {
        let (plain, discarded) = self.leave_plain()?;
        let acceptor = tls.acceptor(&[]);
        let stream = in_time(acceptor.accept(plain)).await?;
        let state = stream.get_ref().1;
        self.tls = Some(TlsFacts::of(state, state.server_name()));
        self.stream = Stream::Server(Box::new(stream));
        Ok(discarded)
    }

    /// Turns the connection into TLS, as the client; `name` is the server's.
    /// Bytes that came too early are thrown away as in [`Connection::start_tls`].
    pub async fn start_tls_as_client(
        &mut self,
        tls: &ClientTls,
        name: ServerName<'static>,
    ) -> io::Result<usize> {
        let (plain, discarded) = self.leave_plain()?;
        let connector = TlsConnector::from(tls.0.clone());
        let stream = in_time(connector.connect(name, plain)).await?;
        self.tls = Some(TlsFacts::of(stream.get_ref().1, None));
        self.stream = Stream::Client(Box::new(stream));
        Ok(discarded)
    }

    /// Takes the plain stream out and counts the input that is thrown away.
    fn leave_plain(&mut self) -> io::Result<(Boxed, usize)> {
        let plain = match mem::replace(&mut self.stream, Stream::Broken) {
            Stream::Plain(plain) => plain,
            other => {
                self.stream = other;
                return Err(io::Error::other("TLS is already active"));
            }
        };
        let discarded = self.input.len();
        if discarded > 0 {
            warn!(peer = %self.peer, bytes = discarded, "discarded what came in clear before TLS");
        }
        self.input = BytesMut::new();
        (self.scanned, self.skipped) = (0, 0);
        Ok((plain, discarded))
    }

    /// Whether TLS protects the connection now.
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// What TLS agreed on.
    pub fn tls_facts(&self) -> Option<&TlsFacts> {
        self.tls.as_ref()
    }

    /// Who is on the other side.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    // ---- reading

    /// One line of at most `max` bytes, its ending not counted, which must have
    /// come wholly within `timeout`.
    ///
    /// Fails with [`ReadError::TooLong`] after the rest of a longer line was
    /// skipped, so that the next line can be read.
    pub async fn read_line(&mut self, max: usize, timeout: Duration) -> Result<Line, ReadError> {
        let mut deadline = None;
        loop {
            if let Some(line) = self.take_line(max)? {
                return Ok(line);
            }
            let deadline = *deadline.get_or_insert_with(|| {
                self.give_back_buffer();
                Instant::now() + timeout
            });
            self.fill_until(deadline).await?;
        }
    }

    /// A line that is already here, if one is wholly.
    fn take_line(&mut self, max: usize) -> Result<Option<Line>, ReadError> {
        let Some(at) = memchr(b'\n', &self.input[self.scanned..]) else {
            // One byte more than `max`, as it may be the CR of the ending.
            if self.skipped > 0 || self.input.len() > max + 1 {
                self.skipped += self.input.len();
                self.input.clear();
                if self.skipped > ENDLESS_LINE {
                    return Err(ReadError::Closed);
                }
            }
            self.scanned = self.input.len();
            return Ok(None);
        };
        let mut line = self.input.split_to(self.scanned + at + 1);
        self.scanned = 0;
        line.truncate(line.len() - 1);
        let ending = match line.last() {
            Some(b'\r') => {
                line.truncate(line.len() - 1);
                Ending::CrLf
            }
            _ => Ending::Lf,
        };
        if mem::take(&mut self.skipped) > 0 || line.len() > max {
            return Err(ReadError::TooLong);
        }
        Ok(Some(Line { bytes: line.freeze(), ending }))
    }

    /// Exactly `n` bytes, which the caller has bounded. Memory grows as they come,
    /// not as they are promised. Something must come within each `timeout`, and all
    /// of it at no less than 1 KiB per second.
    pub async fn read_exact_bytes(
        &mut self,
        n: usize,
        timeout: Duration,
    ) -> Result<Bytes, ReadError> {
        let deadline = Instant::now() + timeout + time_for(n as u64);
        while self.input.len() < n {
            self.fill_until(deadline.min(Instant::now() + timeout)).await?;
        }
        Ok(self.take(n))
    }

    /// Reads `n` bytes and throws them away, under the same deadlines.
    pub async fn skip_bytes(&mut self, n: u64, timeout: Duration) -> Result<(), ReadError> {
        let deadline = Instant::now() + timeout + time_for(n);
        let mut left = n;
        loop {
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.input.len());
            self.consume(here);
            left -= here as u64;
            if left == 0 {
                return Ok(());
            }
            self.fill_until(deadline.min(Instant::now() + timeout)).await?;
        }
    }

    /// Input that is here and not yet read; see [`Connection::fill`].
    pub fn buffered(&self) -> &[u8] {
        &self.input
    }

    /// Whether input is waiting: a client that pipelines has said more, so the
    /// answer need not be flushed yet.
    pub fn has_buffered(&self) -> bool {
        !self.input.is_empty()
    }

    /// Whether a whole line is waiting, so that [`Connection::read_line`] would not wait.
    pub fn has_line(&self) -> bool {
        memchr(b'\n', &self.input[self.scanned..]).is_some()
    }

    /// Waits at most `timeout` for more input behind what is buffered.
    pub async fn fill(&mut self, timeout: Duration) -> Result<(), ReadError> {
        self.fill_until(Instant::now() + timeout).await
    }

    /// Drops the first `n` bytes of what is buffered, or all if there are fewer.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.input.len());
        if n == self.input.len() {
            self.input.clear();
        } else {
            let _ = self.input.split_to(n);
        }
        self.scanned = 0;
    }

    /// Takes the first `n` bytes of what is buffered, or all if there are fewer.
    pub fn take(&mut self, n: usize) -> Bytes {
        self.scanned = 0;
        self.input.split_to(n.min(self.input.len())).freeze()
    }

    /// Resolves when input is here, however long that takes, and fails with
    /// [`ReadError::Closed`] when the peer has gone. For IDLE; cancel-safe.
    ///
    /// While it waits, the read buffer is small.
    pub async fn readable(&mut self) -> Result<(), ReadError> {
        if self.has_buffered() {
            return Ok(());
        }
        self.give_back_buffer();
        self.read_some().await
    }

    /// Between commands a connection may be silent for hours, and there are many.
    fn give_back_buffer(&mut self) {
        if self.input.is_empty() && self.read_size > SMALL_READ {
            self.input = BytesMut::new();
            self.read_size = SMALL_READ;
        }
    }

    async fn fill_until(&mut self, deadline: Instant) -> Result<(), ReadError> {
        timeout_at(deadline, self.read_some()).await.map_err(|_| ReadError::TimedOut)?
    }

    /// One read of the socket, behind what is buffered.
    async fn read_some(&mut self) -> Result<(), ReadError> {
        if self.ended {
            return Err(ReadError::Closed);
        }
        if self.input.capacity() - self.input.len() < SMALL_READ / 2 {
            self.input.reserve(self.read_size);
        }
        let room = self.input.capacity() - self.input.len();
        let n = self.stream.read_buf(&mut self.input).await?;
        if n == 0 {
            self.ended = true;
            return Err(ReadError::Closed);
        }
        if n >= room.min(16 * 1024) {
            // Much is coming: ask for more at a time.
            self.read_size = (self.read_size * 4).min(LARGE_READ);
        }
        Ok(())
    }

    // ---- writing

    /// Adds to the answer that the next [`Connection::flush`] sends.
    pub fn queue(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// The answer as far as it waits, for those who write into it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Sends what was queued, in one write.
    ///
    /// Fails when the peer does not take 64 KiB within two minutes.
    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let mut output = mem::take(&mut self.output);
        self.put(&output).await?;
        self.put_through().await?;
        output.clear();
        if output.capacity() <= WRITE_BUFFER && self.output.is_empty() {
            self.output = output;
        }
        Ok(())
    }

    /// Queues, and flushes.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.queue(bytes);
        self.flush().await
    }

    /// Queues, and flushes only when more than 64 KiB wait. For long answers, such
    /// as message texts: large `bytes` are sent from where they are.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.output.len() + bytes.len() < WRITE_BUFFER {
            self.queue(bytes);
            return Ok(());
        }
        if bytes.len() < WRITE_BUFFER {
            return self.send(bytes).await;
        }
        self.flush().await?;
        self.put(bytes).await?;
        self.put_through().await
    }

    async fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(WRITE_BUFFER) {
            timeout(WRITE_DEADLINE, self.stream.write_all(piece)).await.map_err(too_slow)??;
        }
        Ok(())
    }

    /// TLS keeps records back until it is asked.
    async fn put_through(&mut self) -> io::Result<()> {
        timeout(WRITE_DEADLINE, self.stream.flush()).await.map_err(too_slow)?
    }

    /// Sends what was queued and says goodbye, as far as the peer still listens.
    ///
    /// A peer that is still talking gets a moment to hear the last answer: to close a
    /// socket over unread input resets it, and the answer would be lost.
    pub async fn close(mut self) {
        let goodbye = async {
            self.flush().await?;
            self.stream.shutdown().await?;
            io::Result::Ok(())
        };
        // Whatever fails here, the connection ends.
        if !matches!(timeout(Duration::from_secs(5), goodbye).await, Ok(Ok(()))) {
            return;
        }
        let lingering = async {
            for _ in 0..64 {
                self.input.clear();
                if self.read_some().await.is_err() {
                    return;
                }
            }
        };
        let _ = timeout(Duration::from_secs(1), lingering).await;
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

async fn in_time<T>(handshake: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    // Handshakes are large futures and rare.
    timeout(HANDSHAKE_DEADLINE, Box::pin(handshake)).await.map_err(too_slow)?
}

fn too_slow(_: tokio::time::error::Elapsed) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the peer is too slow")
}

/// What `n` bytes may take at the slowest.
fn time_for(n: u64) -> Duration {
    Duration::from_secs(n / SLOWEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::pki_types::ServerName;
    use tokio::io::DuplexStream;

    use super::*;
    use crate::test_support::{connections, pair};

    const SOON: Duration = Duration::from_secs(5);

    async fn with_input(bytes: &[u8]) -> Connection {
        let (mut server, mut client) = pair();
        client.write_all(bytes).await.expect("fits the pipe");
        drop(client);
        // The future fails at the end only; all input is buffered by then.
        while server.fill(SOON).await.is_ok() {}
        server
    }

    #[tokio::test]
    async fn lines() {
        let rows: &[(&[u8], &[&str])] = &[
            (b"a\r\nb\r\n", &["CrLf a", "CrLf b", "Closed"]),
            (b"a\nb\r\r\n", &["Lf a", "CrLf b\r", "Closed"]),
            (b"\r\n\n", &["CrLf ", "Lf ", "Closed"]),
            (b"a", &["Closed"]),
            (b"12345678\r\nx\r\n", &["CrLf 12345678", "CrLf x", "Closed"]),
            (b"12345678\nx\n", &["Lf 12345678", "Lf x", "Closed"]),
            (b"123456789\r\nx\r\n", &["TooLong", "CrLf x", "Closed"]),
            (b"1234567890123456789\nx\n", &["TooLong", "Lf x", "Closed"]),
            (b"12345678901234567890", &["Closed"]),
        ];
        for (input, expected) in rows {
            let mut connection = with_input(input).await;
            let mut got = Vec::new();
            loop {
                match connection.read_line(8, SOON).await {
                    Ok(line) => {
                        got.push(format!("{:?} {}", line.ending, String::from_utf8_lossy(&line)));
                    }
                    Err(ReadError::TooLong) => got.push("TooLong".into()),
                    Err(error) => {
                        got.push(format!("{error:?}"));
                        break;
                    }
                }
            }
            assert_eq!(got, *expected, "{input:?}");
        }
    }

    #[tokio::test]
    async fn a_long_line_in_pieces_is_skipped_without_keeping_it() {
        let (mut server, mut client) = pair();
        let sending = tokio::spawn(async move {
            for _ in 0..100 {
                client.write_all(&[b'x'; 10_000]).await.expect("taken");
            }
            client.write_all(b"\r\nnext\r\n").await.expect("taken");
            client
        });
        assert!(matches!(server.read_line(1000, SOON).await, Err(ReadError::TooLong)));
        assert!(server.input.capacity() <= 2 * LARGE_READ, "{}", server.input.capacity());
        assert_eq!(&*server.read_line(1000, SOON).await.expect("a line"), b"next");
        sending.await.expect("sent");
    }

    #[tokio::test]
    async fn an_endless_line_ends_the_connection() {
        let (mut server, mut client) = pair();
        let sending =
            tokio::spawn(async move { while client.write_all(&[b'x'; 60_000]).await.is_ok() {} });
        assert!(matches!(server.read_line(1000, SOON).await, Err(ReadError::Closed)));
        drop(server);
        sending.await.expect("ends");
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_must_come_wholly_in_time() {
        let (mut server, mut client) = pair();
        let dripping = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        assert!(matches!(server.read_line(1000, SOON).await, Err(ReadError::TimedOut)));
        drop(server);
        dripping.await.expect("ends");
    }

    #[tokio::test(start_paused = true)]
    async fn a_literal_must_not_come_too_slowly() {
        let (mut server, mut client) = pair();
        let dripping = tokio::spawn(async move {
            while client.write_all(&[b'x'; 100]).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let began = Instant::now();
        let error = server.read_exact_bytes(100_000, SOON).await;
        assert!(matches!(error, Err(ReadError::TimedOut)), "{error:?}");
        assert_eq!(began.elapsed().as_secs(), 100_000 / SLOWEST + 5);
        drop(server);
        dripping.await.expect("ends");
    }

    #[tokio::test]
    async fn literals_and_lines_alternate() {
        let mut connection = with_input(b"A {3}\r\na\r\n B\r\n12345\r\nend\r\n").await;
        assert_eq!(&*connection.read_line(80, SOON).await.expect("a line"), b"A {3}");
        assert_eq!(&*connection.read_exact_bytes(3, SOON).await.expect("bytes"), b"a\r\n");
        assert_eq!(&*connection.read_line(80, SOON).await.expect("a line"), b" B");
        connection.skip_bytes(5, SOON).await.expect("bytes");
        assert_eq!(&*connection.read_line(80, SOON).await.expect("a line"), b"");
        assert!(connection.has_buffered());
        assert!(matches!(connection.read_exact_bytes(6, SOON).await, Err(ReadError::Closed)));
        assert_eq!(connection.buffered(), b"end\r\n");
    }

    #[tokio::test]
    async fn cancelled_reading_loses_nothing() {
        let (mut server, mut client) = pair();
        client.write_all(b"DO").await.expect("taken");
        server.readable().await.expect("input");
        let cancelled = timeout(Duration::from_millis(1), server.read_line(80, SOON)).await;
        assert!(cancelled.is_err());
        client.write_all(b"NE\r\n").await.expect("taken");
        server.readable().await.expect("input");
        assert_eq!(&*server.read_line(80, SOON).await.expect("a line"), b"DONE");
        drop(client);
        assert!(matches!(server.readable().await, Err(ReadError::Closed)));
    }

    #[tokio::test]
    async fn an_answer_is_one_write() {
        let (mut server, mut client) = pair();
        server.queue(b"* 1 EXISTS\r\n");
        server.queue(b"A OK\r\n");
        server.flush().await.expect("taken");
        let mut got = [0; 100];
        assert_eq!(client.read(&mut got).await.expect("read"), 18);
    }

    #[tokio::test]
    async fn long_answers_come_in_order() {
        let (mut server, client) = pair();
        let reading = tokio::spawn(read_all(client));
        let mut expected = Vec::new();
        for (byte, size) in (b'a'..).zip([10, 70_000, 5, 60_000, 60_000, 200_000, 1]) {
            let bytes = vec![byte; size];
            server.write(&bytes).await.expect("taken");
            expected.extend(bytes);
        }
        server.close().await;
        assert!(reading.await.expect("read") == expected);
    }

    async fn read_all(mut client: DuplexStream) -> Vec<u8> {
        let mut all = Vec::new();
        client.read_to_end(&mut all).await.expect("read");
        all
    }

    /// Over a real socket: in memory nothing is reset.
    #[tokio::test]
    async fn the_last_answer_reaches_a_peer_that_is_still_talking() {
        let listener = crate::bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut client = crate::connect(address, SOON).await.expect("connects");
        let (stream, peer) = listener.accept().await.expect("accepted");
        let mut server = Connection::plain(stream, peer);
        client.write_all(&[b'x'; 100_000]).await.expect("taken");
        server.queue(b"421 enough\r\n");
        let closing = tokio::spawn(server.close());
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut said = String::new();
        client.read_to_string(&mut said).await.expect("not reset");
        assert_eq!(said, "421 enough\r\n");
        drop(client);
        closing.await.expect("ends");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_does_not_read_is_given_up() {
        let (mut server, _client) = pair();
        let error = server.write(&vec![0; 1_000_000]).await.expect_err("the pipe is full");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    fn tls() -> (tempfile::TempDir, Tls) {
        let data = tempfile::tempdir().expect("a folder");
        let tls = Tls::self_signed("mail.example.org", data.path()).expect("made");
        (data, tls)
    }

    #[tokio::test]
    async fn starttls_throws_away_what_came_in_clear() {
        let (_data, tls) = tls();
        let (mut server, mut client) = connections();
        let name = ServerName::try_from("mail.example.org").expect("a name");
        let client = tokio::spawn(async move {
            client.send(b"STARTTLS\r\nINJECTED\r\n").await.expect("taken");
            let go = client.read_line(80, SOON).await.expect("an answer");
            assert_eq!(&*go, b"go ahead");
            let any = ClientTls::opportunistic().expect("client");
            client.start_tls_as_client(&any, name).await.expect("handshake");
            assert_eq!(client.tls_facts().expect("tls").version, "TLS1.3");
            client.send(b"hidden\r\n").await.expect("taken");
            assert_eq!(&*client.read_line(80, SOON).await.expect("an answer"), b"bye");
            client.close().await;
        });
        assert_eq!(&*server.read_line(80, SOON).await.expect("a line"), b"STARTTLS");
        server.send(b"go ahead\r\n").await.expect("taken");
        assert!(!server.is_tls());
        assert_eq!(server.start_tls(&tls).await.expect("handshake"), "INJECTED\r\n".len());
        assert!(server.is_tls());
        let facts = server.tls_facts().expect("tls").clone();
        assert_eq!(facts.server_name.as_deref(), Some("mail.example.org"));
        assert!(facts.to_string().starts_with("TLS1.3:TLS_"), "{facts}");
        assert_eq!(&*server.read_line(80, SOON).await.expect("a line"), b"hidden");
        server.send(b"bye\r\n").await.expect("taken");
        assert!(matches!(server.read_line(80, SOON).await, Err(ReadError::Closed)));
        assert!(server.start_tls(&tls).await.is_err(), "not twice");
        client.await.expect("ends");
    }

    #[tokio::test]
    async fn a_verifying_client_refuses_a_certificate_nobody_signed() {
        let (_data, tls) = tls();
        let (mut server, mut client) = connections();
        let name = ServerName::try_from("mail.example.org").expect("a name");
        let server = tokio::spawn(async move {
            assert!(server.start_tls(&tls).await.is_err());
            assert!(server.send(b"x").await.is_err(), "broken");
            assert!(server.read_line(80, SOON).await.is_err(), "broken");
        });
        let verified = ClientTls::verified().expect("client");
        let error = client.start_tls_as_client(&verified, name).await.expect_err("refused");
        assert!(error.to_string().contains("certificate"), "{error}");
        drop(client);
        server.await.expect("ends");
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_they_arrive(
            input in prop::collection::vec(prop::sample::select(b"ab\r\n".to_vec()), 0..200),
            cuts in prop::collection::vec(1usize..9, 1..50),
        ) {
            let expected: Vec<Vec<u8>> = input
                .split_inclusive(|b| *b == b'\n')
                .filter(|line| line.ends_with(b"\n"))
                .map(<[u8]>::to_vec)
                .collect();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let got = runtime.expect("a runtime").block_on(async {
                let (mut server, mut client) = pair();
                let sending = async move {
                    let mut rest = &input[..];
                    for cut in cuts.iter().cycle() {
                        if rest.is_empty() { break }
                        let (piece, later) = rest.split_at((*cut).min(rest.len()));
                        client.write_all(piece).await.expect("taken");
                        tokio::task::yield_now().await;
                        rest = later;
                    }
                };
                let reading = async move {
                    let mut lines = Vec::new();
                    while let Ok(line) = server.read_line(500, SOON).await {
                        let mut bytes = line.bytes.to_vec();
                        bytes.extend_from_slice(if line.ending == Ending::CrLf { b"\r\n" } else { b"\n" });
                        lines.push(bytes);
                    }
                    lines
                };
                tokio::join!(sending, reading).1
            });
            prop_assert_eq!(got, expected);
        }
    }
}
