//! `facteur init`: everything a server needs before its first start.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use model::{Address, Secret};

use super::block_on;
use crate::admin::Request;
use crate::admin::operations::{perform, told};
use crate::dns;
use crate::exit::{Exit, Failure};
use crate::output::line;
use crate::password;
use crate::say::{Sentence, language, say};
use crate::services::Services;
use crate::settings::{self, Place, Settings};

#[derive(clap::Args)]
pub(crate) struct Init {
    #[arg(long, value_name = "DOMAIN")]
    domain: String,
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<Address>,
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
}

impl Init {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        let domain = dns::domain(&self.domain)?;
        let hostname = match &self.hostname {
            Some(name) => dns::domain(name)?,
            None => format!("mail.{domain}"),
        };
        let admin = match self.admin {
            Some(address) => address,
            None => Address::new("admin", &domain)
                .map_err(|error| Failure::new(Exit::DataErr, "cli-refused").with("error", error))?,
        };
        let root = rustix::process::geteuid().is_root();
        let (file, data) = places(place, root);
        write_settings(&file, &hostname, &data)?;
        let settings = settings::read(&file)?;
        let records = dns::records(&domain, &settings);
        let password = password::made()?;
        block_on(prepare(settings, &domain, &admin, &password)).inspect_err(|_| {
            // So that the same command can be tried again.
            let _ = std::fs::remove_file(&file);
        })?;
        line(
            Sentence::new("cli-init-done")
                .with("file", file.display())
                .with("data", data.display()),
        );
        line("");
        line(Sentence::new("cli-init-account").with("address", &admin));
        line(Sentence::new("cli-password-made").with("password", password.expose()));
        line("");
        line(say("cli-init-dns"));
        line("");
        line(
            Sentence::new("cli-init-host").with("host", format!("{:<32}", format!("{hostname}."))),
        );
        for record in &records {
            line(record);
        }
        line("");
        line(
            Sentence::new("cli-init-next")
                .with("host", &hostname)
                .with("command", command(place, &file)),
        );
        Ok(())
    }
}

/// Where the settings and the data go when nothing is said.
fn places(place: &Place, root: bool) -> (PathBuf, PathBuf) {
    let (file, data) = match root {
        true => ("/etc/facteur/facteur.toml", "/var/lib/facteur"),
        false => ("facteur.toml", "facteur-data"),
    };
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let file = place.config.clone().unwrap_or_else(|| PathBuf::from(file));
    (file, absolute(place.data.clone().unwrap_or_else(|| PathBuf::from(data))))
}

/// How the server is started with these settings.
fn command(place: &Place, file: &Path) -> String {
    match &place.config {
        Some(_) => format!("facteur serve --config {}", file.display()),
        None => "facteur serve".to_owned(),
    }
}

/// The default text with the two values that are this server's own.
fn text(hostname: &str, data: &Path) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    settings::DEFAULT_TEXT
        .replacen("hostname = \"\"", &format!("hostname = {}", quoted(hostname)), 1)
        .replacen(
            "data = \"/var/lib/facteur\"",
            &format!("data = {}", quoted(&data.to_string_lossy())),
            1,
        )
}

/// Writes the settings, never over others.
fn write_settings(file: &Path, hostname: &str, data: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        let id = match error.kind() {
            io::ErrorKind::AlreadyExists => "cli-init-exists",
            _ => "cli-unwritable",
        };
        Failure::new(Exit::CantCreat, id)
            .with("file", file.display())
            .with("path", file.display())
            .with("error", error)
    };
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut out =
        OpenOptions::new().write(true).create_new(true).mode(0o644).open(file).map_err(failed)?;
    out.write_all(text(hostname, data).as_bytes()).and_then(|()| out.sync_all()).map_err(failed)
}

async fn prepare(
    settings: Settings,
    domain: &str,
    admin: &Address,
    password: &Secret,
) -> Result<(), Failure> {
    let (hostname, data, tls) = (settings.hostname(), settings.data.clone(), settings.tls.clone());
    let services = Services::open(settings).await?;
    let requests = [
        Request::DomainAdd { name: domain.to_owned() },
        Request::AccountAdd {
            address: admin.clone(),
            password: password.clone(),
            quota: None,
            administrator: true,
            language: language().tag().to_owned(),
        },
    ];
    let mut done = Ok(());
    for request in requests {
        if let Err(failure) = perform(&services, request, Default::default()).await {
            done = Err(failure);
            break;
        }
    }
    services.close().await;
    done?;
    net::Tls::open(&tls, &hostname, &data)
        .map(drop)
        .map_err(|error| Failure::new(Exit::CantCreat, "cli-tls").with("error", told(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_say_what_was_asked() {
        let text = text("mail.example.org", Path::new("/srv/a \"quoted\" place"));
        let settings = Settings::parse(&text).expect("valid");
        assert_eq!(settings.hostname, "mail.example.org");
        assert_eq!(settings.data, Path::new("/srv/a \"quoted\" place"));
    }
}
