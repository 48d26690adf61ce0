//! `facteur account`: the people, their passwords and quotas.

use directory::{Protocol, Size};
use model::Address;

use super::{ask, tell, unexpected};
use crate::admin::{Reply, Request};
use crate::exit::Failure;
use crate::output::{line, list};
use crate::password::{self, Chosen};
use crate::say::Sentence;
use crate::settings::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Account {
    Add {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(long)]
        password_stdin: bool,
        #[arg(long, value_name = "SIZE")]
        quota: Option<Size>,
        #[arg(long)]
        admin: bool,
        #[arg(long, value_name = "LANGUAGE")]
        language: Option<locale::Language>,
    },
    List {
        #[arg(long)]
        json: bool,
    },
    Remove {
        #[arg(value_name = "ADDRESS")]
        address: Address,
    },
    Rename {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(value_name = "NEW")]
        to: Address,
    },
    Suspend {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(long)]
        lift: bool,
    },
    Password {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(long)]
        password_stdin: bool,
    },
    #[command(subcommand)]
    AppPassword(AppPassword),
    Quota {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        /// `None` is the default, which grows.
        #[arg(value_name = "SIZE", value_parser = quota)]
        quota: Quota,
    },
}

#[derive(clap::Subcommand)]
pub(crate) enum AppPassword {
    Add {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        #[arg(long, value_name = "PROTOCOL", value_delimiter = ',')]
        protocol: Vec<Protocol>,
    },
    List {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(long)]
        json: bool,
    },
    Revoke {
        #[arg(value_name = "ADDRESS")]
        address: Address,
        #[arg(value_name = "NUMBER")]
        id: u32,
    },
}

/// A quota as it is typed: a size, or `default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota(Option<u64>);

fn quota(text: &str) -> Result<Quota, directory::SizeError> {
    if text == "default" {
        return Ok(Quota(None));
    }
    text.parse::<Size>().map(|size| Quota(Some(size.0)))
}

impl Account {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Account::Add { address, password_stdin, quota, admin, language } => {
                let tag = language.unwrap_or(crate::say::language()).tag().to_owned();
                let chosen = password::choose(password_stdin)?;
                let request = Request::AccountAdd {
                    address,
                    password: chosen.secret().clone(),
                    quota: quota.map(|size| size.0),
                    administrator: admin,
                    language: tag,
                };
                tell(place, request)?;
                show(&chosen);
                Ok(())
            }
            Account::List { json } => match ask(place, Request::AccountList)? {
                Reply::Accounts(rows) => {
                    list(&rows, json, "cli-account-none");
                    Ok(())
                }
                _ => Err(unexpected()),
            },
            Account::Remove { address } => tell(place, Request::AccountRemove { address }),
            Account::Rename { address, to } => tell(place, Request::AccountRename { address, to }),
            Account::Suspend { address, lift } => {
                tell(place, Request::AccountSuspend { address, suspended: !lift })
            }
            Account::Password { address, password_stdin } => {
                let chosen = password::choose(password_stdin)?;
                let password = chosen.secret().clone();
                tell(place, Request::AccountPassword { address, password })?;
                show(&chosen);
                Ok(())
            }
            Account::Quota { address, quota } => {
                tell(place, Request::AccountQuota { address, quota: quota.0 })
            }
            Account::AppPassword(app_password) => app_password.run(place),
        }
    }
}

/// A password that we made is shown once; one that was typed is known already.
fn show(chosen: &Chosen) {
    if let Chosen::Made(secret) = chosen {
        line(Sentence::new("cli-password-made").with("password", secret.expose()));
    }
}

impl AppPassword {
    fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            AppPassword::Add { address, label, protocol } => {
                let protocols = (!protocol.is_empty()).then_some(protocol);
                match ask(place, Request::AppPasswordAdd { address, label, protocols })? {
                    Reply::NewAppPassword { id, password } => {
                        let made = Sentence::new("cli-app-password-made");
                        line(made.with("number", id).with("password", password));
                        Ok(())
                    }
                    _ => Err(unexpected()),
                }
            }
            AppPassword::List { address, json } => {
                match ask(place, Request::AppPasswordList { address })? {
                    Reply::AppPasswords(rows) => {
                        list(&rows, json, "cli-app-password-none");
                        Ok(())
                    }
                    _ => Err(unexpected()),
                }
            }
            AppPassword::Revoke { address, id } => {
                tell(place, Request::AppPasswordRevoke { address, id })
            }
        }
    }
}
