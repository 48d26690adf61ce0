//! Against those who want too much, or mean no good.

use std::time::Duration;

use net::test_support::pair;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

use super::*;

const HELLO: &str = "
    C: HELO bar.com
    S: 250 foo.com
";

#[test]
fn too_many_recipients_come_in_the_next_message() {
    let mut house = house(Role::Mx);
    house.config.max_recipients = 2;
    house.plays(&format!(
        "{HELLO}
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<b@foo.com>
        C: RCPT TO:<c@foo.com>
        C: RCPT TO:<d@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 250 2.1.5 Ok
        S: 452 4.5.3 Too many recipients for one message
        S: 354 [...]
        C: .
        S: 250 2.0.0 Ok, 1234-0
    "
    ));
}

#[test]
fn a_hundred_recipients_are_taken() {
    let house = house(Role::Mx);
    let rcpt: String = (0..100).map(|n| format!("C: RCPT TO:<u{n}@foo.com>\n")).collect();
    let ok = "S: 250 2.1.5 Ok\n".repeat(100);
    house.plays(&format!(
        "{HELLO}
        C: MAIL FROM:<a@bar.com>
        {rcpt}
        C: DATA
        S: 250 2.1.0 Ok
        {ok}
        S: 354 [...]
        C: .
        S: 250 2.0.0 Ok, 1234-0
    "
    ));
    assert_eq!(house.arrival().recipients.len(), 100);
}

#[test]
fn errors_are_limited() {
    let mut house = house(Role::Mx);
    house.config.max_errors = 3;
    house.plays(
        "
        C: WHAT
        C: WHAT
        C: WHAT
        S: 500 [...]
        S: 500 [...]
        S: 500 [...]
        S: 421 4.7.0 Too many errors; goodbye
        S: [closed]
    ",
    );
}

/// Unknown recipients are fewer than guesses at a dictionary, more than typing errors.
#[test]
fn guesses_are_limited() {
    let mut house = house(Role::Mx);
    house.config.max_errors = 1;
    let guesses = "C: RCPT TO:<green@foo.com>\n".repeat(5);
    let answers = "S: 550 5.1.1 No such user here\n".repeat(5);
    house.plays(&format!(
        "{HELLO}
        C: MAIL FROM:<a@bar.com>
        S: 250 2.1.0 Ok
        {guesses}
        {answers}
        S: 421 4.7.0 Too many errors; goodbye
        S: [closed]
    "
    ));
}

#[test]
fn doing_nothing_is_limited() {
    let many = "C: NOOP\n".repeat(201);
    let answers = "S: 250 2.0.0 Ok\n".repeat(201);
    house(Role::Mx).plays(&format!(
        "{many}
        {answers}
        S: 421 4.7.0 Many commands and no message; goodbye
        S: [closed]
    "
    ));
}

#[test]
fn long_lines_are_skipped() {
    let line = "C: NOOP ".to_owned() + &"x".repeat(20_000);
    house(Role::Mx).plays(&format!(
        "{line}
        C: NOOP
        S: 500 5.5.2 The line is too long
        S: 250 2.0.0 Ok
    "
    ));
}

#[test]
fn a_browser_is_sent_away() {
    house(Role::Mx).plays(
        "
        C: POST / HTTP/1.1
        C: MAIL FROM:<a@bar.com>
        S: 500 5.5.2 There is no such command; HELP lists them
        S: [closed]
    ",
    );
}

#[test]
fn long_lines_of_a_message_are_taken() {
    let house = house(Role::Mx);
    let line = "x".repeat(30_000);
    house.plays(&format!(
        "{HELLO}
        C: MAIL FROM:<a@bar.com>
        C: RCPT TO:<b@foo.com>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 [...]
        C: {line}
        C: .
        S: 250 2.0.0 Ok, 1234-0
    "
    ));
    assert_eq!(house.arrival().content.len(), 30_002);
}

async fn all_said(mut client: DuplexStream) -> String {
    let mut said = Vec::new();
    client.read_to_end(&mut said).await.expect("closed");
    text(&said).to_owned()
}

#[tokio::test(start_paused = true)]
async fn silence_is_ended() {
    let house = house(Role::Mx);
    let (server, client) = pair();
    let serving = tokio::spawn(house.session(server));
    let began = Instant::now();
    let said = all_said(client).await;
    assert_eq!(said, "220 foo.com ESMTP Facteur\r\n421 4.4.2 foo.com waited too long\r\n");
    assert_eq!(began.elapsed().as_secs(), 300);
    serving.await.expect("ends");
}

/// A client that sends a byte now and then holds a connection no longer than one
/// that sends a message of that size at a bearable pace.
#[tokio::test(start_paused = true)]
async fn dripping_is_ended() {
    let house = house(Role::Mx);
    let (server, mut client) = pair();
    let serving = tokio::spawn(house.session(server));
    let hello = b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@foo.com>\r\nDATA\r\n";
    client.write_all(hello).await.expect("taken");
    let began = Instant::now();
    while client.write_all(b"x\r\n").await.is_ok() {
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!((600..=620).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(all_said(client).await.ends_with("421 4.4.2 foo.com waited too long\r\n"));
    serving.await.expect("ends");
    house.got_nothing();
}

#[tokio::test(start_paused = true)]
async fn shutdown_says_goodbye() {
    let house = house(Role::Mx);
    let (server, client) = pair();
    let serving = tokio::spawn(house.session(server));
    tokio::time::sleep(Duration::from_secs(1)).await;
    house.shutdown.begin();
    let said = all_said(client).await;
    assert!(said.ends_with("421 4.3.2 foo.com is going down; come back soon\r\n"), "{said}");
    serving.await.expect("ends");
}

/// A client that pipelines without reading cannot make us gather answers for ever.
#[tokio::test(start_paused = true)]
async fn answers_do_not_pile_up() {
    let house = house(Role::Mx);
    let (server, mut client) = pair();
    let serving = tokio::spawn(house.session(server));
    let many = b"MAIL FROM:<>\r\nRCPT TO:<b@foo.com>\r\nBDAT 0 LAST\r\n".repeat(100);
    let began = Instant::now();
    while client.write_all(&many).await.is_ok() {}
    assert!(began.elapsed() < Duration::from_secs(200), "{:?}", began.elapsed());
    serving.await.expect("ends");
}
