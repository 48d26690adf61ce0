//! LMTP: RFC 2033.

use super::*;

const HELLO: &str = "
    C: LHLO mta
    S: 250-foo.com
    S: 250-PIPELINING
    S: 250-SIZE 52428800
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250 ENHANCEDSTATUSCODES
";

/// RFC 2033 §4.2, with its rule that each accepted RCPT has its answer, even where
/// an address was named twice.
#[test]
fn an_answer_for_each() {
    let house = house(Role::Lmtp);
    house.plays(&format!(
        "{HELLO}
        C: EHLO mta
        S: 500 5.5.1 This port wants LHLO
        C: MAIL FROM:<chris@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<pat@foo.com>
        C: RCPT TO:<Green@foo.com>
        C: RCPT TO:<full@foo.com>
        C: RCPT TO:<spam@foo.com>
        C: RCPT TO:<pat@foo.com>
        C: DATA
        S: 250 2.1.5 Ok
        S: 550 5.1.1 No such user here
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C: Blah
        C: .
        S: 250 2.0.0 Ok, 1234-0
        S: 452 4.2.2 Mailbox full
        S: 550 5.7.1 Looks like spam
        S: 250 2.0.0 Ok, 1234-0
        C: QUIT
        S: 221 [...]
        S: [closed]
    "
    ));
    assert_eq!(house.arrival().trace.protocol, "LMTP");
}

#[test]
fn a_refused_message_is_refused_for_each() {
    let mut house = house(Role::Lmtp);
    house.config.max_bytes_in_flight = 5;
    house.plays(&format!(
        "{HELLO}
        C: MAIL FROM:<chris@bar.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 503 5.5.1 No recipient was accepted
        C: RCPT TO:<pat@foo.com>
        C: RCPT TO:<jones@foo.com>
        C: DATA
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C: 123456
        C: .
        S: 452 4.3.1 Too much mail at once; try again in a minute
        S: 452 4.3.1 Too much mail at once; try again in a minute
    "
    ));
    house.got_nothing();
}
