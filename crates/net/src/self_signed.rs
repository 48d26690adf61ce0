//! A certificate of our own making, for the time before there is a better one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

use crate::tls::Error;

/// The files `tls/cert.pem` and `tls/key.pem` under `data`, made if they are
/// missing or are not for `hostname`.
///
/// The certificate also names `localhost`, `127.0.0.1` and `::1`, and is good for
/// ten years: people confirm it by hand, which they should not do every month.
pub(crate) fn ensure(hostname: &str, data: &Path) -> Result<(PathBuf, PathBuf), Error> {
    let folder = data.join("tls");
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    if !key.exists() || !is_for(hostname, &certificate) {
        let (certificate_pem, key_pem) = make(hostname)?;
        let keep = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            write_private(&key, &key_pem)?;
            write_private(&certificate, &certificate_pem)
        };
        keep().map_err(|source| Error::Write { folder: folder.clone(), source })?;
    }
    Ok((certificate, key))
}

fn is_for(hostname: &str, certificate: &Path) -> bool {
    let Ok(der) = CertificateDer::from_pem_file(certificate) else { return false };
    let Ok(name) = ServerName::try_from(hostname) else { return false };
    ParsedCertificate::try_from(&der).is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

/// The certificate and its key, both as PEM.
fn make(hostname: &str) -> Result<(String, String), Error> {
    let mut names = vec![hostname.to_owned()];
    names.extend(
        ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter().filter(|n| n != hostname),
    );
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, hostname);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let year = this_year();
    params.not_before = date_time_ymd(year - 1, 1, 1);
    params.not_after = date_time_ymd(year + 10, 1, 1);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

fn this_year() -> i32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // A Gregorian year is 365.2425 days; a day's error at new year does not matter here.
    i32::try_from(1970 + seconds / 31_556_952).unwrap_or(2026)
}

/// Writes a file only its owner can read, wholly or not at all.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    // A leftover of a crash may have other permissions.
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn made_once_and_kept_private() {
        let data = tempfile::tempdir().expect("a folder");
        let (certificate, key) = ensure("mail.example.org", data.path()).expect("made");
        let mode = fs::metadata(&key).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let first = fs::read(&certificate).expect("readable");

        ensure("mail.example.org", data.path()).expect("kept");
        assert_eq!(fs::read(&certificate).expect("readable"), first, "kept");
        for name in ["localhost", "127.0.0.1", "::1", "mail.example.org"] {
            assert!(is_for(name, &certificate), "{name}");
        }
        assert!(!is_for("other.example.org", &certificate));

        ensure("other.example.org", data.path()).expect("made anew");
        assert_ne!(fs::read(&certificate).expect("readable"), first, "for another host");
    }
}
