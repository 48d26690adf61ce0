//! `facteur queue`: mail that waits to be sent.

use ::queue::QueueId;

use super::{ask, tell, unexpected};
use crate::admin::{Reply, Request};
use crate::exit::Failure;
use crate::output::{as_json, line, list};
use crate::settings::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Queue {
    List {
        #[arg(long)]
        json: bool,
    },
    Show {
        #[arg(value_name = "ID")]
        id: QueueId,
        #[arg(long)]
        json: bool,
    },
    Retry {
        #[arg(value_name = "ID")]
        id: QueueId,
    },
    Hold {
        #[arg(value_name = "ID")]
        id: QueueId,
    },
    Remove {
        #[arg(value_name = "ID")]
        id: QueueId,
        #[arg(long)]
        tell: bool,
    },
}

impl Queue {
    pub(crate) fn run(self, place: &Place) -> Result<(), Failure> {
        match self {
            Queue::List { json } => match ask(place, Request::QueueList)? {
                Reply::Queue(rows) => {
                    list(&rows, json, "cli-queue-none");
                    Ok(())
                }
                _ => Err(unexpected()),
            },
            Queue::Show { id, json } => match ask(place, Request::QueueShow { id })? {
                Reply::Queued(mail) if json => {
                    as_json(&mail);
                    Ok(())
                }
                Reply::Queued(mail) => {
                    list(std::slice::from_ref(&mail.row), false, "cli-queue-none");
                    for recipient in &mail.recipients {
                        let reply = recipient.reply.as_deref().unwrap_or("");
                        line(format_args!(
                            "  {}  {}  {reply}",
                            recipient.address, recipient.status
                        ));
                    }
                    Ok(())
                }
                _ => Err(unexpected()),
            },
            Queue::Retry { id } => tell(place, Request::QueueRetry { id }),
            Queue::Hold { id } => tell(place, Request::QueueHold { id }),
            Queue::Remove { id, tell: told } => {
                tell(place, Request::QueueRemove { id, tell: told })
            }
        }
    }
}
