//! The one screen that says what to do.

use std::net::SocketAddr;
use std::path::Path;

use crate::say::{Sentence, say};
use crate::settings::{Door, Settings};

/// Address, accounts, what a mail program wants, a mail to send, how to stop.
pub(crate) fn text(settings: &Settings, kept: Option<&Path>) -> String {
    let port = |door| settings.listen.addresses(door).first().map_or(0, SocketAddr::port);
    let host = host(settings, Door::Imap);
    let http = format!("http://{}:{}/", self::host(settings, Door::Http), port(Door::Http));
    let https = format!("https://{host}:{}/", port(Door::Https));
    let curl = format!(
        "printf 'From: You <you@example.net>\\nTo: alice@{domain}\\nSubject: Hello\\n\\nIt works.\\n' |\n    \
         curl -sS --crlf smtp://{host}:{port} --mail-from you@example.net --mail-rcpt alice@{domain} -T -",
        domain = super::DOMAIN,
        port = port(Door::Smtp),
    );
    let accounts = super::PEOPLE.map(|(local, _)| format!("{local}@{}", super::DOMAIN)).join("  ");
    let program = Sentence::new("cli-demo-program")
        .with("host", &host)
        .with("imap", port(Door::Imap))
        .with("imaps", port(Door::Imaps))
        .with("pop3", port(Door::Pop3))
        .with("pop3s", port(Door::Pop3s))
        .with("submission", port(Door::Submission))
        .with("submissions", port(Door::Submissions));
    let stop = match kept {
        Some(data) => Sentence::new("cli-demo-stop-kept").with("data", data.display()).to_string(),
        None => say("cli-demo-stop"),
    };
    let open = Sentence::new("cli-demo-open").with("http", http).with("https", https);
    let people = Sentence::new("cli-demo-accounts")
        .with("accounts", accounts)
        .with("password", super::PASSWORD);
    let curl = format!("{}\n    {curl}", say("cli-demo-curl"));
    // The sentences begin with a word of twelve columns; what follows stands under it.
    let [open, people, program] =
        [open, people, program].map(|s| s.to_string().replace('\n', "\n            "));
    format!("\n{}\n\n{open}\n\n{people}\n\n{program}\n\n{curl}\n\n{stop}\n", say("cli-demo-title"))
}

/// What to type as the name of the server.
fn host(settings: &Settings, door: Door) -> String {
    match settings.listen.addresses(door).first().map(SocketAddr::ip) {
        Some(ip) if !ip.is_loopback() && !ip.is_unspecified() && ip.is_ipv6() => format!("[{ip}]"),
        Some(ip) if !ip.is_loopback() && !ip.is_unspecified() => ip.to_string(),
        Some(ip) if ip.is_ipv6() => "[::1]".to_owned(),
        _ => "127.0.0.1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_screen() {
        let listen = super::super::listen(std::net::Ipv4Addr::LOCALHOST.into(), 2000);
        let settings = super::super::settings(Path::new("/tmp/x"), listen);
        let text = text(&settings, None);
        assert!(text.lines().count() <= 24, "{text}");
        for wanted in [
            "http://127.0.0.1:2080/",
            "https://127.0.0.1:2443/",
            "alice@demo.test",
            "facteur-demo",
            "2143",
            "2993",
            "2110",
            "2995",
            "2587",
            "2465",
            "smtp://127.0.0.1:2025",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing in {text}");
        }
    }
}
