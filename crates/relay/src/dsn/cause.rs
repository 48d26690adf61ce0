//! What a failure means to a person.

use queue::{Enhanced, Recipient, Status};

/// Why a mail did not arrive, in the terms of the person who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cause {
    Address,
    Domain,
    Full,
    Disabled,
    Large,
    Refused,
    Unproven,
    Unreachable,
    Busy,
    Utf8,
    Bits,
    Loop,
    Removed,
    Other,
}

impl Cause {
    #[cfg(test)]
    pub(crate) const ALL: [Cause; 14] = [
        Cause::Address,
        Cause::Domain,
        Cause::Full,
        Cause::Disabled,
        Cause::Large,
        Cause::Refused,
        Cause::Unproven,
        Cause::Unreachable,
        Cause::Busy,
        Cause::Utf8,
        Cause::Bits,
        Cause::Loop,
        Cause::Removed,
        Cause::Other,
    ];

    /// From the enhanced code (RFC 3463 §3) of the last reply, else from its
    /// first digit.
    pub(crate) fn of(recipient: &Recipient) -> Cause {
        let Some(reply) = &recipient.reply else { return Cause::Unreachable };
        match reply.enhanced {
            // The queue's word for what an administrator removed.
            Some(Enhanced(5, 0, 0)) if reply.host.is_none() && reply.code == 0 => Cause::Removed,
            Some(Enhanced(_, 1, 2 | 10)) => Cause::Domain,
            Some(Enhanced(_, 1, 0 | 1 | 3 | 4 | 6)) => Cause::Address,
            Some(Enhanced(_, 2, 1)) => Cause::Disabled,
            Some(Enhanced(_, 2, 2)) => Cause::Full,
            Some(Enhanced(_, 2, 3) | Enhanced(_, 3, 4)) => Cause::Large,
            Some(Enhanced(_, 4, 6)) => Cause::Loop,
            Some(Enhanced(_, 4, 1..=4 | 7)) => Cause::Unreachable,
            Some(Enhanced(_, 6, 3)) => Cause::Bits,
            Some(Enhanced(_, 6, 7)) => Cause::Utf8,
            // RFC 7372 §3, RFC 7489 and their kin: SPF, DKIM, DMARC.
            Some(Enhanced(5, 7, 20..=29)) => Cause::Unproven,
            Some(Enhanced(5, 7, _)) => Cause::Refused,
            Some(Enhanced(4, ..)) => Cause::Busy,
            _ if reply.code / 100 == 4 || recipient.status == Status::Pending => Cause::Busy,
            _ => Cause::Other,
        }
    }

    /// The end of the ids of its sentences in `dsn.*.ftl`.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Cause::Address => "address",
            Cause::Domain => "domain",
            Cause::Full => "full",
            Cause::Disabled => "disabled",
            Cause::Large => "large",
            Cause::Refused => "refused",
            Cause::Unproven => "unproven",
            Cause::Unreachable => "unreachable",
            Cause::Busy => "busy",
            Cause::Utf8 => "utf8",
            Cause::Bits => "bits",
            Cause::Loop => "loop",
            Cause::Removed => "removed",
            Cause::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use locale::{Language, exists};
    use queue::Reply;

    #[test]
    fn causes_of_replies() {
        use Cause::*;
        let rows: &[(u16, &str, Cause)] = &[
            (550, "5.1.1", Address),
            (550, "5.1.10", Domain),
            (0, "5.1.2", Domain),
            (552, "5.2.2", Full),
            (452, "4.2.2", Full),
            (552, "5.3.4", Large),
            (550, "5.7.1", Refused),
            (550, "5.7.26", Unproven),
            (451, "4.7.1", Busy),
            (0, "4.4.1", Unreachable),
            (0, "4.4.7", Unreachable),
            (554, "5.4.6", Loop),
            (550, "5.6.7", Utf8),
            (450, "", Busy),
            (550, "", Other),
            (554, "5.0.0", Other),
            (0, "5.0.0", Removed),
        ];
        for (code, enhanced, expected) in rows {
            let host = (*code != 0).then(|| "mx.x.org".to_owned());
            let mut recipient = Recipient::new("bob@x.org".parse().expect("an address"));
            recipient.status = Status::Failed;
            recipient.reply = Some(Reply::new(*code, Enhanced::parse(enhanced), "said", host));
            assert_eq!(Cause::of(&recipient), *expected, "{code} {enhanced}");
        }
    }

    #[test]
    fn every_cause_has_its_sentences() {
        for cause in Cause::ALL {
            for language in Language::ALL {
                for kind in ["why", "do"] {
                    let id = format!("dsn-{kind}-{}", cause.id());
                    assert!(exists(language, &id), "{id} in {language}");
                }
            }
        }
    }
}
