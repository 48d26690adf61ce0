//! `facteur export`: an account's mail as mbox files or as a Maildir.
//!
//! It may be broken off and begun again: a finished mailbox that has not
//! changed since is not written again. A message with several labels is
//! written for each; All Mail holds those without any.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use indicatif::ProgressBar;
use model::{Address, MailboxName, Role, Timestamp};

use super::progress::{Stop, bar};
use super::{block_on, unexpected};
use crate::admin::messages::{Exported, MailboxFacts};
use crate::admin::{Office, Reply, Request};
use crate::exit::{Exit, Failure};
use crate::formats::manifest::{Manifest, Written};
use crate::formats::marks::Marks;
use crate::formats::{from_line, maildir, mbox};
use crate::output::{as_json, line};
use crate::say::Sentence;
use crate::settings::Place;

#[derive(clap::Args)]
pub(crate) struct Export {
    #[arg(value_name = "ADDRESS")]
    address: Address,
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[arg(long, value_enum, default_value = "mbox")]
    format: Format,
    #[arg(long, value_name = "NAME")]
    label: Option<MailboxName>,
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Mbox,
    Maildir,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Mbox => "mbox",
            Format::Maildir => "maildir",
        }
    }
}

impl Export {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let settings = place.settings()?;
        block_on(async {
            let mut office = Office::open(settings).await?;
            let exported = self.mailboxes(&mut office).await;
            office.close().await;
            let manifest = exported?;
            if self.json {
                as_json(&manifest);
                return Ok(());
            }
            let messages = manifest.mailboxes.iter().map(|mailbox| mailbox.messages).sum();
            let said = Sentence::new("cli-exported").count("messages", messages);
            line(
                said.count("mailboxes", manifest.mailboxes.len() as u64)
                    .with("path", self.directory.display()),
            );
            Ok(())
        })
    }

    async fn mailboxes(&self, office: &mut Office) -> Result<Manifest, Failure> {
        let request = Request::Mailboxes { address: self.address.clone() };
        let Reply::Mailboxes(mailboxes) = office.request(request).await? else {
            return Err(unexpected());
        };
        let wanted = |mailbox: &&MailboxFacts| {
            self.label.as_ref().is_none_or(|label| *label == mailbox.name)
        };
        let chosen: Vec<&MailboxFacts> = mailboxes.iter().filter(wanted).collect();
        if let (Some(label), true) = (&self.label, chosen.is_empty()) {
            return Err(Failure::new(Exit::NoUser, "cli-no-label").with("label", label));
        }
        let mut manifest = self.prepare()?;
        let bar = bar(chosen.iter().map(|mailbox| mailbox.messages).sum());
        let mut work = Work { export: self, office, bar, stop: Stop::on_interrupt() };
        for mailbox in chosen {
            work.bar.set_message(mailbox.name.to_string());
            let path = self.path(mailbox);
            let finished = |written: &Written| {
                written.path == path && written.highest_modseq == mailbox.highest_modseq
            };
            if manifest.mailboxes.iter().any(finished) && self.directory.join(&path).exists() {
                work.bar.inc(mailbox.messages);
                continue;
            }
            let written = work.mailbox(mailbox, &path).await?;
            manifest.mailboxes.retain(|old| old.path != path);
            // An empty All Mail of an account that labels everything is no file.
            if let Some(written) = written {
                manifest.mailboxes.push(written);
            }
            manifest.write(&self.directory).map_err(|error| self.unwritable(&error))?;
        }
        work.bar.finish_and_clear();
        Ok(manifest)
    }

    /// The directory, which is new, empty, or of an earlier export of the same kind.
    fn prepare(&self) -> Result<Manifest, Failure> {
        fs::create_dir_all(&self.directory).map_err(|error| self.unwritable(&error))?;
        let found = Manifest::read(&self.directory).map_err(|error| self.unwritable(&error))?;
        let fresh = Manifest {
            address: self.address.to_string(),
            format: self.format.name().to_owned(),
            mailboxes: Vec::new(),
        };
        let other = || {
            Failure::new(Exit::CantCreat, "cli-export-other").with("path", self.directory.display())
        };
        match found {
            Some(old) if old.address == fresh.address && old.format == fresh.format => Ok(old),
            Some(_) => Err(other()),
            None => {
                let mut entries =
                    fs::read_dir(&self.directory).map_err(|error| self.unwritable(&error))?;
                if entries.next().is_some() {
                    return Err(other());
                }
                // From now on the directory is known for ours.
                fresh.write(&self.directory).map_err(|error| self.unwritable(&error))?;
                Ok(fresh)
            }
        }
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        let failure = Failure::new(Exit::CantCreat, "cli-unwritable");
        failure.with("path", self.directory.display()).with("error", error)
    }

    /// Where a mailbox is written, below the directory.
    fn path(&self, mailbox: &MailboxFacts) -> PathBuf {
        let levels: Vec<&str> = mailbox.name.as_str().split(MailboxName::DELIMITER).collect();
        match self.format {
            Format::Maildir if mailbox.role == Some(Role::Inbox) => PathBuf::new(),
            Format::Maildir => PathBuf::from(maildir::directory_name(&levels)),
            Format::Mbox => {
                let mut path: PathBuf = levels.iter().map(|level| safe(level)).collect();
                path.as_mut_os_string().push(".mbox");
                path
            }
        }
    }
}

/// A level as a file name: no dot in front, nothing that leads elsewhere.
fn safe(level: &str) -> String {
    let hidden = if level.starts_with('.') { "_" } else { "" };
    let name: String =
        level.chars().map(|c| if c == '\\' || c == '\0' { '_' } else { c }).collect();
    // 255 bytes is the longest name of most file systems.
    let mut end = name.len().min(200);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{hidden}{}", &name[..end])
}

struct Work<'a> {
    export: &'a Export,
    office: &'a mut Office,
    bar: ProgressBar,
    stop: Stop,
}

impl Work<'_> {
    /// Writes one mailbox; `None` where there is nothing to write.
    async fn mailbox(
        &mut self,
        mailbox: &MailboxFacts,
        path: &Path,
    ) -> Result<Option<Written>, Failure> {
        let whole = self.export.directory.join(path);
        let mut out: Option<Box<dyn Output>> = None;
        let (mut messages, mut after) = (0, 0);
        loop {
            let (batch, mut payload) = self.batch(mailbox.id, after).await?;
            let Some(last) = batch.last() else { break };
            after = last.uid;
            for message in &batch {
                self.bar.inc(1);
                let content = payload.split_to(message.bytes.min(payload.len()));
                if mailbox.role == Some(Role::All) && message.labelled {
                    continue;
                }
                let put = |out: &mut Option<Box<dyn Output>>| -> io::Result<()> {
                    if out.is_none() {
                        *out = Some(self.create(&whole)?);
                    }
                    out.as_mut().map_or(Ok(()), |out| out.put(message, &content))
                };
                put(&mut out).map_err(|error| self.export.unwritable(&error))?;
                messages += 1;
            }
            if self.stop.is_set() {
                return Err(Failure::new(Exit::TempFail, "cli-export-stopped"));
            }
        }
        if out.is_none() && mailbox.role != Some(Role::All) {
            out = Some(self.create(&whole).map_err(|error| self.export.unwritable(&error))?);
        }
        let Some(out) = out else { return Ok(None) };
        out.finish().map_err(|error| self.export.unwritable(&error))?;
        Ok(Some(Written {
            path: path.to_owned(),
            name: mailbox.name.clone(),
            role: mailbox.role,
            messages,
            highest_modseq: mailbox.highest_modseq,
        }))
    }

    async fn batch(&mut self, mailbox: u32, after: u32) -> Result<(Vec<Exported>, Bytes), Failure> {
        let request = Request::Export { address: self.export.address.clone(), mailbox, after };
        match self.office.ask(request, Bytes::new()).await? {
            (Reply::Exported(batch), payload) => Ok((batch, payload)),
            _ => Err(unexpected()),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        Ok(match self.export.format {
            Format::Mbox => Box::new(Mbox::create(path)?),
            Format::Maildir => Box::new(Maildir::create(path)?),
        })
    }
}

/// A mailbox being written.
trait Output {
    fn put(&mut self, message: &Exported, content: &[u8]) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

fn marks(message: &Exported) -> Marks {
    Marks {
        flags: message.flags,
        deleted: message.deleted,
        keywords: message.keywords.clone(),
        ..Marks::default()
    }
}

/// Written beside its place and moved there when it is whole.
struct Mbox {
    file: BufWriter<fs::File>,
    partial: PathBuf,
    path: PathBuf,
}

impl Mbox {
    fn create(path: &Path) -> io::Result<Mbox> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = BufWriter::with_capacity(1 << 18, fs::File::create(&partial)?);
        Ok(Mbox { file, partial, path: path.to_owned() })
    }
}

impl Output for Mbox {
    fn put(&mut self, message: &Exported, content: &[u8]) -> io::Result<()> {
        let separator = from_line::line(message.reverse_path.as_deref(), message.date);
        mbox::write(&mut self.file, &separator, &marks(message).fields(), content)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.partial, &self.path)
    }
}

struct Maildir {
    path: PathBuf,
    /// Names that an earlier, broken-off run wrote; without flags.
    there: HashSet<String>,
    wanted: HashSet<String>,
}

impl Maildir {
    fn create(path: &Path) -> io::Result<Maildir> {
        maildir::create(path)?;
        let mut there = HashSet::new();
        for entry in maildir::entries(path)? {
            there.insert(file_name(&entry.path));
        }
        Ok(Maildir { path: path.to_owned(), there, wanted: HashSet::new() })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn unique(message: &Exported) -> String {
    format!("{}.M{}U{}.facteur", message.date.0.max(0), message.number, message.uid)
}

impl Output for Maildir {
    fn put(&mut self, message: &Exported, content: &[u8]) -> io::Result<()> {
        let (unique, marks) = (unique(message), marks(message));
        let name = format!("{unique}:2,{}", marks.letters());
        if !self.there.contains(&name) {
            maildir::write(&self.path, &unique, &marks, content)?;
            set_date(&self.path.join("cur").join(&name), message.date)?;
        }
        self.wanted.insert(name);
        Ok(())
    }

    /// What an earlier run wrote and is no longer so, goes.
    fn finish(self: Box<Self>) -> io::Result<()> {
        for name in self.there.difference(&self.wanted) {
            let path = self.path.join("cur").join(name);
            if name.contains(".facteur:2,") && path.exists() {
                fs::remove_file(path)?;
            }
        }
        fs::File::open(self.path.join("cur"))?.sync_all()
    }
}

/// Programs take the file's time for the message's.
fn set_date(path: &Path, date: Timestamp) -> io::Result<()> {
    let since = Duration::from_secs(u64::try_from(date.0).unwrap_or(0));
    fs::File::options().write(true).open(path)?.set_modified(UNIX_EPOCH + since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_elsewhere() {
        assert_eq!(safe(".."), "_..");
        assert_eq!(safe("Été"), "Été");
        assert_eq!(safe(&"é".repeat(300)).len(), 200);
    }
}
