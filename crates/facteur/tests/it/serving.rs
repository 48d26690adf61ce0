//! Stories of a running server, told through the binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A server on ports of its own, killed with the test.
struct Server {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Patience with a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes settings that open `door` on a free port and no other.
fn settings(home: &Path, door: &str) {
    settings_with(home, door, "", "");
}

/// The same with more keys at the top, and more sections.
fn settings_with(home: &Path, door: &str, top: &str, sections: &str) {
    let closed =
        ["smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "http", "https"];
    let lines = closed.iter().map(|name| {
        let list = if *name == door { "[\"127.0.0.1:0\"]" } else { "[]" };
        format!("{name} = {list}\n")
    });
    let text = format!(
        "hostname = \"mail.example.org\"\ndata = \"data\"\n{top}\n[log]\nformat = \"json\"\n\
         [passwords]\nmemory_kib = 8\npasses = 1\n{sections}\n[listen]\n{}",
        lines.collect::<String>()
    );
    std::fs::write(home.join("facteur.toml"), text).expect("written");
}

fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_facteur"));
    command.args(args).args(["--config", "facteur.toml"]).current_dir(home);
    command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[track_caller]
fn run(home: &Path, args: &[&str], input: &str) -> String {
    let mut child = command(home, args).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Server {
    /// Starts it and waits until the door is open.
    fn start(home: &Path) -> (Server, SocketAddr) {
        let mut child = command(home, &["serve"]).spawn().expect("it runs");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe"));
        let began = Instant::now();
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("readable"), 0, "it ended");
            assert!(began.elapsed() < PATIENCE, "no door was opened");
            let event: Value =
                serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
            if event["fields"]["message"] == "open" {
                break event["fields"]["address"]
                    .as_str()
                    .expect("an address")
                    .parse()
                    .expect("an address");
            }
        };
        (Server { child, log }, address)
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
    }

    /// Reads the log up to the event that says `message`.
    fn hear(&mut self, message: &str) -> Value {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).expect("readable"), 0, "it ended");
            let event: Value =
                serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
            if event["fields"]["message"] == message {
                return event["fields"].clone();
            }
        }
    }

    /// Tells it to stop and waits for its end.
    fn stop(mut self) -> String {
        self.signal("-TERM");
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).expect("readable");
        assert!(self.child.wait().expect("it ends").success(), "{rest}");
        rest
    }
}

/// One line of a protocol.
fn line(input: &mut impl BufRead) -> String {
    let mut line = String::new();
    input.read_line(&mut line).expect("an answer");
    line
}

/// The last line of an answer, which has a space behind its code.
fn last_line(input: &mut impl BufRead) -> String {
    loop {
        let answer = line(input);
        if answer.as_bytes().get(3) != Some(&b'-') {
            return answer;
        }
    }
}

/// Hands in a mail for alice by SMTP.
fn send(address: SocketAddr, subject: &str) {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut input = BufReader::new(stream.try_clone().expect("the same"));
    let mut output = stream;
    let content = format!("Subject: {subject}\r\n\r\nText.\r\n.\r\n");
    let turns = [
        ("", "220"),
        ("HELO there\r\n", "250"),
        ("MAIL FROM:<bob@example.net>\r\n", "250"),
        ("RCPT TO:<alice@example.org>\r\n", "250"),
        ("DATA\r\n", "354"),
        (&content, "250"),
        ("QUIT\r\n", "221"),
    ];
    for (say, expected) in turns {
        output.write_all(say.as_bytes()).expect("sent");
        let answer = line(&mut input);
        assert!(answer.starts_with(expected), "{say:?}: {answer}");
    }
}

fn messages(home: &Path) -> Value {
    let listed = run(home, &["account", "list", "--json"], "");
    serde_json::from_str::<Value>(&listed).expect("JSON")[0]["messages"].clone()
}

#[test]
fn commands_work_beside_a_running_server() {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path();
    settings(home, "smtp");
    let (server, address) = Server::start(home);
    run(home, &["domain", "add", "example.org"], "");
    run(home, &["account", "add", "alice@example.org", "--password-stdin"], "correct horse\n");
    send(address, "One");
    assert_eq!(messages(home), 1);
    run(home, &["export", "alice@example.org", "out"], "");
    let written = std::fs::read_to_string(home.join("out/INBOX.mbox")).expect("written");
    assert!(written.contains("Subject: One\n"), "{written}");
    std::fs::write(home.join("Old"), written.replace("Subject: One", "Subject: Two"))
        .expect("written");
    run(home, &["import", "alice@example.org", "Old"], "");
    assert_eq!(messages(home), 2);
    let mode = std::fs::metadata(home.join("data/admin.sock")).expect("there").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    server.stop();
    assert_eq!(messages(home), 2, "the same without a server");
}

#[test]
fn a_server_stops_in_order_and_keeps_its_mail() {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path();
    settings(home, "smtp");
    std::fs::create_dir(home.join("data")).expect("made");
    run(home, &["domain", "add", "example.org"], "");
    run(home, &["account", "add", "alice@example.org", "--password-stdin"], "correct horse\n");
    let (server, address) = Server::start(home);
    send(address, "One");
    let log = server.stop();
    assert!(log.contains("\"stopped\""), "{log}");
    assert!(!log.contains("Text.") && !log.contains("correct horse"), "{log}");
    assert!(!home.join("data/admin.sock").exists());
    let (server, _) = Server::start(home);
    assert_eq!(messages(home), 1);
    server.stop();
}

#[test]
fn an_mta_hands_mail_over_by_lmtp() {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path();
    let socket = home.join("lmtp");
    // The section [listen] comes last and goes on with its own doors.
    let listen = format!("[listen]\nlmtp = [{socket:?}]\n#");
    settings_with(home, "imap", "", &listen);
    let text = std::fs::read_to_string(home.join("facteur.toml")).expect("readable");
    std::fs::write(home.join("facteur.toml"), text.replace("#\n[listen]\n", "")).expect("written");
    let (server, _) = Server::start(home);
    run(home, &["domain", "add", "example.org"], "");
    run(home, &["account", "add", "alice@example.org", "--password-stdin"], "correct horse\n");
    let mut output = std::os::unix::net::UnixStream::connect(&socket).expect("a connection");
    let mut input = BufReader::new(output.try_clone().expect("the same"));
    let turns = [
        ("", "220 "),
        ("LHLO mta\r\n", "250 "),
        ("MAIL FROM:<bob@example.net>\r\n", "250 "),
        ("RCPT TO:<alice@example.org>\r\n", "250 "),
        ("RCPT TO:<nobody@example.org>\r\n", "550 "),
        ("DATA\r\n", "354 "),
        ("Subject: One\r\n\r\nText.\r\n.\r\n", "250 "),
    ];
    for (say, expected) in turns {
        output.write_all(say.as_bytes()).expect("sent");
        let answer = last_line(&mut input);
        assert!(answer.starts_with(expected), "{say:?}: {answer}");
    }
    assert_eq!(messages(home), 1);
    server.stop();
}

#[test]
fn hangup_reads_the_certificate_again() {
    let (home, other) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("one"));
    let (home, other) = (home.path(), other.path());
    settings(home, "imaps");
    settings(other, "imaps");
    // Another server makes another certificate.
    Server::start(other).0.stop();
    let (mut server, _) = Server::start(home);
    for file in ["tls/cert.pem", "tls/key.pem"] {
        std::fs::copy(other.join("data").join(file), home.join("data").join(file)).expect("copied");
    }
    server.signal("-HUP");
    let read = server.hear("read the certificate again");
    assert_eq!(read["fingerprint"].as_str().map(str::len), Some(95));
    server.stop();
}

#[test]
fn one_store_one_server() {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path();
    settings(home, "imap");
    let (server, _) = Server::start(home);
    let second = command(home, &["serve"]).output().expect("it ends");
    assert_eq!(second.status.code(), Some(75), "{}", String::from_utf8_lossy(&second.stderr));
    server.stop();
}

#[test]
fn an_administrator_looks_after_the_queue() {
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path();
    // Port 1 of this machine answers nobody: the mail waits.
    let relay = "[relay]\nhosts = { \"example.net\" = [\"127.0.0.1:1\"] }";
    settings_with(home, "submission", "plaintext_auth_from = [\"127.0.0.1\"]", relay);
    let (server, address) = Server::start(home);
    run(home, &["domain", "add", "example.org"], "");
    run(home, &["account", "add", "alice@example.org", "--password-stdin"], "correct horse\n");
    submit(address);
    let list = || -> Value {
        serde_json::from_str(&run(home, &["queue", "list", "--json"], "")).expect("JSON")
    };
    let listed = list();
    assert_eq!(listed[0]["sender"], "alice@example.org");
    assert_eq!(listed[0]["first"], "bob@example.net");
    let id = listed[0]["id"].as_str().expect("an id").to_owned();
    // While an attempt is under way it belongs to the relay.
    let patiently = |what: &str| {
        let began = Instant::now();
        while !command(home, &["queue", what, &id]).output().expect("it ends").status.success() {
            assert!(began.elapsed() < PATIENCE, "the mail was never free for {what}");
        }
    };
    patiently("hold");
    assert_eq!(list()[0]["on_hold"], true);
    let shown = run(home, &["queue", "show", &id], "");
    assert!(shown.contains("bob@example.net") && shown.contains("on hold"), "{shown}");
    patiently("retry");
    assert_eq!(list()[0]["on_hold"], false);
    server.stop();
    // Without a server it is the same queue.
    assert_eq!(list()[0]["id"], id.as_str());
    run(home, &["queue", "remove", &id], "");
    assert_eq!(list().as_array().map(Vec::len), Some(0));
    let gone = command(home, &["queue", "show", &id]).output().expect("it ends");
    assert_eq!(gone.status.code(), Some(67));
}

/// Hands in a mail of alice's for somebody elsewhere.
fn submit(address: SocketAddr) {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut input = BufReader::new(stream.try_clone().expect("the same"));
    let mut output = stream;
    let login = data_encoding::BASE64.encode(b"\0alice@example.org\0correct horse");
    let turns = [
        (String::new(), "220 "),
        ("EHLO there\r\n".to_owned(), "250 "),
        (format!("AUTH PLAIN {login}\r\n"), "235 "),
        ("MAIL FROM:<alice@example.org>\r\n".to_owned(), "250 "),
        ("RCPT TO:<bob@example.net>\r\n".to_owned(), "250 "),
        ("DATA\r\n".to_owned(), "354 "),
        ("From: alice@example.org\r\nSubject: One\r\n\r\nText.\r\n.\r\n".to_owned(), "250 "),
    ];
    for (say, expected) in turns {
        output.write_all(say.as_bytes()).expect("sent");
        let answer = last_line(&mut input);
        assert!(answer.starts_with(expected), "{say:?}: {answer}");
    }
}
