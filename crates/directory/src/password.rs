//! Passwords that people choose, hashed by Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use model::Secret;
use serde::{Deserialize, Serialize};

use crate::{Directory, Error, PasswordConfig};

/// The longest password taken; more would only cost time.
pub(crate) const MAX_BYTES: usize = 1024;

/// Room for the blocks of one computation, 33 MiB of 1 KiB each. What is larger
/// than 32 MiB glibc takes from the system and gives back at once; the 19 MiB
/// that are used it would keep, for every thread that ever hashed. Room that
/// is not touched costs nothing.
const ROOM_BLOCKS: usize = 33 * 1024;

/// A hashed password with all that is needed to check it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordHash {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; 16],
    hash: [u8; 32],
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl PasswordHash {
    /// Hashes with a new salt. Takes long, on purpose.
    pub(crate) fn new(config: &PasswordConfig, password: &str) -> Result<PasswordHash, Error> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|e| Error::Hashing(e.to_string()))?;
        let (memory_kib, passes, lanes) = (config.memory_kib, config.passes, config.lanes);
        let mut made = PasswordHash { memory_kib, passes, lanes, salt, hash: [0; 32] };
        made.hash = made.compute(password)?;
        Ok(made)
    }

    /// What nobody's password hashes to: the work done for unknown users.
    pub(crate) fn of_nobody(config: &PasswordConfig) -> PasswordHash {
        let (memory_kib, passes, lanes) = (config.memory_kib, config.passes, config.lanes);
        PasswordHash { memory_kib, passes, lanes, salt: [0; 16], hash: [0; 32] }
    }

    /// Whether it is this password. Takes as long as making it did.
    pub(crate) fn matches(&self, password: &str) -> Result<bool, Error> {
        // blake3 hashes compare in constant time.
        let computed = blake3::Hash::from_bytes(self.compute(password)?);
        Ok(computed == blake3::Hash::from_bytes(self.hash))
    }

    /// What a cached success is bound to: another password, another salt.
    pub(crate) fn fingerprint(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(&self.salt);
        bytes[16..].copy_from_slice(&self.hash);
        bytes
    }

    fn compute(&self, password: &str) -> Result<[u8; 32], Error> {
        let failed = |error: argon2::Error| Error::Hashing(error.to_string());
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32));
        let params = params.map_err(failed)?;
        let mut memory = Vec::with_capacity(params.block_count().max(ROOM_BLOCKS));
        memory.resize(params.block_count(), Block::default());
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let (password, salt) = (password.as_bytes(), &self.salt);
        let mut hash = [0; 32];
        argon2
            .hash_password_into_with_memory(password, salt, &mut hash, &mut memory)
            .map_err(failed)?;
        Ok(hash)
    }
}

impl Directory {
    /// Checks a new password's form and hashes it.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<PasswordHash, Error> {
        let config = self.inner.config.passwords.clone();
        if password.expose().chars().count() < config.min_chars {
            return Err(Error::PasswordTooShort(config.min_chars));
        }
        if password.expose().len() > MAX_BYTES {
            return Err(Error::PasswordTooLong(MAX_BYTES));
        }
        let password = password.clone();
        self.inner.logins.work(move || PasswordHash::new(&config, password.expose())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn a_hash_knows_its_password() {
        let config = Config::for_tests().passwords;
        let hash = PasswordHash::new(&config, "facteur-demo").unwrap();
        assert!(hash.matches("facteur-demo").unwrap());
        assert!(!hash.matches("facteur-dem0").unwrap());
        assert!(!PasswordHash::of_nobody(&config).matches("").unwrap());
        let again = PasswordHash::new(&config, "facteur-demo").unwrap();
        assert_ne!(hash, again, "each has its own salt");
        assert_eq!(format!("{hash:?}"), "***");
    }

    #[test]
    fn parameters_that_cannot_be_are_errors() {
        let config = PasswordConfig { memory_kib: 0, ..Config::for_tests().passwords };
        assert!(matches!(PasswordHash::new(&config, "x"), Err(Error::Hashing(_))));
    }
}
