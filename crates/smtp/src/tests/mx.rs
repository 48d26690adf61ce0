//! Port 25.

use super::*;

/// EHLO and its answer.
const HELLO: &str = "
    C: EHLO bar.com
    S: 250-foo.com
    S: 250-PIPELINING
    S: 250-SIZE 52428800
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250 ENHANCEDSTATUSCODES
";

fn plays(house: &House, script: &str) {
    house.plays(&format!("{HELLO}{script}"));
}

/// RFC 5321 appendix D.1.
#[test]
fn a_typical_transaction() {
    let house = house(Role::Mx);
    plays(
        &house,
        "
        C: MAIL FROM:<Smith@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<Jones@foo.com>
        S: 250 2.1.5 Ok
        C: RCPT TO:<Green@foo.com>
        S: 550 5.1.1 No such user here
        C: RCPT TO:<Brown@foo.com>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 End the message with a dot on a line of its own
        C: Blah blah blah...
        C: ...etc. etc. etc.
        C: .
        S: 250 2.0.0 Ok, 1234-0
        C: QUIT
        S: 221 2.0.0 foo.com closing connection
        S: [closed]
    ",
    );
    let arrival = house.arrival();
    assert_eq!(text(&arrival.content), "Blah blah blah...\r\n..etc. etc. etc.\r\n");
    assert_eq!(arrival.reverse_path, "Smith@bar.com".parse().ok());
    let recipients: Vec<_> = arrival.recipients.iter().map(ToString::to_string).collect();
    assert_eq!(recipients, ["Jones@foo.com", "Brown@foo.com"]);
    let trace = arrival.trace;
    assert_eq!((trace.helo.as_str(), trace.protocol.as_str()), ("bar.com", "ESMTP"));
    assert_eq!((trace.peer, trace.tls, trace.id), (Some(peer().ip()), None, "1234-0".into()));
}

/// RFC 5321 appendix D.2.
#[test]
fn an_aborted_transaction() {
    let house = house(Role::Mx);
    plays(
        &house,
        "
        C: MAIL FROM:<Smith@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<Jones@foo.com>
        S: 250 2.1.5 Ok
        C: RCPT TO:<Green@foo.com>
        S: 550 5.1.1 No such user here
        C: RSET
        S: 250 2.0.0 Ok
        C: DATA
        S: 503 5.5.1 Say MAIL first
        C: QUIT
        S: 221 2.0.0 foo.com closing connection
        S: [closed]
    ",
    );
    house.got_nothing();
}

/// RFC 5321 appendix D.4, as far as it concerns the server.
#[test]
fn verifying_and_helping() {
    plays(
        &house(Role::Mx),
        "
        C: VRFY Crispin
        S: 252 2.5.0 Cannot verify a user; send mail to find out
        C: EXPN Staff
        S: 502 5.5.1 Lists are not expanded here
        C: HELP
        S: 214 2.0.0 Commands: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP
        C: NOOP whatever
        S: 250 2.0.0 Ok
        C: TURN
        S: 500 5.5.2 There is no such command; HELP lists them
        C: AUTH PLAIN
        S: 502 5.5.1 AUTH is for the submission ports, 465 and 587
        C: STARTTLS
        S: 502 5.5.1 TLS is not available
        C: LHLO bar.com
        S: 500 5.5.1 This port wants EHLO
    ",
    );
}

#[test]
fn helo_knows_no_extensions_but_works() {
    let house = house(Role::Mx);
    house.plays(
        "
        C: MAIL FROM:<Smith@bar.com>
        S: 503 5.5.1 Say EHLO first
        C: HELO
        S: 501 5.5.4 Say the name or the address of your host
        C: HELO bar.com
        S: 250 foo.com
        C: MAIL FROM:<>
        S: 250 2.1.0 Ok
        C: MAIL FROM:<>
        S: 503 5.5.1 A transaction is open; RSET ends it
        C: RCPT TO:<postMASTER>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 [...]
        C: .
        S: 250 2.0.0 Ok, 1234-0
    ",
    );
    let arrival = house.arrival();
    assert_eq!(arrival.reverse_path, None);
    assert_eq!(arrival.recipients, ["postmaster@foo.com".parse().expect("an address")]);
    assert_eq!(arrival.trace.protocol, "SMTP");
}

#[test]
fn it_does_not_relay() {
    plays(
        &house(Role::Mx),
        "
        C: MAIL FROM:<Smith@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<Jones@xyz.com>
        S: 550 5.7.1 We do not relay
        C: RCPT TO:<@foo.com:Jones@xyz.com>
        S: 550 5.7.1 We do not relay
        C: DATA
        S: 503 5.5.1 No recipient was accepted
    ",
    );
}

/// RFC 1870 §7 and §6.
#[test]
fn sizes() {
    let mut house = house(Role::Mx);
    house.config.max_message_bytes = 1_000_000;
    house.plays(
        "
        C: EHLO ymir.claremont.edu
        S: 250-foo.com
        S: 250-PIPELINING
        S: 250-SIZE 1000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<ned@thor.innosoft.com> SIZE=500000
        S: 250 2.1.0 Ok
        C: RCPT TO:<ned@foo.com>
        S: 452 4.2.2 Mailbox full
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<ned@thor.innosoft.com> SIZE=1000001
        S: 552 5.3.4 The message is too large
        C: MAIL FROM:<ned@thor.innosoft.com> SIZE=x
        S: 501 5.5.4 SIZE is a number of bytes
    ",
    );
}

#[test]
fn a_message_that_turns_out_too_large() {
    let mut house = house(Role::Mx);
    house.config.max_message_bytes = 52;
    let line = "C: 1234567890123456789012345678\n".repeat(2);
    house.plays(&format!(
        "
        C: EHLO bar.com
        S: 250-foo.com
        S: 250-PIPELINING
        S: 250-SIZE 52
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<b@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        {line}
        C: .
        S: 552 5.3.4 The message is too large
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@foo.com>
        S: 250 2.1.5 Ok
        C: BDAT 53 LAST
        C: 123456789012345678901234567890123456789012345678901
        S: 552 5.3.4 The message is too large
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        C: BDAT 1000
        S: 503 5.5.1 No recipient was accepted
        S: [closed]
    "
    ));
    house.got_nothing();
}

/// RFC 2920 §4.
#[test]
fn pipelining() {
    let house = house(Role::Mx);
    plays(
        &house,
        "
        C: MAIL FROM:<mrose@dbc.mtview.ca.us>
        C: RCPT TO:<ned@foo.com>
        C: RCPT TO:<Green@foo.com>
        C: RCPT TO:<janet@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 550 5.1.1 No such user here
        S: 250 2.1.5 Ok
        S: 354 [...]
        C: text
        C: .
        C: QUIT
        S: 250 2.0.0 Ok, 1234-0
        S: 221 2.0.0 foo.com closing connection
        S: [closed]
    ",
    );
    assert_eq!(house.arrival().recipients.len(), 2);
}

/// RFC 2920 §4: nobody is accepted, and the client sends an empty message.
#[test]
fn pipelining_to_nobody() {
    plays(
        &house(Role::Mx),
        "
        C: MAIL FROM:<mrose@dbc.mtview.ca.us>
        C: RCPT TO:<Green@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 550 5.1.1 No such user here
        S: 503 5.5.1 No recipient was accepted
        C: QUIT
        S: 221 2.0.0 foo.com closing connection
        S: [closed]
    ",
    );
}

/// RFC 3030 §4.1.
#[test]
fn a_simple_chunk() {
    let house = house(Role::Mx);
    plays(
        &house,
        r"
        C: MAIL FROM:<Sam@Random.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<Susan@foo.com>
        S: 250 2.1.5 Ok
        C: BDAT 86 LAST
        C: To: Susan@random.com
        C: From: Sam@random.com
        C: Subject: This is a bodyless test message
        S: 250 2.0.0 Ok, 1234-0
        C: QUIT
        S: 221 2.0.0 foo.com closing connection
        S: [closed]
    ",
    );
    assert_eq!(house.arrival().content.len(), 86);
}

/// RFC 3030 §4.2, in text.
#[test]
fn pipelined_chunks() {
    let house = house(Role::Mx);
    plays(
        &house,
        r"
        C: MAIL FROM:<ned@ymir.claremont.edu>
        C: RCPT TO:<gvaudre@foo.com>
        C: RCPT TO:<jstewart@foo.com>
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        C+: BDAT 10\r\n1234\r\n.\r\n5
        C+: BDAT 5\r\n.67\r\n
        C+: BDAT 0 LAST\r\n
        S: 250 2.0.0 10 bytes received
        S: 250 2.0.0 5 bytes received
        S: 250 2.0.0 Ok, 1234-0
    ",
    );
    assert_eq!(text(&house.arrival().content), "1234\r\n.\r\n5.67\r\n");
}

/// RFC 3030 §2 and §3.
#[test]
fn chunks_out_of_order() {
    let house = house(Role::Mx);
    plays(
        &house,
        r"
        C+: BDAT 5\r\nRSET\n
        S: 503 5.5.1 Say MAIL first
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        C+: BDAT 4 LAST\r\nQUIT
        S: 503 5.5.1 No recipient was accepted
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@foo.com>
        S: 250 2.1.5 Ok
        C+: BDAT 3\r\na\r\n
        S: 250 2.0.0 3 bytes received
        C: DATA
        S: 503 5.5.1 The message has begun with BDAT
        C: RCPT TO:<c@foo.com>
        S: 503 5.5.1 The message has begun
        C: RSET
        S: 250 2.0.0 Ok
        C+: BDAT 3 LAST\r\na\r\n
        S: 503 5.5.1 Say MAIL first
        C: BDAT many
        S: 501 5.5.4 Say BDAT, a number of bytes, and LAST at the end
        S: [closed]
    ",
    );
    house.got_nothing();
}

#[test]
fn bare_endings() {
    let house = house(Role::Mx);
    plays(
        &house,
        r"
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<b@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C+: one\n.\r\nMAIL FROM:<forged@bank.com>\r\n.\r\n
        S: 550 5.6.0 Refused: the message has a lone dot not between CRLF and CRLF (RFC 5321 2.3.8)
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<b@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C+: one\rtwo\r\n.\r\n
        S: 550 5.6.0 Refused: the message has a CR without LF; lines must end with CRLF (RFC 5321 2.3.8)
        C+: NOOP\n
        S: 500 5.5.2 A command ends with CRLF (RFC 5321 2.3.8)
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<b@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C+: one\ntwo\r\n.\r\n
        S: 250 2.0.0 Ok, 1234-0
    ",
    );
    assert_eq!(text(&house.arrival().content), "one\r\ntwo\r\n");
}

#[test]
fn one_answer_for_several() {
    let house = house(Role::Mx);
    plays(
        &house,
        "
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<spam@foo.com>
        C: RCPT TO:<b@foo.com>
        C: RCPT TO:<B@foo.com>
        C: RCPT TO:<b@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C: .
        S: 250 2.0.0 Ok, 1234-0
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<spam@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C: .
        S: 550 5.7.1 Looks like spam
    ",
    );
    let arrivals = house.fake.arrivals.lock().expect("not poisoned");
    // Case of a local part may matter; the very same address does not count twice.
    assert_eq!(arrivals[0].recipients.len(), 3);
}

/// RFC 6531 §3.
#[test]
fn internationalized() {
    let house = house(Role::Mx);
    plays(
        &house,
        "
        C: MAIL FROM:<josé@bar.com>
        S: 553 5.6.7 An address beyond ASCII needs SMTPUTF8
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<élodie@foo.com>
        S: 553 5.6.7 An address beyond ASCII needs SMTPUTF8
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<josé@bar.com> BODY=8BITMIME SMTPUTF8
        S: 250 2.1.0 Ok
        C: RCPT TO:<élodie@foo.com>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 [...]
        C: Subject: été
        C: .
        S: 250 2.0.0 Ok, 1234-0
    ",
    );
    let arrival = house.arrival();
    assert_eq!(text(&arrival.content), "Subject: été\r\n");
    assert_eq!(arrival.trace.protocol, "UTF8SMTP");
}

/// What is not announced is not taken (RFC 5321 §4.1.1.11).
#[test]
fn no_dsn_on_port_25() {
    plays(
        &house(Role::Mx),
        "
        C: MAIL FROM:<a@bar.com> RET=HDRS
        S: 555 5.5.4 DSN and AUTH are not offered here
        C: MAIL FROM:<a@bar.com> BODY=BINARYMIME
        S: 501 5.5.4 BODY is 7BIT or 8BITMIME here
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@foo.com> NOTIFY=SUCCESS
        S: 555 5.5.4 DSN is not offered here
    ",
    );
}

#[test]
fn a_full_disk() {
    let mut house = house(Role::Mx);
    house.fake.disk_full = true;
    plays(
        &house,
        "
        C: MAIL FROM:<a@bar.com>
        S: 452 4.3.1 The disk is nearly full
        C: RCPT TO:<b@foo.com>
        S: 503 5.5.1 Say MAIL first
    ",
    );
}
