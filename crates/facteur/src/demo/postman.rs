//! A mail arrives every minute, so that there is something to watch.

use std::sync::Arc;
use std::time::Duration;

use delivery::{Arrival, Trace};
use net::Shutdown;
use tokio::task::JoinHandle;
use tracing::warn;

use super::letters;
use crate::services::Services;

/// Between two mails.
const EVERY: Duration = Duration::from_secs(60);

/// Sets out; comes back with the shutdown.
pub(crate) fn set_out(services: &Arc<Services>, shutdown: Shutdown) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        for round in 0.. {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = shutdown.wait() => return,
            }
            bring(&services, round).await;
        }
    })
}

/// Brings one mail through the same door as any other.
async fn bring(services: &Services, round: usize) {
    let Some((from, content)) = letters::of_the_minute(round, services.clock.now()) else { return };
    let Ok(alice) = super::address("alice") else { return };
    let trace = Trace {
        helo: "postman.example.net".to_owned(),
        protocol: "ESMTP".to_owned(),
        id: format!("demo-{round}"),
        ..Trace::default()
    };
    let arrival = Arrival { trace, reverse_path: from, recipients: vec![alice], content };
    for refused in services.delivery.receive(&arrival).await.into_iter().filter_map(Result::err) {
        warn!(%refused, "the mail of the minute did not arrive");
    }
}
