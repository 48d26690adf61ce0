//! The whole of `message` against messages of our own and, if there are any,
//! the corpora in `FACTEUR_CORPORA`.

mod corpora;
mod drafts;
mod facts;
mod invariants;
mod properties;
mod reading;
mod sections;
mod structure;

/// The message `name` of the repository's `tests/mail/`.
fn mail(name: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
