//! How a command ends: the codes of sysexits.h, and the sentence beside them.

use serde::{Deserialize, Serialize};

use crate::say::Sentence;

/// The exit codes of sysexits.h that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// EX_USAGE: the command line is wrong.
    Usage = 64,
    /// EX_DATAERR: what was given to read is not what it should be.
    DataErr = 65,
    /// EX_NOINPUT: a file to read is not there.
    NoInput = 66,
    /// EX_NOUSER: there is no such account, alias or domain.
    NoUser = 67,
    /// EX_UNAVAILABLE: something that is needed is not there, a port for instance.
    Unavailable = 69,
    /// EX_SOFTWARE: our fault.
    Software = 70,
    /// EX_CANTCREAT: a file, or an account that exists, cannot be made.
    CantCreat = 73,
    /// EX_IOERR: reading or writing failed.
    IoErr = 74,
    /// EX_TEMPFAIL: try again later.
    TempFail = 75,
    /// EX_NOPERM: the operating system does not let us.
    NoPerm = 77,
    /// EX_CONFIG: the settings are wrong.
    Config = 78,
}

/// Why a command did not do what it was asked, in a form that can cross the
/// admin socket and be told in the language of whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What the shell gets.
    pub exit: Exit,
    /// What the person gets.
    pub sentence: Sentence,
}

impl Failure {
    /// A failure told by the sentence `id` of the locale.
    pub fn new(exit: Exit, id: &str) -> Failure {
        Failure { exit, sentence: Sentence::new(id) }
    }

    /// With a variable of the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Failure {
        self.sentence = self.sentence.with(name, value);
        self
    }

    /// With a number that decides between singular and plural.
    #[must_use]
    pub fn count(mut self, name: &str, value: u64) -> Failure {
        self.sentence = self.sentence.count(name, value);
        self
    }

    /// With a size.
    #[must_use]
    pub fn bytes(mut self, name: &str, value: u64) -> Failure {
        self.sentence = self.sentence.bytes(name, value);
        self
    }

    /// With another sentence behind it, which says what to do.
    #[must_use]
    pub fn and_then_say(mut self, id: &str) -> Failure {
        self.sentence = self.sentence.and_then(id);
        self
    }
}
