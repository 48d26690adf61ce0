//! The demonstration, as a stranger meets it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A demonstration, ended with the test.
struct Demo {
    child: Child,
    out: BufReader<ChildStdout>,
    offset: u16,
    screen: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(home: &Path, offset: u16, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_facteur"));
    command.arg("demo").arg("--port-offset").arg(offset.to_string()).args(more);
    command.env("LC_ALL", "C").env("HOME", home).env("TMPDIR", home).current_dir(home);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Demo {
    /// Starts one where no port is busy.
    fn start(home: &Path, more: &[&str]) -> Demo {
        let first = 10_000 + u16::try_from(std::process::id() % 20_000).expect("small");
        for offset in (first..60_000).step_by(1_117) {
            let mut child = command(home, offset, more).spawn().expect("it runs");
            let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
            let mut screen = String::new();
            while !screen.contains("Ctrl-C") && out.read_line(&mut screen).expect("readable") > 0 {}
            if screen.contains("Ctrl-C") {
                return Demo { child, out, offset, screen };
            }
            assert_eq!(child.wait().expect("it ends").code(), Some(69));
        }
        panic!("every port is busy");
    }

    fn connect(&self, port: u16) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", port + self.offset)).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
        stream
    }

    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("readable");
        assert!(self.child.wait().expect("it ends").success(), "{rest}");
    }
}

#[test]
fn a_demonstration_from_start_to_end() {
    let home = tempfile::tempdir().expect("a directory");
    let began = Instant::now();
    let demo = Demo::start(home.path(), &[]);
    // Two seconds are promised of a release build on a quiet machine.
    assert!(began.elapsed() < Duration::from_secs(60));
    for wanted in ["alice@demo.test", "facteur-demo", "http://127.0.0.1:", "curl"] {
        assert!(demo.screen.contains(wanted), "{wanted} is missing in {}", demo.screen);
    }
    let mut web = demo.connect(80);
    web.write_all(b"GET /login HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("sent");
    let mut page = String::new();
    web.read_to_string(&mut page).expect("a page");
    assert!(page.starts_with("HTTP/1.0 200") || page.starts_with("HTTP/1.1 200"), "{page}");
    for (port, greeting) in [(25, "220 "), (587, "220 "), (143, "* OK "), (110, "+OK ")] {
        let mut line = String::new();
        BufReader::new(demo.connect(port)).read_line(&mut line).expect("a greeting");
        assert!(line.starts_with(greeting), "{port}: {line}");
    }
    for port in [465, 993, 995, 443] {
        demo.connect(port);
    }
    demo.stop();
    let left = std::fs::read_dir(home.path()).expect("readable").count();
    assert_eq!(left, 0, "its data were not thrown away");
}

#[test]
fn it_does_not_relay_outside() {
    let home = tempfile::tempdir().expect("a directory");
    let demo = Demo::start(home.path(), &[]);
    let mut output = demo.connect(25);
    let mut input = BufReader::new(output.try_clone().expect("the same"));
    let turns = [
        ("", "220"),
        ("HELO there\r\n", "250"),
        ("MAIL FROM:<alice@demo.test>\r\n", "250"),
        ("RCPT TO:<someone@example.org>\r\n", "5"),
        ("RCPT TO:<bob@demo.test>\r\n", "250"),
    ];
    for (say, expected) in turns {
        output.write_all(say.as_bytes()).expect("sent");
        let mut line = String::new();
        input.read_line(&mut line).expect("an answer");
        assert!(line.starts_with(expected), "{say:?}: {line}");
    }
    demo.stop();
}

#[test]
fn what_is_kept_is_found_again() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("kept");
    let data = data.to_str().expect("text");
    let listed = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facteur"));
        let output = command.args(args).args(["--data", data]).output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let demo = Demo::start(home.path(), &["--keep", "--data", data]);
    listed(&["account", "suspend", "bob@demo.test"]);
    demo.stop();
    let demo = Demo::start(home.path(), &["--keep", "--data", data]);
    let accounts = listed(&["account", "list", "--json"]);
    let accounts: serde_json::Value = serde_json::from_str(&accounts).expect("JSON");
    let bob = accounts.as_array().expect("a list").iter().find(|a| a["address"] == "bob@demo.test");
    assert_eq!(bob.expect("bob")["suspended"], true);
    let alice =
        accounts.as_array().expect("a list").iter().find(|a| a["address"] == "alice@demo.test");
    let number = |key: &str| alice.expect("alice")[key].as_u64().expect("a number");
    let percent = number("used_bytes") * 100 / number("quota_bytes");
    assert!((65..=75).contains(&percent), "the meter stands at {percent} %");
    demo.stop();
}

#[test]
fn a_busy_port_is_named_and_another_offset_offered() {
    let home = tempfile::tempdir().expect("a directory");
    let demo = Demo::start(home.path(), &[]);
    let second = command(home.path(), demo.offset, &[]).output().expect("it ends");
    assert_eq!(second.status.code(), Some(69));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(
        said.contains(&(demo.offset + 25).to_string()) && said.contains("--port-offset"),
        "{said}"
    );
    demo.stop();
}
