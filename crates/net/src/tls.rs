//! The server's side of TLS (RFC 8446, RFC 5246) and its certificate.

use std::fmt;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

use crate::self_signed;
use crate::shutdown::Shutdown;

/// `[tls]`: where the certificate comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A PEM file with the certificate and the intermediate ones after it. Default:
    /// none, and a certificate signed by itself is made at the first start.
    pub certificate: Option<PathBuf>,
    /// A PEM file with its private key. Both files are looked at every few seconds
    /// and taken up when they change.
    pub key: Option<PathBuf>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// One file is named without the other.
    #[error("[tls] names only one of certificate and key; name both, or neither")]
    HalfNamed,
    /// A PEM file cannot be read or holds nothing of the kind.
    #[error("cannot read {path}: {source}; it must be a PEM file this user can read", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key are not for each other, or of a kind we cannot use.
    #[error("the certificate {path} and its key do not go together: {source}", path = path.display())]
    Pair {
        /// The certificate's file.
        path: PathBuf,
        /// What happened.
        source: rustls::Error,
    },
    /// The self-signed certificate cannot be kept.
    #[error("cannot write the certificate to {folder}: {source}", folder = folder.display())]
    Write {
        /// The folder.
        folder: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// The self-signed certificate cannot be made, usually for a bad hostname.
    #[error("cannot make a certificate: {0}; check the setting hostname")]
    Make(#[from] rcgen::Error),
    /// The library refuses our settings; a fault of ours.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// Makes aws-lc-rs the cryptography of everything in this process that asks
/// rustls for its default; a second call does nothing.
pub fn install_provider() {
    // An error means that another part was quicker, with the same provider.
    let _ = CryptoProvider::install_default(aws_lc_rs::default_provider());
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    install_provider();
    match CryptoProvider::get_default() {
        Some(provider) => provider.clone(),
        None => Arc::new(aws_lc_rs::default_provider()),
    }
}

/// The server's TLS: clones share one certificate, which can be exchanged while
/// connections go on.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<Current>,
    /// For the mail protocols, which use no ALPN here.
    mail: Arc<ServerConfig>,
    /// When the files were last written, as far as we took them up.
    seen: Mutex<Stamp>,
}

type Stamp = [Option<SystemTime>; 2];

/// The certificate in use; rustls asks it at each handshake.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// As the settings say: from files, or signed by itself and kept in `data`.
    pub fn open(config: &Config, hostname: &str, data: &Path) -> Result<Tls, Error> {
        match (&config.certificate, &config.key) {
            (Some(certificate), Some(key)) => Tls::from_files(certificate, key),
            (None, None) => Tls::self_signed(hostname, data),
            _ => Err(Error::HalfNamed),
        }
    }

    /// With a certificate signed by itself, made at the first start and kept in
    /// `data/tls`, where only its owner can read the key.
    pub fn self_signed(hostname: &str, data: &Path) -> Result<Tls, Error> {
        let (certificate, key) = self_signed::ensure(hostname, data)?;
        Tls::from_files(&certificate, &key)
    }

    /// With the certificate chain and the key of two PEM files.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Tls, Error> {
        let seen = Mutex::new(stamp(certificate, key));
        let current = Arc::new(Current(ArcSwap::from_pointee(load(certificate, key)?)));
        let mail = Arc::new(server_config(current.clone(), &[])?);
        Ok(Tls(Arc::new(Shared {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current,
            mail,
            seen,
        })))
    }

    /// Takes up the files as they are now; on failure the old certificate stays.
    pub fn reload(&self) -> Result<(), Error> {
        let seen = stamp(&self.0.certificate, &self.0.key);
        let fresh = load(&self.0.certificate, &self.0.key)?;
        self.0.current.0.store(Arc::new(fresh));
        *self.0.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        Ok(())
    }

    /// Looks at the files `every` so often and reloads what has changed, until
    /// `shutdown`. Two files cannot change at once, so a pair that does not go
    /// together is tried again at the next look.
    pub fn spawn_reload_on_change(&self, every: Duration, shutdown: Shutdown) -> JoinHandle<()> {
        let tls = self.clone();
        tokio::spawn(async move {
            let mut complained = [None; 2];
            loop {
                tokio::select! {
                    () = tokio::time::sleep(every) => {}
                    () = shutdown.wait() => return,
                }
                let now = stamp(&tls.0.certificate, &tls.0.key);
                if now == *tls.0.seen.lock().unwrap_or_else(PoisonError::into_inner) {
                    continue;
                }
                match tls.reload() {
                    Ok(()) => info!(fingerprint = tls.fingerprint(), "took up a new certificate"),
                    Err(cause) if complained != now => {
                        warn!(%cause, "the new certificate is not usable; the old one stays");
                        complained = now;
                    }
                    Err(_) => {}
                }
            }
        })
    }

    /// Does the server's part of a handshake; `alpn` lists what may be spoken
    /// within, dearest first (RFC 7301), and is empty for mail.
    pub fn acceptor(&self, alpn: &[&[u8]]) -> TlsAcceptor {
        if alpn.is_empty() {
            return TlsAcceptor::from(self.0.mail.clone());
        }
        let mut config = ServerConfig::clone(&self.0.mail);
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// SHA-256 of the certificate, as mail programs show it: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let current = self.0.current.0.load();
        let Some(certificate) = current.cert.first() else { return String::new() };
        fingerprint(certificate)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.0.certificate).finish_non_exhaustive()
    }
}

fn server_config(current: Arc<Current>, alpn: &[&[u8]]) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    // Mail programs connect again and again: tickets spare them the signature.
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, Error> {
    let read = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Read { path: path.clone(), source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(read(certificate))?;
    if chain.is_empty() {
        return Err(read(certificate)(rustls::pki_types::pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(read(key))?;
    CertifiedKey::from_der(chain, key, &provider())
        .map_err(|source| Error::Pair { path: certificate.to_owned(), source })
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| path.metadata().and_then(|facts| facts.modified()).ok())
}

pub(crate) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let rustls::SupportedCipherSuite::Tls13(suite) =
        aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256
    else {
        return String::new();
    };
    let hash = suite.common.hash_provider.hash(certificate);
    let mut text = String::with_capacity(3 * 32);
    for byte in hash.as_ref() {
        let colon = if text.is_empty() { "" } else { ":" };
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_new_certificate_is_taken_up_without_restart() {
        let (old, new) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
        let tls = Tls::self_signed("a.example.org", old.path()).expect("made");
        let clone = tls.clone();
        let before = tls.fingerprint();
        assert_eq!(before.len(), 32 * 3 - 1);

        // Only one of two files is there yet: refused, and the old one stays.
        self_signed::ensure("b.example.org", new.path()).expect("made");
        fs::copy(new.path().join("tls/cert.pem"), old.path().join("tls/cert.pem")).expect("copy");
        assert!(matches!(tls.reload(), Err(Error::Pair { .. })));
        assert_eq!(tls.fingerprint(), before);

        fs::copy(new.path().join("tls/key.pem"), old.path().join("tls/key.pem")).expect("copy");
        tls.reload().expect("a pair");
        assert_ne!(clone.fingerprint(), before);
    }

    #[tokio::test(start_paused = true)]
    async fn changed_files_are_noticed() {
        let (old, new) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
        let tls = Tls::self_signed("a.example.org", old.path()).expect("made");
        let before = tls.fingerprint();
        let shutdown = Shutdown::new();
        let watcher = tls.spawn_reload_on_change(Duration::from_secs(5), shutdown.clone());
        self_signed::ensure("b.example.org", new.path()).expect("made");
        for name in ["tls/cert.pem", "tls/key.pem"] {
            fs::copy(new.path().join(name), old.path().join(name)).expect("copy");
            let later = SystemTime::now() + Duration::from_secs(9);
            let file = fs::File::options().write(true).open(old.path().join(name)).expect("open");
            file.set_modified(later).expect("set");
        }
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_ne!(tls.fingerprint(), before);
        shutdown.begin();
        watcher.await.expect("ends");
    }

    #[test]
    fn errors_say_which_file() {
        let nowhere = Path::new("/nonexistent/cert.pem");
        let error = Tls::from_files(nowhere, nowhere).expect_err("nothing there").to_string();
        assert!(error.contains("/nonexistent/cert.pem"), "{error}");
        let half = Config { certificate: Some(nowhere.into()), key: None };
        assert!(matches!(Tls::open(&half, "x.org", Path::new("/")), Err(Error::HalfNamed)));
    }
}
