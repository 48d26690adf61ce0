//! Dialogues with real sessions on a mail store in memory.
//!
//! ```text
//! C: a NOOP          a line the client sends, with CRLF
//! C+: abc\r\n        bytes it sends as they stand: \r \n \0 \\
//! S: a OK done       a line the server must answer
//! S: * OK [...       "..." stands for anything, in the middle or at the end
//! C2: / S2:          the same for a second client of the same account
//! ```
//!
//! Each client has logged in and selected INBOX before the script begins,
//! unless the script is played by [`House::raw`] or [`House::logged_in`].

use std::sync::Arc;
use std::time::Duration;

use directory::Directory;
use engine::Memory;
use mailstore::{Account, Mailstore, NewMessage, Policy, Rules};
use model::{Clock, Flags, MailboxName, Secret, Timestamp};
use net::{Connection, Shutdown, Tls, Trusted};
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf,
};
use tokio::time::timeout;

use crate::{Config, Service};

const PATIENCE: Duration = Duration::from_secs(10);
/// 2023-11-14 22:13:20 UTC, which is also the first UIDVALIDITY.
pub(crate) const NOW: i64 = 1_700_000_000;

/// A server with the account alice@example.org, whose password is `secret`.
pub(crate) struct House {
    pub(crate) service: Service,
    pub(crate) account: Account,
    pub(crate) shutdown: Shutdown,
    pub(crate) directory: Directory,
    pub(crate) memory: Arc<Memory>,
}

/// What a fixture message is like.
pub(crate) const LETTER: &str = "Date: Tue, 14 Nov 2023 22:00:00 +0100\r\n\
From: Bob <bob@example.org>\r\n\
To: alice@example.org\r\n\
Subject: hello\r\n\
Message-ID: <1@example.org>\r\n\
\r\n\
Hi Alice\r\n";

impl House {
    /// With `letters` copies of a letter in INBOX.
    pub(crate) async fn with_letters(letters: usize) -> House {
        House::with_config(letters, Config::default()).await
    }

    /// The same with settings.
    pub(crate) async fn with_config(letters: usize, config: Config) -> House {
        House::build(letters, config, None, "192.0.2.0/24").await
    }

    /// Where clients must use TLS, which `tls` gives.
    pub(crate) async fn build(
        letters: usize,
        config: Config,
        tls: Option<Tls>,
        trusted: &str,
    ) -> House {
        House::with_rules(letters, config, tls, trusted, Rules::default()).await
    }

    /// Where accounts may keep `quota` bytes.
    pub(crate) async fn with_quota(letters: usize, quota: u64) -> House {
        let policy = Policy { quota: Some(quota), ..Policy::default() };
        let rules = Rules { policy: Arc::new(move |_| policy), ..Rules::default() };
        House::with_rules(letters, Config::default(), None, "192.0.2.0/24", rules).await
    }

    async fn with_rules(
        letters: usize,
        config: Config,
        tls: Option<Tls>,
        trusted: &str,
        rules: Rules,
    ) -> House {
        let memory = Arc::new(Memory::new());
        let engine: engine::Shared = memory.clone();
        let clock = Clock::manual(NOW);
        let directory =
            Directory::open(engine.clone(), clock.clone(), directory::Config::for_tests())
                .await
                .expect("a directory");
        directory.add_domain("example.org").await.expect("a domain");
        let address = "alice@example.org".parse().expect("an address");
        let id = directory
            .add_account(&address, &Secret::new("secret"), None, false, "en")
            .await
            .expect("an account");
        let mailstore = Mailstore::new(engine, clock, rules, mailstore::Config::default());
        let account = mailstore.account(id).await.expect("an account");
        let shutdown = Shutdown::new();
        let networks =
            if trusted.is_empty() { Vec::new() } else { vec![trusted.parse().expect("a network")] };
        let service = Service::new(
            config,
            directory.clone(),
            mailstore,
            tls,
            Trusted(networks),
            shutdown.clone(),
        );
        let house = House { service, account, shutdown, directory, memory };
        for _ in 0..letters.min(50) {
            house.deliver("INBOX", LETTER).await;
        }
        let more = letters.saturating_sub(50);
        if more > 0 {
            // Many at once, so that tests of many are quick.
            let letter = NewMessage::new(LETTER.as_bytes(), Timestamp(NOW));
            house
                .write(move |tx| {
                    let inbox = tx.role(model::Role::Inbox);
                    (0..more)
                        .try_for_each(|_| tx.append(&letter.with_prefix(""), &[inbox]).map(drop))
                })
                .await;
        }
        house
    }

    /// Puts a message into a mailbox, as an arrival does.
    pub(crate) async fn deliver(&self, mailbox: &str, text: &str) {
        let name: MailboxName = mailbox.parse().expect("a name");
        let message = NewMessage::new(text.as_bytes(), Timestamp(NOW));
        self.write(move |tx| {
            let id = tx.named(&name).expect("a mailbox").id;
            tx.append(&message, &[id]).map(drop)
        })
        .await;
    }

    /// Changes something behind the sessions' backs.
    pub(crate) async fn write<F>(&self, act: F)
    where
        F: FnMut(&mut mailstore::Tx<'_>) -> Result<(), mailstore::Error> + Send + 'static,
    {
        self.account.write(act).await.expect("written");
    }

    /// Marks the first letters of INBOX `\Seen`, so that SELECT says less.
    pub(crate) async fn read_all(&self) {
        let numbers: Vec<_> =
            self.account.read(|s| s.messages().map(|m| m.number).collect()).await.expect("read");
        self.write(move |tx| tx.mark(&numbers, Flags::SEEN, Flags::NONE)).await;
    }

    /// A client that has just connected, the greeting unread.
    pub(crate) fn client(&self) -> Client {
        let (server, client) = tokio::io::duplex(64 * 1024);
        let connection = Connection::plain(server, net::test_support::peer());
        let service = self.service.clone();
        tokio::spawn(async move { service.serve(connection).await });
        let (read, write) = tokio::io::split(client);
        Client { read: BufReader::new(read), write }
    }

    /// Plays a script from the greeting on.
    pub(crate) async fn raw(&self, script: &str) {
        self.play(script, Start::Greeting).await;
    }

    /// Plays a script of clients that have logged in.
    pub(crate) async fn logged_in(&self, script: &str) {
        self.play(script, Start::LoggedIn).await;
    }

    /// Plays a script of clients that have selected INBOX.
    pub(crate) async fn transcript(&self, script: &str) {
        self.play(script, Start::Selected).await;
    }

    async fn play(&self, script: &str, start: Start) {
        let mut clients: Vec<Client> = Vec::new();
        let mut expected = Vec::new();
        let mut happened = Vec::new();
        let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
        for line in lines {
            let (who, text) = line.split_once(':').expect("a line begins with C: or S:");
            let text = text.strip_prefix(' ').unwrap_or(text);
            let digits: String = who.chars().filter(char::is_ascii_digit).collect();
            let number: usize = digits.parse().unwrap_or(1);
            while clients.len() < number {
                let mut client = self.client();
                client.prepare(start).await;
                clients.push(client);
            }
            let client = &mut clients[number - 1];
            expected.push(line.to_owned());
            if who.starts_with('S') {
                let got = client.hear().await;
                let shown = if like(&got, text) { text } else { got.as_str() };
                happened.push(format!("{who}: {shown}").trim_end().to_owned());
                if got == "[nothing]" {
                    break;
                }
            } else {
                happened.push(line.to_owned());
                if who.ends_with('+') {
                    client.send(&unescape(text)).await;
                } else {
                    client.send(format!("{text}\r\n").as_bytes()).await;
                }
            }
        }
        for (at, client) in clients.into_iter().enumerate() {
            happened
                .extend(client.rest().await.into_iter().map(|line| format!("S{}: {line}", at + 1)));
        }
        let (happened, expected) = (happened.join("\n"), expected.join("\n"));
        assert!(
            happened == expected,
            "\n--- what happened\n{happened}\n--- the script\n{expected}\n"
        );
    }
}

#[derive(Clone, Copy)]
enum Start {
    Greeting,
    LoggedIn,
    Selected,
}

/// One client's end.
pub(crate) struct Client {
    read: BufReader<ReadHalf<DuplexStream>>,
    write: WriteHalf<DuplexStream>,
}

impl Client {
    async fn prepare(&mut self, start: Start) {
        if matches!(start, Start::Greeting) {
            return;
        }
        self.hear().await;
        self.command("x LOGIN alice@example.org secret").await;
        if matches!(start, Start::Selected) {
            self.command("x SELECT INBOX").await;
        }
    }

    /// Sends a line that begins with `x` and gives all that is answered.
    pub(crate) async fn command(&mut self, line: &str) -> Vec<String> {
        self.send(format!("{line}\r\n").as_bytes()).await;
        let mut heard = Vec::new();
        loop {
            let line = self.hear().await;
            let end = line.starts_with("x ") || line.starts_with('[');
            heard.push(line);
            if end {
                return heard;
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // A server that has closed takes nothing; what it said is compared.
        let _ = timeout(PATIENCE, self.write.write_all(bytes)).await;
    }

    pub(crate) async fn hear(&mut self) -> String {
        let mut line = Vec::new();
        match timeout(PATIENCE, self.read.read_until(b'\n', &mut line)).await {
            Err(_) => return "[nothing]".into(),
            Ok(Err(error)) => return format!("[{error}]"),
            Ok(Ok(0)) => return "[closed]".into(),
            Ok(Ok(_)) => {}
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        line.strip_suffix("\r\n")
            .map(str::to_owned)
            .unwrap_or_else(|| format!("{line:?} without CRLF"))
    }

    async fn rest(mut self) -> Vec<String> {
        let _ = self.write.shutdown().await;
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, self.read.read_to_end(&mut rest)).await;
        String::from_utf8_lossy(&rest).lines().map(str::to_owned).collect()
    }
}

/// Whether `got` is `expected`, in which `...` stands for anything.
fn like(got: &str, expected: &str) -> bool {
    let mut pieces = expected.split("...");
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = got.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last = Some(piece);
    }
    rest.is_empty() || last == Some("")
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => bytes.push(match chars.next().expect("an escape has a letter") {
                'r' => b'\r',
                'n' => b'\n',
                '0' => 0,
                '\\' => b'\\',
                other => panic!("there is no escape \\{other}"),
            }),
            (c, false) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}
