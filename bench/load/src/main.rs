//! Loads a mail server from the outside, in plain protocol, and says how long it took.
//!
//! ```text
//! load deliver SMTP IMAP CONNECTIONS MESSAGES BYTES RECIPIENT[,RECIPIENT...]
//! load fill    IMAP USER CONNECTIONS MESSAGES BYTES [BATCH]
//! load read    IMAP USER ROUNDS
//! ```
//!
//! SMTP and IMAP are `host:port`. Every password is `facteur-demo`, and
//! nothing here speaks TLS: the cost of TLS is the same library for everybody.
//! The answer is one line of JSON.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PASSWORD: &str = "facteur-demo";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["deliver", smtp, imap, connections, messages, bytes, recipients] => {
            numbers([connections, messages, bytes]).and_then(|[connections, messages, bytes]| {
                let recipients: Vec<&str> = recipients.split(',').collect();
                deliver(smtp, imap, connections, messages, bytes, &recipients)
            })
        }
        ["fill", imap, user, connections, messages, bytes, rest @ ..] => {
            let batch = rest.first().unwrap_or(&"1");
            numbers([connections, messages, bytes, batch]).and_then(
                |[connections, messages, bytes, batch]| {
                    fill(imap, user, connections, messages, bytes, batch)
                },
            )
        }
        ["read", imap, user, rounds] => {
            numbers([rounds]).and_then(|[rounds]| read(imap, user, rounds))
        }
        _ => Err("see the head of bench/load/src/main.rs for what to ask".into()),
    };
    match done {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn numbers<const N: usize>(words: [&&str; N]) -> Outcome<[usize; N]> {
    let mut parsed = [0; N];
    for (number, word) in parsed.iter_mut().zip(words) {
        *number = word.parse().map_err(|_| format!("{word} is not a number"))?;
    }
    Ok(parsed)
}

/// Delivers, then waits until every message can be seen by IMAP.
fn deliver(
    smtp: &str,
    imap: &str,
    connections: usize,
    messages: usize,
    bytes: usize,
    to: &[&str],
) -> Outcome<String> {
    let mut watchers =
        to.iter().map(|user| Imap::login(imap, user)).collect::<Outcome<Vec<_>>>()?;
    let before = seen(&mut watchers)?;
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| -> Outcome<()> {
                    let mut session = Line::open(smtp)?;
                    session.expect("220")?;
                    session.send(b"EHLO load.example\r\n")?;
                    session.expect("250")?;
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= messages {
                            session.send(b"QUIT\r\n")?;
                            return Ok(());
                        }
                        let recipient = to[number % to.len()];
                        let start = format!(
                            "MAIL FROM:<load@elsewhere.test>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"
                        );
                        session.send(start.as_bytes())?;
                        for code in ["250", "250", "354"] {
                            session.expect(code)?;
                        }
                        let mut text = message(number, recipient, bytes);
                        text.extend_from_slice(b".\r\n");
                        session.send(&text)?;
                        session.expect("250")?;
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "a connection's thread panicked")?)
    })?;
    let accepted = began.elapsed();
    while seen(&mut watchers)? < before + messages {
        if began.elapsed() > Duration::from_secs(240) {
            return Err(format!(
                "only {} of {messages} visible after 240 s",
                seen(&mut watchers)? - before
            )
            .into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let visible = began.elapsed();
    Ok(format!(
        r#"{{"messages": {messages}, "accepted_s": {:.3}, "visible_s": {:.3}}}"#,
        accepted.as_secs_f64(),
        visible.as_secs_f64()
    ))
}

/// The messages of all INBOXes together.
fn seen(watchers: &mut [Imap]) -> Outcome<usize> {
    watchers.iter_mut().try_fold(0, |sum, watcher| Ok(sum + watcher.messages()?))
}

/// Fills an INBOX by APPEND, `batch` messages a command (RFC 3502 when more than one).
fn fill(
    imap: &str,
    user: &str,
    connections: usize,
    messages: usize,
    bytes: usize,
    batch: usize,
) -> Outcome<String> {
    let began = Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| -> Outcome<()> {
                    let mut session = Imap::login(imap, user)?;
                    loop {
                        let first = next.fetch_add(batch, Ordering::Relaxed);
                        if first >= messages {
                            return Ok(());
                        }
                        let mut command = b"a APPEND INBOX".to_vec();
                        for number in first..messages.min(first + batch) {
                            let text = message(number, user, bytes);
                            command.extend_from_slice(
                                format!(" (\\Seen) {{{}+}}\r\n", text.len()).as_bytes(),
                            );
                            command.extend_from_slice(&text);
                        }
                        command.extend_from_slice(b"\r\n");
                        session.line.send(&command)?;
                        session.finish()?;
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "a connection's thread panicked")?)
    })?;
    Ok(format!(r#"{{"messages": {messages}, "seconds": {:.3}}}"#, began.elapsed().as_secs_f64()))
}

/// SELECT and FETCH 1:* (UID FLAGS), `rounds` times in one session.
fn read(imap: &str, user: &str, rounds: usize) -> Outcome<String> {
    let mut session = Imap::login(imap, user)?;
    let (mut selects, mut fetches, mut lines) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let began = Instant::now();
        session.command("SELECT INBOX")?;
        selects.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        lines = session.command("FETCH 1:* (UID FLAGS)")?;
        fetches.push(began.elapsed().as_secs_f64());
    }
    Ok(format!(
        r#"{{"rounds": {rounds}, "messages": {lines}, "select_s": {:.6}, "fetch_s": {:.6}}}"#,
        median(&mut selects),
        median(&mut fetches)
    ))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A connection that speaks in lines.
struct Line {
    reader: BufReader<TcpStream>,
    text: Vec<u8>,
}

impl Line {
    fn open(address: &str) -> Outcome<Line> {
        let stream = TcpStream::connect(address).map_err(|e| format!("{address}: {e}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        Ok(Line { reader: BufReader::with_capacity(1 << 16, stream), text: Vec::new() })
    }

    fn send(&mut self, bytes: &[u8]) -> Outcome<()> {
        Ok(self.reader.get_mut().write_all(bytes)?)
    }

    fn next(&mut self) -> Outcome<&[u8]> {
        self.text.clear();
        if self.reader.read_until(b'\n', &mut self.text)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(&self.text)
    }

    /// The last line of an SMTP reply, which must have this code.
    fn expect(&mut self, code: &str) -> Outcome<()> {
        loop {
            let line = self.next()?;
            if line.get(3) == Some(&b'-') {
                continue;
            }
            if line.starts_with(code.as_bytes()) {
                return Ok(());
            }
            return Err(
                format!("{} instead of {code}", String::from_utf8_lossy(line).trim()).into()
            );
        }
    }
}

/// An IMAP session whose every tag is `a`: one command at a time.
struct Imap {
    line: Line,
}

impl Imap {
    fn login(address: &str, user: &str) -> Outcome<Imap> {
        let mut session = Imap { line: Line::open(address)? };
        session.line.next()?;
        session.command(&format!("LOGIN {user} {PASSWORD}"))?;
        Ok(session)
    }

    fn command(&mut self, text: &str) -> Outcome<usize> {
        self.line.send(format!("a {text}\r\n").as_bytes())?;
        self.finish()
    }

    /// Reads to the tagged answer, which must be OK; counts the FETCH lines.
    fn finish(&mut self) -> Outcome<usize> {
        let mut fetched = 0;
        loop {
            let line = self.line.next()?;
            if line.starts_with(b"a OK") {
                return Ok(fetched);
            }
            if line.starts_with(b"a ") {
                return Err(String::from_utf8_lossy(line).trim().to_owned().into());
            }
            fetched += usize::from(
                line.starts_with(b"* ") && line.windows(6).any(|word| word == b"FETCH "),
            );
        }
    }

    fn messages(&mut self) -> Outcome<usize> {
        self.line.send(b"a STATUS INBOX (MESSAGES)\r\n")?;
        let mut found = None;
        loop {
            let line = String::from_utf8_lossy(self.line.next()?).into_owned();
            if let Some((_, rest)) = line.split_once("(MESSAGES ") {
                found = rest.trim_end().trim_end_matches(')').parse().ok();
            } else if line.starts_with("a OK") {
                return found.ok_or_else(|| "STATUS told no number".into());
            } else if line.starts_with("a ") {
                return Err(line.trim().to_owned().into());
            }
        }
    }
}

/// A distinct message of about `bytes` bytes: words, which compress as letters do.
fn message(number: usize, to: &str, bytes: usize) -> Vec<u8> {
    let mut text = format!(
        "From: Load <load@elsewhere.test>\r\nTo: <{to}>\r\nSubject: message {number}\r\n\
         Message-ID: <{number}.{}@elsewhere.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
        std::process::id()
    )
    .into_bytes();
    const WORDS: &[&str] = &[
        "letter", "station", "garden", "tomorrow", "winter", "platform", "because", "between",
        "river", "ticket", "morning", "sister", "window", "answer", "summer", "journey", "market",
        "evening", "bicycle", "kitchen",
    ];
    // xorshift: the same words for everybody who is loaded with the same number.
    let mut state = number as u64 * 0x9E37_79B9_7F4A_7C15 + 1;
    let mut column = 0;
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = WORDS[(state % WORDS.len() as u64) as usize];
        // Some of it is never seen twice, as names and numbers in mail are.
        let piece = if state.is_multiple_of(7) {
            format!("{:x} ", state >> 32)
        } else {
            format!("{word} ")
        };
        column += piece.len();
        text.extend_from_slice(piece.as_bytes());
        if column > 68 {
            text.extend_from_slice(b"\r\n");
            column = 0;
        }
    }
    text.extend_from_slice(b"\r\n");
    text
}
