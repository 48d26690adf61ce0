//! `facteur import`: mail from mbox files and Maildirs, with flags and labels.
//!
//! It may be broken off at any time and begun again: what is there already is
//! not taken twice (see `admin::messages`).

use std::fs;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use indicatif::ProgressBar;
use model::{Address, MailboxName, Timestamp};

use super::progress::{Stop, bar};
use super::{block_on, unexpected};
use crate::admin::messages::{Import as Message, Imported, Label};
use crate::admin::{Office, Reply, Request};
use crate::exit::{Exit, Failure};
use crate::formats::marks::Marks;
use crate::formats::source::{self, Kind, Source};
use crate::formats::{labels, maildir, mbox};
use crate::output::{as_json, line, note};
use crate::say::Sentence;
use crate::settings::Place;

#[derive(clap::Args)]
pub(crate) struct Import {
    #[arg(value_name = "ADDRESS")]
    address: Address,
    #[arg(value_name = "PATH", required = true)]
    source: Vec<PathBuf>,
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
    #[arg(long)]
    json: bool,
}

/// The largest message that is taken: larger ones no mail program opens.
const MAX_MESSAGE_BYTES: usize = 150 << 20;
/// A batch is one commit.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 8 << 20;

impl Import {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let mut sources = Vec::new();
        for path in &self.source {
            let unreadable = |error: io::Error| {
                let exit = if error.kind() == io::ErrorKind::NotFound {
                    Exit::NoInput
                } else {
                    Exit::IoErr
                };
                Failure::new(exit, "cli-unreadable")
                    .with("path", path.display())
                    .with("error", error)
            };
            let found = source::find(path).map_err(unreadable)?;
            if found.is_empty() {
                return Err(
                    Failure::new(Exit::DataErr, "cli-import-unknown").with("path", path.display())
                );
            }
            sources.extend(found);
        }
        if let Some(name) = &self.label {
            let name: MailboxName = name.parse().map_err(|error| {
                Failure::new(Exit::DataErr, "cli-label-bad")
                    .with("label", name)
                    .with("error", error)
            })?;
            let levels: Vec<String> = name.as_str().split('/').map(str::to_owned).collect();
            for source in &mut sources {
                source.label = labels::label(&levels);
            }
        }
        let settings = place.settings()?;
        block_on(async {
            let mut office = Office::open(settings).await?;
            let bar = bar(sources.iter().map(|source| source.bytes).sum());
            let mut work = Work {
                office: &mut office,
                address: self.address,
                batch: Vec::new(),
                payload: Vec::new(),
                imported: Imported::default(),
                too_large: 0,
                stop: Stop::on_interrupt(),
                bar,
            };
            let done = work.all(&sources).await;
            work.bar.finish_and_clear();
            let (imported, too_large) = (work.imported, work.too_large);
            office.close().await;
            report(imported, too_large, self.json);
            done
        })
    }
}

fn report(imported: Imported, too_large: u64, json: bool) {
    if json {
        return as_json(&imported);
    }
    let said =
        Sentence::new("cli-imported").count("new", imported.new).count("known", imported.known);
    line(said);
    if too_large > 0 {
        note(Sentence::new("cli-import-too-large").count("messages", too_large));
    }
}

struct Work<'a> {
    office: &'a mut Office,
    address: Address,
    batch: Vec<Message>,
    payload: Vec<u8>,
    imported: Imported,
    too_large: u64,
    stop: Stop,
    bar: ProgressBar,
}

impl Work<'_> {
    async fn all(&mut self, sources: &[Source]) -> Result<(), Failure> {
        for source in sources {
            self.bar.set_message(source.path.display().to_string());
            let read = match source.kind {
                Kind::Mbox => self.mbox(source).await,
                Kind::Maildir => self.maildir(source).await,
            };
            match read {
                Ok(()) => {}
                Err(Trouble::Failure(failure)) => return Err(failure),
                Err(Trouble::File(error)) => {
                    // What was read before is kept.
                    self.flush().await?;
                    let failure = Failure::new(Exit::IoErr, "cli-unreadable");
                    return Err(failure.with("path", source.path.display()).with("error", error));
                }
            }
        }
        self.flush().await
    }

    async fn mbox(&mut self, source: &Source) -> Result<(), Trouble> {
        let file = fs::File::open(&source.path)?;
        let written = modified(&file.metadata()?);
        let before = self.bar.position();
        let mut reader =
            mbox::Reader::new(BufReader::with_capacity(1 << 18, file), MAX_MESSAGE_BYTES);
        while let Some(item) = reader.next_message()? {
            match item.message {
                Some(message) => {
                    let (marks, message) = Marks::take(&message);
                    self.take(marks, message, item.date, written, source.label.as_ref()).await?;
                }
                None => self.too_large += 1,
            }
            self.bar.set_position(before + item.end);
        }
        Ok(())
    }

    async fn maildir(&mut self, source: &Source) -> Result<(), Trouble> {
        for entry in maildir::entries(&source.path)? {
            let facts = match fs::metadata(&entry.path) {
                Ok(facts) => facts,
                // Renamed by a program that works on it; it comes with the next run.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            self.bar.inc(facts.len());
            if facts.len() > MAX_MESSAGE_BYTES as u64 {
                self.too_large += 1;
                continue;
            }
            let message = with_crlf(&fs::read(&entry.path)?);
            let date = maildir::date(&entry.path, modified(&facts));
            self.take(entry.marks, message, Some(date), date, source.label.as_ref()).await?;
        }
        Ok(())
    }

    /// Puts a message into the batch, and the batch into the account when it
    /// is full.
    async fn take(
        &mut self,
        mut marks: Marks,
        message: Vec<u8>,
        date: Option<Timestamp>,
        otherwise: Timestamp,
        label: Option<&Label>,
    ) -> Result<(), Trouble> {
        if marks.expunged {
            return Ok(());
        }
        let labels = if marks.labels.is_empty() {
            // Being in All Mail is no label.
            let all = Label::Role(model::Role::All);
            label.filter(|label| **label != all).cloned().into_iter().collect()
        } else {
            labels::of_takeout(&mut marks)
        };
        let date = date.or_else(|| message::facts(&message).date).unwrap_or(otherwise);
        self.batch.push(Message {
            bytes: message.len(),
            date,
            flags: marks.flags,
            keywords: marks.keywords,
            deleted: marks.deleted,
            labels,
        });
        self.payload.extend_from_slice(&message);
        if self.batch.len() >= BATCH || self.payload.len() >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        if !self.batch.is_empty() {
            let messages = std::mem::take(&mut self.batch);
            let payload = Bytes::from(std::mem::take(&mut self.payload));
            let request = Request::Import { address: self.address.clone(), messages };
            match self.office.ask(request, payload).await?.0 {
                Reply::Imported(done) => {
                    self.imported.new += done.new;
                    self.imported.known += done.known;
                }
                _ => return Err(unexpected()),
            }
        }
        if self.stop.is_set() {
            return Err(Failure::new(Exit::TempFail, "cli-import-stopped"));
        }
        Ok(())
    }
}

enum Trouble {
    File(io::Error),
    Failure(Failure),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::File(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failure(failure)
    }
}

fn modified(facts: &fs::Metadata) -> Timestamp {
    let since = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Timestamp(since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0)))
}

/// Line ends of a message as the protocols want them (RFC 5322 §2.1).
fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 40);
    for line in text.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends() {
        assert_eq!(with_crlf(b"a\nb\r\n\nc"), b"a\r\nb\r\n\r\nc");
    }
}
