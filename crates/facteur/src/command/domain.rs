//! `facteur domain`: the domains served, and what DNS must say of them.

use serde::Serialize;

use super::{ask, tell, unexpected};
use crate::admin::{Reply, Request};
use crate::dns::{self, Record};
use crate::exit::Failure;
use crate::output::{as_json, line, list};
use crate::settings::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Domain {
    Add {
        #[arg(value_name = "DOMAIN")]
        domain: String,
    },
    List {
        #[arg(long)]
        json: bool,
    },
    Remove {
        #[arg(value_name = "DOMAIN")]
        domain: String,
    },
    Dns {
        #[arg(value_name = "DOMAIN")]
        domain: String,
        #[arg(long)]
        json: bool,
    },
}

impl Domain {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Domain::Add { domain } => tell(place, Request::DomainAdd { name: domain }),
            Domain::Remove { domain } => tell(place, Request::DomainRemove { name: domain }),
            Domain::List { json } => match ask(place, Request::DomainList)? {
                Reply::Domains(rows) => {
                    list(&rows, json, "cli-domain-none");
                    Ok(())
                }
                _ => Err(unexpected()),
            },
            Domain::Dns { domain, json } => records(place, &domain, json),
        }
    }
}

/// Prints the records; asks no DNS, so it works before there is any.
fn records(place: &Place, domain: &str, json: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Zone<'a> {
        domain: &'a str,
        records: &'a [Record],
    }
    let settings = place.settings()?;
    let domain = dns::domain(domain)?;
    let records = dns::records(&domain, &settings);
    if json {
        as_json(&Zone { domain: &domain, records: &records });
        return Ok(());
    }
    for record in &records {
        line(record);
    }
    Ok(())
}
