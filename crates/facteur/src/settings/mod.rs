//! The settings: one TOML file, short, every key with a default.
//!
//! Domains, accounts and aliases are not here but in the store. Each crate
//! owns the type of its section; the commented text of all defaults is
//! `default.toml`, which a test compares with the types.

mod keys;
mod listen;
mod nearest;
mod place;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use listen::{Door, Listen, LmtpAddress};
pub(crate) use place::{Place, read};

/// The text that `facteur config default` prints.
pub const DEFAULT_TEXT: &str = include_str!("default.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The name this server gives itself; empty takes the machine's.
    pub hostname: String,
    /// The directory that holds everything.
    pub data: PathBuf,
    /// Networks from which a password may come without TLS.
    pub plaintext_auth_from: net::Trusted,
    /// `[listen]`
    pub listen: Listen,
    /// `[tls]`
    pub tls: net::TlsConfig,
    /// `[store]`
    pub store: Store,
    /// `[engine]`
    pub engine: engine::EmbeddedConfig,
    /// `[quota]`
    pub quota: directory::QuotaConfig,
    /// `[passwords]`
    pub passwords: directory::PasswordConfig,
    /// `[mailstore]`
    pub mailstore: mailstore::Config,
    /// `[delivery]`
    pub delivery: delivery::Config,
    /// `[queue]`
    pub queue: queue::Config,
    /// `[relay]`
    pub relay: relay::Config,
    /// `[smtp]`
    pub smtp: smtp::Config,
    /// `[imap]`
    pub imap: imap::Config,
    /// `[pop3]`
    pub pop3: pop3::Config,
    /// `[web]`
    pub web: Web,
    /// `[log]`
    pub log: Log,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            hostname: String::new(),
            data: PathBuf::from("/var/lib/facteur"),
            plaintext_auth_from: net::Trusted::default(),
            listen: Listen::default(),
            tls: net::TlsConfig::default(),
            store: Store::default(),
            engine: engine::EmbeddedConfig::default(),
            quota: directory::QuotaConfig::default(),
            passwords: directory::PasswordConfig::default(),
            mailstore: mailstore::Config::default(),
            delivery: delivery::Config::default(),
            queue: queue::Config::default(),
            relay: relay::Config::default(),
            smtp: smtp::Config::default(),
            imap: imap::Config::default(),
            pop3: pop3::Config::default(),
            web: Web::default(),
            log: Log::default(),
        }
    }
}

/// `[store]`: where mail is kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Store {
    /// Which engine.
    pub engine: EngineName,
}

/// The engines there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// Files in the data directory.
    #[default]
    Embedded,
}

/// `[web]`: the webmail.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Web {
    /// For how long a message waits before it leaves, so that its sender may
    /// think again.
    pub undo_seconds: u32,
}

impl Default for Web {
    fn default() -> Web {
        Web { undo_seconds: 10 }
    }
}

/// `[log]`: what is written to standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`, or directives as
    /// `info,smtp=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Log {
        Log { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `2026-11-23T20:00:00Z  INFO smtp: …`
    Text,
    /// One object per line.
    Json,
}

/// What is wrong with a file of settings, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: Wrong,
}

/// What can be wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A key that nobody reads.
    UnknownKey {
        /// The table it stands in; empty at the top.
        table: String,
        /// The key.
        key: String,
        /// The known key that was probably meant.
        nearest: Option<&'static str>,
    },
    /// No TOML, or a value that its key does not take; told by the parser.
    Invalid(String),
}

impl Settings {
    /// Reads settings, or says everything that is wrong with them.
    pub fn parse(text: &str) -> Result<Settings, Vec<Problem>> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|b| *b == b'\n').count();
        let invalid = |error: &toml::de::Error| Problem {
            line: line(error.span().map_or(0, |span| span.start)),
            what: Wrong::Invalid(error.message().to_owned()),
        };
        let document = toml::de::DeTable::parse(text).map_err(|error| vec![invalid(&error)])?;
        let mut problems = Vec::new();
        unknown_keys(document.get_ref(), &[], &mut problems);
        let mut problems: Vec<Problem> =
            problems.into_iter().map(|(at, what)| Problem { line: line(at), what }).collect();
        match toml::from_str::<Settings>(text) {
            Ok(settings) if problems.is_empty() => Ok(settings),
            Ok(_) => Err(problems),
            // The sections of other crates refuse unknown keys themselves;
            // those were named above already, and better.
            Err(error) if !error.message().starts_with("unknown field") || problems.is_empty() => {
                problems.push(invalid(&error));
                problems.sort_by_key(|problem| problem.line);
                Err(problems)
            }
            Err(_) => Err(problems),
        }
    }

    /// The name the server gives itself.
    pub fn hostname(&self) -> String {
        if !self.hostname.is_empty() {
            return self.hostname.clone();
        }
        let machine = rustix::system::uname();
        machine
            .nodename()
            .to_str()
            .ok()
            .filter(|name| !name.is_empty())
            .unwrap_or("localhost")
            .to_owned()
    }

    /// What the directory is told.
    pub(crate) fn directory(&self) -> directory::Config {
        directory::Config { quota: self.quota.clone(), passwords: self.passwords.clone() }
    }

    /// What the webmail is told.
    pub(crate) fn web(&self) -> web::Config {
        web::Config {
            hostname: self.hostname(),
            https_port: self.listen.https.first().map_or(443, std::net::SocketAddr::port),
            max_message_bytes: self.smtp.max_message_bytes,
            undo_seconds: self.web.undo_seconds,
        }
    }

    /// A path of the settings; relative ones count from the settings' own directory.
    pub(crate) fn anchor(&mut self, file: &Path) {
        let directory = file.parent().unwrap_or(Path::new(""));
        let files = [&mut self.tls.certificate, &mut self.tls.key];
        let authority = self.relay.smarthost.as_mut().and_then(|host| host.authority.as_mut());
        for path in files.into_iter().flatten().chain(authority).chain([&mut self.data]) {
            if path.is_relative() {
                *path = directory.join(&*path);
            }
        }
    }
}

fn unknown_keys(table: &toml::de::DeTable<'_>, path: &[&str], into: &mut Vec<(usize, Wrong)>) {
    // Without known keys this is no table of ours, and its value is refused
    // where it is read.
    let Some(known) = keys::at::<Settings>(path) else { return };
    for (key, value) in table.iter() {
        let name = key.get_ref().as_ref();
        if !known.contains(&name) {
            let nearest = nearest::nearest(name, known);
            let wrong = Wrong::UnknownKey { table: path.join("."), key: name.to_owned(), nearest };
            into.push((key.span().start, wrong));
        } else if let toml::de::DeValue::Table(inner) = value.get_ref() {
            let longer: Vec<&str> = path.iter().copied().chain([name]).collect();
            unknown_keys(inner, &longer, into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_text_is_the_defaults() {
        let parsed = Settings::parse(DEFAULT_TEXT).expect("the default text is valid");
        let (text, types) = (format!("{parsed:#?}"), format!("{:#?}", Settings::default()));
        for (text, types) in text.lines().zip(types.lines()) {
            assert_eq!(text.trim(), types.trim());
        }
    }

    #[test]
    fn the_default_text_names_every_key() {
        // Keys whose default depends on the machine, or is none, stand there
        // as a comment: `# key = value`.
        let shown = |line: &str| {
            line.strip_prefix("# ").filter(|rest| is_assignment(rest)).map(str::to_owned)
        };
        let lines = DEFAULT_TEXT.lines().map(|line| shown(line).unwrap_or_else(|| line.to_owned()));
        let text = lines.collect::<Vec<_>>().join("\n");
        let document: toml::Table = toml::from_str(&text).expect("TOML");
        for path in keys::all::<Settings>() {
            let mut value = Some(toml::Value::Table(document.clone()));
            for key in &path {
                value = value.and_then(|v| v.get(key).cloned());
            }
            assert!(value.is_some(), "default.toml does not name {}", path.join("."));
        }
        assert!(Settings::parse(&text).is_ok(), "{:?}", Settings::parse(&text));
    }

    fn is_assignment(text: &str) -> bool {
        let key = text.split(" = ").next().unwrap_or("");
        text.contains(" = ") && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    }

    #[test]
    fn no_settings_are_the_defaults() {
        let parsed = Settings::parse("").expect("an empty file is valid");
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Settings::default()));
    }

    #[test]
    fn problems_are_found_with_their_line() {
        let unknown = |table: &str, key: &str, nearest| Wrong::UnknownKey {
            table: table.into(),
            key: key.into(),
            nearest,
        };
        let rows: &[(&str, &[(usize, Wrong)])] = &[
            ("hostnam = 'x'", &[(1, unknown("", "hostnam", Some("hostname")))]),
            (
                "\n[listen]\nimpa = []\nzzzzzz = 1",
                &[
                    (3, unknown("listen", "impa", Some("imap"))),
                    (4, unknown("listen", "zzzzzz", None)),
                ],
            ),
            ("[liste]\nimap = []", &[(1, unknown("", "liste", Some("listen")))]),
            (
                "quota.growth-per-day = 1",
                &[(1, unknown("quota", "growth-per-day", Some("growth_per_day")))],
            ),
        ];
        for (text, expected) in rows {
            let found = Settings::parse(text).expect_err(text);
            let found: Vec<(usize, Wrong)> = found.into_iter().map(|p| (p.line, p.what)).collect();
            assert_eq!(&found, expected, "{text}");
        }
    }

    #[test]
    fn wrong_values_are_found_with_their_line() {
        let rows = [
            ("a = 1\nhostname = ", 2),
            ("hostname = 1", 1),
            ("[quota]\ndefault = '6 GiBi'", 2),
            ("[quota]\n\ndefault = -1", 3),
            ("[store]\nengine = 'postgres'", 2),
            ("[listen]\nimap = ['nowhere']", 2),
            ("listen = 3", 1),
        ];
        for (text, line) in rows {
            let found = Settings::parse(text).expect_err(text);
            let wrong = found.iter().find(|p| matches!(p.what, Wrong::Invalid(_)));
            assert_eq!(wrong.map(|p| p.line), Some(line), "{text}: {found:?}");
        }
    }

    #[test]
    fn relative_paths_count_from_the_file() {
        let mut settings = Settings { data: "data".into(), ..Settings::default() };
        settings.anchor(Path::new("/srv/mail/facteur.toml"));
        assert_eq!(settings.data, Path::new("/srv/mail/data"));
        assert_eq!(settings.tls.key, None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = Settings::parse(&text);
        }
    }
}
