//! Where the password of a new account comes from.

use std::io::{self, BufRead, IsTerminal, Write};

use data_encoding::BASE32_NOPAD;
use model::Secret;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::exit::{Exit, Failure};
use crate::say::say;

/// A password, and whether its owner knows it already.
pub(crate) enum Chosen {
    /// Typed or piped in.
    Given(Secret),
    /// Made here; it must be shown once.
    Made(Secret),
}

impl Chosen {
    pub(crate) fn secret(&self) -> &Secret {
        match self {
            Chosen::Given(secret) | Chosen::Made(secret) => secret,
        }
    }
}

/// The first line of standard input with `from_stdin`; asked for on a
/// terminal; made at random where nobody is there to ask.
pub(crate) fn choose(from_stdin: bool) -> Result<Chosen, Failure> {
    if from_stdin {
        let mut line = String::new();
        // Longer than any password; a file piped in by mistake is not read whole.
        let mut input = io::Read::take(io::stdin().lock(), 4096);
        input.read_line(&mut line).map_err(unreadable)?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Failure::new(Exit::DataErr, "cli-password-empty"));
        }
        return Ok(Chosen::Given(Secret::new(password)));
    }
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        let first = prompt("cli-password-ask")?;
        if first.is_empty() {
            return Ok(Chosen::Made(made()?));
        }
        if prompt("cli-password-again")? != first {
            return Err(Failure::new(Exit::DataErr, "cli-password-differ"));
        }
        return Ok(Chosen::Given(Secret::new(first)));
    }
    made().map(Chosen::Made)
}

/// 80 random bits in groups of four letters and digits, easy to copy by hand.
pub(crate) fn made() -> Result<Secret, Failure> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(Exit::Software, "cli-runtime").with("error", error))?;
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..at + 4]).collect();
    Ok(Secret::new(groups.join("-")))
}

fn unreadable(error: io::Error) -> Failure {
    Failure::new(Exit::IoErr, "cli-stdin").with("error", error)
}

/// Asks on the terminal without showing what is typed.
fn prompt(id: &str) -> Result<String, Failure> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{} ", say(id));
    let _ = err.flush();
    let stdin = io::stdin();
    let before = tcgetattr(&stdin).map_err(|error| unreadable(error.into()))?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent).map_err(|error| unreadable(error.into()))?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    let _ = tcsetattr(&stdin, OptionalActions::Flush, &before);
    let _ = writeln!(err);
    read.map_err(unreadable)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_are_easy_to_copy() {
        let secret = made().expect("random bytes");
        let text = secret.expose();
        assert_eq!(text.len(), 19);
        assert!(text.split('-').all(|group| group.len() == 4));
        assert_ne!(made().expect("random bytes"), secret);
    }
}
