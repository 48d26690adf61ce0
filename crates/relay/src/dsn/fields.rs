//! The fields for programs: RFC 3464 §2, RFC 3461 §6.3.

use message::rfc5322_date;
use queue::{Enhanced, Recipient, Status};

use super::{Kind, Report};

/// The content of message/delivery-status, or of its UTF-8 form.
pub(super) fn status(report: &Report<'_>, global: bool) -> String {
    let queued = report.queued;
    let mut out = String::new();
    if let Some(envid) = &queued.envid {
        line(&mut out, "Original-Envelope-Id", envid);
    }
    line(&mut out, "Reporting-MTA", &format!("dns; {}", report.hostname));
    line(&mut out, "Arrival-Date", &rfc5322_date(queued.queued_at, 0));
    for recipient in report.recipients.iter().filter_map(|at| queued.recipients.get(*at)) {
        out.push_str("\r\n");
        group(&mut out, report, recipient, global);
    }
    out
}

fn group(out: &mut String, report: &Report<'_>, recipient: &Recipient, global: bool) {
    if let Some(orcpt) = &recipient.orcpt {
        line(out, "Original-Recipient", &format!("{};{}", orcpt.kind, orcpt.address));
    }
    let kind = if global && recipient.address.needs_smtputf8() { "utf-8" } else { "rfc822" };
    line(out, "Final-Recipient", &format!("{kind};{}", recipient.address));
    line(out, "Action", action(report.kind, recipient.status));
    line(out, "Status", &code(report.kind, recipient).to_string());
    if let Some(reply) = &recipient.reply {
        // Only what a remote server said has a Remote-MTA (RFC 3464 §2.3.5).
        if let Some(host) = &reply.host {
            line(out, "Remote-MTA", &format!("dns; {host}"));
        }
        let kind = if reply.host.is_some() { "smtp" } else { "x-facteur" };
        line(out, "Diagnostic-Code", &format!("{kind}; {}", ascii(&reply.to_string())));
    }
    if report.kind != Kind::Succeeded || recipient.reply.is_some() {
        line(out, "Last-Attempt-Date", &rfc5322_date(report.now, 0));
    }
    if report.kind == Kind::Delayed {
        line(out, "Will-Retry-Until", &rfc5322_date(report.until, 0));
    }
}

/// RFC 3464 §2.3.3.
fn action(kind: Kind, status: Status) -> &'static str {
    match (kind, status) {
        (Kind::Failed, _) => "failed",
        (Kind::Delayed, _) => "delayed",
        (Kind::Succeeded, Status::Relayed { .. }) => "relayed",
        (Kind::Succeeded, _) => "delivered",
    }
}

/// RFC 3464 §2.3.4: what the server gave, if its class fits what is told,
/// else the class alone. A mail given up keeps its temporary code.
fn code(kind: Kind, recipient: &Recipient) -> Enhanced {
    let said = recipient.reply.as_ref().and_then(|reply| reply.enhanced);
    let digit = recipient.reply.as_ref().map_or(0, |reply| reply.code / 100);
    let class = match kind {
        Kind::Succeeded => 2,
        Kind::Delayed => 4,
        Kind::Failed if recipient.status == Status::Expired => 4,
        Kind::Failed if digit == 4 => 4,
        Kind::Failed => 5,
    };
    said.filter(|said| said.0 == class).unwrap_or(Enhanced(class, 0, 0))
}

fn line(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(": ");
    // Nothing that reached a record has a control character; if one had, it
    // would forge a field here.
    out.extend(value.chars().filter(|c| !c.is_control()));
    out.push_str("\r\n");
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}
