//! A mail server on loopback that does what its script says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use net::Tls;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// How the server behaves; changed between two mails by the tests.
#[derive(Clone, Default)]
pub struct Script {
    pub greeting: Option<String>,
    /// Lines of EHLO behind the first.
    pub offers: Vec<String>,
    /// Replies to RCPT by address; others get 250.
    pub rcpt: HashMap<String, String>,
    /// Reply to MAIL.
    pub mail: Option<String>,
    /// Reply to the message.
    pub message: Option<String>,
    /// Certificate for STARTTLS; without one the handshake breaks.
    pub tls: Option<Tls>,
    /// TLS from the first byte.
    pub implicit_tls: bool,
    /// Takes so many recipients in one transaction; 0 is any number.
    pub max_rcpt: usize,
    /// Hangs up instead of answering MAIL this many times.
    pub hang_ups: usize,
}

/// What came in.
#[derive(Clone, Default, Debug)]
pub struct Received {
    pub over_tls: bool,
    pub mail: String,
    pub rcpt: Vec<String>,
    pub data: String,
}

#[derive(Clone, Default)]
pub struct MailServer {
    pub script: Arc<Mutex<Script>>,
    received: Arc<Mutex<Vec<Received>>>,
    commands: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl MailServer {
    pub fn change(&self, by: impl FnOnce(&mut Script)) {
        by(&mut self.script.lock().unwrap());
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Takes connections at `address`, until the returned task is aborted.
    pub async fn listen(&self, address: &str) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = self.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *server.connections.lock().unwrap() += 1;
                tokio::spawn(server.clone().serve(stream));
            }
        });
        (address, task)
    }

    async fn serve(self, stream: tokio::net::TcpStream) {
        let greeting = self.script.lock().unwrap().greeting.clone();
        let greeting = greeting.unwrap_or_else(|| "220 mx.x.org ESMTP".into());
        let script = self.script.lock().unwrap().clone();
        if let (true, Some(tls)) = (script.implicit_tls, script.tls) {
            let Ok(stream) = tls.acceptor(&[]).accept(stream).await else { return };
            let mut stream = BufReader::new(stream);
            say(&mut stream, &greeting).await;
            self.talk(&mut stream, true).await;
            return;
        }
        let mut stream = BufReader::new(stream);
        say(&mut stream, &greeting).await;
        if self.clone().talk(&mut stream, false).await != Some(true) {
            return;
        }
        let tls = self.script.lock().unwrap().tls.clone();
        let Some(tls) = tls else {
            // Not TLS at all: the handshake breaks.
            say(&mut stream, "what?").await;
            return;
        };
        if let Ok(stream) = tls.acceptor(&[]).accept(stream.into_inner()).await {
            let mut stream = BufReader::new(stream);
            self.talk(&mut stream, true).await;
        }
    }

    /// `Some(true)` asks for TLS.
    async fn talk<S>(self, stream: &mut BufReader<S>, over_tls: bool) -> Option<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut now = Received { over_tls, ..Received::default() };
        loop {
            let line = line(stream).await?;
            self.commands.lock().unwrap().push(line.clone());
            let script = self.script.lock().unwrap().clone();
            let upper = line.to_ascii_uppercase();
            match upper.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    let mut lines = vec!["mx.x.org".to_owned()];
                    lines.extend(
                        script.offers.iter().filter(|o| !over_tls || *o != "STARTTLS").cloned(),
                    );
                    let last = lines.len() - 1;
                    for (at, text) in lines.iter().enumerate() {
                        say(stream, &format!("250{}{text}", if at == last { ' ' } else { '-' }))
                            .await;
                    }
                }
                "STARTTLS" => {
                    say(stream, "220 go ahead").await;
                    return Some(true);
                }
                "MAIL" => {
                    if script.hang_ups > 0 {
                        self.change(|s| s.hang_ups -= 1);
                        return None;
                    }
                    now = Received { over_tls, mail: line, ..Received::default() };
                    say(stream, &script.mail.unwrap_or_else(|| "250 2.1.0 ok".into())).await;
                }
                "RCPT" => {
                    let to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let reply = script.rcpt.get(&to).cloned();
                    let mut reply = reply.unwrap_or_else(|| "250 2.1.5 ok".into());
                    if script.max_rcpt > 0 && now.rcpt.len() >= script.max_rcpt {
                        reply = "452 4.5.3 too many recipients".into();
                    }
                    if reply.starts_with('2') {
                        now.rcpt.push(line);
                    }
                    say(stream, &reply).await;
                }
                "DATA" => {
                    say(stream, "354 go ahead").await;
                    loop {
                        match self::line(stream).await?.as_str() {
                            "." => break,
                            text => now.data.push_str(&format!(
                                "{}\r\n",
                                text.strip_prefix('.').unwrap_or(text)
                            )),
                        }
                    }
                    let reply = script.message.unwrap_or_else(|| "250 2.0.0 taken".into());
                    if reply.starts_with('2') {
                        self.received.lock().unwrap().push(std::mem::take(&mut now));
                    }
                    say(stream, &reply).await;
                }
                "AUTH" => say(stream, "235 2.7.0 ok").await,
                "QUIT" => {
                    say(stream, "221 bye").await;
                    return None;
                }
                _ => say(stream, "250 2.0.0 ok").await,
            }
        }
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, line: &str) {
    let _ = stream.write_all(format!("{line}\r\n").as_bytes()).await;
    let _ = stream.flush().await;
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut bytes = Vec::new();
    let length = stream.read_until(b'\n', &mut bytes).await.ok()?;
    assert!(length == 0 || bytes.ends_with(b"\r\n"), "bare LF from the relay");
    if length == 0 {
        return None;
    }
    bytes.truncate(length - 2);
    assert!(!bytes.contains(&b'\r'), "bare CR from the relay");
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
