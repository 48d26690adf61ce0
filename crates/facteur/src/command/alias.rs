//! `facteur alias`: addresses that lead to accounts.

use model::Address;

use super::{ask, tell, unexpected};
use crate::admin::{Reply, Request};
use crate::exit::Failure;
use crate::output::list;
use crate::settings::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Alias {
    Add {
        #[arg(value_name = "ALIAS")]
        alias: Address,
        #[arg(value_name = "ADDRESS", required = true)]
        to: Vec<Address>,
    },
    List {
        #[arg(long)]
        json: bool,
    },
    Remove {
        #[arg(value_name = "ALIAS")]
        alias: Address,
    },
}

impl Alias {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Alias::Add { alias, to } => tell(place, Request::AliasAdd { alias, to }),
            Alias::Remove { alias } => tell(place, Request::AliasRemove { alias }),
            Alias::List { json } => match ask(place, Request::AliasList)? {
                Reply::Aliases(rows) => {
                    list(&rows, json, "cli-alias-none");
                    Ok(())
                }
                _ => Err(unexpected()),
            },
        }
    }
}
