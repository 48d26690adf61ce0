//! Which messages belong together.
//!
//! A message belongs to a conversation in which its Message-ID, or one it
//! names in References or In-Reply-To, was seen with the same base subject
//! (RFC 5256 §2.1). Each such pair is a key; the first conversation to own a
//! key keeps it, so conversations are never merged (RFC 8474 §5.2).

use message::Facts;

/// How many ids of References are looked at: the newest, and the first.
const REFERENCES: usize = 20;

/// The keys of a message, its own Message-ID first.
pub(crate) fn keys(facts: &Facts) -> Vec<u64> {
    let newest = facts.references.iter().rev().take(REFERENCES - 1);
    let ids = facts.message_id.iter().chain(newest).chain(facts.references.first());
    let mut keys: Vec<u64> = ids.map(|id| hash(id, &facts.base_subject)).collect();
    let mut seen = std::collections::HashSet::new();
    keys.retain(|key| seen.insert(*key));
    keys
}

/// A Message-ID alone.
pub(crate) fn hash_id(id: &str) -> u64 {
    hash(id, "")
}

fn hash(id: &str, subject: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_bytes());
    hasher.update(&[0]);
    hasher.update(subject.to_lowercase().as_bytes());
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_be_bytes(first)
}
