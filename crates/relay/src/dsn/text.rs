//! The words for a person.

use std::fmt::Write;

use jiff::tz::TimeZone;
use locale::{Language, Value};
use message::Facts;
use queue::{Recipient, Status};

use super::cause::Cause;
use super::{Kind, Report};

/// Recipients described one by one; the rest is in the technical report.
const MAX_TOLD: usize = 50;

pub(super) struct Words<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) language: Language,
    pub(super) facts: &'a Facts,
}

impl Words<'_> {
    fn say(&self, id: &str, args: &[(&str, Value<'_>)]) -> String {
        locale::text(self.language, id, args).into_owned()
    }

    pub(super) fn from(&self) -> String {
        self.say("dsn-from", &[])
    }

    fn original_subject(&self) -> String {
        match self.facts.subject.trim() {
            "" => self.say("dsn-no-subject", &[]),
            subject => subject.chars().take(200).collect(),
        }
    }

    pub(super) fn subject(&self) -> String {
        let id = match self.report.kind {
            Kind::Failed => "dsn-subject-failed",
            Kind::Delayed => "dsn-subject-delayed",
            Kind::Succeeded => "dsn-subject-succeeded",
        };
        self.say(id, &[("subject", self.original_subject().into())])
    }

    fn date(&self, seconds: i64) -> String {
        format!("{} UTC", locale::date::full(self.language, seconds, &TimeZone::UTC))
    }

    pub(super) fn body(&self) -> String {
        let report = self.report;
        let count = report.recipients.len();
        let first = match report.kind {
            Kind::Failed => "dsn-failed",
            Kind::Delayed => "dsn-delayed",
            Kind::Succeeded => "dsn-succeeded",
        };
        let count_value = Value::from(u64::try_from(count).unwrap_or(u64::MAX));
        let mut args = vec![("count", count_value)];
        if report.kind == Kind::Delayed {
            args.push(("until", self.date(report.until.0).into()));
        }
        let mut out = self.say(first, &args);
        if count < report.queued.recipients.len() {
            let _ = write!(out, " {}", self.say("dsn-others", &[]));
        }
        out.push_str("\n\n");
        let told = report.recipients.iter().take(MAX_TOLD);
        for recipient in told.filter_map(|at| report.queued.recipients.get(*at)) {
            self.recipient(&mut out, recipient);
        }
        if count > MAX_TOLD {
            out.push_str("…\n\n");
        }
        out.push_str(
            &self.say("dsn-message-subject", &[("subject", self.original_subject().into())]),
        );
        out.push('\n');
        let date = self.facts.date.unwrap_or(report.queued.queued_at);
        out.push_str(&self.say("dsn-message-date", &[("date", self.date(date.0).into())]));
        let _ = write!(out, "\n\n{}\n", self.say("dsn-end", &[]));
        out
    }

    fn recipient(&self, out: &mut String, recipient: &Recipient) {
        let _ = writeln!(out, "{}", recipient.address);
        for line in self.about(recipient) {
            let _ = writeln!(out, "    {line}");
        }
        out.push('\n');
    }

    fn about(&self, recipient: &Recipient) -> Vec<String> {
        if self.report.kind == Kind::Succeeded {
            return vec![match (recipient.status, &recipient.reply) {
                (Status::Relayed { .. }, Some(reply)) => {
                    let host = reply.host.clone().unwrap_or_default();
                    self.say("dsn-relayed", &[("host", host.into())])
                }
                _ => self.say("dsn-delivered", &[]),
            }];
        }
        let cause = Cause::of(recipient);
        let domain = recipient.address.domain();
        let mut lines = Vec::new();
        let why = format!("dsn-why-{}", cause.id());
        lines.push(self.say(&why, &[("domain", domain.into())]));
        if recipient.status == Status::Expired {
            let seconds = self.report.now.0.saturating_sub(self.report.queued.queued_at.0);
            let days = u64::try_from(seconds / 86_400).unwrap_or(0).max(1);
            lines.push(self.say("dsn-expired", &[("days", days.into())]));
        }
        // Who is told of a delay need do nothing yet.
        if self.report.kind == Kind::Failed {
            lines.push(self.say(&format!("dsn-do-{}", cause.id()), &[]));
        }
        if let Some(reply) = &recipient.reply {
            let said = ("reply", Value::from(reply.to_string()));
            lines.push(match &reply.host {
                Some(host) => self.say("dsn-said", &[("host", host.clone().into()), said]),
                None => self.say("dsn-reason", &[said]),
            });
        }
        lines
    }
}
