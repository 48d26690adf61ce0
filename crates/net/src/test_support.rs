//! Whole dialogues in memory, in the form RFCs print them.
//!
//! ```text
//! C: NOOP           a line the client sends, with CRLF
//! C+: a\r\nb        bytes the client sends as they stand: \r \n \t \0 \\ \xHH
//! S: 250 2.0.0 Ok   a line the server must answer, word for word
//! S: 220 [...]      one of which only the beginning is known
//! S: [closed]       the server must close the connection
//! ```
//!
//! Indentation and empty lines do not count. Lines of the client that follow one
//! another are sent at once, as by a client that pipelines.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::time::timeout;

use crate::connection::Connection;

/// A server that has not answered after this time will not.
const PATIENCE: Duration = Duration::from_secs(20);

/// The peer of connections made here: an address for documentation (RFC 5737 §3).
pub fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 49_152))
}

/// The server's end as a connection from [`peer`], and the client's end as bytes.
pub fn pair() -> (Connection, DuplexStream) {
    let (server, client) = tokio::io::duplex(64 * 1024);
    (Connection::plain(server, peer()), client)
}

/// Both ends as connections.
pub fn connections() -> (Connection, Connection) {
    let (server, client) = pair();
    (server, Connection::plain(client, peer()))
}

/// Runs `serve` on one end, plays the client's lines of `script` on the other, and
/// compares the whole exchange.
///
/// Panics with both exchanges where they differ, or where the server says more
/// than the script when the client closes.
pub async fn transcript<F, Fut>(script: &str, serve: F)
where
    F: FnOnce(Connection) -> Fut,
    Fut: Future<Output = ()>,
{
    let (server, client) = pair();
    // A single task: the order of events is the same in every run.
    let play = async {
        let exchange = play(client, script).await;
        let expected: Vec<String> =
            steps(script).map(|(who, text)| format!("{who}: {text}")).collect();
        assert_eq!(
            exchange.join("\n"),
            expected.join("\n"),
            "left: what happened; right: the script"
        );
    };
    tokio::join!(Box::pin(serve(server)), play);
}

/// As [`transcript`], for tests that are not async.
pub fn dialogue<F, Fut>(script: &str, serve: F)
where
    F: FnOnce(Connection) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(transcript(script, serve));
}

/// Plays the server of `script` on `connection`, for tests of a client: says the
/// `S:` lines, and compares what the client says with the `C:` lines.
pub async fn play_server(mut connection: Connection, script: &str) {
    for (who, text) in steps(script) {
        if who == "S" {
            connection.queue(format!("{text}\r\n").as_bytes());
            continue;
        }
        connection.flush().await.expect("the client still listens");
        let line = connection.read_line(4096, PATIENCE).await;
        let line = line.unwrap_or_else(|error| panic!("instead of {text:?}: {error}"));
        assert_eq!(String::from_utf8_lossy(&line), text, "left: what the client said");
    }
    connection.close().await;
}

fn steps(script: &str) -> impl Iterator<Item = (&str, &str)> {
    script.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
        let (who, text) = line.split_once(':').expect("a line begins with C: or S:");
        assert!(["C", "C+", "S"].contains(&who), "a line begins with C: or S:, not {who}");
        (who, text.strip_prefix(' ').unwrap_or(text))
    })
}

/// Plays the script and tells what happened, in the form of the script.
async fn play(client: DuplexStream, script: &str) -> Vec<String> {
    let (read, mut write) = tokio::io::split(client);
    let mut read = BufReader::new(read);
    let mut exchange = Vec::new();
    let mut to_send = Vec::new();
    for (who, text) in steps(script) {
        match who {
            "C" => to_send.extend_from_slice(format!("{text}\r\n").as_bytes()),
            "C+" => to_send.extend_from_slice(&unescape(text)),
            _ => {
                // A server that has closed takes nothing; what it said is compared.
                let _ = timeout(PATIENCE, write.write_all(&to_send)).await;
                to_send.clear();
                exchange.push(format!("S: {}", heard(&mut read, text).await));
                continue;
            }
        }
        exchange.push(format!("{who}: {text}"));
    }
    let _ = timeout(PATIENCE, write.write_all(&to_send)).await;
    let _ = write.shutdown().await;
    drop(write);
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, read.read_to_end(&mut rest)).await;
    exchange.extend(String::from_utf8_lossy(&rest).lines().map(|line| format!("S: {line}")));
    exchange
}

/// One line of the server, put as `expected` where that leaves the end open.
async fn heard(read: &mut (impl AsyncBufReadExt + Unpin), expected: &str) -> String {
    let mut line = Vec::new();
    match timeout(PATIENCE, read.read_until(b'\n', &mut line)).await {
        Err(_) => return "[nothing]".into(),
        Ok(Err(error)) => return format!("[{error}]"),
        Ok(Ok(0)) => return "[closed]".into(),
        Ok(Ok(_)) => {}
    }
    let line = String::from_utf8_lossy(&line);
    let Some(line) = line.strip_suffix("\r\n") else { return format!("{line:?} without CRLF") };
    match expected.strip_suffix("[...]") {
        Some(beginning) if line.starts_with(beginning) => expected.to_owned(),
        _ => line.to_owned(),
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        bytes.push(match chars.next().expect("an escape has a letter") {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '0' => 0,
            '\\' => b'\\',
            'x' => {
                let hex: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&hex, 16).expect("two hexadecimal digits")
            }
            other => panic!("there is no escape \\{other}"),
        });
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says `+ line` for each line, `bye` to QUIT, and closes.
    async fn parrot(mut connection: Connection) {
        while let Ok(line) = connection.read_line(100, PATIENCE).await {
            let said = String::from_utf8_lossy(&line).into_owned();
            connection.queue(format!("+ {said}\r\n").as_bytes());
            if said == "QUIT" || connection.flush().await.is_err() {
                break;
            }
        }
        connection.close().await;
    }

    #[test]
    fn a_dialogue_that_goes_as_written() {
        dialogue(
            r"
            C: one
            S: + one
            C: two
            C+: th\x72ee\r\n
            S: + two
            S: + th[...]
            C: QUIT
            S: + QUIT
            S: [closed]
        ",
            parrot,
        );
    }

    #[test]
    #[should_panic(expected = "S: + one")]
    fn a_wrong_answer_is_seen() {
        dialogue("C: one\nS: + two", parrot);
    }

    #[test]
    #[should_panic(expected = "S: + two")]
    fn an_answer_too_many_is_seen() {
        dialogue("C: one\nC: two\nS: + one", parrot);
    }
}
